"""nature.church_line: nothing higher than 8.5 m near a church (naturbeskyttelsesloven § 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, Need, Rule, Ruleset, worded
from permits.rules.parts.features import attribute, held, inside_flags, of_building, things, worst_of
from permits.rules.parts.tolerance import turning
from permits.rules.parts.works import heights_m

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.church_line"
KIND: Final = "kirkebyggelinje"
MOST: Final = f"{ID}.most_m"


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work has a building, of whatever role."""
    what = things(world)
    return np.unique(what.site[~what.ground])


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Highest part in metres of what is built inside the line of a church.

    Danish: kirkebyggelinje; naturbeskyttelsesloven § 19. The municipality dispenses (§ 65).

    Parameters
    ----------
    world : World with features, pieces, and heights of buildings.
    ruleset : ``nature.church_line.most_m``.

    Returns
    -------
    One finding per new building. ``not_applicable`` outside, and where town surrounds the church.

    Notes
    -----
    The height of the whole building counts, also where only a part of it lies inside.

    Examples
    --------
    8.50 m: ``pass``. 8.60 m: ``needs_dispensation``. Height not stated: ``missing_data``.
    """
    met = held(world, (KIND,))
    met = met.of(~attribute(world, met, "surrounded_by_town"))
    what = things(world)
    row = what.row[met.thing]
    asked = np.zeros(len(world.buildings), dtype=bool)
    asked[row[met.inside & (row >= 0)]] = True
    height = np.where(met.inside, of_building(heights_m(world, asked), row, ground=np.nan), np.nan)
    limit = np.where(met.inside, ruleset.number(MOST), np.nan)
    margin = limit - height
    return worst_of(
        ID,
        world,
        met,
        ~what.ground,
        outcome=worded(
            [~met.inside, np.isnan(height), margin < -EQUAL],
            ["not_applicable", "needs_manual", "needs_dispensation"],
            "pass",
        ),
        reason=worded([met.inside & np.isnan(height)], ["missing_data"], ""),
        flags=inside_flags(met) | turning(margin),
        measured=height,
        limit=limit,
        margin=margin,
    )


RULE: Final = Rule(
    id=ID,
    law="naturbeskyttelsesloven § 19",
    name_da="Kirkebyggelinje",
    name_en="Church building line",
    check=check,
    needs=(Need(KIND),),
    asks=asks,
)
