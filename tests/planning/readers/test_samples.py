"""The samples of Plandata: every plan read, twice the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db.models import Count

from planning.models.plans import Limit, PlanVersion
from tests.geodata.imports import counts, run_import

pytestmark = [pytest.mark.samples, pytest.mark.django_db]

FILES = {
    "hvidovre_lokalplan_vedtaget_2025-04": 170,
    "hvidovre_lokalplan_forslag_full": 4,
    "hvidovre_delomraade_forslag_2025-11": 9,
    "hvidovre_kommuneplan_oversigt": 1,
    "byggefelt_vedtaget_four_states": 4,
    "aarhus_ramme_010109CY": 1,
}


@pytest.fixture(autouse=True)
def _folder(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(samples if (samples / "data").is_dir() else samples.parent)


def path(name: str) -> str:
    return f"data/dk/plandata/{name}.geojson"


@pytest.mark.parametrize(("name", "held"), FILES.items())
def test_as_many_plans_as_the_file_holds_and_the_same_again(name: str, held: int) -> None:
    first = run_import(path(name), plans=True, municipality="0167")
    assert (first.code, first.line) == (0, counts(new=held))
    assert run_import(path(name), plans=True, municipality="0167").line == counts(unchanged=held)


def test_adopted_plans_await_reading_with_their_document() -> None:
    run_import(path("hvidovre_lokalplan_vedtaget_2025-04"), plans=True, municipality="0167")
    rows = PlanVersion.objects.all()
    assert rows.filter(status="V", status_src="date", document_url__startswith="https://").count() == 170
    assert rows.filter(use_general=11).count() == 76
    assert Limit.objects.filter(matter="max_height").values("state").annotate(n=Count("id")).get() == {
        "state": "not_recorded",
        "n": 170,
    }
    adopted = sorted(rows.values_list("adopted_on", flat=True))
    assert (adopted[0].year, adopted[-1].year) == (1943, 2025)


def test_proposals_show_their_percentages_and_who_they_count_for() -> None:
    run_import(path("hvidovre_lokalplan_forslag_full"), plans=True)
    ratio = {
        (value, per)
        for value, per in Limit.objects.filter(matter="plot_ratio", state="value").values_list("value", "per")
    }
    assert ratio == {(120.0, "area"), (250.0, "property")}
    assert Limit.objects.get(matter="max_height", state="value").value == 40
    silent = Limit.objects.filter(version__number="Lokalplan 345", matter="plot_ratio").get()
    assert silent.state == "not_regulated"


def test_building_fields_have_four_states_and_their_plan() -> None:
    run_import(path("byggefelt_vedtaget_four_states"), plans=True)
    rows = PlanVersion.objects.order_by("field_state")
    assert list(rows.values_list("field_state", flat=True)) == ["contradictory", "no", "undeclared", "yes"]
    assert set(rows.values_list("level", flat=True)) == {"building_field"}
    assert all(rows.values_list("parent_register_id", flat=True))
