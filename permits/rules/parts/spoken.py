"""What plans say about buildings as wholes: storeys, use, percentages, fields.

Heights look at parts of a building and go by pieces; here a building is asked once by each plan that reaches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, FLAGS, findings, worded
from permits.rules.parts.coverage import unseen

if TYPE_CHECKING:
    import pandas as pd

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
    rows = np.flatnonzero(
        world.is_word("rulings", "matter", matter) & ~world.is_word("rulings", "state", "not_regulated")
    )
    piece = world.rows_of("rulings", "piece", "pieces")[rows]
    owner = world.rows_of("pieces", "building", "buildings")[piece]
    about = asked[owner] & ~world.column("pieces", "overhang")[piece]
    rows, piece, owner = rows[about], piece[about], owner[about]
    area = world.column("rulings", "area")[rows]
    if not _ascending(owner, area):
        order = np.lexsort((area, owner))
        rows, piece, owner, area = rows[order], piece[order], owner[order], area[order]
    told = Spoken(
        owner=owner,
        area=area,
        number=world.is_word("rulings", "state", "value")[rows],
        value=world.column("rulings", "value")[rows],
        per=world.column("rulings", "per")[rows],
        conflict=world.column("rulings", "conflict")[rows],
        blind=unseen(world)[piece],
    )
    if not ((owner[1:] == owner[:-1]) & (area[1:] == area[:-1])).any():
        return told
    return _once_each(told, world.numbered("rulings", "per")[0][rows])


def _ascending(first: Ints, second: Ints) -> bool:
    """Whether rows are ordered by two keys already."""
    step = np.diff(first)
    return bool(((step > 0) | ((step == 0) & (np.diff(second) >= 0))).all())


def _once_each(told: Spoken, per: npt.NDArray[np.int32]) -> Spoken:
    """Buildings with several pieces under a plan; where plans differ on one of them, they differ for the building.

    ``per`` numbers the words of ``told.per``.
    """
    order = np.lexsort((told.conflict, per, told.value, told.area, told.owner))
    last = np.ones(len(order), dtype=bool)
    # Where no number stands the value is NaN, which equals nothing.
    for key in (told.owner, told.area, told.number, np.nan_to_num(told.value, nan=-1.0), per):
        placed = key[order]
        last[:-1] &= placed[1:] == placed[:-1]
    last[:-1] = ~last[:-1]
    return Spoken._make(values[order[last]] for values in told)


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
        site=world.column("buildings", "site")[told.owner],
        building=world.column("buildings", "building")[told.owner],
        outcome=worded([breach, lacking | reading], ["needs_dispensation", "needs_manual"], "pass"),
        reason=worded([breach, lacking, reading], ["", "missing_data", "legal_text"], ""),
        flags=flags[told.owner] | np.where(told.conflict, FLAGS["overlapping_plans"], 0),
        measured=shown,
        limit=np.where(told.number & ~told.blind, limit, np.nan),
        margin=np.where(said, limit - shown, np.nan),
        area=told.area,
    )
