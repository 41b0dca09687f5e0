"""Roofs of proposed houses: plane facets over a rectangle, in three dimensions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from permits.demo.site import DECIMALS, Frame

Floats = npt.NDArray[np.float64]
Form = Literal["gable", "hip", "flat"]

#: Danish words for the forms (sadeltag, valmtag, fladt tag).
WORDS: Final[dict[Form, str]] = {"gable": "sadeltag", "hip": "valmtag", "flat": "fladt tag"}


@dataclass(frozen=True)
class Roof:
    """A roof over the rectangle (x0, y0)-(x1, y1) of a frame.

    ``wall_m`` is the height at the outer walls, ``slope`` metres up per metre inward, ``eaves_m`` how far the
    roof reaches out beyond the walls; ``ridge_along_x`` says which way the ridge runs.
    """

    form: Form
    wall_m: float
    slope: float
    eaves_m: float
    ridge_along_x: bool

    def height_m(self, wide: float, deep: float) -> float:
        """Highest part over a rectangle of these sides (x, y)."""
        if self.form == "flat":
            return self.wall_m
        half = (deep if self.ridge_along_x else wide) / 2
        if self.form == "hip":
            half = min(wide, deep) / 2
        return self.wall_m + self.slope * half

    def facets(self, frame: Frame, x0: float, y0: float, x1: float, y1: float) -> list[Polygon]:
        """Facets as 3D polygons on the grid, z above terrain; they reach out over the eaves."""
        along = self.ridge_along_x if self.form != "hip" else (x1 - x0) >= (y1 - y0)
        if not along:
            x0, y0, x1, y1 = y0, x0, y1, x1
        e, k, h = self.eaves_m, self.slope, self.wall_m
        half, mid = (y1 - y0) / 2, (y0 + y1) / 2
        low, top = h - k * e, h + k * half
        a, b, c, d = x0 - e, x1 + e, y0 - e, y1 + e
        if self.form == "flat":
            rings = [[(a, c, h), (b, c, h), (b, d, h), (a, d, h)]]
        elif self.form == "gable":
            rings = [
                [(a, c, low), (b, c, low), (b, mid, top), (a, mid, top)],
                [(a, mid, top), (b, mid, top), (b, d, low), (a, d, low)],
            ]
        else:
            p, q = x0 + half, x1 - half
            rings = [
                [(a, c, low), (b, c, low), (q, mid, top), (p, mid, top)],
                [(b, d, low), (a, d, low), (p, mid, top), (q, mid, top)],
                [(a, d, low), (a, c, low), (p, mid, top)],
                [(b, c, low), (b, d, low), (q, mid, top)],
            ]
            if q - p < 0.01:  # a square house has a tent: two of the four meet in a point
                corners = [(a, c, low), (b, c, low), (b, d, low), (a, d, low), (a, c, low)]
                rings = [[*pair, (p, mid, top)] for pair in itertools.pairwise(corners)]
        made = []
        for ring in rings:
            xyz = np.array(ring, dtype=np.float64)
            local = xyz[:, :2] if along else xyz[:, 1::-1]
            grid = np.round(frame.out(local), DECIMALS)
            made.append(Polygon(np.column_stack([grid, np.round(xyz[:, 2], DECIMALS)])))
        return made


def plane(facet: Polygon) -> tuple[float, float, float]:
    """Coefficients a, b, c of z = a·x + b·y + c through a facet, solved round its own middle."""
    xyz = np.asarray(facet.exterior.coords)[:-1]
    middle = xyz.mean(axis=0)
    moved = xyz - middle
    left = np.column_stack([moved[:, :2], np.ones(len(moved))])
    a, b, c = np.linalg.lstsq(left, moved[:, 2], rcond=None)[0]
    return float(a), float(b), float(middle[2] + c - a * middle[0] - b * middle[1])
