"""heritage.listed_building: listed buildings, and pulling down those worth preserving.

Bygningsfredningsloven §§ 10 and 17-18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rulebook import EQUAL, FLAGS, Need, Rule, Ruleset, findings, joined, worded, worst
from permits.rules.parts.features import Held, attribute, compare, inside_flags, unread
from permits.rules.parts.floor_area import replaced
from permits.rules.parts.roof import outlines

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "heritage.listed_building"
LISTED: Final = "fredet_bygning"
WORTHY: Final = "bevaringsvaerdig_bygning"
MOST: Final = f"{ID}.save_most"

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def asks(world: World) -> Ints:
    """Sites whose work adds, changes or pulls down a building."""
    return np.unique(world.column("buildings", "site")[_worked_on(world)])


def _worked_on(world: World) -> Bools:
    return np.asarray(world.column("buildings", "proposed") | world.column("buildings", "demolished"))


class Listed(NamedTuple):
    """Pairs of buildings that are worked on and listed buildings.

    Attributes
    ----------
    row : row of ``world.buildings`` that the work is about.
    feature : row of ``world.features``.
    meets : the work is on the listed building, or adds to it.
    blind : nobody can tell.
    flags : bits.
    """

    row: Ints
    feature: Ints
    meets: Bools
    blind: Bools
    flags: Ints

    def of(self, which: Bools) -> Listed:
        """Some of the pairs."""
        return Listed._make(values[which] for values in self)


def held_all(world: World, kind: str) -> Held:
    """Every building of the World, standing ones too, against features; things are rows of buildings."""
    every, sigma = world.column("buildings", "site"), world.column("buildings", "sigma_m")
    return world.once(f"{ID}:{kind}", lambda: compare(world, every, outlines(world)[0], sigma, (kind,)))


def listed(world: World) -> Listed:
    """Work on listed buildings, and parts that are added to them.

    Danish: arbejder på en fredet bygning; bygningsfredningsloven § 10.
    """
    met = held_all(world, LISTED)
    work, old = _worked_on(world), replaced(world)
    proposed = world.column("buildings", "proposed")
    growing = world.is_word("sites", "work", "extension")[world.rows_of("buildings", "site", "sites")]
    row = met.thing
    # What touches the listed building in an extension is a part of it.
    joins = proposed[row] & growing[row] & (met.distance_m <= shapes.OVERLAP_DEPTH_M)
    meets = met.inside | joins
    flags = np.where(joins & ~met.inside, 0, inside_flags(met))
    direct = Listed(row, met.feature, meets, met.blind, flags).of(work[row])
    # A listed building that stands: what takes its place, and what is built onto it.
    stands = np.flatnonzero(met.inside & ~proposed[row])
    new = np.flatnonzero(proposed)
    i, j = shapes.pairs(
        world.column("buildings", "site")[new], world.column("buildings", "site")[row[stands]]
    )
    i, j = new[i], stands[j]
    outline = outlines(world)[0]
    near = shapely.distance(outline[i], outline[row[j]]) <= shapes.OVERLAP_DEPTH_M
    onto = near | (old[i] == row[j])
    i, j = i[onto], j[onto]
    sure = np.ones(len(i), dtype=bool)
    added = Listed(i, met.feature[j], sure, ~sure, np.zeros(len(i), dtype=np.int64))
    return Listed._make(np.concatenate(both) for both in zip(direct, added, strict=True))


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Work on listed buildings, and demolition of buildings worth preserving.

    Danish: fredede og bevaringsværdige bygninger; bygningsfredningsloven §§ 10, 17-18. Slots- og Kulturstyrelsen
    permits work on listed ones; the municipality answers for the others.

    Parameters
    ----------
    world : World with features; ``save`` and ``designated`` of buildings worth preserving.
    ruleset : ``heritage.listed_building.save_most``.

    Returns
    -------
    One finding per building that is worked on; ``not_applicable`` to all else. A layer that did not answer is
    ``missing_data``, whatever the other one found.

    Notes
    -----
    SAVE: 1 is best. Ordinary maintenance needs no permit; what is applied for is taken to be more. A part counts as
    added when it comes within 0.05 m.

    Examples
    --------
    New windows in a listed house: ``needs_other_consent``. SAVE 6 pulled down, not designated: ``pass``. SAVE 3, or
    designated: ``needs_manual``, ``assessment``. No SAVE value: ``missing_data``.
    """
    told = listed(world)
    site, key = world.column("buildings", "site"), world.column("buildings", "building")
    feature = world.column("features", "feature")
    about = told.meets | told.blind | (told.flags != 0)
    found = told.of(about)
    work = findings(
        ID,
        site=site[found.row],
        building=key[found.row],
        outcome=worded([found.meets, found.blind], ["needs_other_consent", "needs_manual"], "not_applicable"),
        reason=worded([~found.meets & found.blind], ["missing_data"], ""),
        flags=np.where(found.blind, 0, found.flags),
        feature=feature[found.feature],
    )
    met = held_all(world, WORTHY)
    met = met.of(
        world.column("buildings", "demolished")[met.thing] & (met.inside | met.near_line | met.blind)
    )
    save, designated = attribute(world, met, "save"), attribute(world, met, "designated")
    limit = ruleset.number(MOST)
    weighed = designated | (save <= limit + EQUAL)
    lacking = met.blind | (~weighed & np.isnan(save))
    pulled = findings(
        ID,
        site=site[met.thing],
        building=key[met.thing],
        outcome=worded(
            [met.blind, ~met.inside, weighed | lacking],
            ["needs_manual", "not_applicable", "needs_manual"],
            "pass",
        ),
        reason=worded(
            [met.blind, ~met.inside, weighed, lacking], ["missing_data", "", "assessment", "missing_data"], ""
        ),
        flags=np.where(met.blind, 0, inside_flags(met) & ~np.where(met.inside, FLAGS["near_line"], 0)),
        feature=feature[met.feature],
    )
    answered = np.zeros(len(key), dtype=bool)
    answered[found.row], answered[met.thing] = True, True
    quiet = _worked_on(world) & ~answered
    every = world.column("sites", "site")
    empty = every[~np.isin(every, asks(world))]
    rest = findings(
        ID,
        site=np.concatenate([site[quiet], empty]),
        building=np.concatenate([key[quiet], np.full(len(empty), -1)]),
        outcome="not_applicable",
    )
    both = joined(work, pulled)
    if len(both):
        both = worst(both, ("site", "rule", "building"))
    return joined(both, rest, unread(ID, world, (LISTED, WORTHY), asks(world)))


RULE: Final = Rule(
    id=ID,
    law="bygningsfredningsloven §§ 10 og 17-18",
    name_da="Fredede og bevaringsværdige bygninger",
    name_en="Listed and preservation-worthy buildings",
    check=check,
    needs=(Need(LISTED, always=False), Need(WORTHY, always=False)),
    asks=asks,
)
