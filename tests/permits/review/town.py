"""A street with six parcels, a plan, a few applications of two municipalities: just enough to look at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from shapely.affinity import translate
from shapely.geometry import LineString, MultiPolygon, Point, box

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from geodata.fkg.catalogue import state_themes
from geodata.ledger.models import Change, SourceAnswer
from geodata.ledger.revisions import finish_change, open_change
from geodata.models.addresses import AddressPoint, AddressPointVersion, HouseNumber, HouseNumberVersion
from geodata.models.base import object_id
from geodata.models.buildings import Building, BuildingVersion
from geodata.models.cadastre import Edge, Parcel, ParcelVersion
from geodata.models.outlines import MunicipalityOutline, MunicipalityOutlineVersion
from permits.actions.check_applications import check_applications
from permits.models.applications import Application, ApplicationParcel, ProposedBuilding
from planning.models.plans import Plan, PlanVersion
from planning.themes import spread_limits

#: South-west corner of the first parcel, EPSG:25832.
WEST, SOUTH = 574_000.0, 6_224_000.0
WIDTH, DEPTH, ROAD = 25.0, 32.0, 9.0
OWN, OTHER = "0999", "0998"
HOSTILE = "<script>alert('æ')</script> & \"Øster\" <b>Å</b>"


def geos(shape: Any) -> GEOSGeometry:
    """The shape for a model field."""
    return GEOSGeometry(memoryview(shape.wkb), srid=25832)


def many(shape: Any) -> GEOSGeometry:
    """A polygon as the multi-polygon of a version."""
    return geos(MultiPolygon([shape]))


@dataclass
class Town:
    """What was built."""

    change: Change
    parcels: list[Parcel] = field(default_factory=list)
    applications: dict[str, Application] = field(default_factory=dict)


def plot(i: int) -> Any:
    """Outline of parcel ``i``: 0–5 north of the road, side by side."""
    return box(WEST + i * WIDTH, SOUTH, WEST + (i + 1) * WIDTH, SOUTH + DEPTH)


def add_parcel(
    change: Change, name: str, shape: Any, *, road: bool = False, district: int = 99_001
) -> Parcel:
    """One parcel with its version."""
    parcel = Parcel.objects.create(
        objekt_id=object_id("test", "parcel", f"{district} {name}"),
        register="test",
        register_id=f"{district} {name}",
        municipality_id=OWN,
        created_by=change,
    )
    ParcelVersion.objects.create(
        object=parcel,
        change_from=change,
        content_hash=uuid.uuid4(),
        cadastral_district=district,
        district_name="Prøveby",
        parcel_number=name,
        property_number=1000 + parcel.pk,
        registered_m2=shape.area,
        road_m2=shape.area if road else 0,
        is_road=road,
        geometry=many(shape),
    )
    return parcel


def _edges(change: Change, parcels: list[Parcel]) -> None:
    for i, parcel in enumerate(parcels):
        west, south, east, north = plot(i).bounds
        sides: list[tuple[str, list[tuple[float, float]], int]] = [
            ("road", [(west, south), (east, south)], -1),
            ("parcel", [(east, south), (east, north)], i + 1),
            ("path" if i < 5 else "water", [(east, north), (west, north)], -1),
            ("parcel", [(west, north), (west, south)], i - 1),
        ]
        for kind, points, neighbour in sides:
            known = 0 <= neighbour < len(parcels)
            Edge.objects.create(
                parcel=parcel,
                change_from=change,
                kind=kind if kind != "parcel" or known else "unknown",
                kind_src="test",
                sigma_m=0.0,
                neighbour=parcels[neighbour] if kind == "parcel" and known else None,
                width_across_m=ROAD if kind == "road" else None,
                ambiguous=kind == "path" and i == 4,
                geometry=geos(LineString(points)),
            )


def add_plan(change: Change, number: str, shape: Any, *, status: str = "V", height_m: float = 8.5) -> Plan:
    """A local plan with a limit of height."""
    plan = Plan.objects.create(
        objekt_id=object_id("test", "plan", number),
        register="test",
        register_id=number,
        municipality_id=OWN,
        created_by=change,
    )
    PlanVersion.objects.create(
        object=plan,
        change_from=change,
        content_hash=uuid.uuid4(),
        level="local_plan",
        number=number,
        title="Boliger ved Prøvevej",
        status=status,
        adopted_on=date(2019, 5, 1),
        in_force_on=date(2019, 6, 1),
        published_on=date(2019, 6, 1),
        document_url="https://dokument.plandata.dk/20_1_TEST.pdf",
        use_general=11,
        limits=[{"matter": "max_height", "state": "value", "value": height_m, "clause": "§ 7.2"}],
        geometry=many(shape),
    )
    return plan


def add_address(words: str, x: float, y: float, *, status: int = 3) -> None:
    """An address as DAR has it: a point, and a house number that leads to it; ``status`` as FKG has it."""
    with transaction.atomic():
        change = open_change("test.address", acting_user=None, themes=["address_point", "house_number"])
        of_point = {"object": _address(AddressPoint, f"point of {words}", change)}
        AddressPointVersion.objects.create(
            **of_point, change_from=change, content_hash=uuid.uuid4(), geometry=geos(Point(x, y))
        )
        of_number = {"object": _address(HouseNumber, f"number {words}", change)}
        HouseNumberVersion.objects.create(
            **of_number,
            change_from=change,
            content_hash=uuid.uuid4(),
            designation=words,
            address_point_id=f"point of {words}",
            statuskode=status,
        )
        finish_change(change)


def _address(kind: Any, key: str, change: Change) -> Any:
    return kind.objects.create(objekt_id=uuid.uuid4(), register="dar", register_id=key, created_by=change)


def add_application(
    town: Town, key: str, parcel: int, *, side_m: float, title: str, code: str = OWN, height_m: float = 5.0
) -> Application:
    """A house ``side_m`` from the parcel's western boundary; the tenant is opened here."""
    west, south, _east, _north = plot(parcel).bounds
    house = translate(box(0, 0, 10, 9), west + side_m, south + 11)
    with tenant(code):
        made = Application.objects.create(
            municipality_id=code,
            number=f"BYG-2026-{len(town.applications) + 1:03}",
            title=title,
            work="new",
            address=f"Prøvevej {2 * parcel + 1}, 9999 Prøveby",
            applied_on=date(2026, 2, 1 + len(town.applications)),
            ground_z_m=5.0,
        )
        ApplicationParcel.objects.create(application=made, municipality_id=code, parcel=town.parcels[parcel])
        ProposedBuilding.objects.create(
            application=made,
            municipality_id=code,
            name="Hus",
            role="primary",
            kind="detached_house",
            dwellings=1,
            storeys=1,
            height_m=height_m,
            floor_m2=90.0,
            footprint=geos(house),
            roof=[{"wkt": house.wkt, "a": 0.0, "b": 0.0, "c": height_m, "reference": "terrain"}],
        )
    town.applications[key] = made
    return made


