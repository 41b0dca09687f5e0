"""plan.building_field: four states of fields, lines, parts under a plan, bad fields, a naive reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, worst
from permits.rules.plan_building_field import MATTER, RULE, asks
from tests import tier
from tests.permits.rules.ragged import deep, naive_pieces, ragged
from tests.permits.shared import shared_cases
from tests.planning.plans import plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "plan_building_field.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {RULE.id}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 10


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


HOUSE = shapely.box(10, 8, 20, 16)
WEST = shapely.box(10, 8, 18, 16)
BOW = shapely.from_wkt("POLYGON ((0 0, 40 40, 40 0, 0 40, 0 0))")


def field(state: str = "yes", shape: Any = WEST, **more: Any) -> dict[str, Any]:
    return plan("", shape, level="building_field", parent="1.23", field_state=state, **more)


def line(shape: Any, **more: Any) -> dict[str, Any]:
    return plan("", shape, level="building_line", parent="1.23", **more)


@pytest.mark.parametrize(
    ("binding", "other", "outcome", "measured"),
    [
        (HOUSE, None, "pass", 0.0),
        (WEST, None, "needs_dispensation", 16.0),
        (None, HOUSE, "pass", 0.0),
        (None, WEST, "legal_text", 16.0),
        (WEST, HOUSE, "legal_text", 16.0),
        (WEST, shapely.box(10, 8, 19, 16), "needs_dispensation", 8.0),
        (HOUSE, WEST, "pass", 0.0),
    ],
)
@pytest.mark.parametrize("state", ["undeclared", "contradictory", ""])
def test_four_states(binding: Any, other: Any, state: str, outcome: str, measured: float) -> None:
    fields = [field("yes", binding)] * (binding is not None) + [field(state, other)] * (other is not None)
    found = answer(world([plan(), *fields]))
    assert (found["reason"] or found["outcome"]) == outcome
    assert found["measured"] == pytest.approx(measured)
    assert (found["limit"], found["margin"], found["area"]) == (0.0, -found["measured"], 0)


def test_indicative_field_is_ignored() -> None:
    assert answer(world([plan(), field("no")]))["outcome"] == "not_applicable"
    found = answer(world([plan(), field("no", HOUSE), field("yes")]))
    assert (found["outcome"], found["measured"]) == ("needs_dispensation", 16.0)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"silent": ("building_field",)}, "not_applicable"),
        ({}, "legal_text"),
        ({"complex": True}, "legal_text"),
    ],
)
def test_plan_without_fields(said: dict[str, Any], outcome: str) -> None:
    found = answer(world([plan(**said)]))
    assert (found["reason"] or found["outcome"]) == outcome


def test_complex_plan_says_nothing_that_can_be_relied_on() -> None:
    assert answer(world([plan(complex=True), field()]))["reason"] == "legal_text"


@pytest.mark.parametrize(
    ("over", "outcome", "near"),
    [(0.0, "pass", 0), (0.0004, "pass", 0), (0.04, "pass", 1), (0.06, "needs_dispensation", 0)],
)
def test_only_what_is_deep_counts(over: float, outcome: str, near: int) -> None:
    ready = world([plan(), field(shape=shapely.box(10, 8, 20 - over, 16))])
    found = answer(ready)
    assert (found["outcome"], found["flags"]) == (outcome, near * FLAGS["near_line"])
    assert np.isfinite(found["x"]) == (outcome == "needs_dispensation")
    found = answer(world([plan(), line(shapely.box(20 - over, 0, 30, 25))]))
    assert (found["outcome"], found["flags"]) == (outcome, near * FLAGS["near_line"])


def test_fields_and_lines_are_both_asked() -> None:
    table = RULE.check(world([plan(), field(shape=HOUSE), line(shapely.box(0, 0, 40, 9))]), LAW)
    told = table.set_index("area")
    assert told["outcome"].to_dict() == {0: "pass", 2: "needs_dispensation"}
    assert told.loc[2, "measured"] == pytest.approx(10.0)
    assert 8.0 < told.loc[2, "y"] < 9.0


def test_finding_names_the_line_that_is_crossed() -> None:
    lines = [line(shapely.box(0, 0, 40, 2)), line(shapely.box(0, 0, 11, 25))]
    assert answer(world([plan(), *lines]))["area"] == 2
    assert answer(world([plan(), *lines[:1]]))["area"] == 1


def test_every_plan_is_asked_for_its_own_part() -> None:
    west, east = plan("1.23", shapely.box(0, 0, 15, 25)), plan("2", shapely.box(15, 0, 40, 25))
    fields = [field(shape=HOUSE), plan("", WEST, level="building_field", parent="2", field_state="yes")]
    table = RULE.check(world([west, east, *fields]), LAW).set_index("area")
    assert table["outcome"].to_dict() == {0: "pass", 1: "needs_dispensation"}
    assert table.loc[1, "measured"] == pytest.approx(16.0)


def test_field_of_a_proposal_or_of_nobody() -> None:
    assert answer(world([plan(), field(proposal=True)]))["reason"] == "legal_text"
    assert answer(world([plan(), field(repealed=pd.Timestamp("2020-01-01"))]))["reason"] == "legal_text"
    stray = plan("", WEST, level="building_field", parent="9", field_state="yes")
    assert answer(world([plan(), stray]))["reason"] == "legal_text"


@pytest.mark.parametrize("bad", [None, shapely.Polygon(), shapely.LineString([(0, 0), (9, 9)])])
def test_field_that_cannot_be_measured(bad: Any) -> None:
    assert answer(world([plan(), field("yes", bad)]))["reason"] == "missing_data"
    assert answer(world([plan(), field("yes", HOUSE), field("yes", bad)]))["outcome"] == "pass"
    assert answer(world([plan(), field("yes", WEST), field("", bad)]))["reason"] == "missing_data"
    assert answer(world([plan(), field("", HOUSE), field("", bad)]))["outcome"] == "pass"
    assert answer(world([plan(), line(bad)]))["reason"] == "missing_data"
    crossed = [line(shapely.box(0, 0, 11, 25)), line(bad)]
    assert answer(world([plan(), *crossed]))["outcome"] == "needs_dispensation"


def test_field_that_crosses_itself_is_not_left_out() -> None:
    inner = shapely.box(3, 16, 8, 24)
    assert (
        answer(world([plan(geometry=shapely.box(0, 0, 40, 40)), field(shape=BOW)], house=inner))["outcome"]
        == "pass"
    )


@pytest.mark.parametrize("house", [None, shapely.Polygon()])
def test_house_that_nobody_has_drawn(house: Any) -> None:
    for more in ([field()], [line(WEST)], []):
        found = answer(world([plan(), *more], house=house))
        assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
        assert np.isnan(found["limit"])
    assert answer(world([plan(), field("no")], house=house))["outcome"] == "not_applicable"


def test_layer_that_is_not_exact() -> None:
    assert answer(world([plan(), field(sigma_m=1.0)]))["flags"] == 0
    assert answer(world([plan(), field(sigma_m=2.0)]))["flags"] == FLAGS["within_tolerance"]
    assert answer(world([plan(), field()], sigma_m=2.0))["flags"] == FLAGS["within_tolerance"]
    assert answer(world([plan(), field(shape=HOUSE, sigma_m=2.0)]))["flags"] == 0


def test_roof_beyond_the_walls_is_no_part_of_the_footprint() -> None:
    roof = [(shapely.box(8, 8, 20, 16), (0.0, 0.0, 3.0))]
    assert answer(world([plan(), field(shape=HOUSE)], roof=roof))["outcome"] == "pass"


@pytest.mark.parametrize("role", ["secondary", "raised_area", "wall"])
def test_all_that_is_built_is_asked(role: str) -> None:
    ready = world([plan(), field()], role=role)
    assert asks(ready).tolist() == [0]
    assert answer(ready)["outcome"] == "needs_dispensation"


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    assert answer(World.of(sites=pd.DataFrame([{"site": 3}])))["outcome"] == "not_applicable"


def _naive(house: Any, fields: list[tuple[str, Any]]) -> tuple[str, float]:
    """The table of answers, one building at a time."""
    binding = [shape for state, shape in fields if state == "yes"]
    others = [shape for state, shape in fields if state in ("undeclared", "contradictory")]
    # A house too shallow to count lies in no plan at all.
    if not deep(house) or not (binding or others):
        return "not_applicable", np.nan
    off_binding, off_all = sum(naive_pieces(house, binding)), sum(naive_pieces(house, binding + others))
    if binding and off_binding == 0.0:
        return "pass", 0.0
    if off_all == 0.0:
        return ("needs_manual", off_binding) if binding else ("pass", 0.0)
    return ("needs_dispensation" if binding else "needs_manual"), off_all


def test_naive_reference() -> None:
    rng = np.random.default_rng(3)
    states = ["yes", "yes", "no", "undeclared", "contradictory"]
    houses, fields = [], []
    for _ in range(tier.cases(5_000, fast=500)):
        houses.append(ragged(rng, 5.0, rng.uniform(-3, 3, 2)))
        centres = rng.uniform(-4, 4, (int(rng.integers(1, 4)), 2))
        fields.append([(str(rng.choice(states)), ragged(rng, 9.0, centre)) for centre in centres])
    size = len(houses)
    flat = [(k, state, shape) for k, some in enumerate(fields) for state, shape in some]
    plans = pd.DataFrame(
        {
            "area": range(size),
            "site": range(size),
            "level": "local_plan",
            "geometry": shapely.box(-50, -50, 50, 50),
        }
    )
    places = pd.DataFrame(
        {
            "area": np.arange(len(flat)) + size,
            "site": [k for k, _, _ in flat],
            "parent": [k for k, _, _ in flat],
            "level": "building_field",
            "field_state": [state for _, state, _ in flat],
            "geometry": [shape for _, _, shape in flat],
        }
    )
    ready = prepare(
        World.of(
            sites=pd.DataFrame({"site": range(size), "as_of": pd.Timestamp("2026-03-01")}),
            buildings=pd.DataFrame(
                {
                    "building": range(size),
                    "site": range(size),
                    "role": "primary",
                    "proposed": True,
                    "geometry": houses,
                }
            ),
            areas=pd.concat([plans, places], ignore_index=True),
        )
    )
    table = RULE.check(ready, LAW).set_index("building").sort_index()
    seen = set()
    for k, (house, some) in enumerate(zip(houses, fields, strict=True)):
        outcome, measured = _naive(house, some)
        assert table["outcome"].iloc[k] == outcome, k
        assert table["measured"].iloc[k] == pytest.approx(measured, abs=1e-4, nan_ok=True), k
        seen.add((outcome, len(some)))
    assert len(seen) >= 11
    order = rng.permutation(len(ready.areas))
    again = prepare(ready.with_(areas=ready.areas.iloc[order], buildings=ready.buildings.iloc[::-1]))
    other = RULE.check(again, LAW).set_index("building").sort_index()
    assert (other["outcome"] == table["outcome"]).all()
    np.testing.assert_allclose(other["measured"], table["measured"], atol=1e-4)


def test_part_in_a_plan_is_whole_however_another_plan_cuts_it() -> None:
    """The plan ends at 18, the house at 20; another one, which says nothing of fields, ends at 15."""
    plans = [plan("1.23", shapely.box(0, 0, 18, 25)), plan("2", shapely.box(0, 0, 15, 25), silent=(MATTER,))]
    for shape, measured in ((shapely.box(12, 8, 18, 16), 16.0), (shapely.box(10, 8, 17, 16), 8.0)):
        found = answer(world([*plans, field(shape=shape)]))
        assert (found["outcome"], found["area"]) == ("needs_dispensation", 0)
        assert found["measured"] == pytest.approx(measured)
    assert answer(world([*plans, field(shape=shapely.box(10, 8, 18, 16))]))["outcome"] == "pass"


def test_two_plans_over_the_same_house_are_each_held_against_their_own_fields() -> None:
    other = plan("", HOUSE, level="building_field", parent="2", field_state="yes")
    table = RULE.check(world([plan(), plan("2"), field(), other]), LAW).set_index("area")
    assert table["outcome"].to_dict() == {0: "needs_dispensation", 1: "pass"}
    assert table["measured"].to_dict() == {0: pytest.approx(16.0), 1: 0.0}


#: Width of a piece 8 m long that is 0.05 m deep: 2 × area / perimeter.
TURNS = 0.05 * 8.0 / (8.0 - 0.05)


@pytest.mark.parametrize(
    ("slip", "flagged", "breach"),
    [(-1e-4, False, False), (-1e-6, True, False), (1e-6, True, True), (1e-4, False, True)],
)
def test_a_micrometre_from_counting_is_told(slip: float, flagged: bool, breach: bool) -> None:
    edge = 20.0 - TURNS - slip
    fields = {
        "yes": [field("yes", shapely.box(10, 8, edge, 16))],
        "undeclared": [field("undeclared", shapely.box(10, 8, edge, 16))],
        "line": [line(shapely.box(edge, 0, 30, 40))],
        "second": [
            field("yes", shapely.box(10, 8, 12, 16)),
            field("undeclared", shapely.box(10, 8, edge, 16)),
        ],
    }
    for name, around in fields.items():
        found = answer(world([plan(), *around]))
        wrong = {"undeclared": "legal_text"}.get(name, "needs_dispensation")
        right = "legal_text" if name == "second" else "pass"
        assert (found["reason"] or found["outcome"]) == (wrong if breach else right), name
        assert bool(found["flags"] & FLAGS["within_tolerance"]) is flagged, name
