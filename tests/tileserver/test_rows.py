"""A tile decoded equals the rows of its box: every public layer, values and places; and whose the rest is."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.test import Client
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Point, box

from config.benchmarks.mvt import Feature, decode
from geodata.accounts.models import Role
from geodata.checks.models import Fault
from geodata.ledger.models import Change
from geodata.ledger.revisions import finish_change, open_change
from geodata.models.base import Visibility, object_id
from geodata.models.buildings import BuildingVersion
from geodata.models.cadastre import Edge, ParcelVersion
from geodata.models.outlines import MunicipalityOutline, MunicipalityOutlineVersion
from geodata.registry import layers
from planning.models.plans import Plan, PlanVersion
from tests.geodata.accounts.people import person
from tests.permits.review.town import OWN, SOUTH, WEST, WIDTH, Town, build, geos, many
from tests.tileserver.test_tiles import get, tile_at
from tileserver import vector

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

PLANS = {
    "frameworks": "framework",
    "local_plans": "local_plan",
    "sub_areas": "sub_area",
    "building_fields": "building_field",
}
#: Zoom at which each layer is decoded: one at which it is drawn as it is.
ZOOMS = {"municipalities": 13, "frameworks": 15, "local_plans": 15, "faults": 15}
PARCEL = ("parcel_number", "district_name", "registered_m2", "is_road")
PLAN = ("title", "status", "use_general")


def plan(change: Change, level: str, number: str, shape: Any, **said: Any) -> None:
    made = Plan.objects.create(
        objekt_id=object_id("test", "plan", f"{level} {number}"),
        register="test",
        register_id=f"{level} {number}",
        municipality_id=OWN,
        created_by=change,
    )
    PlanVersion.objects.create(
        object=made,
        change_from=change,
        content_hash=uuid.uuid4(),
        level=level,
        number=number,
        title=f"Øst for {number}",
        geometry=many(shape),
        **{"status": "V", "adopted_on": date(2019, 5, 1), "use_general": 21, **said},
    )


@pytest.fixture
def town() -> Town:
    """The street, plans of every level, a fault; of each kind also what is hidden, far away, or drawn by nobody."""
    made = build(check=False)
    change = open_change("test.rows", acting_user=None, themes=["plan", "fault"])
    here, far = (
        box(WEST + 5, SOUTH + 3, WEST + 65, SOUTH + 40),
        box(WEST + 9e4, SOUTH, WEST + 9e4 + 50, SOUTH + 50),
    )
    for level in PLANS.values():
        plan(change, level, "7", here)
        plan(change, level, "8", here.buffer(3, join_style="mitre"), status="F", use_general=None)
        plan(change, level, "9", here, off_kode=Visibility.AUTHORITY)
        plan(change, level, "10", here, status="KV")
        plan(change, level, "11", far)
    for public, where in ((True, here), (True, far), (False, here)):
        Fault.objects.create(
            kind="overlap", theme="parcel", object_id=1, municipality_id=OWN, label="1a/1b", measured=2.5,
            public=public, geometry=geos(where),
        )  # fmt: skip
    finish_change(change)
    return made


def rows(layer: str, found: Any) -> dict[int, tuple[dict[str, Any], Any]]:
    """Values and place of the rows that lie in the tile's box, as the models know them."""
    area = box(*found)
    if layer == "parcels":
        held = [
            (v.object_id, {c: getattr(v, c) for c in PARCEL}, v.geometry) for v in ParcelVersion.objects.all()
        ]
    elif layer == "edges":
        columns = ("kind", "ambiguous", "sigma_m", "width_across_m")
        held = [
            (e.pk, {c: getattr(e, c) for c in columns}, e.geometry) for e in Edge.objects.filter(inner=False)
        ]
    elif layer == "buildings":
        columns = ("building_type", "roof_high_m")
        held = [
            (v.object_id, {c: getattr(v, c) for c in columns}, v.geometry)
            for v in BuildingVersion.objects.all()
        ]
    elif layer == "municipalities":
        held = [(v.object_id, {"name": v.name}, v.geometry) for v in MunicipalityOutlineVersion.objects.all()]
    elif layer == "faults":
        columns = ("kind", "label", "measured")
        held = [
            (f.pk, {c: getattr(f, c) for c in columns}, f.geometry.point_on_surface)
            for f in Fault.objects.filter(public=True)
        ]
    else:
        shown = PlanVersion.objects.filter(level=PLANS[layer], status__in=("V", "F"), off_kode=1)
        held = [
            (v.object_id, {"number": v.number, **{c: getattr(v, c) for c in PLAN}}, v.geometry) for v in shown
        ]
    placed = [(key, said, shapely.from_wkb(bytes(shape.wkb))) for key, said, shape in held]
    return {
        key: ({name: value for name, value in said.items() if value is not None}, shape)
        for key, said, shape in placed
        if shape.intersects(area)
    }


def places(feature: Feature, at: tuple[int, int, int]) -> Any:
    """Corners of a feature in the grid (m)."""
    west, _south, east, north = vector.web_box(*at)
    unit = (east - west) / vector.EXTENT
    points = np.array(feature.points, dtype=float)
    x, y = Transformer.from_crs(3857, 25832, always_xy=True).transform(
        west + points[:, 0] * unit, north - points[:, 1] * unit
    )
    return shapely.points(x, y)


