"""Registered lines and zones out of the database: what lies where, what was answered, and what rules make of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, box

from geodata.accounts.tenancy import tenant
from geodata.fkg.catalogue import state_theme, state_themes
from geodata.ledger.imports import import_delivery
from geodata.ledger.models import AnswerState, Change, SourceAnswer
from geodata.ledger.revisions import last_revision
from geodata.ledger.themes import ENVELOPE
from geodata.readers.dai import LAYERS
from geodata.readers.delivery import Delivery
from permits.actions.check_applications import check_applications
from permits.engine.features import kinds, reaches
from permits.engine.from_database import world_of
from permits.engine.world import World
from permits.models.applications import Application, ProposedBuilding
from permits.rulebook import discover, worst
from tests.permits.engine.test_from_database import DAY, E, N, build, deliver, town

pytestmark = pytest.mark.django_db
__all__ = ["town"]

MISSING = ("needs_manual", "missing_data")


def feature(view: str, shape: Any, source: str = "test", **columns: Any) -> None:
    drawn = MultiPolygon([shape]) if isinstance(shape, Polygon) else MultiLineString([shape])
    rows = {name: [value] for name, value in columns.items()}
    frame = gpd.GeoDataFrame(
        {"register_id": ["0"], "municipality": "0999", **rows}, geometry=[drawn], crs="EPSG:25832"
    )
    speaks = tuple(name for name in columns if name not in ENVELOPE)
    import_delivery(
        Delivery(state_theme(view).id, source, source, frame, speaks_for=speaks),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )


def answers(application: Application) -> dict[str, tuple[str, str, float]]:
    """The worst that each rule found."""
    _, found = check_applications([application.pk], acting_user=None, municipality="0999", as_of=DAY)
    return {f.rule: (f.outcome, f.reason, f.measured) for f in worst(found).itertuples()}


def answer_everything(state: AnswerState = AnswerState.ABSENT) -> None:
    """Every register has answered for the municipality, plans and zones among them."""
    themes = [theme.id for theme in state_themes().values() if theme.kind]
    SourceAnswer.objects.bulk_create(
        SourceAnswer(source="test", theme=theme, municipality_id="0999", state=state, as_of=DAY)
        for theme in (*themes, "plan:local_plan")
    )


def world(application: Application, known: int | None = None) -> World:
    with tenant("0999"):
        return world_of([application.pk], as_of=DAY, known=known)


def layer(application: Application, kind: str) -> tuple[str, str]:
    layers = world(application).layers
    row = layers[layers["kind"] == kind].iloc[0]
    return row["state"], "" if pd.isna(row["as_of"]) else str(row["as_of"].date())


def test_every_kind_that_a_rule_asks_for_is_stored_and_the_other_way_round() -> None:
    asked = {need.layer for rule in discover().values() for need in rule.needs}
    assert set(kinds()) == asked - {"plans", "zones"}


def test_each_kind_is_looked_at_as_far_as_a_rule_looks() -> None:
    reach = reaches()
    assert reach["natura2000"] == 500.0
    assert reach["beskyttet_natur"] == 25.0
    assert reach["strandbeskyttelse"] == 0.0


def test_a_line_that_lies_on_the_house_decides(town: Application) -> None:
    build(town, 5.0)
    feature("strandbeskyttelse", box(E + 20, N, E + 80, N + 25))
    assert answers(town)["nature.beach_line"][0] == "needs_dispensation"
    assert layer(town, "strandbeskyttelse")[0] == "found"


def test_what_nobody_has_answered_is_never_nothing_there(town: Application) -> None:
    build(town, 5.0)
    found = answers(town)
    for rule in discover().values():
        if {need.layer for need in rule.needs} & set(kinds()) and rule.id != "heritage.listed_building":
            assert found[rule.id][:2] == MISSING, rule.id
    assert layer(town, "strandbeskyttelse") == ("not_answered", "")


def test_nothing_there_is_said_where_the_register_has_answered(town: Application) -> None:
    build(town, 5.0)
    answer_everything()
    found = answers(town)
    assert "nature.beach_line" not in found or found["nature.beach_line"][0] == "not_applicable"
    assert layer(town, "strandbeskyttelse") == ("absent", DAY.isoformat())


def outline(code: str, shape: Polygon, tolerance_m: float = 0.0) -> None:
    """The area of a municipality."""
    columns = {"register_id": [code], "municipality": [code], "name": [code], "tolerance_m": [tolerance_m]}
    import_delivery(
        Delivery(
            "municipality_outline", "dagi", "dagi",
            gpd.GeoDataFrame(columns, geometry=[MultiPolygon([shape])], crs="EPSG:25832"),
            ("name", "tolerance_m"),
        ),
        acting_user=None, file_name="f", file_sha256="0" * 64,
    )  # fmt: skip


def states(application: Application, known: int | None = None) -> dict[str, str]:
    layers = world(application, known).layers
    return {
        kind: state for kind, state in zip(layers["kind"], layers["state"], strict=True) if kind in kinds()
    }


@pytest.mark.parametrize(
    ("away_m", "tolerance_m"),
    [(0.0, 0.0), (25.0, 0.0), (25.01, 0.0), (60.0, 35.0), (120.0, 0.0), (501.0, 0.0)],
)
def test_across_a_border_a_register_has_to_have_answered_as_far_as_a_rule_looks(
    town: Application, away_m: float, tolerance_m: float
) -> None:
    build(town, 5.0)
    answer_everything()
    outline("0999", box(E - 900, N - 900, E + 40 + away_m, N + 900), 50.0)
    before = last_revision()
    assert set(states(town).values()) == {"absent"}
    outline("0888", box(E + 40 + away_m, N - 900, E + 9000, N + 900), tolerance_m)
    reach = reaches()
    silent = {kind for kind in kinds() if reach[kind] > 0.0 and away_m <= reach[kind] + tolerance_m}
    assert {kind for kind, state in states(town).items() if state == "not_answered"} == silent
    assert bool(silent) is (away_m < 500.0)
    assert set(states(town, before).values()) == {"absent"}
    # An answer about the whole country is one about the neighbour too.
    SourceAnswer.objects.filter(theme__startswith="s").update(municipality_id=None)
    assert set(states(town).values()) == {"absent"}


def test_a_rule_does_not_pass_on_what_nobody_has_told_of_the_neighbour(town: Application) -> None:
    build(town, 5.0)
    answer_everything()
    assert answers(town).get("nature.natura2000", ("not_applicable",))[0] == "not_applicable"
    outline("0888", box(E + 240, N - 900, E + 9000, N + 900))
    assert answers(town)["nature.natura2000"][:2] == MISSING
    SourceAnswer.objects.create(
        source="test",
        theme=state_theme("natura2000").id,
        municipality_id="0888",
        state=AnswerState.ABSENT,
    )
    assert answers(town).get("nature.natura2000", ("not_applicable",))[0] == "not_applicable"


@pytest.mark.parametrize("kind", kinds())
def test_no_rule_passes_on_a_layer_that_did_not_answer(town: Application, kind: str) -> None:
    build(town, 5.0)
    if kind in ("bnbo", "osd"):
        with tenant("0999"):
            ProposedBuilding.objects.update(kind="pool")
    if kind == "kystnaerhedszone":
        deliver("zone", [MultiPolygon([box(E - 9, N - 9, E + 90, N + 90)])], zone_code=[2])
    answer_everything()
    themes = [theme.id for theme in state_themes().values() if theme.kind == kind]
    SourceAnswer.objects.filter(theme__in=themes).delete()
    asking = [r for r in discover().values() if kind in {need.layer for need in r.needs}]
    assert asking
    found = answers(town)
    for rule in asking:
        if rule.id == "heritage.listed_building":
            continue  # asks about buildings that stand, see the next test
        assert found[rule.id][:2] == MISSING, rule.id


def test_an_extension_asks_for_listed_buildings(town: Application) -> None:
    deliver("building", [MultiPolygon([box(E + 15, N + 8, E + 25, N + 18)])])
    build(town, 5.0)
    with tenant("0999"):
        Application.objects.filter(pk=town.pk).update(work="extension")
    answer_everything()
    assert answers(town).get("heritage.listed_building", ("not_applicable",))[0] == "not_applicable"
    SourceAnswer.objects.filter(theme=state_theme("fredet_bygning").id).delete()
    assert answers(town)["heritage.listed_building"][:2] == MISSING


def test_a_share_of_a_kind_is_no_answer_and_what_it_holds_stands(town: Application) -> None:
    build(town, 5.0)
    answer_everything()
    SourceAnswer.objects.filter(theme=state_theme("natura2000").id).delete()
    away = box(E + 1000, N + 1000, E + 1100, N + 1100)
    feature("natura2000", away, "dai/habitat_omr")
    feature("natura2000", away, "dai/fugle_bes_omr")
    assert layer(town, "natura2000")[0] == "not_answered"
    assert answers(town)["nature.natura2000"][:2] == MISSING
    feature("natura2000", away, "dai/ramsar_omr")
    assert layer(town, "natura2000")[0] == "absent"
    SourceAnswer.objects.filter(theme=state_theme("beskyttet_vandloeb").id).delete()
    feature("beskyttet_natur", box(E + 20, N, E + 80, N + 25), "dai/bes_naturtyper")
    assert layer(town, "beskyttet_natur")[0] == "not_answered"
    assert answers(town)["nature.protected_type"][0] == "needs_dispensation"


def test_deliveries_that_bring_a_share_are_those_of_the_reader() -> None:
    of_view: dict[str, set[str]] = {}
    for name, one in LAYERS.items():
        of_view.setdefault(one.view, set()).add(f"dai/{name}")
    for theme in state_themes().values():
        sources = of_view.get(theme.view, set())
        assert set(theme.deliveries) == (sources if len(sources) > 1 else set()), theme.view


def test_an_area_beyond_the_boundary_is_met_within_reach_of_its_rule(town: Application) -> None:
    build(town, 5.0)
    answer_everything()
    feature("beskyttet_natur", box(E + 59.9, N, E + 70, N + 25))
    outcome, reason, measured = answers(town)["nature.protected_type"]
    assert (outcome, reason) == ("needs_manual", "assessment")
    assert measured == pytest.approx(24.9, abs=1e-6)
    feature("natura2000", box(E + 534.9, N, E + 600, N + 25))
    assert answers(town)["nature.natura2000"][2] == pytest.approx(499.9, abs=1e-6)


@pytest.mark.parametrize(
    ("view", "rule", "columns", "told"),
    [
        ("oversvoemmelse", "water.flood", {"depth": 0.31}, 0.31),
        ("stoejzone", "consultation.zone", {"lden": 61.0}, 61.0),
    ],
)
def test_numbers_of_features_reach_the_rule(
    town: Application, view: str, rule: str, columns: dict[str, Any], told: float
) -> None:
    build(town, 5.0)
    answer_everything()
    feature(view, box(E, N, E + 40, N + 25), **columns)
    outcome, reason, measured = answers(town)[rule]
    assert (outcome, reason, measured) == ("needs_manual", "assessment", told)


@pytest.mark.parametrize(
    ("surrounded", "expected"), [(True, "not_applicable"), (False, "needs_dispensation")]
)
def test_words_of_features_reach_the_rule(town: Application, surrounded: bool, expected: str) -> None:
    build(town, 5.0, height_m=8.6)
    answer_everything()
    feature("kirkebyggelinje", box(E, N, E + 40, N + 25), surrounded_by_town=surrounded)
    assert answers(town).get("nature.church_line", ("not_applicable",))[0] == expected


@pytest.mark.parametrize(
    ("columns", "holds"),
    [
        ({"statuskode": 3}, True),
        ({"statuskode": 0}, True),
        ({"statuskode": 1}, False),
        ({"statuskode": 4}, False),
        ({"gyldig_fra": date(2026, 3, 2)}, True),
        ({"gyldig_fra": date(2026, 3, 3)}, False),
        ({"gyldig_til": date(2026, 3, 2)}, True),
        ({"gyldig_til": date(2026, 3, 1)}, False),
    ],
)
def test_only_what_is_in_force_on_the_day_counts(
    town: Application, columns: dict[str, Any], holds: bool
) -> None:
    build(town, 5.0)
    feature("fredning", box(E, N, E + 40, N + 25), **columns)
    assert (len(world(town).features) == 1) is holds


def test_a_line_is_met_as_it_was_known(town: Application) -> None:
    build(town, 5.0)
    before = Change.objects.exclude(revision=None).latest("revision").revision
    feature("dige", LineString([(E + 20, N + 12), (E + 40, N + 12)]))
    assert len(world(town).features) == 1
    assert len(world(town, before).features) == 0


def test_an_accuracy_that_a_record_does_not_say_is_that_of_its_kind(town: Application) -> None:
    build(town, 5.0)
    feature("fredning", box(E, N, E + 40, N + 25))
    feature("dige", LineString([(E + 20, N + 12), (E + 40, N + 12)]), sigma_m=0.07)
    sigma = world(town).features.set_index("kind")["sigma_m"]
    assert sigma["fredning"] == state_theme("fredning").sigma_m
    assert sigma["dige"] == 0.07
