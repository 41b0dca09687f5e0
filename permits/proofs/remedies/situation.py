"""What every kind of remedy looks at: one site, its findings, and the limits in force there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from permits.engine.world import World
from permits.proofs.remedies.compare import Key, boxed, breaches
from permits.rulebook import Ruleset
from permits.rules.parts.boundary import outlines
from permits.rules.parts.floor_area import standing

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

#: Nearer than this (m) buildings are built together.
TOGETHER_M = 0.05


@dataclass(frozen=True, eq=False)
class Situation:
    """One site before anything is changed.

    Attributes
    ----------
    world : World of one site, with what follows from plans.
    table : the worst finding of each rule and building.
    ruleset : the numbers in force.
    """

    world: World
    table: pd.DataFrame
    ruleset: Ruleset

    @cached_property
    def breaches(self) -> pd.DataFrame:
        """Findings in which a limit is passed."""
        return breaches(self.table)

    @cached_property
    def boxed(self) -> set[Key]:
        """Those of them that are about a box in place of a roof that nobody has drawn."""
        mine = self.table[boxed(self.table)]
        return {Key(rule, int(of)) for rule, of in zip(mine["rule"], mine["building"], strict=True)}

    @cached_property
    def outline(self) -> Shapes:
        """What distances are measured from, per building; ``None`` where nothing can be measured."""
        return outlines(self.world)[0]

    @cached_property
    def groups(self) -> dict[int, tuple[int, ...]]:
        """For each new building the keys of all that is built together with it, itself included; ascending.

        A building that is built against one that stands has none: it cannot be moved by itself. Nor can one that
        takes the place of a building.
        """
        world, shape = self.world, self.outline
        new = world.column("buildings", "proposed")
        stands = standing(world) & ~new
        drawn = ~shapely.is_missing(shape)
        tree = shapely.STRtree(shape)
        near, far = tree.query(shape, predicate="dwithin", distance=TOGETHER_M)
        keys, replaces = world.column("buildings", "building"), world.column("buildings", "replaces")
        fixed = set(near[stands[far]].tolist()) | set(np.flatnonzero(replaces >= 0).tolist())
        place = np.arange(len(keys))
        linked = new[near] & new[far]
        # Of what touches, the lowest row stands for all; as many rounds as the longest chain.
        for _ in range(len(keys)):
            lower = place.copy()
            np.minimum.at(lower, near[linked], place[far[linked]])
            if (lower == place).all():
                break
            place = lower
        stuck = {int(place[row]) for row in fixed}
        return {
            int(keys[row]): tuple(sorted(int(k) for k in keys[new & drawn & (place == place[row])]))
            for row in np.flatnonzero(new & drawn)
            if int(place[row]) not in stuck
        }

    def land(self) -> shapely.Geometry | None:
        """The property as one shape; ``None`` where a parcel cannot be measured or none is known."""
        parcel = self.world.column("parcels", "geometry")
        if not len(parcel) or not shapes.usable(parcel).all():
            return None
        return shapely.union_all(shapely.force_2d(parcel))

    def row(self, building: int) -> int:
        """Row of a building."""
        return int(self.world.rows("buildings", np.array([building], dtype=np.int64))[0])
