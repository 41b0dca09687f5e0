"""Where plans leave a matter to the building regulation.

BR18 § 166: the byggeret holds on a matter as far as no local plan regulates it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rules.parts.owners import owners

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


def left_to_regulation(world: World, matter: str) -> Left:
    """What plans leave of each building to the building regulation on one matter.

    Danish: byggeretten viger for lokalplanen; BR18 § 166.

    Parameters
    ----------
    world : World with pieces, rulings and rests.
    matter : see :data:`permits.engine.world.MATTERS`.

    Returns
    -------
    :class:`Left`. Roof beyond the walls is not part of a footprint: it never makes a building tested. A building
    that was not held against plans at all is tested.

    Examples
    --------
    A plan with a number over all of it: not tested. Over half of it: tested on the rest. No footprint, and a plan
    on the property: unknown.
    """
    pieces = world.pieces
    number = pieces["piece"].to_numpy()
    owner = owners(world)
    left, rulings = world.rests, world.rulings
    rest = np.isin(number, left["piece"].to_numpy()[left["matter"].to_numpy(dtype=object) == matter])
    here = rulings["matter"].to_numpy(dtype=object) == matter
    here &= rulings["state"].to_numpy(dtype=object) == "value"
    regulated = np.isin(number, rulings["piece"].to_numpy()[here])
    footprint = ~pieces["overhang"].to_numpy()
    blind = shapely.is_missing(shapes.column(pieces.geometry))
    shallow = pieces["near_line"].to_numpy() & footprint & ~regulated & ~rest

    def of_buildings(mask: Bools) -> Bools:
        return np.asarray(np.bincount(owner[mask], minlength=len(world.buildings)) > 0, dtype=bool)

    return Left(
        pieces=np.flatnonzero(rest),
        tested=of_buildings(rest & footprint) | ~of_buildings(np.ones(len(pieces), dtype=bool)),
        unknown=of_buildings(blind & regulated),
        near_line=of_buildings(shallow),
    )
