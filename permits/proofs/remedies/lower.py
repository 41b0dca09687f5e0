"""Making a building lower: height, roof and walls alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from permits.proofs.remedies.change import Change, feasible
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.family import Family
from permits.proofs.remedies.situation import Situation
from permits.rulebook import EQUAL

KIND: Final = "lower"
RULES: Final = (
    "br18.height",
    "br18.secondary_height",
    "br18.sloped_plane",
    "br18.summer_house_height",
    "plan.height",
)
STEP_M: Final = 0.01


def families(there: Situation, finding: dict[str, Any]) -> Iterator[Family]:
    """How much lower a building has to be: what it is too high, in closed form.

    Danish: gør bygningen lavere; BR18 § 456.
    """
    key = Key(str(finding["rule"]), int(finding["building"]))
    excess = -float(finding["margin"])
    if key.rule not in RULES or not excess > 0.0:
        return
    if there.world.column("buildings", "replaces")[there.row(key.building)] >= 0:
        return

    def at(steps: int) -> Change | None:
        change = Change((key.building,), lower_m=steps * STEP_M)
        return change if feasible(there.world, change) else None

    yield Family(KIND, key, at, STEP_M, "m", guess=math.ceil((excess - EQUAL) / STEP_M))
