"""soil.contamination: housing on ground that is, or may be, contaminated (jordforureningsloven § 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.shapes import mended
from permits.rulebook import FLAGS, Need, Rule, Ruleset, joined, worded
from permits.rules.parts.dwellings import dwelling
from permits.rules.parts.features import (
    Held,
    compare,
    held,
    inside_flags,
    of_building,
    things,
    touches_something,
    unread,
    worst_of,
)
from permits.rules.parts.plot_area import plots_of

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "soil.contamination"
KINDS: Final = ("jordforurening_v1", "jordforurening_v2")

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


class Plots(NamedTuple):
    """Plots of the World as shapes: their site, their number there (0 = all land), and what they cover."""

    site: Ints
    plot: Ints
    shape: Shapes


def plots(world: World) -> Plots:
    """Each plot, and the land of each property together; parcels that cannot be measured are left out."""
    land = mended(world.column("parcels", "geometry"))
    good = np.flatnonzero(~shapely.is_missing(land))
    number, place = world.column("parcels", "plot")[good], world.rows_of("parcels", "site", "sites")[good]
    most = int(number.max(initial=0)) + 1
    # A parcel of no plot is part of the land all the same.
    own = number > 0
    key = np.concatenate([place[own] * most + number[own], place * most])
    keys, shape = shapes.union_by(key, np.concatenate([land[good][own], land[good]]))
    return Plots(world.column("sites", "site")[keys // most], keys % most, shape)


def around(world: World) -> Held:
    """Each thing and the contaminated ground on its plot; what stands on no plot goes by all land of the property.

    Danish: kortlagt areal på grunden.
    """
    return world.once(f"{ID}:plots", lambda: _around(world))


def _around(world: World) -> Held:
    what, ground = things(world), plots(world)
    met = compare(world, ground.site, ground.shape, np.zeros(len(ground.site)), KINDS)
    number = of_building(plots_of(world), what.row, ground=0)
    i, j = shapes.pairs(what.site, ground.site[met.thing])
    mine = ground.plot[met.thing[j]] == number[i]
    i, j = i[mine], j[mine]
    return met.of(j)._replace(thing=i)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether housing that is built, or the plot, lies on ground mapped as contaminated.

    Danish: kortlægning på vidensniveau 1 og 2; jordforureningsloven § 8. The municipality permits, after asking the
    region.

    Parameters
    ----------
    world : World with features, parcels and buildings.
    ruleset : not used.

    Returns
    -------
    One finding per thing, never ``pass``: ``needs_other_consent`` where housing stands on it, ``needs_manual`` with
    ``assessment`` where only the plot is touched, else ``not_applicable``. A layer that did not answer is
    ``missing_data``; what the other one found stands beside it.

    Notes
    -----
    Summer houses are housing here. Not considered: sensitive uses other than housing, and the classified areas of
    § 50 a, where soil that is moved is reported.

    Examples
    --------
    House on V2: ``needs_other_consent``. V2 in the garden: ``needs_manual``. V2 along the boundary:
    ``not_applicable``. House not drawn, V1 on the plot: ``missing_data``.
    """
    what = things(world)
    homes = of_building(dwelling(world), what.row, ground=False)
    under, plot = held(world, KINDS), around(world)
    # Whether housing lies on it is asked where the plot is touched; nothing else is asked of what is built.
    under = under.of(homes[under.thing])
    met = Held._make(np.concatenate(both) for both in zip(under, plot, strict=True))
    direct = np.arange(len(met.thing)) < len(under.thing)
    house = direct & met.inside
    beside = ~direct & met.inside
    flags = np.where(direct & ~met.inside, inside_flags(met) & ~FLAGS["near_line"], inside_flags(met))
    # Of a house that nobody has drawn, what the plot shows is no answer.
    lost = np.zeros(len(what.site), dtype=bool)
    lost[under.thing[under.blind]] = True
    lacking = beside & lost[met.thing]
    found = worst_of(
        ID,
        world,
        met,
        np.ones(len(what.site), dtype=bool),
        outcome=worded([house, beside], ["needs_other_consent", "needs_manual"], "not_applicable"),
        reason=worded([lacking, beside], ["missing_data", "assessment"], ""),
        flags=flags,
        measured=np.nan,
        limit=np.nan,
        margin=np.nan,
    )
    return joined(found, unread(ID, world, KINDS, touches_something(world)))


RULE: Final = Rule(
    id=ID,
    law="jordforureningsloven § 8",
    name_da="Jordforurening",
    name_en="Soil contamination",
    check=check,
    needs=tuple(Need(kind, always=False) for kind in KINDS),
    asks=touches_something,
)
