"""The World out of the database: what is looked up around a site, and what the rules then say."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import geopandas as gpd
import pytest
from shapely.geometry import LineString, MultiPolygon, box

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from geodata.ledger.imports import import_delivery
from geodata.ledger.models import Change
from geodata.models.cadastre import Edge, Parcel
from geodata.readers.delivery import Delivery
from permits.actions.check_applications import check_applications
from permits.engine.from_database import world_of
from permits.models.applications import Application, ApplicationParcel, ProposedBuilding
from permits.models.findings import Finding, Run

pytestmark = pytest.mark.django_db
E, N = 600_000.0, 6_200_000.0
DAY = date(2026, 3, 2)


def deliver(
    theme: str, geometries: list, source: str = "test", register: str = "test", **columns: list
) -> None:
    frame = gpd.GeoDataFrame(
        {"register_id": [str(n) for n in range(len(geometries))], "municipality": "0999", **columns},
        geometry=geometries,
        crs="EPSG:25832",
    )
    if theme == "plan":
        frame["register_id"] = [f"plan{n}" for n in range(len(geometries))]
    import_delivery(
        Delivery(theme, source, register, frame, speaks_for=tuple(columns)),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )


@pytest.fixture
def town(db: None) -> Application:
    """Two parcels of 40 m x 25 m; the west one is built on and has a road to its south."""
    west, east = box(E, N, E + 40, N + 25), box(E + 40, N, E + 80, N + 25)
    deliver(
        "parcel",
        [MultiPolygon([west]), MultiPolygon([east])],
        cadastral_district=[99, 99],
        district_name=["Fjordby", "Fjordby"],
        parcel_number=["1a", "1b"],
        property_number=[1, 2],
        registered_m2=[1000.0, 1000.0],
        road_m2=[0.0, 0.0],
    )
    parcel = Parcel.objects.get(register_id="0")
    other = Parcel.objects.get(register_id="1")
    change = Change.objects.latest("id")
    ring = list(west.exterior.coords)
    for a, b in pairwise(ring):
        south = a[1] == b[1] == N
        Edge.objects.create(
            parcel=parcel,
            change_from=change,
            kind="road" if south else "parcel",
            kind_src="test",
            sigma_m=0.1,
            neighbour=other if a[0] == b[0] == E + 40 else None,
            geometry=LineString([a, b]).wkt,
        )
    municipality = Municipality.objects.get(pk="0999")
    with tenant("0999"):
        application = Application.objects.create(
            municipality=municipality,
            number="2026-1",
            title="Nyt hus",
            work="new",
            applied_on=DAY,
            ground_z_m=3.0,
        )
        ApplicationParcel.objects.create(application=application, municipality=municipality, parcel=parcel)
    return application


def build(application: Application, x: float, **values: object) -> None:
    """A house whose east wall stands ``x`` metres from the boundary to the east parcel."""
    footprint = box(E + 30 - x, N + 8, E + 40 - x, N + 18)
    with tenant("0999"):
        ProposedBuilding.objects.create(
            application=application,
            municipality_id="0999",
            name="hus",
            role="primary",
            kind="detached_house",
            footprint=footprint.wkt,
            **{"height_m": 3.0, "floor_m2": 100, "storeys": 1, **values},
        )


def answers(application: Application) -> dict[str, tuple[str, str, float]]:
    _, findings = check_applications([application.pk], acting_user=None, municipality="0999", as_of=DAY)
    return {f.rule: (f.outcome, f.reason, f.measured) for f in findings.itertuples()}


def test_a_house_too_near_is_found_and_one_at_the_limit_passes(town: Application) -> None:
    build(town, 2.40)
    outcome, reason, measured = answers(town)["br18.boundary_distance"]
    assert (outcome, reason) == ("needs_manual", "overall_assessment")
    assert measured == pytest.approx(2.40, abs=1e-6)
    ProposedBuilding.objects.all().delete()
    with tenant("0999"):
        ProposedBuilding.objects.all().delete()
    build(town, 2.50)
    outcome, _, measured = answers(town)["br18.boundary_distance"]
    assert outcome == "pass"
    assert measured == pytest.approx(2.50, abs=1e-6)


def test_a_plan_that_was_adopted_measures_the_drawing(town: Application) -> None:
    build(town, 5.0, height_m=7.0)
    deliver(
        "plan",
        [MultiPolygon([box(E - 5, N - 5, E + 100, N + 100)])],
        level=["local_plan"],
        number=["1.23"],
        title=["Boliger ved fjorden"],
        status=["V"],
        adopted_on=[date(2020, 1, 1)],
        document_url=["https://planvaerk.example/1.pdf"],
        limits=[[{"matter": "max_height", "state": "value", "value": 6.5, "per": "", "clause": "§ 7.1"}]],
    )
    outcome, _, measured = answers(town)["plan.height"]
    assert (outcome, measured) == ("needs_dispensation", 7.0)
    finding = Finding.objects.get(rule="plan.height", latest=True)
    assert finding.area > 0, "the finding names the plan it was measured by"


def test_no_plan_delivered_is_not_the_same_as_no_plan(town: Application) -> None:
    build(town, 5.0)
    assert answers(town)["plan.height"][:2] == ("needs_manual", "missing_data")
    deliver(
        "plan",
        [MultiPolygon([box(E + 900, N, E + 950, N + 50)])],
        level=["local_plan"],
        status=["V"],
        limits=[[]],
    )
    assert answers(town).get("plan.height", ("not_applicable",))[0] == "not_applicable"


def test_standing_buildings_count_in_the_ratio(town: Application) -> None:
    build(town, 5.0, floor_m2=100)
    deliver(
        "building",
        [MultiPolygon([box(E + 2, N + 8, E + 12, N + 18)])],
        bbr_id=["11111111-1111-1111-1111-111111111111"],
        basis=["roof"],
    )
    from shapely.geometry import Point

    frame = gpd.GeoDataFrame(
        {
            "register_id": ["11111111-1111-1111-1111-111111111111"],
            "municipality": ["0999"],
            "use_code": [120],
            "floor_m2": [150.0],
        },
        geometry=[Point(E + 5, N + 10)],
        crs="EPSG:25832",
    )
    import_delivery(
        Delivery("building_record", "t", "bbr", frame, speaks_for=("use_code", "floor_m2")),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )
    outcome, _, measured = answers(town)["br18.plot_ratio"]
    assert (outcome, measured) == ("pass", pytest.approx(25.0))


def test_a_run_keeps_rows_without_a_policy_and_only_the_newest_are_latest(town: Application) -> None:
    build(town, 2.40)
    answers(town)
    first = set(Finding.objects.filter(latest=True).values_list("id", flat=True))
    answers(town)
    second = set(Finding.objects.filter(latest=True).values_list("id", flat=True))
    assert first
    assert second
    assert not first & second
    assert Run.objects.count() == 2
    assert all(run.revision > 0 and run.finished_at for run in Run.objects.all())


def test_another_municipality_sees_no_application(town: Application) -> None:
    from django.db import connection

    build(town, 5.0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM permits_application")
        assert cursor.fetchone()[0] == 0, "FORCE: even the owner sees nothing without a tenant"
    with tenant("0999"):
        assert len(world_of([town.pk]).sites) == 1
    with tenant("0998"):
        assert len(world_of([town.pk]).sites) == 0
