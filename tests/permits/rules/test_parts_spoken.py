"""Who speaks over a building, and what a plan limit answers: rows of rulings, one case each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from permits.engine.world import World
from permits.rulebook import FLAGS
from permits.rules.parts.spoken import Spoken, limit_findings, spoken
from tests.planning.plans import plan, world

NAN = np.nan
WEST, EAST = shapely.box(0, 0, 15, 25), shapely.box(15, 0, 40, 25)


def test_each_plan_speaks_once_over_a_building_however_it_is_cut() -> None:
    """A plan over all of the house that two silent ones cut in two."""
    plans = [plan("1", limits={"max_height": 7.0}), plan("2", WEST), plan("3", EAST)]
    ready = world(plans)
    assert len(ready.pieces) == 2
    told = spoken(ready, "max_height", np.array([True]))
    assert told.owner.tolist() == [0] * len(told.owner)
    assert sorted(told.area.tolist()) == sorted(set(told.area.tolist()))
    assert told.value[told.area == 0].tolist() == [7.0]
    none = spoken(ready, "max_height", np.array([False]))
    assert len(none.owner) == 0


def test_two_plans_side_by_side_speak_both() -> None:
    plans = [plan("1", EAST, limits={"max_height": 7.0}), plan("2", WEST, limits={"max_height": 9.0})]
    told = spoken(world(plans), "max_height", np.array([True]))
    assert list(zip(told.area, told.value, told.number, told.conflict, told.blind, strict=True)) == [
        (0, 7.0, True, False, False),
        (1, 9.0, True, False, False),
    ]


def test_a_conflict_on_a_part_is_one_for_the_building() -> None:
    plans = [plan("1", limits={"max_height": 7.0}), plan("2", WEST, limits={"max_height": 9.0})]
    told = spoken(world(plans), "max_height", np.array([True]))
    assert list(zip(told.area, told.value, told.conflict, strict=True)) == [(0, 7.0, True), (1, 9.0, True)]
    told = spoken(world([*plans[1:], *plans[:1]]), "max_height", np.array([True]))
    assert list(zip(told.area, told.value, told.conflict, strict=True)) == [(0, 9.0, True), (1, 7.0, True)]


#: number, conflict, blind, least, most, limit, unread -> outcome, reason, measured, limit, margin
ROWS = [
    ((True, False, False, 5.0, 5.0, 8.0, False), ("pass", "", 5.0, 8.0, 3.0)),
    ((True, False, False, 8.0, 8.0, 8.0, False), ("pass", "", 8.0, 8.0, 0.0)),
    ((True, False, False, 9.0, 9.0, 8.0, False), ("needs_dispensation", "", 9.0, 8.0, -1.0)),
    ((True, False, False, 7.0, 9.0, 8.0, False), ("needs_manual", "missing_data", NAN, 8.0, NAN)),
    ((True, False, False, NAN, NAN, 8.0, False), ("needs_manual", "missing_data", NAN, 8.0, NAN)),
    ((True, False, False, 5.0, 5.0, NAN, False), ("needs_manual", "missing_data", NAN, NAN, NAN)),
    ((True, False, False, 5.0, 5.0, 8.0, True), ("needs_manual", "legal_text", NAN, 8.0, NAN)),
    ((True, False, False, 9.0, 9.0, 8.0, True), ("needs_manual", "legal_text", NAN, 8.0, NAN)),
    ((True, True, False, 5.0, 5.0, 8.0, False), ("needs_manual", "legal_text", 5.0, 8.0, 3.0)),
    ((True, True, False, 9.0, 9.0, 8.0, False), ("needs_dispensation", "", 9.0, 8.0, -1.0)),
    ((False, False, False, 5.0, 5.0, NAN, False), ("needs_manual", "legal_text", NAN, NAN, NAN)),
    ((True, False, True, 5.0, 5.0, 8.0, False), ("needs_manual", "missing_data", NAN, NAN, NAN)),
    ((True, False, True, 9.0, 9.0, 8.0, True), ("needs_manual", "missing_data", NAN, NAN, NAN)),
]


def test_what_a_limit_of_a_plan_answers() -> None:
    size = len(ROWS)
    number, conflict, blind, least, most, limit, unread = (
        np.array(column) for column in zip(*(row for row, _ in ROWS), strict=True)
    )
    told = Spoken(
        np.arange(size), np.arange(size) + 40, number, limit, np.full(size, "", dtype=object), conflict, blind
    )
    world_ = World.of(
        sites=pd.DataFrame({"site": [0]}), buildings=pd.DataFrame({"building": np.arange(size), "site": 0})
    )
    flags = np.where(np.arange(size) == 0, FLAGS["near_line"], 0)
    table = limit_findings(
        "x", world_, told, least=least, most=most, limit=limit, flags=flags, unread=unread
    ).set_index("building")
    assert list(zip(table["outcome"], table["reason"], strict=True)) == [said[:2] for _, said in ROWS]
    np.testing.assert_allclose(
        table[["measured", "limit", "margin"]].to_numpy(dtype=float), [said[2:] for _, said in ROWS]
    )
    assert table["area"].tolist() == list(range(40, 40 + size))
    overlapping = np.where(conflict, FLAGS["overlapping_plans"], 0)
    assert table["flags"].tolist() == (flags | overlapping).tolist()
    # Without texts that decide, none is read.
    plain = limit_findings("x", world_, told, least=least, most=most, limit=limit, flags=flags)
    assert plain.set_index("building").loc[6, "outcome"] == "pass"
