"""What applies here: every rule about land without a drawing, by the very limits that measure a drawing later."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation
from shapely.geometry import MultiPolygon, box

from geodata.ledger.models import SourceAnswer
from geodata.models.cadastre import Parcel
from geodata.property_lookup.answers import Answer, State
from permits.applies.everything import what_applies
from permits.assessment import Asked, applying
from permits.models.applications import Application
from permits.rulebook import discover
from tests.permits.engine.test_features import answer_everything, feature
from tests.permits.engine.test_from_database import DAY, E, N, deliver, town

pytestmark = pytest.mark.django_db
__all__ = ["town"]


def asked(language: str = "en", day: date = DAY) -> dict[str, Answer]:
    parcel = Parcel.objects.get(register_id="0")
    with translation.override(language):
        return {a.key.removeprefix("rules."): a for a in what_applies([parcel.pk], "0999", day)}


def plan(geometry: MultiPolygon | None = None, **columns: list[object]) -> None:
    deliver(
        "plan",
        [geometry or MultiPolygon([box(E - 5, N - 5, E + 100, N + 100)])],
        **{
            "level": ["local_plan"],
            "number": ["1.23"],
            "title": ["Boliger ved fjorden"],
            "status": ["V"],
            "adopted_on": [date(2020, 1, 1)],
            "document_url": ["https://planvaerk.example/1.pdf"],
            **columns,
        },
    )


def test_every_rule_is_answered_once(town: Application) -> None:
    assert set(asked()) == set(discover())


def test_where_nothing_has_been_read_in_only_the_law_itself_applies(town: Application) -> None:
    told = asked()
    for name, answer in told.items():
        if name.startswith(("nature.", "heritage.", "road.", "soil.", "water.", "consultation.", "plan.")):
            assert answer.state is State.NOT_ANSWERED, name
    assert told["planning_act.rural_zone"].state is State.NOT_ANSWERED
    assert told["br18.summer_house_height"].state is State.NOT_ANSWERED
    assert told["br18.sloped_plane"].state is State.YES
    assert told["br18.sloped_plane"].value == 1.4


@pytest.mark.parametrize(
    ("zone", "applies", "does_not", "ratio"),
    [
        (
            1,
            ("br18.height", "br18.boundary_distance"),
            ("br18.summer_house_height", "planning_act.rural_zone"),
            30,
        ),
        (2, ("br18.height", "planning_act.rural_zone"), ("br18.summer_house_wall",), 30),
        (3, ("br18.summer_house_height", "br18.summer_house_distance"), ("br18.height",), 15),
    ],
)
def test_the_zone_chooses_the_figures(
    town: Application, zone: int, applies: tuple[str, ...], does_not: tuple[str, ...], ratio: float
) -> None:
    deliver("zone", [MultiPolygon([box(E - 9, N - 9, E + 90, N + 90)])], zone_code=[zone])
    told = asked()
    assert {told[name].state for name in applies} == {State.YES}
    assert {told[name].state for name in does_not} == {State.NO}
    assert told["br18.plot_ratio"].value == ratio


def test_a_limit_of_a_plan_stands_with_its_clause_and_goes_before_the_regulations(town: Application) -> None:
    limit = {"matter": "max_height", "state": "value", "value": 6.5, "per": "", "clause": "§ 7.1"}
    plan(limits=[[limit]])
    deliver("zone", [MultiPolygon([box(E - 9, N - 9, E + 90, N + 90)])], zone_code=[1])
    told = asked()
    assert (told["plan.height"].state, told["plan.height"].value) == (State.YES, 6.5)
    assert told["plan.height"].said == "1.23: 6.50 m § 7.1"
    assert told["plan.height"].link == "https://planvaerk.example/1.pdf"
    assert told["br18.height"].said.startswith("The plan decides where it has a number")
    assert told["planning_act.local_plan_duty"].state is State.NO


def test_a_plan_that_only_touches_the_land_says_nothing_here(town: Application) -> None:
    limit = {"matter": "max_height", "state": "value", "value": 6.5, "per": "", "clause": "§ 7.1"}
    plan(limits=[[limit]], geometry=MultiPolygon([box(E - 50, N, E, N + 25)]))
    told = asked()
    assert told["plan.height"].state is State.NO
    assert told["planning_act.local_plan_duty"].state is State.YES


def test_where_the_zone_is_not_known_each_of_two_figures_says_where_it_holds(town: Application) -> None:
    said = asked()["br18.storeys"].said
    assert said == "At most 2 storeys. In an area for summer houses: at most 1 storey."
    assert asked("da")["br18.storeys"].said == "Højst 2 etager. I sommerhusområde: højst 1 etage."
    # Where the words themselves tell it, nothing is put before them.
    assert "area for summer houses" not in asked()["br18.plot_ratio"].said
    deliver("zone", [MultiPolygon([box(E - 9, N - 9, E + 90, N + 90)])], zone_code=[3])
    assert asked()["br18.storeys"].said == "At most 1 storey."


def test_only_a_plan_under_all_of_the_land_takes_the_duty_to_make_one_away(town: Application) -> None:
    plan(geometry=MultiPolygon([box(E - 50, N - 50, E + 10, N + 100)]))
    told = asked()["planning_act.local_plan_duty"]
    assert (told.state, told.said[:39]) == (State.YES, "A local plan covers a part of the land.")
    west, east = box(E - 50, N - 50, E + 10, N + 100), box(E + 10, N - 50, E + 100, N + 100)
    deliver(
        "plan",
        [MultiPolygon([west]), MultiPolygon([east])],
        level=["local_plan"] * 2,
        number=["1.23", "1.24"],
        status=["V"] * 2,
        adopted_on=[date(2020, 1, 1)] * 2,
    )
    assert asked()["planning_act.local_plan_duty"].state is State.NO


def test_what_is_not_recorded_is_not_answered_and_what_is_not_regulated_is_no(town: Application) -> None:
    plan(
        limits=[
            [
                {"matter": "max_height", "state": "not_recorded", "value": None, "per": "", "clause": ""},
                {"matter": "max_storeys", "state": "not_regulated", "value": None, "per": "", "clause": ""},
            ]
        ]
    )
    told = asked()
    assert (told["plan.height"].state, told["plan.height"].code) == (State.NOT_ANSWERED, "not_recorded")
    assert told["plan.height"].link
    assert told["plan.storeys"].state is State.NO


def test_a_matter_without_a_row_and_a_plan_too_complex_are_not_recorded(town: Application) -> None:
    limit = {"matter": "max_height", "state": "value", "value": 6.5, "per": "", "clause": "§ 7.1"}
    plan(limits=[[limit]], is_complex=[True], use_general=[31])
    deliver("zone", [MultiPolygon([box(E - 9, N - 9, E + 90, N + 90)])], zone_code=[1])
    told = asked()
    for name in ("plan.height", "plan.storeys", "plan.use"):
        assert (told[name].state, told[name].code) == (State.NOT_ANSWERED, "not_recorded"), name
        assert told[name].said == "1.23: not recorded, read the plan"
    assert told["br18.height"].said.startswith("Read the plan first")


def test_a_use_without_words_is_told_by_its_codes(town: Application) -> None:
    plan(use_specific=[[1120, 1110]], limits=[[]])
    assert (asked()["plan.use"].state, asked()["plan.use"].said) == (State.YES, "1.23: 1110, 1120")


def test_only_proposals_for_local_plans_hold_back(town: Application) -> None:
    proposed = {"status": ["F"], "adopted_on": [None], "proposed_on": [date(2026, 1, 1)]}
    plan(level=["framework"], number=["2.B.1"], **proposed)
    assert asked()["plan.standstill"].state is State.NO
    plan(**proposed)
    assert (asked()["plan.standstill"].state, asked()["plan.standstill"].said) == (
        State.YES,
        "1.23 Boliger ved fjorden",
    )


@pytest.mark.parametrize(("zone", "state"), [(1, State.YES), (2, State.NO)])
def test_a_framework_is_held_against_nothing_in_landzone(town: Application, zone: int, state: State) -> None:
    deliver("zone", [MultiPolygon([box(E - 9, N - 9, E + 90, N + 90)])], zone_code=[zone])
    plan(level=["framework"], number=["2.B.1"], limits=[[]])
    assert asked()["planning_act.framework"].state is state


@pytest.mark.parametrize(
    ("day", "state", "value"),
    [
        (DAY, State.YES, 2.5),
        (date(2022, 5, 5), State.YES, 0.4),
        (date(2020, 9, 1), State.NOT_ANSWERED, None),
        (date(2019, 5, 5), State.YES, 2.5),
    ],
)
def test_the_road_side_is_that_of_the_day(
    town: Application, day: date, state: State, value: float | None
) -> None:
    told = asked(day=day)["br18.road_side"]
    assert (told.state, told.value) == (state, value)


def test_plans_are_read_as_of_one_day_and_the_law_of_another(town: Application) -> None:
    limit = {"matter": "max_height", "state": "value", "value": 6.5, "per": "", "clause": ""}
    plan(limits=[[limit]], adopted_on=[date(2025, 1, 1)])
    days = Asked(parcel="99 1a", applied=date(2022, 5, 5), as_of=DAY)
    told = {a.key.removeprefix("rules."): a for a in applying(days)[1]}
    assert (told["plan.height"].value, told["br18.road_side"].value) == (6.5, 0.4)


def test_a_line_on_the_land_one_near_it_and_one_far_away(town: Application) -> None:
    answer_everything()
    feature("kirkebyggelinje", box(E - 10, N - 10, E + 20, N + 40))
    feature("beskyttet_natur", box(E + 52, N, E + 60, N + 25))
    feature("fredning", box(E + 41, N, E + 60, N + 25))
    told = asked()
    assert told["nature.church_line"].state is State.YES
    assert "50 % of the land" in told["nature.church_line"].said
    assert told["nature.church_line"].value == 8.5
    assert told["nature.church_line"].as_of == DAY
    assert "12.00 m away" in told["nature.protected_type"].said
    assert told["nature.conservation_order"].state is State.NO


def test_what_a_silent_register_leaves_open_is_named(town: Application) -> None:
    answer_everything()
    SourceAnswer.objects.filter(theme="s15_jordforurening_v1").delete()
    told = asked("da")
    assert told["soil.contamination"].state is State.NOT_ANSWERED
    assert "Jordforurening, vidensniveau 1" in told["soil.contamination"].said
    feature("jordforurening_v2", box(E, N, E + 5, N + 5))
    told = asked("da")
    assert told["soil.contamination"].state is State.YES
    assert "Ikke indlæst her: Jordforurening, vidensniveau 1." in told["soil.contamination"].said


def test_the_page_asks_it_apart_and_the_program_by_name(client: Client, town: Application) -> None:
    path = reverse("lookup:property", args=[99, "1a"])
    whole = client.get(path)
    assert "Skråt højdegrænseplan" not in whole.text
    assert f"{path}?facet=rules" in whole.text
    part = client.get(path, {"facet": "rules", "part": ""})
    assert "Skråt højdegrænseplan" in part.text
    assert "<html" not in part.text
    assert "<html" in client.get(path, {"facet": "rules"}).text
    assert client.get(path, {"facet": "nothing"}).status_code == 404
    told = client.get(
        reverse("property_api:property", args=[99, "1a"]), {"facets": "rules", "lang": "en"}
    ).json()
    assert "br18.sloped_plane" in str(told)


def test_assess_without_a_drawing_tells_what_applies(
    town: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        call_command("assess", "--parcel", "99 1a", "--language", "en")
    assert stop.value.code == 3  # registers have not been read in
    out = capsys.readouterr().out
    assert "br18.sloped_plane: yes" in out
    assert "nature.beach_line: not answered" in out
    with pytest.raises(SystemExit):
        call_command("assess", "--parcel", "99 1a", "--json")
    told = json.loads(capsys.readouterr().out)
    assert {one["rule"] for one in told["applies"]} == set(discover())
    assert told["not_checked"]


def test_assess_needs_a_drawing_or_a_parcel(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        call_command("assess")
    assert stop.value.code == 2
    assert "--parcel" in capsys.readouterr().err
