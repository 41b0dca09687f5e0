"""The World out of the database: what is looked up around a site, and what the rules then say."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, box

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from geodata.ledger.imports import import_delivery
from geodata.ledger.models import Change, SourceAnswer
from geodata.models.cadastre import Edge, Parcel
from geodata.readers.delivery import Delivery
from permits.actions.check_applications import check_applications
from permits.actions.submit_application import NewPlot, Submission, submit_application
from permits.engine.from_database import world_of
from permits.models.applications import Application, ApplicationParcel, ProposedBuilding
from permits.models.findings import NEWEST, Finding, Run
from permits.models.rechecks import LookedAt
from permits.rulebook import FLAGS
from tests.geodata.test_terrain import write

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
        Delivery(theme, source, register, frame, speaks_for=tuple(c for c in columns if c != "oprindkode")),
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
    finding = Finding.objects.newest().get(rule="plan.height")
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


def test_every_outline_stands_also_where_the_map_names_no_building_of_bbr(town: Application) -> None:
    build(town, 5.0)
    deliver(
        "building",
        [MultiPolygon([box(E + x, N + 8, E + x + 4, N + 12)]) for x in (2, 8, 14, 20)],
        bbr_id=[None, "11111111-1111-1111-1111-111111111111", None, "11111111-1111-1111-1111-111111111111"],
        basis=["roof"] * 4,
    )
    buildings = look(town).buildings
    standing = buildings[~buildings["proposed"]]
    assert sorted(round(shape.centroid.x - E) for shape in standing.geometry) == [4, 10, 16], (
        "an id of BBR is one building, however often it is drawn"
    )
    assert standing["parcel"].tolist() == [Parcel.objects.get(register_id="0").pk] * 3
    assert standing["building"].is_unique


def test_a_building_of_bbr_that_the_map_does_not_show_is_on_the_parcel_of_its_point(
    town: Application,
) -> None:
    build(town, 5.0)
    records(("a0000000-0000-0000-0000-000000000001", 120, 150.0, 160.0, E + 5, N + 10))
    buildings = look(town).buildings
    standing = buildings[~buildings["proposed"]]
    assert standing.geometry.isna().all()
    assert standing["parcel"].tolist() == [Parcel.objects.get(register_id="0").pk]
    assert standing["plot"].tolist() == [1]
    assert standing["name"].tolist() == ["a0000000-0000-0000-0000-000000000001"]


def test_the_shape_of_a_plan_is_read_once_for_all_sites_on_it(town: Application) -> None:
    build(town, 5.0)
    plans({})
    deliver("zone", [MultiPolygon([box(E - 99, N - 99, E + 99, N + 99)])], zone_code=[1])
    parcel = Parcel.objects.get(register_id="1")
    other = submit_application(
        Submission("n", "", "new", "", DAY, [parcel.pk]), acting_user=None, municipality="0999"
    )
    with tenant("0999"):
        world = world_of([town.pk, other], as_of=DAY)
    for table in (world.areas, world.zones):
        assert table["site"].tolist() == sorted([town.pk, other])
        assert table.geometry.iloc[0] is table.geometry.iloc[1]


def test_of_fields_beside_the_site_the_one_longest_in_force_stands_for_its_sort(town: Application) -> None:
    build(town, 5.0)
    far = {**FIELD, "parent_register_id": "plan0"}
    here, there = (
        box(E + 20, N + 5, E + 38, N + 20),
        [box(E + x, N, E + x + 20, N + 20) for x in (500, 600, 700)],
    )
    plans(
        {"shape": box(E - 5, N - 5, E + 900, N + 30)},
        {**far, "in_force_on": date(2001, 1, 1), "shape": here},
        {**far, "in_force_on": date(2003, 1, 1), "shape": there[0]},
        {**far, "in_force_on": date(2002, 1, 1), "shape": there[1]},
        {**far, "field_state": "undeclared", "in_force_on": date(2004, 1, 1), "shape": there[2]},
    )
    areas = look(town).areas
    fields = areas[areas["level"] == "building_field"]
    # The one on the site stands for itself, and the longest in force comes first among the others.
    assert [int(shape.bounds[0] - E) for shape in fields.geometry] == [20, 700, 600]
    assert (fields["parent"] == areas.loc[areas["level"] == "local_plan", "area"].iloc[0]).all()


def test_what_bbr_calls_planned_or_gone_does_not_stand(town: Application) -> None:
    build(town, 5.0)
    before = answers(town)["br18.plot_ratio"]
    frame = gpd.GeoDataFrame(
        {
            "register_id": [f"{n}1111111-1111-1111-1111-111111111111" for n in range(2)],
            "municipality": "0999",
            "use_code": 120,
            "floor_m2": 150.0,
            "statuskode": [2, 4],
        },
        geometry=[Point(E + 5, N + 10)] * 2,
        crs="EPSG:25832",
    )

    def store(known: gpd.GeoDataFrame) -> None:
        import_delivery(
            Delivery("building_record", "t", "bbr", known, speaks_for=("use_code", "floor_m2")),
            acting_user=None,
            file_name="f",
            file_sha256="0" * 64,
        )

    store(frame)
    assert answers(town)["br18.plot_ratio"] == before
    store(frame.assign(statuskode=[3, 4]))
    assert answers(town)["br18.plot_ratio"][2] == pytest.approx(before[2] + 15.0)


def test_the_line_of_a_taken_up_road_is_no_boundary_of_the_site(town: Application) -> None:
    parcel = Parcel.objects.get(register_id="0")
    line = MultiLineString([[(E + 5, N), (E + 5, N + 25)]])
    deliver("s51_optaget_vej", [line], parcel_register_id=[parcel.register_id], register=parcel.register)
    assert Edge.objects.filter(parcel=parcel, kind_src="taken_up_road", inner=True).count() == 1
    world = look(town)
    assert "taken_up_road" not in set(world.edges["kind_src"])
    assert world.edges.geometry.length.sum() == pytest.approx(world.parcels.geometry.length.sum())


def test_a_run_keeps_rows_without_a_policy_and_only_the_newest_are_latest(town: Application) -> None:
    build(town, 2.40)
    answers(town)
    first = set(Finding.objects.newest().values_list("id", flat=True))
    answers(town)
    second = set(Finding.objects.newest().values_list("id", flat=True))
    assert first
    assert second
    assert not first & second
    assert Run.objects.count() == 2
    assert all(run.revision > 0 and run.finished_at for run in Run.objects.all())


def test_the_newest_findings_are_found_among_those_of_others(town: Application) -> None:
    build(town, 2.40)
    answers(town)
    old, run = Finding.objects.newest_of(town.pk), Run.objects.get()
    before = set(old.values_list("id", flat=True))
    assert before == set(Finding.objects.newest().values_list("id", flat=True)) != set()
    again = Run.objects.create(
        engine_version="1", revision=run.revision, valid_on=run.valid_on, rules=[], rulesets=[]
    )
    # Two checks that write at the same time, one of them of an application beside.
    written = [
        Finding.objects.create(run=of, application_id=key, building=-1, rule=f"r{n}", outcome="fail").pk
        for n, (of, key) in enumerate(
            [(again, town.pk), (run, town.pk), (again, town.pk + 1), (again, town.pk)]
        )
    ]
    LookedAt.objects.filter(application_id=town.pk).update(
        run_id=again.pk, first_finding=written[0], last_finding=written[3]
    )
    mine = [written[0], written[3]]
    assert sorted(Finding.objects.newest_of(town.pk).values_list("id", flat=True)) == mine
    assert sorted(Finding.objects.newest().values_list("id", flat=True)) == mine
    assert not Finding.objects.newest_of(town.pk + 1).exists()
    assert set(Finding.objects.of_run(again).values_list("id", flat=True)) == {*mine, written[2]}
    assert set(Finding.objects.of_run(run).values_list("id", flat=True)) == before, "what came after it ended"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT f.id FROM {NEWEST} ORDER BY f.id")
        assert [row[0] for row in cursor.fetchall()] == mine


def test_a_check_that_finds_nothing_leaves_no_newest_findings(town: Application) -> None:
    build(town, 2.40)
    answers(town)
    assert Finding.objects.newest_of(town.pk).exists()
    check_applications(
        [town.pk], acting_user=None, municipality="0999", as_of=DAY, rules=["br18.summer_house_height"]
    )
    assert not Finding.objects.newest_of(town.pk).exists()
    assert not Finding.objects.newest().exists()


def test_findings_have_a_run_and_stay_with_it(town: Application) -> None:
    build(town, 2.40)
    answers(town)
    answers(town)
    first, second = Run.objects.order_by("id")
    kept = Finding.objects.filter(run=first).count()
    with pytest.raises(IntegrityError, match="run that is not there"), transaction.atomic():
        Finding.objects.create(
            run_id=second.pk + 1, application_id=town.pk, building=-1, rule="r", outcome="fail"
        )
    with pytest.raises(IntegrityError, match="stays with its run"), transaction.atomic():
        Finding.objects.filter(run=first).update(run=second)
    with pytest.raises(IntegrityError, match="has findings"), transaction.atomic():
        Run.objects.filter(pk=first.pk)._raw_delete("default")
    assert Finding.objects.filter(run=first).count() == kept > 0
    first.delete()
    assert not Finding.objects.filter(run_id=first.pk).exists()
    assert Finding.objects.filter(run=second).exists()


def test_another_municipality_sees_no_application(town: Application) -> None:
    build(town, 5.0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM permits_application")
        assert cursor.fetchone()[0] == 0, "FORCE: even the owner sees nothing without a tenant"
    with tenant("0999"):
        assert len(world_of([town.pk]).sites) == 1
    with tenant("0998"):
        assert len(world_of([town.pk]).sites) == 0


AREA = {"level": "local_plan", "status": "V", "number": "1.23", "limits": []}


def plans(*said: dict) -> None:
    """Plans in one delivery; ``shape`` by default covers both parcels."""
    rows = [{**AREA, "shape": box(E - 5, N - 5, E + 85, N + 30), **one} for one in said]
    names = sorted({name for row in rows for name in row} - {"shape"})
    deliver(
        "plan",
        [MultiPolygon([row["shape"]]) for row in rows],
        **{name: [row.get(name) for row in rows] for name in names},
    )


def look(application: Application):
    with tenant("0999"):
        return world_of([application.pk], as_of=DAY)


def percentage(value: float, per: str) -> list:
    return [{"matter": "plot_ratio", "state": "value", "value": value, "per": per, "clause": ""}]


def records(*rows: tuple[str, int, float | None, float | None, float, float]) -> None:
    """Rows of BBR: id, use, floor, built area, place."""
    frame = gpd.GeoDataFrame(
        {
            "register_id": [r[0] for r in rows],
            "municipality": "0999",
            "use_code": [r[1] for r in rows],
            "floor_m2": [r[2] for r in rows],
            "built_m2": [r[3] for r in rows],
        },
        geometry=[Point(r[4], r[5]) for r in rows],
        crs="EPSG:25832",
    )
    import_delivery(
        Delivery("building_record", "t", "bbr", frame, speaks_for=("use_code", "floor_m2", "built_m2")),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )


FIELD = {"level": "building_field", "field_state": "yes", "number": None}


def test_a_field_that_belongs_to_a_sub_area_is_a_field_of_its_local_plan(town: Application) -> None:
    build(town, 5.0)
    plans(
        {},
        {"level": "sub_area", "number": "1.23", "part_number": "A", "parent_register_id": "plan0"},
        {**FIELD, "parent_register_id": "plan1", "shape": box(E + 20, N + 5, E + 38, N + 20)},
    )
    assert answers(town)["plan.building_field"][:2] == ("pass", "")
    areas = look(town).areas.set_index("level")
    assert areas.loc["building_field", "parent"] == areas.loc["local_plan", "area"]


@pytest.mark.parametrize(
    ("state", "outcome"), [("yes", "needs_dispensation"), ("undeclared", "needs_manual")]
)
@pytest.mark.parametrize("parent", ["plan0", "plan1"])
def test_a_field_on_other_land_lets_nobody_build_here(
    town: Application, state: str, outcome: str, parent: str
) -> None:
    build(town, 5.0)
    far = {**FIELD, "field_state": state, "parent_register_id": parent}
    plans(
        {"shape": box(E - 5, N - 5, E + 900, N + 30)},
        {"level": "sub_area", "part_number": "A", "parent_register_id": "plan0"},
        {**far, "shape": box(E + 500, N + 5, E + 520, N + 20)},
        {**far, "shape": box(E + 600, N + 5, E + 620, N + 20)},
    )
    found = answers(town)["plan.building_field"]
    assert found[0] == outcome
    assert found[2] == pytest.approx(100.0)
    assert (look(town).areas["level"] == "building_field").sum() == 1, "one stands for all of its sort"


def test_a_percentage_of_the_area_is_held_against_all_of_it(town: Application) -> None:
    build(town, 5.0, floor_m2=100)
    plans({"limits": percentage(20.0, "area"), "shape": box(E, N, E + 80, N + 25)})
    records(
        ("a0000000-0000-0000-0000-000000000001", 120, 150.0, 160.0, E + 50, N + 10),
        ("a0000000-0000-0000-0000-000000000002", 910, 0.0, 70.0, E + 70, N + 10),
    )
    area = look(town).areas.iloc[0]
    assert area["land_m2"] == pytest.approx(2000.0)
    assert area["floor_m2"] == pytest.approx(170.0), "50 of the 70 m² of the garage are left out"
    outcome, _, measured = answers(town)["plan.plot_ratio"]
    assert (outcome, measured) == ("pass", pytest.approx(100 * 270 / 2000))


def test_land_across_the_line_counts_by_the_share_inside(town: Application) -> None:
    build(town, 5.0)
    plans({"limits": percentage(20.0, "area"), "shape": box(E, N, E + 60, N + 25)})
    assert look(town).areas["land_m2"].iloc[0] == pytest.approx(1500.0)


@pytest.mark.parametrize("gap", ["land", "floor", "record"])
def test_what_is_not_known_of_the_area_leaves_its_percentage_open(town: Application, gap: str) -> None:
    build(town, 5.0)
    wide = 200 if gap == "land" else 80
    plans({"limits": percentage(20.0, "area"), "shape": box(E, N, E + wide, N + 25)})
    name = "a0000000-0000-0000-0000-000000000001"
    records((name, 120, None if gap == "floor" else 150.0, 160.0, E + 50, N + 10))
    named = "a0000000-0000-0000-0000-000000000002" if gap == "record" else name
    deliver("building", [MultiPolygon([box(E + 45, N + 5, E + 57, N + 17)])], bbr_id=[named], basis=["roof"])
    area = look(town).areas.iloc[0]
    assert (area["land_m2"] != area["land_m2"]) == (gap == "land")
    assert (area["floor_m2"] != area["floor_m2"]) == (gap != "land")
    assert answers(town)["plan.plot_ratio"][:2] == ("needs_manual", "missing_data")


def test_only_percentages_of_the_area_ask_the_registers_for_all_of_it(town: Application) -> None:
    build(town, 5.0)
    plans({"limits": percentage(20.0, "plot")})
    with CaptureQueriesContext(connection) as few:
        assert look(town).areas["land_m2"].isna().all()
    assert not any("property_number" in q["sql"] for q in few.captured_queries)


@pytest.mark.parametrize(
    ("adopted", "edition"),
    [
        (date(2018, 1, 1), "BR18"),
        (date(2017, 12, 31), "BR15"),
        (date(2015, 12, 31), "BR10"),
        (date(1998, 1, 1), "BR08-"),
    ],
)
def test_the_edition_of_the_plan_s_time_counts_where_the_municipality_says_so(
    town: Application, settings, adopted: date, edition: str
) -> None:
    build(town, 5.0)
    plans({"limits": percentage(20.0, "plot"), "adopted_on": adopted})
    assert look(town).areas["calc_ruleset"].tolist() == [""]
    settings.PLAN_TIME_RULES = frozenset({"0999"})
    assert look(town).areas["calc_ruleset"].tolist() == [edition]
    read = answers(town)["plan.plot_ratio"]
    assert read[:2] == (("needs_manual", "legal_text") if edition == "BR08-" else ("pass", ""))


def test_what_is_recorded_with_the_plan_comes_before_the_practice(town: Application) -> None:
    build(town, 5.0)
    plans({"limits": percentage(20.0, "plot"), "register_fields": {"calc_ruleset": "BR15"}})
    assert look(town).areas["calc_ruleset"].tolist() == ["BR15"]


def test_accuracy_of_plans_and_zones_follows_from_how_they_were_made(town: Application) -> None:
    build(town, 5.0)
    plans(
        {"oprindkode": 3},
        {
            **FIELD,
            "parent_register_id": "plan0",
            "oprindkode": 0,
            "shape": box(E + 20, N + 5, E + 34.8, N + 20),
        },
    )
    deliver("zone", [MultiPolygon([box(E - 99, N - 99, E + 99, N + 99)])], zone_code=[1], oprindkode=[2])
    world = look(town)
    assert dict(zip(world.areas["level"], world.areas["sigma_m"], strict=True)) == {
        "local_plan": 0.1,
        "building_field": 1.0,
    }
    assert world.zones["sigma_m"].tolist() == [0.5]
    answers(town)
    found = Finding.objects.newest().get(rule="plan.building_field")
    assert (found.outcome, found.flags) == ("needs_dispensation", FLAGS["within_tolerance"]), "0.2 m outside"


def test_new_plots_are_measured_and_meant_for_what_the_zone_says(town: Application) -> None:
    deliver("zone", [MultiPolygon([box(E - 99, N - 99, E + 99, N + 99)])], zone_code=[3])
    parcel = Parcel.objects.get(register_id="0")
    said = Submission(
        number="2026-2",
        title="Udstykning",
        work="subdivision",
        address="",
        applied_on=DAY,
        parcels=[parcel.pk],
        plots=(NewPlot(registered_m2=1300.0, road_m2=50.0), NewPlot(outline=box(E, N, E + 30, N + 25))),
    )
    key = submit_application(said, acting_user=None, municipality="0999")
    with tenant("0999"):
        application = Application.objects.get(pk=key)
    world = look(application)
    assert world.new_plots[["registered_m2", "road_m2", "kind"]].to_numpy().tolist() == [
        [1300.0, 50.0, "summer_house"],
        [750.0, 0.0, "summer_house"],
    ]
    assert answers(application)["br18.plot_size"] == ("needs_manual", "overall_assessment", 750.0)


def test_plans_are_looked_up_for_the_ground_that_terrain_work_touches(town: Application) -> None:
    parcel = Parcel.objects.get(register_id="0")
    said = Submission(
        number="2026-3",
        title="Terrænregulering",
        work="terrain",
        address="",
        applied_on=DAY,
        parcels=[parcel.pk],
        area=box(E + 200, N, E + 220, N + 20),
    )
    key = submit_application(said, acting_user=None, municipality="0999")
    plans({"status": "F", "proposed_on": date(2026, 1, 1), "shape": box(E + 190, N - 5, E + 230, N + 30)})
    with tenant("0999"):
        application = Application.objects.get(pk=key)
    assert look(application).sites.geometry.iloc[0].area == pytest.approx(400.0)
    assert answers(application)["plan.standstill"][:2] == ("needs_manual", "assessment")


def test_the_number_of_queries_does_not_grow_with_the_sites(town: Application) -> None:
    build(town, 5.0)
    plans({"limits": percentage(20.0, "area"), "shape": box(E, N, E + 80, N + 25)})
    keys = [town.pk]
    with tenant("0999"), CaptureQueriesContext(connection) as one:
        world_of(keys, as_of=DAY)
    parcel = Parcel.objects.get(register_id="1")
    for number in range(5):
        said = Submission(f"n{number}", "", "new", "", DAY, [parcel.pk])
        keys.append(submit_application(said, acting_user=None, municipality="0999"))
    with tenant("0999"), CaptureQueriesContext(connection) as six:
        assert len(world_of(keys, as_of=DAY).sites) == 6
    assert len(six) == len(one)


def test_the_setting_names_the_rasters_of_the_ground(town: Application, settings, tmp_path: Path) -> None:
    build(town, 5.0, height_m=9.0, levels_absolute=True)
    assert answers(town)["br18.height"][2] == pytest.approx(6.0), (
        "above the level that the application states"
    )
    write(tmp_path / "dhm.tif", E, N + 100, (250, 250), change=lambda z, x, y: 0 * z + 1.5)
    settings.TERRAIN = (str(tmp_path),)
    assert answers(town)["br18.height"][:2] == ("pass", "")
    assert answers(town)["br18.height"][2] == pytest.approx(7.5)
    layers = look(town).layers
    assert layers.loc[layers["kind"] == "terrain", "state"].tolist() == ["found"]


def test_plans_answer_where_local_plans_were_delivered(town: Application) -> None:
    def plans() -> str:
        layers = look(town).layers
        return str(layers.loc[layers["kind"] == "plans", "state"].item())

    assert plans() == "not_answered"
    far = [MultiPolygon([box(E + 5_000, N, E + 5_100, N + 100)])]
    deliver("plan", far, level=["framework"], status=["V"])
    assert plans() == "not_answered", "frameworks say nothing of local plans"
    deliver("plan", far, level=["local_plan"], status=["F"])
    assert plans() == "not_answered", "neither do proposals"
    deliver("plan", far, level=["local_plan"], status=["V"])
    assert plans() == "absent"
    SourceAnswer.objects.all().delete()
    assert plans() == "not_answered", "a plan that is stored is no delivery"
