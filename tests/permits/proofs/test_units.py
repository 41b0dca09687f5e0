"""A number beside a finding has the unit that the finding's own words have."""

from __future__ import annotations

import math

from permits.engine.prepare import prepare
from permits.engine.run import run
from permits.examples import world_of
from permits.own_cases import own_cases
from permits.proofs.proof import prove, unit_of
from permits.rulebook import declared


def test_units_are_those_of_the_proofs() -> None:
    world = prepare(world_of(own_cases(declared())))
    table = run(world)
    numbered = table[table["measured"].map(math.isfinite)].groupby("rule").head(5)
    seen = {}
    for row in numbered.to_dict("records"):
        told = prove(world, row, "planner", "da").trace.values.get("measured")
        if told is not None:
            seen[row["rule"]] = told.unit
    assert {"consultation.zone", "planning_act.local_plan_duty", "br18.plot_ratio"} <= seen.keys()
    assert {rule: unit_of(rule) for rule in seen} == seen


def test_an_area_of_the_rural_zone_is_no_length() -> None:
    assert unit_of("planning_act.rural_zone") == "m²"  # no own case has a number of it
