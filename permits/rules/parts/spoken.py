"""What plans say about buildings as wholes: storeys, use, percentages, fields.

Heights look at parts of a building and go by pieces; here a building is asked once by each plan that reaches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from permits.rulebook import EQUAL, FLAGS, findings
from permits.rules.parts.owners import owners

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]


class Spoken(NamedTuple):
    """One row per building, plan area that speaks on the matter, and value; "does not regulate" is left out.

    Attributes
    ----------
    owner : row of ``world.buildings``.
    area : key of the plan area.
    number : the area has a value (else what it says is not recorded).
    value, per : see ``limits`` of the World.
    conflict : another plan of the same level has another value on a part of the building.
    blind : nobody has drawn the building, so the plan cannot be held against it.
    """

    owner: Ints
    area: Ints
    number: Bools
    value: Floats
    per: Words
    conflict: Bools
    blind: Bools


def spoken(world: World, matter: str, asked: Bools) -> Spoken:
    """Who speaks on a matter over the footprints of buildings.

    Danish: hvilken plan gælder for bygningen; planloven §§ 15 and 18.

    Parameters
    ----------
    world : World with pieces and rulings.
    matter : see :data:`permits.engine.world.MATTERS`.
    asked : per building: the rule is about it.

    Returns
    -------
    :class:`Spoken`, ordered by building and area. Roof beyond the walls is no part of a footprint.

    Examples
    --------
    A house across two sub-areas: two rows. Under a plan that nobody has read: one row without a number.
    """
    pieces, rulings = world.pieces, world.rulings
    state = rulings["state"].to_numpy(dtype=object)
    here = (rulings["matter"].to_numpy(dtype=object) == matter) & (state != "not_regulated")
    told = np.flatnonzero(here)
    piece = pd.Index(pieces["piece"]).get_indexer(pd.Index(rulings["piece"].to_numpy()[told]))
    owner = owners(world)[piece]
    about = asked[owner] & ~pieces["overhang"].to_numpy()[piece]
    told, piece, owner = told[about], piece[about], owner[about]
    area, value, conflict = (rulings[name].to_numpy()[told] for name in ("area", "value", "conflict"))
    number, per = state[told] == "value", rulings["per"].to_numpy(dtype=object)[told]
    word = pd.factorize(per, sort=True)[0]
    amount = np.where(np.isnan(value), np.inf, value)
    # The last of several alike is kept: where the plans differ on one part of the building, they differ for it.
    order = np.lexsort((conflict, number, word, amount, area, owner))
    last = np.ones(len(order), dtype=bool)
    before, after = order[:-1], order[1:]
    last[:-1] = np.logical_or.reduce(
        [values[before] != values[after] for values in (owner, area, amount, word, number)]
    )
    pick = order[last]
    blind = shapely.is_missing(shapes.column(pieces.geometry))[piece[pick]]
    return Spoken(owner[pick], area[pick], number[pick], value[pick], per[pick], conflict[pick], blind)


def limit_findings(
    rule: str,
    world: World,
    told: Spoken,
    *,
    least: Floats,
    most: Floats,
    limit: Floats,
    flags: Ints,
    unread: Bools | None = None,
) -> pd.DataFrame:
    """Findings of a plan limit that buildings stay at or below, one per row of ``told``.

    Parameters
    ----------
    rule : its id.
    told : who speaks.
    least, most : per row, the number if all that is not known were in favour, and if none of it were; NaN = not
        known.
    limit : per row; NaN where the plan has none that can be used.
    flags : bits per building of the World.
    unread : rows where a text decides how the number is reckoned.

    Returns
    -------
    ``needs_dispensation`` above the limit; ``legal_text`` where the plan has to be read or two plans differ and
    neither is broken; ``missing_data`` where what is not known decides; else ``pass``.
    """
    buildings = world.buildings
    usable = told.number & ~told.blind & np.isfinite(limit)
    text = np.zeros(len(told.owner), dtype=bool) if unread is None else unread & usable
    breach = usable & ~text & (least > limit + EQUAL)
    met = usable & ~text & (most <= limit + EQUAL)
    lacking = told.blind | (told.number & ~text & ~breach & ~met)
    reading = text | (~told.number & ~told.blind) | (met & told.conflict)
    shown = np.where(breach, least, np.where(met, most, np.nan))
    said = breach | met
    return findings(
        rule,
        site=buildings["site"].to_numpy()[told.owner],
        building=buildings["building"].to_numpy()[told.owner],
        outcome=np.select([breach, lacking | reading], ["needs_dispensation", "needs_manual"], "pass").astype(
            object
        ),
        reason=np.select([breach, lacking, reading], ["", "missing_data", "legal_text"], "").astype(object),
        flags=flags[told.owner] | np.where(told.conflict, FLAGS["overlapping_plans"], 0),
        measured=shown,
        limit=np.where(told.number & ~told.blind, limit, np.nan),
        margin=np.where(said, limit - shown, np.nan),
        area=told.area,
    )
