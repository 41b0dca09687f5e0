# ruff: noqa: E501
"""The national profile: the register's own names, its rules before anything leaves, and its reader as the judge."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from django.core.management import CommandError, call_command

from geodata.ledger.models import Statement
from gml.package import pack
from gml.profiles.plandata import broken, layer, properties
from planning.models.plans import Limit, Plan, PlanVersion
from planning.records import LimitRecord, PlanGroup, PlanRecord, plan_groups, plan_records
from tests.gml.plans import limit, record, square, store

GOOD = record(
    "11367622",
    number="476",
    title="Tårnfalkevej",
    plan_type="20.1",
    use_general=11,
    use_specific=(1110, 1120),
    document_url="https://dokument.example/476.pdf",
    adopted_on=date(2025, 3, 1),
    in_force_on=date(2025, 3, 5),
    limits=(
        limit("plot_ratio", 30.0, per="plot"),
        limit("max_height", 8.5),
        limit("max_storeys", None, "not_recorded"),
        limit("max_height", 5.0, use_code=1120),
    ),
    register_fields={
        "eareal": 500.0,
        "maxbygnhjd": 99.0,
        "izonereg": "true",
        "anvspec1": 1120.0,
        "anvspec2": 1110.0,
    },
)
PART = record(
    "11367623", level="sub_area", parent_register_id="11367622", part_number="A", number="476", title="Tårnfalkevej",
    document_url="https://dokument.example/476.pdf", plan_type="30.1",
)  # fmt: skip
FIELD = replace(PART, level="building_field", register_id="11367624", part_number="F", field_state="yes")


def rules(row: PlanRecord, plan: PlanRecord | None = None) -> set[str]:
    return {found.rule for found in broken(row, properties(row, plan or row))}


def test_the_registers_names() -> None:
    said = properties(GOOD, GOOD)
    assert said | {
        "planid": 11367622, "komnr": 167, "objektkode": 20, "plantype": 20.1, "plannr": "476", "plannavn": "Tårnfalkevej",
        "status": "V", "datovedt": 20250301, "datoikraft": 20250305, "anvgen": 11, "bebygpct": 30.0, "bebygpctaf": 3,
        "maxbygnhjd": 8.5, "maxbhjd1": 5.0, "anvspec1": 1120, "anvspec2": 1110, "iomfangreg": False, "eareal": 500.0,
    } == said  # fmt: skip
    assert "maxetager" not in said, "not recorded is empty, never 0"
    assert layer(GOOD) == "theme_pdk_lokalplan_vedtaget"
    field = properties(FIELD, GOOD)
    assert (field["plantype"], field["bygkunifelt"], field["bygvejledende"], field["lokplan_id"]) == (
        30.4,
        True,
        False,
        11367622,
    )
    assert (field["lp_plannr"], field["delnr"]) == ("476", "F")
    assert layer(replace(GOOD, status="KF")) is None
    assert layer(record("1", level="building_line")) is None


def test_what_is_no_number_has_no_place_among_specific_uses() -> None:
    told = properties(replace(GOOD, register_fields={"anvspec1": float("nan"), "anvspec3": "inf"}), GOOD)
    assert [told["anvspec1"], told["anvspec2"]] == [1110, 1120]
    assert "anvspec3" not in told


def test_a_matter_that_is_not_regulated_raises_its_flag() -> None:
    silent = tuple(
        limit(matter, None, "not_regulated") for matter in ("max_height", "max_storeys", "plot_ratio")
    )
    assert properties(replace(GOOD, limits=silent), GOOD)["iomfangreg"] is True
    assert (
        properties(replace(GOOD, limits=(*silent[:2], limit("plot_ratio", 30.0))), GOOD)["iomfangreg"]
        is False
    )


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"title": "x" * 131}, "length"),
        ({"title": None}, "missing"),
        ({"document_url": "se bilag"}, "document"),
        ({"document_url": None}, "document"),
        ({"adopted_on": None}, "dates"),
        ({"status": "F"}, "dates"),
        ({"use_general": None}, "use"),
        ({"use_specific": (), "register_fields": {}, "limits": ()}, "use"),
        ({"limits": (LimitRecord("plot_ratio", "value", 30.0),)}, "denominator"),
        ({"zone_code": 1}, "zone"),
        ({"geometry": square(0, 0, 0.9)}, "geometry"),
        ({"geometry": shapely.MultiPolygon([shapely.Polygon([(0, 0), (9, 0), (9, 0), (9, 9)])])}, "geometry"),
        ({"geometry": shapely.MultiPolygon([shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])])}, "geometry"),
        (
            {
                "geometry": shapely.MultiPolygon(
                    [shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(9, 9), (8, 5), (6, 5)]])]
                )
            },
            "geometry",
        ),
        ({"geometry": shapely.MultiPolygon()}, "geometry"),
    ],
)
def test_rules_of_the_register(values: dict[str, Any], rule: str) -> None:
    assert rules(GOOD) == set()
    assert rules(PART, GOOD) == set()
    assert rules(replace(GOOD, **values)) == {rule}


def test_a_plan_stays_back_as_a_whole() -> None:
    bad = PlanGroup(
        replace(GOOD, objekt_id=PART.objekt_id, register_id="7", title=None),
        (replace(PART, parent_register_id="7"),),
    )
    out = io.BytesIO()
    packed = pack([PlanGroup(GOOD, (PART, FIELD)), bad, PlanGroup(replace(GOOD, status="KF"))], out)
    assert packed.layers == {
        "theme_pdk_lokalplan_vedtaget": 1, "theme_pdk_lokalplandelomraade_vedtaget": 1, "theme_pdk_byggefelt_vedtaget": 1,
    }  # fmt: skip
    assert [name for name, _ in packed.kept_back] == ["local_plan 7"]
    assert packed.other == 1
    with zipfile.ZipFile(out) as archive:
        receipt = json.loads(archive.read("receipt.json"))
    assert receipt["sha256"].keys() == {
        f"{name}.{kind}" for name in packed.layers for kind in ("geojson", "zip")
    }
    assert receipt["kept_back"][0]["rules"] == ["missing: plannavn is empty"]
    again = io.BytesIO()
    pack([PlanGroup(GOOD, (PART, FIELD)), bad, PlanGroup(replace(GOOD, status="KF"))], again)
    assert again.getvalue() == out.getvalue()


def test_shape_and_geojson_hold_the_same(tmp_path: Path) -> None:
    out = io.BytesIO()
    pack([PlanGroup(GOOD, (PART, FIELD))], out)
    unpack(out, tmp_path)
    for name, row in (("theme_pdk_lokalplan_vedtaget", GOOD), ("theme_pdk_byggefelt_vedtaget", FIELD)):
        for kind in ("geojson", "zip"):
            frame = gpd.read_file(tmp_path / f"{name}.{kind}")
            assert frame.crs.to_epsg() == 25832
            assert frame.geometry.iloc[0].equals(row.geometry)
            assert int(frame["planid"].iloc[0]) == int(row.register_id)
    shape = gpd.read_file(tmp_path / "theme_pdk_byggefelt_vedtaget.zip").iloc[0]
    assert (shape["bygkunifel"], shape["bygvejlede"]) == ("T", "F")


def unpack(package: Any, folder: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)


def emptied() -> None:
    for model in (Limit, PlanVersion, Plan, Statement):
        model.objects.all().delete()


def told(row: PlanRecord) -> tuple[Any, ...]:
    limits = {one for one in row.limits if one.state != "not_recorded"}
    return (
        row.level, row.status, row.municipality, row.parent_register_id, row.use_general, sorted(row.use_specific),
        row.adopted_on, row.in_force_on, row.document_url, row.field_state, limits, shapely.to_wkb(row.geometry.normalize()),
    )  # fmt: skip


@pytest.mark.django_db
def test_the_registers_reader_takes_the_package(tmp_path: Path) -> None:
    group = PlanGroup(GOOD, (PART, FIELD))
    with (tmp_path / "package.zip").open("wb") as out:
        pack([group], out)
    unpack(tmp_path / "package.zip", tmp_path)
    for path in sorted(tmp_path.glob("*.geojson")):
        call_command("import_plans", str(path), stdout=io.StringIO(), stderr=io.StringIO())
    found = {row.register_id: row for row in plan_records()}
    for row in (GOOD, PART, FIELD):
        known = told(row)
        limits = {one for one in told(found[row.register_id])[10] if one.matter != "use"}
        assert told(found[row.register_id])[:10] == known[:10]
        assert limits == known[10]
        assert told(found[row.register_id])[11] == known[11]


@pytest.mark.django_db
def test_the_command(tmp_path: Path) -> None:
    store([GOOD, PART])
    out, err = io.StringIO(), io.StringIO()
    arguments = ("export_plans", "--profile", "plandata", "--out", str(tmp_path / "p.zip"))
    call_command(*arguments, "--dry-run", stdout=out, stderr=err)
    assert not (tmp_path / "p.zip").exists()
    assert "theme_pdk_lokalplan_vedtaget: 1" in out.getvalue()
    call_command(*arguments, stdout=out, stderr=err)
    first = (tmp_path / "p.zip").read_bytes()
    call_command(*arguments, stdout=out, stderr=err)
    assert (tmp_path / "p.zip").read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["p.zip"]
    with pytest.raises(CommandError, match="25832"):
        call_command(*arguments, "--crs", "EPSG:4258", stdout=out, stderr=err)
    emptied()
    store([replace(GOOD, title=None)])
    with pytest.raises(CommandError, match="register would take"):
        call_command(*arguments, stdout=out, stderr=err)
    assert "plannavn is empty" in err.getvalue()
    assert (tmp_path / "p.zip").read_bytes() == first


@pytest.mark.samples
@pytest.mark.django_db
def test_hvidovre_goes_there_and_back(samples: Path, tmp_path: Path) -> None:
    source = samples / "data" / "dk" / "plandata" / "hvidovre_lokalplan_forslag_full.geojson"
    call_command("import_plans", str(source), stdout=io.StringIO(), stderr=io.StringIO())
    before = {row.register_id: told(row) for row in plan_records()}
    with (tmp_path / "package.zip").open("wb") as out:
        packed = pack(plan_groups(), out)
    assert packed.layers == {"theme_pdk_lokalplan_forslag": len(before)}, packed.kept_back
    unpack(tmp_path / "package.zip", tmp_path)
    emptied()
    call_command(
        "import_plans",
        str(tmp_path / "theme_pdk_lokalplan_forslag.geojson"),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
    )
    assert {row.register_id: told(row) for row in plan_records()} == before


def test_what_a_shapefile_cuts_is_told(tmp_path: Path) -> None:
    fields = {"sforhold": "æ" * 200, "udstykningsplan": "a", "udstykningsforbud": "b"}
    out = io.BytesIO()
    packed = pack([PlanGroup(replace(GOOD, register_fields=GOOD.register_fields | fields))], out)
    assert packed.receipt()["cut_in_shape"] == {"theme_pdk_lokalplan_vedtaget.sforhold": 1}
    unpack(out, tmp_path)
    row = gpd.read_file(tmp_path / "theme_pdk_lokalplan_vedtaget.zip").iloc[0]
    assert row["sforhold"] == "æ" * 127
    assert {row["udstykning"], row["udstykni_1"]} == {"a", "b"}
    assert gpd.read_file(tmp_path / "theme_pdk_lokalplan_vedtaget.geojson").iloc[0]["sforhold"] == "æ" * 200
