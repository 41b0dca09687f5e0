"""The generic reader: every format through one mapping, silent faults named, nothing stored by half."""

from __future__ import annotations

import csv
import json
import shutil
import struct
import zipfile
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geodata.accounts.tenancy import tenant
from geodata.frames import theme_frame
from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.models import ImportRun, QuarantinedRecord
from geodata.models.cadastre import ParcelVersion
from geodata.models.fkg import ThemeVersion
from geodata.readers.foreign import tables_of
from geodata.readers.formats.table import Wanted
from geodata.readers.generic import _converted, kind_of
from geodata.readers.mapping import SHIPPED, FieldRule, load, parse
from geodata.readers.refusal import CannotRead
from geodata.sandbox import Limits
from tests import tier
from tests.geodata.imports import collection, counts, feature, looked, mapped, run_check, run_import, square

pytestmark = [pytest.mark.django_db, pytest.mark.real_clock]

MAPPING = """
[source]
name = "parish/parcels"
register = "parish"
theme = "parcel"
layer = ["parcels", "jordstykker"]
key = ["district", "number"]
crs = "EPSG:25832"
geometry_field = ["geom", "wkt"]
verified = {verified}
visibility = 2

[fields]
parcel_number = {{ from = ["number", "matrnr"], required = true }}
district_name = "name"
registered_m2 = {{ from = ["area_ha", "areal"], convert = "number", scale = 10000 }}
common_land = {{ from = "common", convert = "flag" }}
cadastral_district = {{ from = "district", convert = "integer" }}
is_road = {{ from = "use", codes = "use" }}

[codes.use]
V = true
M = false
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "parish.toml"
    path.write_text(MAPPING.format(verified="true"))
    return path


def frame(count: int = 3) -> gpd.GeoDataFrame:
    shapes = [shapely.box(700_000 + 20 * i, 6_170_000, 700_010 + 20 * i, 6_170_010) for i in range(count)]
    return gpd.GeoDataFrame(
        {
            "district": [60851] * count,
            "number": [f"{i}ø" for i in range(count)],
            "name": ["Ærø By"] * count,
            "area_ha": [0.01, 0.02, None][:count],
            "common": ["ja", "nej", None][:count],
            "use": ["V", "M", None][:count],
        },
        geometry=shapes,
        crs="EPSG:25832",
    )


def written(folder: Path, kind: str) -> Path:
    """The frame in a format."""
    home = folder / kind
    home.mkdir()
    data = frame()
    if kind in ("gpkg", "fgb", "shp", "gml", "geojson"):
        path = home / f"parcels.{kind}"
        options = {"layer": "parcels"} if kind in ("gpkg", "gml") else {}
        if kind == "shp":
            options = {"encoding": "cp1252"}
        pyogrio.write_dataframe(data, path, **options)
        return path
    if kind == "parquet":
        data.to_parquet(home / "parcels.parquet")
        return home / "parcels.parquet"
    wkb = shapely.to_wkb(
        shapely.set_srid(np.asarray(data.geometry.array, dtype=object), 25832), hex=True, include_srid=True
    )
    shapes = data.geometry.to_wkt() if kind == "wkt" else wkb
    path = home / "parcels.csv"
    data.drop(columns="geometry").assign(geom=list(shapes)).to_csv(
        path, sep=";" if kind == "wkt" else ",", index=False
    )
    return path


KINDS = ("gpkg", "fgb", "shp", "gml", "geojson", "wkt", "ewkb")
#: The group ``parquet`` is optional; without it there is nothing to try, and nothing is skipped.
PARQUET = ("parquet",) if find_spec("pyarrow") else ()


@pytest.mark.parametrize("kind", [*KINDS, *PARQUET])
def test_a_format_says_the_same_as_every_other(tmp_path: Path, mapping: Path, kind: str) -> None:
    path = written(tmp_path, kind)
    outcome = run_import(f"mapping:{mapping}", path, "--municipality", "0350")
    assert (outcome.code, outcome.line) == (0, counts(new=3)), outcome.said
    rows = list(
        ParcelVersion.objects.order_by("parcel_number").values_list(
            "object__register_id",
            "parcel_number",
            "district_name",
            "registered_m2",
            "common_land",
            "is_road",
            "off_kode",
        )
    )
    assert rows == [
        ("60851:0ø", "0ø", "Ærø By", 100.0, True, True, 2),
        ("60851:1ø", "1ø", "Ærø By", 200.0, False, False, 2),
        ("60851:2ø", "2ø", "Ærø By", None, None, None, 2),
    ]
    assert sum(v.geometry.area for v in ParcelVersion.objects.all()) == pytest.approx(300.0, abs=1e-6)
    zipped = tmp_path / "delivery.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for file in sorted(path.parent.iterdir()):
            archive.write(file, f"folder/{file.name}")
        archive.writestr("folder/readme.md", "words")
    again = run_import(f"mapping:{mapping}", zipped, "--municipality", "0350")
    assert (again.code, again.line) == (0, counts(unchanged=3)), again.said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.35, 0.8, 0.97])
def test_a_file_that_was_cut_off_is_never_taken(
    tmp_path: Path, mapping: Path, kind: str, share: float
) -> None:
    path = written(tmp_path, kind)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    outcome = run_import(f"mapping:{mapping}", path, "--municipality", "0350")
    # A table of text cut inside its last line has lost a record or broken it, and says so.
    assert outcome.code == 2 or (kind in ("wkt", "ewkb") and outcome.code == 3), outcome
    assert "could not be understood" not in outcome.said
    assert ParcelVersion.objects.count() == 0 or outcome.code == 3


def test_a_shapefile_whose_side_files_do_not_belong_to_it(tmp_path: Path, mapping: Path) -> None:
    path = written(tmp_path, "shp")
    rows = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(rows[:4] + struct.pack("<i", 2) + rows[8:])
    outcome = run_import(f"mapping:{mapping}", path)
    assert outcome.code == 2
    assert "do not belong together" in outcome.said


@pytest.mark.parametrize(("page", "cpg"), [("cp865", "865"), ("utf-8", "UTF-8"), ("cp1252", "1252")])
def test_code_pages_of_shapefiles(tmp_path: Path, mapping: Path, page: str, cpg: str) -> None:
    path = tmp_path / "parcels.shp"
    pyogrio.write_dataframe(frame(1), path, encoding="utf-8" if page == "utf-8" else page)
    path.with_suffix(".cpg").write_text(cpg)
    assert run_import(f"mapping:{mapping}", path).code == 0
    assert ParcelVersion.objects.get().district_name == "Ærø By"


def test_text_without_a_code_page_is_told(tmp_path: Path, mapping: Path) -> None:
    path = tmp_path / "parcels.shp"
    pyogrio.write_dataframe(frame(1), path, encoding="cp1252")
    path.with_suffix(".cpg").unlink()
    content = bytearray(path.with_suffix(".dbf").read_bytes())
    content[29] = 0
    path.with_suffix(".dbf").write_bytes(bytes(content))
    outcome = run_import(f"mapping:{mapping}", path)
    assert "cp1252 was taken [encoding]" in outcome.said
    assert ParcelVersion.objects.get().district_name == "Ærø By"


def test_what_does_not_fit_is_set_aside_record_by_record_and_can_be_mended(
    tmp_path: Path, mapping: Path
) -> None:
    good = {"district": 60851, "name": "Borup", "area_ha": 0.01, "common": "ja", "use": "M"}
    path = collection(
        tmp_path / "parcels.geojson",
        feature(square(), **good, number="1a"),
        feature(square(x=700_100.0), **{**good, "area_ha": "large", "common": "perhaps"}, number="1b"),
        feature(square(x=700_200.0), **{**good, "use": "X"}, number="1c"),
        feature(None, **good, number="1d"),
        feature([[700_300.0, 6_170_000.0], [700_310.0, 6_170_000.0]], "LineString", **good, number="1e"),
        feature(square(x=700_400.0), **{**good, "district": None}, number="1f"),
    )
    outcome = run_import(f"mapping:{mapping}", path, "--municipality", "0350")
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=5)), outcome.said
    told = {r.record: (r.reason, r.explanation) for r in QuarantinedRecord.objects.all()}
    assert {name: reason for name, (reason, _) in told.items()} == {
        "feature 1": "unfit_value",
        "feature 2": "unfit_value",
        "feature 3": "no_geometry",
        "feature 4": "wrong_geometry_kind",
        "feature 5": "no_register_id",
    }
    assert "area_ha is 'large'" in told["feature 1"][1]
    assert "common is 'perhaps'" in told["feature 1"][1]  # all faults of a record in one go
    assert "[mixed_geometry]" in outcome.said
    assert "use has codes that the mapping does not know: X [unknown_code]" in outcome.said
    record = QuarantinedRecord.objects.get(record="feature 1")
    with tenant("0350"):
        mended = json.loads(record.original.content)
    mended["features"][0]["properties"].update(area_ha=0.05, common="nej")
    assert not retry_quarantined(record, acting_user=None)
    record.refresh_from_db()
    assert retry_quarantined(record, acting_user=None, mended=json.dumps(mended).encode())
    assert ParcelVersion.objects.get(parcel_number="1b").registered_m2 == 500.0


def test_a_run_keeps_the_mapping_that_it_was_ordered_with(tmp_path: Path, mapping: Path) -> None:
    run_import(f"mapping:{mapping}", written(tmp_path, "gpkg"))
    run = ImportRun.objects.get()
    assert run.source == "mapping:parish"
    assert parse(run.options["mapping"], "parish").source == "parish/parcels"
    assert str(tmp_path) not in json.dumps(run.options)


def test_a_mapping_without_a_sample_says_so_each_time(tmp_path: Path, mapping: Path) -> None:
    mapping.write_text(MAPPING.format(verified="false"))
    path = written(tmp_path, "gpkg")
    for _ in range(2):
        assert "is unverified" in run_import(f"mapping:{mapping}", path).said


def test_all_faults_of_a_mapping_in_one_go() -> None:
    text = """
