"""Whether roofs stay below planes that rise from boundaries: the answer of every rule that has such a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from geodata.columns import columns_of
from permits.rulebook import EQUAL, worded
from permits.rules.parts.boundary import plot_key
from permits.rules.parts.plane import Lines, worst
from permits.rules.parts.tolerance import any_of, turning, within_tolerance

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rules.parts.building_answers import Answers
    from permits.rules.parts.tested import Tested

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Plane(NamedTuple):
    """Planes that rise from the boundaries of all plots.

    Attributes
    ----------
    lines : pieces of boundary; ``ambiguous`` where a breach is no certain one.
    factor : slope.
    start_m : height of the plane above each piece; ``None`` = on the ground.
    unknown : pieces above which the plane could be higher; ``None`` = none.
    """

    lines: Lines
    factor: float
    start_m: Floats | None = None
    unknown: Bools | None = None


def below_plane(answers: Answers, world: World, rows: Ints, found: Tested, plane: Plane, lost: Bools) -> None:
    """Say of buildings whether their roofs stay below a plane, and where they come nearest to it.

    Danish: højdegrænseplan; BR18 §§ 177, 456.

    Parameters
    ----------
    answers : what is said goes in here; nothing is said about buildings without parts or boundary.
    rows : rows in ``world.buildings``; positions in ``found`` and ``lost`` follow them.
    found : parts of their roofs.
    plane : what they are held against.
    lost : something that decides is not known, so that a plane that is met is no answer.

    Notes
    -----
    In this order: a roof through the plane of a certain boundary is ``overall_assessment``; a box through it is
    ``missing_data``, since the shape of the roof decides; a roof through the plane of an uncertain boundary is
    ``ambiguous_boundary``, or ``missing_data`` where the height of that plane is not known.
    """
    owner_key = np.repeat(plot_key(world.buildings)[rows], 2)
    lines = plane.lines
    unknown = np.zeros(len(lines.xy), dtype=bool) if plane.unknown is None else plane.unknown
    lines = lines._replace(ambiguous=lines.ambiguous | unknown)
    table = columns_of(worst(found.parts, owner_key, lines, plane.factor, plane.start_m))
    at, box = table["owner"] // 2, table["owner"] % 2 == 1
    margin, ambiguous = table["margin"], table["ambiguous"]
    broken = margin < -EQUAL
    rank = np.where(broken, np.where(box, 1, np.where(ambiguous, 2, 0)), 3)
    close_call = any_of(turning(margin), at, len(rows))
    order = np.lexsort((margin, rank, at))
    at, first = np.unique(at[order], return_index=True)
    pick = order[first]
    edge = table["edge"][pick]
    reasons = np.array(["overall_assessment", "missing_data", "ambiguous_boundary", ""], dtype=object)
    reason = reasons[rank[pick]]
    blind = np.isin(edge, lines.edge[unknown])
    reason[((reason == "") & lost[at]) | ((reason == "ambiguous_boundary") & blind)] = "missing_data"
    sigma = plane.factor * np.hypot(
        world.column("buildings", "sigma_m")[rows[at]], world.column("edges", "sigma_m")[edge]
    )
    height = table["height"][pick]
    answers.say(
        rows[at],
        outcome=worded([reason == ""], ["pass"], "needs_manual"),
        reason=reason,
        measured=height,
        limit=height + margin[pick],
        margin=margin[pick],
        x=table["x"][pick],
        y=table["y"][pick],
        edge=world.column("edges", "edge")[edge],
        flags=within_tolerance(margin[pick], sigma) | close_call[at],
    )
