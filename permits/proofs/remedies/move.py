"""Moving a building, and all that is built together with it, out of what it may not meet."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pandas as pd
import shapely

from permits.proofs.remedies.change import Change
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.family import Family
from permits.proofs.remedies.obstacles import DISTANCES, FIELD, INSIDE, PLANE, Obstacle, obstacles, others
from permits.proofs.remedies.situation import Situation
from permits.proofs.remedies.space import REACH_M, nearest
from permits.rulebook import EQUAL

KIND: Final = "move"
#: Rules whose findings hang on where a building stands.
RULES: Final = (*DISTANCES, PLANE, INSIDE, FIELD)
#: Amounts are told in whole centimetres, rounded up.
STEP_M: Final = 0.01


def families(there: Situation, finding: dict[str, Any]) -> Iterator[Family]:
    """The smallest moves that could settle a finding, in closed form.

    Danish: flyt bygningen. Moved is all that is built together; what is built against a building that stands, or
    takes its place, stays.

    Parameters
    ----------
    finding : a breach of one of :data:`RULES`.

    Yields
    ------
    Families of one direction each: out of what the finding forbids without meeting what is kept now; out of all that
    is broken at once; and the same for each of eight sectors, in case something else is in the way.
    """
    key = Key(str(finding["rule"]), int(finding["building"]))
    group = there.groups.get(key.building, ())
    if key.rule not in RULES or not group:
        return
    forbidden = [each for building in group for each in obstacles(there, building)]
    room = others(there, group)
    for which in _choices(there, forbidden, key):
        for place, (dx, dy) in enumerate(nearest([*(each.blocked for each in which), room])):
            yield replace(_along(key, group, dx, dy, room), spare=place > 0)


def _choices(there: Situation, forbidden: list[Obstacle], key: Key) -> list[list[Obstacle]]:
    """What is kept clear of: what is kept now; what is broken now as well; and what is merely not known, too."""

    def keys(table: pd.DataFrame) -> set[Key]:
        return {Key(rule, of) for rule, of in zip(table["rule"], table["building"], strict=True)}

    kept = keys(there.table[there.table["margin"] >= -EQUAL]) | {key}
    first, second = (
        [each for each in forbidden if each.key in known] for known in (kept, kept | keys(there.breaches))
    )
    choices = [first, second, forbidden]
    return [c for place, c in enumerate(choices) if all(len(c) != len(d) for d in choices[:place])]


def _along(key: Key, group: tuple[int, ...], dx: float, dy: float, room: shapely.Geometry) -> Family:
    length = math.hypot(dx, dy)
    east, north = dx / length, dy / length

    def at(steps: int) -> Change | None:
        by = steps * STEP_M
        # Another building in the way is no finding of any rule.
        if shapely.Point(by * east, by * north).within(room):
            return None
        return Change(group, dx=by * east, dy=by * north)

    guess = math.ceil(length / STEP_M - 1e-6)
    return Family(KIND, key, at, STEP_M, "m", guess, most=round(REACH_M / STEP_M))
