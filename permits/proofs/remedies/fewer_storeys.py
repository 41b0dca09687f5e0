"""Building fewer storeys."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from permits.proofs.remedies.change import Change, feasible
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.family import Family
from permits.proofs.remedies.situation import Situation

KIND: Final = "fewer_storeys"
RULES: Final = ("br18.storeys", "plan.storeys")


def families(there: Situation, finding: dict[str, Any]) -> Iterator[Family]:
    """How many storeys less a building has to have: whole storeys, with their share of the floor.

    Danish: færre etager; BR18 § 458. The height stays as it is stated: nothing says how high a storey is.
    """
    key = Key(str(finding["rule"]), int(finding["building"]))
    excess = -float(finding["margin"])
    if key.rule not in RULES or not excess > 0.0:
        return

    def at(steps: int) -> Change | None:
        change = Change((key.building,), storeys=steps)
        return change if feasible(there.world, change) else None

    yield Family(KIND, key, at, 1.0, "storeys", guess=math.ceil(excess))
