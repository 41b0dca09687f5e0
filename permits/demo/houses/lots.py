"""Plots as arrays: their ground, and frames along their sides that buildings are set square to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from permits.demo.outline import Floats, Frames, Ints, Mask
from permits.demo.town import Town

Shapes = npt.NDArray[np.object_]


@dataclass
class Lots:
    """Plots, one row each.

    ``corners`` (n, 4, 2): left and right end of the front as seen from the street, right and left of the back.
    """

    face: Ints
    ground: Shapes
    rim: Shapes
    corners: Floats

    @classmethod
    def on(cls, town: Town, faces: Ints) -> Lots:
        """Plots of some faces."""
        ground = town.fabric.faces[faces]
        shapely.prepare(ground)
        return cls(faces, ground, shapely.boundary(ground), town.corners[faces])

    def __len__(self) -> int:
        return len(self.face)

    def of(self, rows: Ints | Mask) -> Lots:
        """Some of them."""
        return Lots(self.face[rows], self.ground[rows], self.rim[rows], self.corners[rows])

    @property
    def area(self) -> Floats:
        """Square metres as drawn."""
        return np.asarray(shapely.area(self.ground))

    @property
    def front_m(self) -> Floats:
        """Length of the front."""
        return np.asarray(np.hypot(*(self.corners[:, 1] - self.corners[:, 0]).T))

    def side(self, left: Mask) -> Frames:
        """Frames whose y axis runs along the left or the right side from the street, the plot at positive x."""
        a = np.where(left[:, None], self.corners[:, 0], self.corners[:, 1])
        b = np.where(left[:, None], self.corners[:, 3], self.corners[:, 2])
        y = _unit(b - a)
        right = np.stack([y[:, 1], -y[:, 0]], axis=1)
        return Frames(a, np.where(left[:, None], right, -right), y)

    def back(self) -> Frames:
        """Frames along the back line, x from its left end, y toward the street."""
        x = _unit(self.corners[:, 2] - self.corners[:, 3])
        return Frames(self.corners[:, 3], x, np.stack([x[:, 1], -x[:, 0]], axis=1))

    def setback(self, shape: Shapes) -> Floats:
        """Distance of buildings to the boundary of their plot, negative where they reach out of it, NaN for none."""
        inside = shapely.covers(self.ground, shape)
        gap = shapely.distance(shape, self.rim)
        return np.where(inside, gap, np.where(np.isnan(gap), np.nan, -0.15))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.hypot(*vector.T)[:, None])