[source]
name = "Åben"
register = "r"
crs = "EPSG:99999999"
visibility = 9
colour = "red"
[fields]
a = { from = "x", convert = "colour" }
b = { codes = "nothing", from = "x" }
c = {}
[codes]
"""
    with pytest.raises(CannotRead) as raised:
        parse(text, "bad")
    said = str(raised.value)
    for words in ("source.theme is missing", "source.name", "source.crs", "source.visibility", "source.colour",
                  "fields.a.convert", "fields.b.codes", "fields.c needs"):  # fmt: skip
        assert words in said
    assert "has 8 faults" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('theme = "parcel"', 'theme = "parcels"'), "names the theme 'parcels'"),
        (('district_name = "name"', 'colour = "name"'), "fills colour, which the theme parcel does not have"),
        (('key = ["district", "number"]', 'key = "id"'), "has no field id"),
        (('layer = ["parcels", "jordstykker"]', 'layer = "roads"'), "has no layer roads; it has parcels"),
    ],
)
def test_a_mapping_that_does_not_fit(
    tmp_path: Path, mapping: Path, change: tuple[str, str], words: str
) -> None:
    mapping.write_text(mapping.read_text().replace(*change))
    outcome = run_import(f"mapping:{mapping}", written(tmp_path, "gpkg"))
    assert outcome.code == 2
    assert words in outcome.said


def test_a_mapping_fills_a_theme_of_the_state(tmp_path: Path, mapping: Path) -> None:
    mapping.write_text("""
