"""Where plans leave a matter to the building regulation.

BR18 § 166: the byggeret holds on a matter as far as no local plan regulates it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

if TYPE_CHECKING:
    from permits.engine.world import World

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Left:
    """What plans leave of each building, in the order of ``world.buildings``.

    Attributes
    ----------
    pieces : rows of ``world.pieces`` that belong to the rest.
    tested : part of the footprint, or all of it, is under no plan that regulates the matter.
    unknown : nobody has drawn the building, and a plan on its site regulates the matter.
    near_line : what lies outside the plans is too shallow to count.
    """

    pieces: npt.NDArray[np.int64]
    tested: Bools
    unknown: Bools
    near_line: Bools


def pieces_of(world: World, left: Left, asked: Bools) -> npt.NDArray[np.int64]:
    """Those of the pieces left to the regulation whose buildings are asked about and tested; rows of the World."""
    owner = world.rows_of("pieces", "building", "buildings")[left.pieces]
    return left.pieces[(asked & left.tested)[owner]]


def unseen(world: World) -> Bools:
    """Pieces that stand for a whole building because nobody has drawn it; worked out once per World."""
    return world.once("unseen", lambda: shapely.is_missing(world.column("pieces", "geometry")))


def left_to_regulation(world: World, matter: str) -> Left:
    """What plans leave of each building to the building regulation on one matter.

    Danish: byggeretten viger for lokalplanen; BR18 § 166.

    Parameters
    ----------
    world : World with pieces, rulings and rests.
    matter : see :data:`permits.engine.world.MATTERS`.

    Returns
    -------
    :class:`Left`, worked out once per World and matter. Roof beyond the walls is not part of a footprint: it never
    makes a building tested. A building that was not held against plans at all is tested.

    Examples
    --------
    A plan with a number over all of it: not tested. Over half of it: tested on the rest. No footprint, and a plan
    on the property: unknown.
    """
    return world.once(f"left:{matter}", lambda: _left(world, matter))


def _left(world: World, matter: str) -> Left:
    pieces = world.pieces
    owner = world.rows_of("pieces", "building", "buildings")
    rest, regulated = np.zeros((2, len(pieces) + 1), dtype=bool)
    rest[world.rows_of("rests", "piece", "pieces")[world.is_word("rests", "matter", matter)]] = True
    here = world.is_word("rulings", "matter", matter) & world.is_word("rulings", "state", "value")
    regulated[world.rows_of("rulings", "piece", "pieces")[here]] = True
    # The place behind the last takes what belongs to no piece.
    rest, regulated = rest[:-1], regulated[:-1]
    footprint = ~world.column("pieces", "overhang")
    blind = unseen(world)
    shallow = world.column("pieces", "near_line") & footprint & ~regulated & ~rest

    def of_buildings(mask: Bools) -> Bools:
        some = np.zeros(len(world.buildings), dtype=bool)
        some[owner[mask]] = True
        return some

    return Left(
        pieces=np.flatnonzero(rest),
        tested=of_buildings(rest & footprint) | ~of_buildings(np.ones(len(pieces), dtype=bool)),
        unknown=of_buildings(blind & regulated),
        near_line=of_buildings(shallow),
    )
