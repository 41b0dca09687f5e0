"""From registers as delivered to a verdict: a drawing on a real parcel of cadastral district 60851."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
import shapely
from django.core.management import call_command
from shapely.geometry import Polygon

from geodata.frames import read_sql

pytestmark = [pytest.mark.samples, pytest.mark.django_db]
PARCEL = "60851 2m"


def run_command(*words: str) -> tuple[int, str]:
    """Exit code and standard output of a command."""
    out = StringIO()
    try:
        call_command(*words, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def district(db: None, samples: Path) -> None:
    """The 47 parcels of the district and their lines, and the 1,059 parcels of another delivery."""
    folder = samples / "data/dk/matriklen"
    for name in ("matrikelkort_ejerlav_60851.gml", "jordstykke_1059_ewkb.csv"):
        code, _ = run_command("import_geodata", "matriklen", str(folder / name))
        assert code == 0


def house_at(distance_m: float) -> Polygon:
    """A house of 6 m x 6 m on the parcel, its wall parallel to the longest line to a neighbour."""
    edges = read_sql(
        "SELECT e.kind, ST_AsBinary(e.geometry) AS geometry, ST_AsBinary(p.geometry) AS land "
        "FROM geodata_edge e JOIN t_parcel p ON p.object_id = e.parcel_id "
        "WHERE e.change_to_id IS NULL AND p.cadastral_district = 60851 AND p.parcel_number = '2m'"
    )
    land = shapely.from_wkb(bytes(edges["land"][0]))
    segments = [
        (a, b)
        for line in edges.geometry[edges["kind"] == "parcel"]
        for a, b in zip(line.coords[:-1], line.coords[1:], strict=True)
    ]
    a, b = (np.array(p) for p in max(segments, key=lambda s: np.hypot(s[1][0] - s[0][0], s[1][1] - s[0][1])))
    along = (b - a) / np.hypot(*(b - a))
    for inward in (np.array([-along[1], along[0]]), np.array([along[1], -along[0]])):
        middle = (a + b) / 2 + inward * distance_m
        corners = [
            middle - 3 * along,
            middle + 3 * along,
            middle + 3 * along + 6 * inward,
            middle - 3 * along + 6 * inward,
        ]
        house = Polygon(corners)
        if land.contains(house):
            return house
    raise AssertionError("the house does not fit")


def as_geojson(house: Polygon, path: Path) -> Path:
    feature = {
        "type": "Feature",
        "properties": {
            "id": "hus",
            "role": "primary",
            "kind": "detached_house",
            "height": 3.0,
            "storeys": 1,
            "floor_area": 36,
        },
        "geometry": shapely.geometry.mapping(house),
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    return path


def as_dxf(house: Polygon, path: Path) -> Path:
    document = ezdxf.new("R2010")
    document.header["$INSUNITS"] = 6
    document.modelspace().add_lwpolyline(
        list(house.exterior.coords)[:-1], close=True, dxfattribs={"layer": "detached_house"}
    )
    document.saveas(path)
    return path


def distance_finding(*words: str) -> tuple[int, dict[str, Any]]:
    code, out = run_command(*words, "--json", "--rules", "br18.boundary_distance")
    (finding,) = json.loads(out)["findings"]
    return code, finding


def test_a_house_on_a_real_parcel_is_measured(district: None, tmp_path: Path) -> None:
    for distance_m, outcome, exit_code in (
        (2.40, "needs_manual", 1),
        (2.49, "needs_manual", 1),
        (2.50, "pass", 0),
    ):
        house = house_at(distance_m)
        for draw, stated in (
            (as_geojson, ()),
            (as_dxf, ("--set", "height=3.0", "storeys=1", "floor_area=36")),
        ):
            path = draw(house, tmp_path / f"hus{distance_m}.{draw.__name__[3:]}")
            code, finding = distance_finding("assess", str(path), "--parcel", PARCEL, *stated)
            assert (finding["outcome"], code) == (outcome, exit_code), (path.name, finding)
            assert finding["measured"] == pytest.approx(distance_m, abs=0.0005)
            assert finding["limit"] == 2.5


def test_the_parcel_is_found_under_the_drawing_or_the_drawing_is_refused(
    district: None, tmp_path: Path
) -> None:
    house = house_at(2.40)
    code, out = run_command("assess", str(as_geojson(house, tmp_path / "hus.geojson")), "--json")
    answer = json.loads(out)
    assert answer["property"].startswith("2m Borup, Osted")
    assert code == 1
    assert {f["rule"] for f in answer["findings"]} >= {"br18.boundary_distance", "br18.sloped_plane"}
    assert answer["not_checked"], "every answer says what was not checked"
    far = shapely.transform(house, lambda xy: xy + 50_000)
    code, out = run_command("assess", str(as_geojson(far, tmp_path / "far.geojson")), "--json")
    assert code == 2
    assert "no parcel" in json.loads(out)["error"]
