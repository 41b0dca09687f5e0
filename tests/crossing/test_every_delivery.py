"""Every Danish file of the samples: as many objects as it holds, the same again unchanged, nothing passed over."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from geodata.ledger.models import QuarantinedRecord
from tests.geodata.imports import Outcome, counts, run_import

pytestmark = [pytest.mark.samples, pytest.mark.django_db]


class Delivered(NamedTuple):
    """A file, its source (empty: plans), the objects it holds, the records set aside, and words about its rows."""

    path: str
    source: str
    objects: int
    aside: int = 0
    words: str = ""


#: The counts are those of the folders' READMEs. Where a register keeps several rows of one object (BBR, DAR, parts of
#: one theme area) the objects are counted, and the report says how many rows they were.
FILES = (
    Delivered("dk/plandata/hvidovre_lokalplan_forslag_full.geojson", "", 4),
    Delivered("dk/plandata/hvidovre_lokalplan_vedtaget_2025-04.geojson", "", 170),
    Delivered("dk/plandata/hvidovre_delomraade_forslag_2025-11.geojson", "", 9, words="no own key"),
    Delivered("dk/plandata/hvidovre_kommuneplan_oversigt.geojson", "", 1),
    Delivered("dk/plandata/byggefelt_vedtaget_four_states.geojson", "", 4),
    Delivered("dk/plandata/aarhus_ramme_010109CY.geojson", "", 1),
    Delivered("dk/plandata/attribute_only_samples.json", "", 0, aside=3),
    # 47 parcels, 584 lines, 538 points, 113 lines and 1 area of forest reserve, 6 taken-up roads, 2 storm falls.
    Delivered("dk/matriklen/matrikelkort_ejerlav_60851.gml", "matriklen", 1291),
    Delivered("dk/matriklen/jordstykke_1059_ewkb.csv", "matriklen", 1059),
    Delivered(
        "dk/matriklen/hvidovre_strandbeskyttelse_jordstykketemaflade.geojson",
        "temaflade",
        49,
        words="50 records are 49 objects",
    ),
    Delivered("dk/dai/hvidovre_fredede_omraader.geojson", "dai", 5),
    Delivered("dk/geodanmark/bygning_3d.geojson", "geodanmark", 2471),
    Delivered(
        "dk/bbr/OIS_GRBBR_CO50200T_bygning.zip", "bbr", 3181, words="18625 rows tell of 3181 buildings"
    ),
    Delivered("dk/dar/Adressepunkt.ndjson", "dar", 2660, words="4485 rows tell of 2660 address points"),
    Delivered("dk/dagi/kommuner_2014_500k.geojson", "dagi", 99),
    Delivered("towns/dk_matrikel_60851_original_gml.zip", "matriklen", 1291),
    Delivered("towns/dk_bbr_bygning_current.csv.gz", "bbr", 2591),
    Delivered("towns/dk_hvidovre_lokalplan_vedtaget_crs84.geojson", "", 170),
    Delivered("terrain/dk_malstroem_dtm.tif", "dhm", 1),
    Delivered("terrain/dk_malstroem_filled.tif", "dhm", 1),
)
#: Read by the generic reader with a mapping, or no deliveries: rasters of ids and depths, not of terrain.
OTHERS = {
    "terrain/dk_malstroem_depths.tif", "terrain/dk_malstroem_labelled.tif", "terrain/dk_malstroem_wsheds.tif",
    "terrain/dk_malstroem_pourpoints.json", "dk/matriklen/matrikelkort_ejerlav_60851.gfs",
    "dk/plandata/codelists.json",
}  # fmt: skip


def deliver(folder: Path, file: Delivered, **options: str) -> Outcome:
    path = folder / file.path
    return run_import(*([file.source] if file.source else []), path, plans=not file.source, **options)


@pytest.fixture
def folder(samples: Path) -> Path:
    return samples / "data" if (samples / "data").is_dir() else samples


#: Those of hundreds of milliseconds; the large ones are read three times each in the slow tier.
LARGE = {
    "dk/bbr/OIS_GRBBR_CO50200T_bygning.zip", "dk/geodanmark/bygning_3d.geojson",
    "towns/dk_bbr_bygning_current.csv.gz",
    "towns/dk_matrikel_60851_original_gml.zip", "dk/dar/Adressepunkt.ndjson",
}  # fmt: skip


@pytest.mark.parametrize(
    "file",
    [pytest.param(f, marks=pytest.mark.slow if f.path in LARGE else (), id=Path(f.path).name) for f in FILES],
)
def test_a_delivery_is_read_whole_and_unchanged_the_second_time(folder: Path, file: Delivered) -> None:
    first = deliver(folder, file)
    assert first.line == counts(new=file.objects, quarantined=file.aside)
    assert first.code == (0 if not file.aside else 3 if file.objects else 2)
    assert file.words in first.said
    for record in QuarantinedRecord.objects.all():
        assert record.record in first.said
    # With another option the file is compared record by record and not only known by its hash.
    again = deliver(folder, file, municipality="0999")
    assert again.line == counts(unchanged=file.objects, quarantined=file.aside)
    assert deliver(folder, file).line == again.line


def test_no_file_of_the_folders_is_forgotten(folder: Path) -> None:
    danish = [*folder.glob("dk/*/*"), *folder.glob("towns/dk_*"), *folder.glob("terrain/*")]
    names = {p.relative_to(folder).as_posix() for p in danish if p.suffix not in (".md", ".gpkg")}
    names = {n for n in names if not n.startswith("dk/fkg/")}
    assert names == {f.path for f in FILES} | OTHERS