[source]
name = "forest/lines"
register = "forest"
theme = "s04_skovbyggelinje"
key = "number"
crs = "EPSG:25832"
sigma_m = 5.0
verified = true
[fields]
name = "title"
""")
    path = collection(tmp_path / "lines.geojson", feature(square(), number="1", title="Skoven"))
    assert run_import(f"mapping:{mapping}", path).line == counts(new=1)
    stored = ThemeVersion.objects.get(object__theme_id="s04").attributes
    assert stored == {"name": "Skoven", "sigma_m": 5.0}


def test_data_abroad_can_be_checked_but_not_stored(tmp_path: Path) -> None:
    far = frame().set_crs("EPSG:5514", allow_override=True)
    far.geometry = far.geometry.translate(-700_000 - 773_000, -6_170_000 - 999_000)
    path = tmp_path / "parcels.gpkg"
    pyogrio.write_dataframe(far, path, layer="parcels")
    assert "3 read, 0 set aside" in run_check(*looked("any_abroad", path)).out
    outcome = run_import(mapped("any_abroad"), path)
    assert outcome.code == 2
    assert "can be checked (check_geodata --mapping) but not stored [outside_denmark]" in outcome.said


def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = written(tmp_path, "gpkg")
    with pytest.raises(CannotRead, match="takes too long"):
        tables_of(path, Wanted(), Limits(wall_s=0.05))
    with pytest.raises(CannotRead, match=r"memory|break off|could not be read"):
        tables_of(path, Wanted(), Limits(memory_bytes=120 * 2**20))


if PARQUET:

    def test_geoparquet_that_is_cut_off_or_has_no_geometry_is_refused(tmp_path: Path, mapping: Path) -> None:
        whole = written(tmp_path, "parquet").read_bytes()
        cut = tmp_path / "cut.parquet"
        cut.write_bytes(whole[: len(whole) // 2])
        refused = run_import(f"mapping:{mapping}", cut)
        assert refused.code == 2
        assert "cut off" in refused.said
        spoiled = tmp_path / "spoiled.parquet"
        spoiled.write_bytes(whole[:200] + b"\0" * (len(whole) - 204) + b"PAR1")
        assert run_import(f"mapping:{mapping}", spoiled).code == 2
        bare = tmp_path / "bare.parquet"
        pd.DataFrame(frame().drop(columns="geometry")).to_parquet(bare)
        refused = run_import(f"mapping:{mapping}", bare)
        assert refused.code == 2
        assert "without geometry" in refused.said
        assert not ParcelVersion.objects.exists()


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_geoparquet_without_its_part_says_which(tmp_path: Path) -> None:
    path = tmp_path / "parcels.parquet"
    path.write_bytes(b"PAR1....PAR1")
    outcome = run_check(*looked("any_danish", path))
    assert outcome.code == 2
    assert "parquet" in outcome.said.lower()


def test_two_files_of_one_theme_are_checked_together(tmp_path: Path) -> None:
    first = collection(tmp_path / "a.geojson", feature(square(700_000)))
    second = collection(tmp_path / "b.geojson", feature(square(700_005)))
    outcome = run_check(*looked("any_danish", first), *looked("any_danish", second), "--check", "overlaps")
    assert (outcome.code, outcome.line) == (3, "1 faults in 1 checks"), outcome.said


def test_the_shipped_mappings_are_right() -> None:
    from geodata.ledger.themes import themes
    from geodata.readers.generic import _known_columns

    names = sorted(p.stem for p in SHIPPED.glob("*.toml"))
    assert names
    for name in names:
        said = load(name)
        assert said.theme in themes
        _known_columns(said)
        assert not said.verified or name == "beach_protection"


def test_a_shipped_mapping_into_a_theme_of_the_state_is_stored(tmp_path: Path) -> None:
    path = collection(tmp_path / "v1.geojson", feature(square(700_000, 6_170_000)))
    outcome = run_import("mapping:dkjord_v1", path, municipality="0999")
    assert (outcome.code, outcome.line) == (0, counts(new=1)), outcome.said
    assert len(theme_frame("s15_jordforurening_v1")) == 1


@pytest.mark.parametrize(("said", "day"), [
    ("2026-07-01Z", "2026-07-01"), ("2026-07-01T00:00:00+02:00", "2026-07-01"),
    ("2026-06-30T22:00:00Z", "2026-07-01"), ("2026-06-30 22:00:00+00", "2026-07-01"), ("20260701", "2026-07-01"),
])  # fmt: skip
def test_a_day_is_one_of_the_danish_calendar(said: str, day: str) -> None:
    made, bad = _converted(pd.Series([said, None], dtype=object), FieldRule("repealed_on", convert="day"))
    assert (made.tolist(), bad.tolist()) == ([day, None], [False, False])


@pytest.mark.parametrize("name", sorted(p.stem for p in SHIPPED.glob("*.toml")))
def test_every_shipped_mapping_has_a_kind_of_shape(name: str) -> None:
    assert kind_of(load(name)) in ("polygon", "line", "point", "multipoint")


# --- hostile files -----------------------------------------------------------------------------------------------

#: What else than its own word names a fault of expected.csv; a file marked debatable may answer in either way.
SYNONYMS = {
    "null_geometry": {"no_geometry"},
    "invalid_ring": {"invalid_geometry"},
    "no_crs": {"no_crs", "wrong_crs"},
    "overlap": {"overlaps"},
    "formula_injection": {"formula_injection"},
}
#: Mappings for rows whose format or place needs another one than "anything, anywhere".
SPECIAL = {
    "csv/": "any_table",
    "geojson/derived_hvidovre": "any_danish",
    "shp/derived_no_prj": "any_danish_25832",
    "shp/derived": "any_danish",
    "zip/dawa": "any_danish",
    "geojson/mapshaper_mixed_feature": "any_abroad_areas",
}


def hostile(samples: Path) -> Path:
    home = samples if (samples / "data").is_dir() else samples.parent
    return home / "data" / "hostile"


@pytest.mark.samples
def test_every_hostile_file_ends_as_its_list_says(samples: Path) -> None:
    folder = hostile(samples)
    with (folder / "expected.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["use"] in ("geodata", "xml", "archive", "table")]
    assert len(rows) > 60
    rows = rows[:: len(rows) // tier.cases(len(rows), fast=14)]
    wrong = [fault for row in rows if row["expect"] != "verdict" and (fault := judged(folder, row))]
    assert not wrong, "\n".join(wrong)


def judged(folder: Path, row: dict[str, str]) -> str:
    """What is wrong with the answer to a file; empty = nothing."""
    name = next((m for start, m in SPECIAL.items() if row["file"].startswith(start)), "any_abroad")
    ids = ("overlaps",) if row["reason"] == "overlap" else ("slivers",)
    outcome = run_check(*looked(name, folder / row["file"]), "--check", *ids)
    words = {row["reason"], *SYNONYMS.get(row["reason"], set())}
    named = any(
        f"[{w}]" in outcome.said or f"set aside, {w}:" in outcome.said or f"{w}: " in outcome.said
        for w in words
    )
    if row["expect"] == "ok":
        right = outcome.code == 0
    elif row["expect"] == "refuse":
        right = outcome.code == 2 and (named or row["reason"] == "empty")
    else:
        right = named and (outcome.code in (0, 3) or "debatable" in row["note"])
    return (
        ""
        if right
        else f"{row['file']} ({row['expect']} {row['reason']}): {outcome.code} {outcome.said[:300]}"
    )


@pytest.mark.samples
def test_validity_agrees_with_the_table_of_geos(samples: Path, tmp_path: Path) -> None:
    path = hostile(samples) / "geojson" / "geos_testvalid_cases.csv"
    with path.open(encoding="utf-8") as file:
        expected = [
            (n, row["geos_expected_valid"], row["wkt"]) for n, row in enumerate(csv.DictReader(file), 1)
        ]
    outcome = run_check(*looked("any_plane", path), "--check", "slivers")
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers
        empty = {n for n, _, wkt in expected if shapely.is_empty(shapely.from_wkt(wkt))}
    bad = {n for n, valid, _ in expected if valid == "false"} | empty
    assert f"{len(expected) - len(bad)} read, {len(bad)} set aside" in outcome.out, outcome.said


@pytest.mark.samples
def test_a_read_only_folder_is_left_as_it_was(samples: Path, tmp_path: Path) -> None:
    home = tmp_path / "given"
    home.mkdir()
    for name in ("gml/ign_INFO_PCT-invalid.gml", "gpkg/pyogrio_curve.gpkg"):
        shutil.copy(hostile(samples) / name, home)
    before = sorted((p.name, p.stat().st_size) for p in home.iterdir())
    for file in list(home.iterdir()):
        assert run_check(*looked("any_abroad", file)).code in (0, 3)
    assert sorted((p.name, p.stat().st_size) for p in home.iterdir()) == before
