"""Building less floor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from permits.proofs.remedies.change import Change, feasible
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.family import Family
from permits.proofs.remedies.situation import Situation

KIND: Final = "reduce"
RULES: Final = ("br18.plot_ratio", "plan.plot_ratio")
STEP_M2: Final = 0.1


def families(there: Situation, finding: dict[str, Any]) -> Iterator[Family]:
    """How much less floor a new building has to have, one family for each that could be smaller.

    Danish: mindre etageareal; BR18 §§ 453-455. The first guess takes all that counts to be in this building; the rest
    is found by bisection, since the part of secondary buildings that is left out does not go by proportion.
    """
    key = Key(str(finding["rule"]), int(finding["building"]))
    measured, limit = float(finding["measured"]), float(finding["limit"])
    if key.rule not in RULES or not measured > limit:
        return
    world = there.world
    floor = world.column("buildings", "floor_m2")
    new = world.column("buildings", "proposed") & world.is_word("buildings", "role", "primary", "secondary")
    for row in np.flatnonzero(new & (floor > 0.0)):
        building = int(world.column("buildings", "building")[row])

        def at(steps: int, building: int = building) -> Change | None:
            change = Change((building,), floor_m2=steps * STEP_M2)
            return change if feasible(world, change) else None

        guess = max(math.ceil(floor[row] * (1.0 - limit / measured) / STEP_M2), 1)
        most = math.ceil(floor[row] / STEP_M2) - 1
        yield Family(KIND, key, at, STEP_M2, "m²", min(guess, most), most=most)
