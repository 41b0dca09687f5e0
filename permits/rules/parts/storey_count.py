"""How many storeys a building counts (BR18 § 458)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from permits.rulebook import EQUAL
from permits.rules.parts.upper_limit import Measured, plain

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rulebook import Ruleset


def storey_count(world: World, ruleset: Ruleset) -> Measured:
    """Storeys of every building: the number stated, and one more for a basement that stands high.

    Danish: etageantal; BR18 § 458.

    Parameters
    ----------
    world : buildings with storeys (usable attic included), basement_m2 and basement_ceiling_m.
    ruleset : ``br18.storeys.basement_ceiling_m``.

    Returns
    -------
    Counts; where a basement is stated without its ceiling, ``value`` counts it and ``least`` does not. NaN where
    no number is stated, or none that can be one.

    Notes
    -----
    Split levels, lofts and roof terraces are for the municipality; the stated number is taken as it is.

    Examples
    --------
    2 storeys and a basement ceiling at 1.25 m: 2. At 1.26 m: 3. Nothing stated: NaN.
    """
    stated = plain(world.column("buildings", "storeys"))
    basement = world.column("buildings", "basement_m2") != 0.0
    ceiling = world.column("buildings", "basement_ceiling_m")
    low = np.isfinite(ceiling) & (ceiling <= ruleset.number("br18.storeys.basement_ceiling_m") + EQUAL)
    high = np.isfinite(ceiling) & ~low
    return stated._replace(
        value=stated.value + (basement & ~low),
        least=stated.least + (basement & high),
    )