@pytest.mark.parametrize("layer", sorted(key for key, entry in layers.items() if entry.public))
def test_a_tile_decoded_equals_the_rows_of_its_box(client: Client, town: Town, layer: str) -> None:
    z = ZOOMS.get(layer, 17)
    at = tile_at(WEST + 40, SOUTH + 16, z)
    response = get(client, layer, at)
    assert response.status_code == 200
    drawn = decode(response.content)[layer]
    expected = rows(layer, vector.grid_box(*at))
    assert len(expected) >= 1
    assert len({f.id for f in drawn}) == len(drawn)
    assert {f.id: f.properties for f in drawn} == {key: said for key, (said, _shape) in expected.items()}
    # One unit of the tile, and the half of one that it snaps by.
    off = 1.5 * vector.unit_m(z)
    reach = box(*vector.grid_box(*at) or ())
    for feature in drawn:
        shape = expected[feature.id][1]
        rim = shape.boundary if shape.geom_type.endswith("Polygon") else shape
        corners = places(feature, at)
        on_rim = shapely.distance(corners, rim) <= off
        # A corner that is none of the shape's is one of the tile's own border, where the shape is cut.
        cut = shapely.distance(corners, reach.boundary) <= 0.06 * (reach.bounds[2] - reach.bounds[0])
        assert (on_rim | cut).all()
        inside = [
            p for p in shapely.points(shapely.get_coordinates(rim)) if Point(p).within(reach.buffer(-40))
        ]
        for corner in inside:
            assert shapely.distance(corners, corner).min() <= off, "a corner of the row is missing"


def test_unions_of_neighbouring_tiles_are_all_rows(client: Client, town: Town) -> None:
    z, x, y = tile_at(WEST + 40, SOUTH + 16, 17)
    found: set[int] = set()
    for dx in range(-2, 3):
        for dy in range(-2, 3):
            tile = decode(get(client, "parcels", (z, x + dx, y + dy)).content)
            found |= {f.id for f in tile.get("parcels", [])}
    assert found == {v.object_id for v in ParcelVersion.objects.all()}


def test_small_zooms_get_fewer_corners_where_that_does_not_show(client: Client, town: Town) -> None:
    """An outline of 20,000 corners: what is drawn lies within a unit and a half of it, with a few hundred."""
    change = open_change("test.outline", acting_user=None, themes=["municipality_outline"])
    turn = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    reach = 30_000 + 8 * np.sin(turn * 4000)
    ring = np.stack([WEST + 60_000 + reach * np.cos(turn), SOUTH + reach * np.sin(turn)], axis=1)
    shape = MultiPolygon([shapely.Polygon(ring)])
    made = MunicipalityOutline.objects.create(
        objekt_id=object_id("test", "outline", "round"), register="test", register_id="round", municipality_id=OWN,
        created_by=change,
    )  # fmt: skip
    MunicipalityOutlineVersion.objects.create(
        object=made, change_from=change, content_hash=uuid.uuid4(), name="Rund", tolerance_m=1.0,
        geometry=GEOSGeometry(memoryview(shape.wkb), srid=25832),
    )  # fmt: skip
    finish_change(change)
    at = tile_at(WEST + 60_000, SOUTH, 7)
    z, x, y = at
    drawn = [
        feature
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
        for feature in decode(get(client, "municipalities", (z, x + dx, y + dy)).content).get(
            "municipalities", []
        )
        if feature.id == made.pk
    ]
    assert drawn
    assert sum(len(feature.points) for feature in drawn) < 1500
    (whole,) = [
        f for f in decode(get(client, "municipalities", at).content)["municipalities"] if f.id == made.pk
    ]
    corners = places(whole, at)
    far = shapely.distance(corners, shape.boundary)
    tile = box(*vector.grid_box(*at) or ())
    inside = shapely.distance(corners, tile.boundary) > 0.06 * (tile.bounds[2] - tile.bounds[0])
    assert inside.any()
    assert far[inside].max() <= 1.5 * vector.unit_m(7)


@pytest.mark.parametrize("layer", ["applications", "proposals"])
def test_case_tiles_are_those_of_the_persons_own_municipality(
    client: Client, town: Town, settings: Any, layer: str
) -> None:
    """Who signs in for another municipality sees that one's; a role that reads no applications is refused."""
    settings.PLANVAERK_PUBLIC_TENANT = ""
    at = tile_at(WEST + 3 * WIDTH, SOUTH + 16, 15)
    own = {str(a.public_id) for key, a in town.applications.items() if key != "foreign"}
    foreign = {str(town.applications["foreign"].public_id)}
    assert get(client, layer, at).status_code == 403
    for code, expected in (("0999", own), ("0998", foreign)):
        client.force_login(person(Role.CASE_WORKER, code))
        response = get(client, layer, at, f"?v=1&municipality={'0999' if code == '0998' else '0998'}")
        assert response["Cache-Control"] == "private, no-store"
        assert {f.properties["public_id"] for f in decode(response.content)[layer]} == expected
        assert "ETag" not in response
    client.force_login(person(Role.CASE_WORKER, "0167"))
    assert get(client, layer, at).content == b"", "rows of others are not even counted"
