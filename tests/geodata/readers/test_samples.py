"""The registers' own files: as many records as they hold, twice the same, joined as they should be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from django.db import connection

from geodata.edges import kinds_of_lines
from geodata.frames import read_sql
from geodata.readers import bbr, matriklen
from tests.geodata.imports import counts, run_import

pytestmark = [pytest.mark.samples, pytest.mark.django_db]

DISTRICT = "data/dk/matriklen/matrikelkort_ejerlav_60851.gml"
TABLE = "data/dk/matriklen/jordstykke_1059_ewkb.csv"
OUTLINES = "data/dk/dagi/kommuner_2014_500k.geojson"
BUILDINGS = "data/dk/geodanmark/bygning_3d.geojson"
RECORDS = "data/towns/dk_bbr_bygning_current.csv.gz"


@pytest.fixture(autouse=True)
def _folder(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(samples if (samples / "data").is_dir() else samples.parent)


def one(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_parcels_of_both_files_are_the_same_objects() -> None:
    first = run_import("matriklen", DISTRICT)
    assert (first.code, first.line) == (0, counts(new=1291))
    assert f"parcel: {counts(new=47)}" in first.out
    assert f"boundary_line: {counts(new=584)}" in first.out
    assert "47 Centroide were not taken" in first.said
    second = run_import("matriklen", TABLE)
    assert (second.code, second.line) == (0, counts(new=1056, unchanged=3))
    assert one("SELECT count(*) FROM geodata_parcel") == 1103
    assert one("SELECT count(*) FROM t_parcel WHERE is_road") == 3
    # Both said it; the better source is shown, and what only it knows stays.
    assert (
        one("SELECT registered_m2 FROM t_parcel WHERE cadastral_district = 60851 AND parcel_number = '2l'")
        == 869
    )
    assert run_import("matriklen", DISTRICT).line == counts(unchanged=1291)
    assert run_import("matriklen", TABLE).line == counts(unchanged=1059)


def test_the_archive_as_delivered_says_the_same_as_the_file() -> None:
    run_import("matriklen", DISTRICT)
    assert run_import("matriklen", "data/towns/dk_matrikel_60851_original_gml.zip").line == counts(
        unchanged=1291
    )


def test_lines_have_their_classes_and_the_accuracy_of_their_points() -> None:
    lines = next(d for d in matriklen.read([Path(DISTRICT)]) if d.theme == "boundary_line")
    kinds = kinds_of_lines(lines.frame["line_class"])
    assert dict(zip(*np.unique(kinds, return_counts=True), strict=True)) == {
        "": 271,
        "road": 213,
        "water": 100,
    }
    assert set(lines.frame["sigma_m"]) == {0.05, 0.25, 1.0}
    assert set(lines.frame["municipality"]) == {"0350"}


def test_edges_cover_every_boundary_exactly_and_follow_the_lines() -> None:
    run_import("matriklen", DISTRICT)
    edges = read_sql(
        'SELECT parcel_id, kind, kind_src, ambiguous, neighbour_id, "inner", ST_AsBinary(geometry) AS geometry '
        "FROM geodata_edge WHERE change_to_id IS NULL AND kind_src <> 'taken_up_road'"
    )
    parcels = read_sql("SELECT object_id, ST_AsBinary(geometry) AS geometry FROM t_parcel ORDER BY object_id")
    assert len(parcels) == 47
    for parcel, shape in zip(parcels["object_id"], parcels.geometry, strict=True):
        own = edges[edges["parcel_id"] == parcel].geometry
        assert shapely.length(np.asarray(own)).sum() == pytest.approx(shape.boundary.length, abs=1e-6)
        assert shapely.union_all(np.asarray(own)).symmetric_difference(shape.boundary).length < 1e-6
    lines = read_sql("SELECT line_class, ST_AsBinary(geometry) AS geometry FROM t_boundary_line")
    kinds = kinds_of_lines(lines["line_class"])
    for kind in ("road", "water"):
        drawn = shapely.union_all(np.asarray(lines.geometry)[kinds == kind])
        taken = edges[(edges["kind"] == kind) & (edges["kind_src"] == "cadastral_line")]
        off = shapely.length(shapely.difference(np.asarray(taken.geometry), drawn.buffer(0.02)))
        assert off.sum() == 0.0
    assert (edges["ambiguous"] == (edges["kind"] == "unknown")).all()
    assert set(edges["kind"]) == {"parcel", "road", "water", "unknown"}
    # A boundary between two parcels is seen from both sides, with the same length.
    between = edges[edges["neighbour_id"].notna()].assign(
        m=lambda e: e.geometry.length, neighbour_id=lambda e: e["neighbour_id"].astype("int64")
    )
    there = between.groupby(["parcel_id", "neighbour_id"])["m"].sum()
    back = between.groupby(["neighbour_id", "parcel_id"])["m"].sum()
    pd.testing.assert_series_equal(
        there.sort_index(), back.sort_index(), check_names=False, atol=0.05, rtol=0
    )
    # The house of the samples stands on 2l, 2m and 2p lie beside it.
    assert one(
        "SELECT count(*) FROM geodata_edge e JOIN t_parcel p ON p.object_id = e.parcel_id JOIN t_parcel n "
        "ON n.object_id = e.neighbour_id WHERE p.parcel_number = '2l' AND n.parcel_number = '2m' "
        "AND e.kind = 'parcel'"
    )


def test_the_rest_of_the_map_is_stored_by_its_kinds() -> None:
    run_import("matriklen", DISTRICT)
    kinds = {
        "s50_fredskovlinje": 113, "s51_optaget_vej": 6, "s52_stormfald": 2, "s53_skelpunkt": 538, "s21_fredskov": 1,
    }  # fmt: skip
    for theme, number in kinds.items():
        assert one(f"SELECT count(*) FROM t_{theme} WHERE municipality_id = '0350'") == number
    classes = read_sql(
        "SELECT point_class, sigma_m, count(*) AS n FROM t_s53_skelpunkt GROUP BY 1, 2 ORDER BY 1",
        geometry=None,
    )
    assert list(classes.itertuples(index=False, name=None)) == [(1, 0.05, 4), (2, 0.25, 193), (3, 1.0, 341)]
    # A line is as accurate as the worse of its end points.
    assert (
        one(
            "SELECT count(*) FROM t_boundary_line l WHERE l.sigma_m <> (SELECT max(p.sigma_m) FROM t_s53_skelpunkt p "
            "WHERE ST_DWithin(p.geometri, ST_Boundary(ST_LineMerge(l.geometry)), 0.001))"
        )
        == 0
    )
    # The area of the forest reserve has the id that the register of theme areas gives it.
    assert one("SELECT register_id FROM t_s21_fredskov") == "876292_37676"
    inner = read_sql(
        'SELECT kind, "inner", parcel_id, ST_AsBinary(geometry) AS geometry FROM geodata_edge '
        "WHERE kind_src = 'taken_up_road' AND change_to_id IS NULL"
    )
    assert len(inner) == 6
    assert (inner["inner"] & (inner["kind"] == "road")).all()
    assert shapely.length(np.asarray(inner.geometry)).sum() == pytest.approx(
        one("SELECT sum(ST_Length(geometri)) FROM t_s51_optaget_vej")
    )


def test_parcels_whose_registered_and_drawn_area_differ_can_be_listed() -> None:
    run_import("matriklen", DISTRICT)
    assert (
        one(
            "SELECT count(*) FROM t_parcel WHERE abs(ST_Area(geometry) - registered_m2) > 0.05 * registered_m2"
        )
        == 20
    )


def test_roads_are_measured_straight_across() -> None:
    run_import("matriklen", DISTRICT)
    widths = read_sql(
        "SELECT kind, width_across_m FROM geodata_edge WHERE width_across_m IS NOT NULL", geometry=None
    )
    assert len(widths)
    assert set(widths["kind"]) == {"road"}
    assert widths["width_across_m"].between(0.5, 100).all()


def test_outlines_name_the_municipalities_and_place_the_buildings() -> None:
    outlines = run_import("dagi", OUTLINES)
    assert (outlines.code, outlines.line) == (0, counts(new=99))
    assert "50 m" in outlines.said
    assert one("SELECT name FROM accounts_municipality WHERE code = '0167'") == "Hvidovre"
    area = one("SELECT sum(ST_Area(geometry)) / 1e6 FROM t_municipality_outline")
    assert area == pytest.approx(43_035.2, abs=1.0)
    assert run_import("dagi", OUTLINES).line == counts(unchanged=99)
    buildings = run_import("geodanmark", BUILDINGS)
    assert (buildings.code, buildings.line) == (0, counts(new=2471))
    assert "72 vertices have no measured height" in buildings.said
    assert one("SELECT count(*) FROM geodata_building WHERE municipality_id = '0253'") == 592
    assert one("SELECT min(roof_low_m) FROM t_building") > -20


@pytest.mark.slow
def test_buildings_and_their_records_are_joined() -> None:
    run_import("geodanmark", BUILDINGS, municipality="0999")
    records = run_import("bbr", RECORDS)
    assert (records.code, records.line) == (0, counts(new=2591))
    assert run_import("geodanmark", BUILDINGS, municipality="0999").line == counts(unchanged=2471)
    assert run_import("bbr", RECORDS).line == counts(unchanged=2591)
    joined = "SELECT count(*) FROM t_building b JOIN t_building_record r ON r.register_id = b.bbr_id::text"
    assert one(joined) == 2420
    assert one("SELECT count(*) FROM t_building WHERE basis = 'wall'") == 3


@pytest.mark.slow
def test_the_register_s_extract_holds_the_same_standing_buildings_as_the_table() -> None:
    extract = run_import("bbr", "data/dk/bbr/OIS_GRBBR_CO50200T_bygning.zip")
    assert (extract.code, extract.line) == (0, counts(new=3181))
    assert (
        "18625 rows tell of 3181 buildings; 3058 rows of earlier registrations and 12386 of earlier"
        in extract.said
    )
    assert one("SELECT count(*) FROM t_building_record WHERE statuskode = 3") == 2591
    table = bbr.read([Path(RECORDS)])[0].frame
    standing = read_sql(
        "SELECT register_id, use_code, floor_m2, gyldig_fra FROM t_building_record WHERE statuskode = 3",
        geometry=None,
    )
    standing = standing.sort_values("register_id").reset_index(drop=True)
    wanted = table[list(standing.columns)].sort_values("register_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(standing, wanted, check_dtype=False)


@pytest.mark.slow
def test_the_extract_is_read_in_bounded_memory(samples: Path) -> None:
    # Not ru_maxrss, which remembers what started the process.
    script = (
        "from pathlib import Path; import django; django.setup();"
        "from geodata.readers import bbr;"
        "found = bbr.read([Path('data/dk/bbr/OIS_GRBBR_CO50200T_bygning.zip')]);"
        "peak = [line for line in open('/proc/self/status') if line.startswith('VmHWM')][0];"
        "print(len(found[0].frame), int(peak.split()[1]) / 1024)"
    )
    root = Path(__file__).parents[3]
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told[0] == "3181"
    assert float(told[1]) < 300.0
