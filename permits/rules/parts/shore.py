"""What the protection lines of beaches and of lakes and streams have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from permits.rulebook import worded
from permits.rules.parts.features import answered, held, inside_flags, of_building, things
from permits.rules.parts.garden import garden

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World
    from permits.rulebook import Ruleset


def shore(rule: str, world: World, ruleset: Ruleset, kind: str) -> pd.DataFrame:
    """Findings of a line inside which nothing is built or changed, but for what a garden may have.

    Danish: beskyttelseslinje med haveregel.

    Parameters
    ----------
    rule : its id.
    kind : register kind of the line.

    Returns
    -------
    One finding per thing: ``needs_dispensation`` inside, ``pass`` where the garden rule allows it,
    ``missing_data`` where something that is not known decides; ``not_applicable`` outside.
    """
    what, met = things(world), held(world, (kind,))
    free = garden(world, ruleset)
    row = what.row[met.thing]
    allowed, unknown = (of_building(values, row, ground=False) for values in (free.allowed, free.unknown))
    flags = inside_flags(met) | np.where(met.inside, of_building(free.turning, row, ground=0), 0)
    return answered(
        rule,
        world,
        met,
        worded(
            [~met.inside, allowed, unknown], ["not_applicable", "pass", "needs_manual"], "needs_dispensation"
        ),
        worded([met.inside & ~allowed & unknown], ["missing_data"], ""),
        flags=flags,
    )