def every_register_answers(code: str = OWN) -> None:
    """Registers of protection lines and zones have been read in for a municipality, and hold nothing."""
    SourceAnswer.objects.bulk_create(
        SourceAnswer(
            source="test", theme=theme.id, municipality_id=code, state="absent", as_of=date(2026, 3, 1)
        )
        for theme in state_themes().values()
        if theme.kind
    )


@transaction.atomic
def build(*, check: bool = True) -> Town:
    """Make the street; with ``check`` the rules are run on all applications of the municipality."""
    for code, name in ((OWN, "Prøve Kommune"), (OTHER, "Anden Kommune")):
        Municipality.objects.get_or_create(code=code, defaults={"name": name})
    change = open_change(
        "test.build", acting_user=None, themes=["parcel", "edge", "building", "plan", "municipality_outline"]
    )
    town = Town(change)
    town.parcels = [add_parcel(change, f"1{chr(97 + i)}", plot(i)) for i in range(6)]
    add_parcel(change, "7000a", box(WEST - 20, SOUTH - ROAD, WEST + 6 * WIDTH + 20, SOUTH), road=True)
    _edges(change, town.parcels)
    building = Building.objects.create(
        objekt_id=object_id("test", "building", "1"),
        register="test",
        register_id="1",
        municipality_id=OWN,
        created_by=change,
    )
    BuildingVersion.objects.create(
        object=building,
        change_from=change,
        content_hash=uuid.uuid4(),
        building_type="Bygning",
        geometry=many(box(WEST + 28, SOUTH + 22, WEST + 36, SOUTH + 29)),
    )
    add_plan(change, "1.07", box(WEST - 5, SOUTH - 4, WEST + 3 * WIDTH, SOUTH + DEPTH + 3))
    add_plan(change, "2.11", box(WEST + 4 * WIDTH, SOUTH, WEST + 6 * WIDTH, SOUTH + DEPTH), status="F")
    outline = MunicipalityOutline.objects.create(
        objekt_id=object_id("test", "outline", OWN),
        register="test",
        register_id=OWN,
        municipality_id=OWN,
        created_by=change,
    )
    MunicipalityOutlineVersion.objects.create(
        object=outline,
        change_from=change,
        content_hash=uuid.uuid4(),
        name="Prøve Kommune",
        tolerance_m=50.0,
        geometry=many(box(WEST - 3000, SOUTH - 2000, WEST + 3000, SOUTH + 2500)),
    )
    from django.db import connection

    with connection.cursor() as cursor:
        spread_limits(cursor, change.pk)
    finish_change(change)
    add_application(town, "near", 1, side_m=1.80, title="Nyt enfamiliehus")
    add_application(town, "high", 2, side_m=6.0, title="Hus i to etager", height_m=9.2)
    add_application(town, "fine", 3, side_m=7.0, title="Hus med god plads")
    add_application(town, "hostile", 0, side_m=2.5, title=HOSTILE)
    add_application(town, "foreign", 5, side_m=1.0, title="Den andens hus", code=OTHER)
    if check:
        mine = [a.pk for key, a in town.applications.items() if key != "foreign"]
        check_applications(mine, acting_user=None, municipality=OWN, as_of=date(2026, 3, 2))
    return town
