"""The houses that stand: roof outlines as the map has them, and what BBR says of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from permits.demo.site import Boundaries, Frame, Site, rectangle
from permits.demo.town import Plot, Town

#: Name space of the identifiers of made-up BBR rows.
_SPACE: Final = uuid.UUID("2d4f0a52-6f0e-5d9e-8f57-6a3c6e2f9a10")
#: Setback of a detached house's roof outline to the nearest boundary: share of houses, from, to (metres).
_SETBACK: Final = (
    (0.09, 0.0, 0.1), (0.04, 0.1, 0.5), (0.055, 0.5, 1.0), (0.08, 1.0, 1.5), (0.13, 1.5, 2.0), (0.165, 2.0, 2.5),
    (0.15, 2.5, 3.0), (0.09, 3.0, 3.5), (0.06, 3.5, 4.0), (0.08, 4.0, 5.0), (0.06, 5.0, 7.0),
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """A building that stands: outline at the roof, and its row in BBR (none for ``use_code`` 0)."""

    face: int
    shape: Polygon
    use_code: int
    year: int
    floor_m2: float
    built_m2: float
    storeys: int
    roof_z_m: tuple[float, float]
    building_id: str
    bbr_id: str
    type_name: str


class Builder:
    """Builds the town's houses, plot by plot."""

    def __init__(self, town: Town, rng: np.random.Generator) -> None:
        self.town, self.rng = town, rng
        self.boundaries = Boundaries(town)
        self.standing: list[Standing] = []

    def site(self, plot: Plot, faces: tuple[int, ...] = ()) -> Site:
        """The plot as a site; ``faces`` = all parcels of the property."""
        own = faces or (plot.face,)
        shape = shapely.union_all([self.town.fabric.faces[f] for f in own])
        return Site(plot, own, shape, self.boundaries.around(own))

    def build(self, vacant: Collection[int], kept_clear: Collection[int]) -> list[Standing]:
        """Houses on all plots that are not vacant; on ``kept_clear`` no garages, and room beside the house."""
        for plot in self.town.plots:
            if plot.face in vacant:
                continue
            if plot.use in ("house", "summer"):
                self._house(plot, clear=plot.face in kept_clear)
            elif plot.use == "row":
                self._row(plot)
            elif plot.use == "town":
                self._town_house(plot)
            else:
                self._large(plot)
        return self.standing

    def add(
        self, plot: Plot, shape: Polygon, use_code: int, *, year: int, factor: float = 0.0, storeys: int = 1,
        height_m: float = 4.5, exact: bool = False,
    ) -> None:  # fmt: skip
        """Keep a building; the built area in BBR is smaller than the roof on the map, by a factor of its own."""
        factor = factor or float(np.exp(self.rng.normal(np.log(1.22), 0.17)).clip(0.9, 1.99))
        built = max(4.0, round(shape.area / (1.16 if exact else factor)))
        key = f"{round(shape.centroid.x, 2):.2f}/{round(shape.centroid.y, 2):.2f}"
        recorded = exact or self.rng.random() > 0.02
        secondary = use_code >= 900
        self.standing.append(
            Standing(
                plot.face, shapely.transform(shape, lambda xy: np.round(xy, 3)), use_code if recorded else 0, year,
                0.0 if secondary else built * storeys, built, storeys,
                (round(2.3 + self.rng.random(), 2), round(height_m, 2)),
                str(uuid.uuid5(_SPACE, f"geodanmark {key}")), str(uuid.uuid5(_SPACE, f"bbr {key}")),
                "Bygning" if shape.area >= 10 else "Anden",
            )
        )  # fmt: skip

    def _setback(self) -> float:
        share = np.array([s for s, _, _ in _SETBACK])
        _, low, high = _SETBACK[int(self.rng.choice(len(share), p=share / share.sum()))]
        return float(self.rng.uniform(low, high))

    def _house(self, plot: Plot, *, clear: bool) -> None:
        summer = plot.use == "summer"
        rng, site = self.rng, self.site(plot)
        year = int(rng.normal(1972 if summer else 1966, 12))
        median, spread = (82.0, 0.28) if summer else (152.0, 0.25)
        shape = None
        reach = site.reach(6.0, 16.0)
        for attempt in range(14):
            area = median * float(np.exp(rng.normal(0.0, spread))) * 0.97**attempt
            deep = float(rng.uniform(7.6, 10.2)) if not summer else float(rng.uniform(6.2, 8.4))
            wide = area / deep
            if rng.random() < 0.24 and deep < 9.5:
                wide, deep = deep, wide
            wide = min(wide, reach[1] - reach[0] - (11.5 if clear else 4.2))
            if wide < 6.2:
                continue
            shape = self._try(site, reach, wide, deep, clear=clear)
            if shape is not None:
                break
        if shape is None:
            return
        height = float(rng.choice([4.2, 4.8, 5.4, 6.2, 7.1], p=[0.35, 0.28, 0.2, 0.1, 0.07]))
        self.add(plot, shape, 510 if summer else 120, year=year, height_m=height, exact=clear)
        self._outbuildings(site, shape, few=summer, only_shed=clear)

    def _try(
        self, site: Site, reach: tuple[float, float], wide: float, deep: float, *, clear: bool
    ) -> Polygon | None:
        """A house at its setback from the nearest side, or None where it does not fit."""
        rng, frame = self.rng, site.front
        setback = 3.2 + float(rng.uniform(0, 1.2)) if clear else self._setback()
        front = float(rng.uniform(5.0, 10.5)) if site.plot.use == "house" else float(rng.uniform(9.0, 17.0))
        left = bool(rng.random() < 0.5)
        x0 = reach[0] + setback + 1.0 if left else reach[1] - setback - 1.0 - wide
        local = rectangle(x0, front, x0 + wide, front + deep)
        if rng.random() < 0.46 and wide > 9 and not clear:
            arm, back = float(rng.uniform(4.6, 6.4)), front + deep + float(rng.uniform(2.6, 6.0))
            if left:
                local = [
                    (x0, front), (x0 + wide, front), (x0 + wide, front + deep), (x0 + arm, front + deep),
                    (x0 + arm, back), (x0, back),
                ]  # fmt: skip
            else:
                x1 = x0 + wide
                local = [
                    (x0, front), (x1, front), (x1, back), (x1 - arm, back),
                    (x1 - arm, front + deep), (x0, front + deep),
                ]  # fmt: skip
        elif rng.random() < 0.4 and wide > 10 and not clear:
            step, at = float(rng.uniform(0.6, 1.6)), float(rng.uniform(0.35, 0.65)) * wide
            x1, top = x0 + wide, front + deep
            local = [
                (x0, front),
                (x0 + at, front),
                (x0 + at, front - step),
                (x1, front - step),
                (x1, top),
                (x0, top),
            ]
        frame = self._turned(site, frame, left)
        shape = frame.polygon(local)
        # Slide toward or from the nearest side until the setback is met.
        side = frame.along * (1 if left else -1)
        for _ in range(3):
            gap = float(shapely.distance(shape, site.neighbour))
            if not shape.within(site.shape):
                gap = -0.4
            shape = shapely.transform(shape, lambda xy, way=(setback - gap) * side: xy + way)
        fits = shape.within(site.shape) and (shapely.distance(shape, site.road) > 2.0 or site.road.is_empty)
        if not fits or abs(float(shapely.distance(shape, site.neighbour)) - setback) > 0.3:
            return None
        return shape

    @staticmethod
    def _turned(site: Site, frame: Frame, left: bool) -> Frame:
        """Houses stand square to the side that they are close to rather than to a bent street."""
        sides = site.sides()
        if not sides:
            return frame
        middle = frame.origin + frame.along * site.plot.front_m / 2
        ahead = [s for s in sides if ((s.origin - middle) @ frame.along < 0) == left]
        if not ahead:
            return frame
        inward = ahead[0].inward * (1 if left else -1)
        return Frame(frame.origin, inward) if abs(inward @ frame.along) > 0.9 else frame

    def _outbuildings(self, site: Site, house: Polygon, *, few: bool, only_shed: bool = False) -> None:
        """Garage or carport beside the house, a shed in a corner of the garden."""
        rng, taken = self.rng, [house]
        if not only_shed and rng.random() < (0.35 if few else 0.86):
            garage = bool(rng.random() < 0.42)
            area = float(np.exp(rng.normal(np.log(38 if garage else 34), 0.33)).clip(15, 70))
            wide = float(rng.uniform(3.4, 6.3))
            shape = self._beside(site, taken, wide, max(4.8, area / wide), 2.0, 26.0)
            if shape is not None:
                taken.append(shape)
                self.add(
                    site.plot, shape, 910 if garage else 920, year=int(rng.normal(1988, 10)), height_m=2.5
                )
        for chance in (0.42, 0.14) if not few else (0.45, 0.15):
            if rng.random() < chance:
                area = float(np.exp(rng.normal(np.log(14), 0.55)).clip(5, 45))
                wide = float(rng.uniform(2.2, 3.8))
                shape = self._beside(site, taken, wide, area / wide, 14.0, 40.0)
                if shape is not None:
                    taken.append(shape)
                    self.add(
                        site.plot, shape, 930, year=int(rng.normal(1990, 11)), height_m=2.4, exact=only_shed
                    )

    def _beside(
        self, site: Site, taken: list[Polygon], wide: float, deep: float, low: float, high: float
    ) -> Polygon | None:
        """A small building along one of the sides, between two distances from the street."""
        rng, sides = self.rng, site.sides()
        for _ in range(10):
            if not sides:
                return None
            frame = sides[int(rng.integers(len(sides)))]
            gap = (
                float(rng.choice([0.0, rng.uniform(0.1, 1.1), rng.uniform(1.1, 4.0)], p=[0.4, 0.42, 0.18]))
                + 0.005
            )
            length = float((frame.back(np.asarray(site.shape.exterior.coords))[:, 0]).max())
            at = float(rng.uniform(min(low, length / 3), min(high, length - 1)))
            street_first = (frame.along @ site.plot.inward) > 0
            x0 = at if street_first else length - at - deep
            shape = frame.polygon(rectangle(x0, gap, x0 + deep, gap + wide))
            clear = [float(shapely.distance(shape, other)) for other in taken]
            if shape.within(site.shape) and all(d > 0.35 for d in clear) and self._off_road(site, shape):
                return shape
        return None

    @staticmethod
    def _off_road(site: Site, shape: Polygon) -> bool:
        return site.road.is_empty or float(shapely.distance(shape, site.road)) > 1.5

    def _row(self, plot: Plot) -> None:
        """A row house from wall to wall; one roof step between neighbours."""
        rng, box_ = self.rng, _oriented(plot.shape)
        frame, long, short = box_
        step = 0.4 if plot.number % 4 < 2 else 1.1
        shape = frame.polygon(rectangle(6.0 + step, 0.0, 17.5 + step, short)).intersection(plot.shape)
        self.add(
            plot, max(shapely.get_parts(shape), key=lambda g: g.area), 130, year=1974, storeys=1, height_m=4.4
        )
        if rng.random() < 0.5:
            shed = frame.polygon(rectangle(long - 3.2, 0.2, long - 0.3, 2.4))
            if shed.within(plot.shape):
                self.add(plot, shed, 930, year=1975, height_m=2.4)

    def _town_house(self, plot: Plot) -> None:
        """Houses of the old centre stand in the street line, wall to wall, with yards behind."""
        rng, frame = self.rng, Frame(plot.origin, plot.along)
        deep = float(rng.uniform(9.0, 12.5))
        begin = 0.0 if rng.random() < 0.8 else float(rng.uniform(1.0, 3.0))
        end = plot.front_m if rng.random() < 0.7 else plot.front_m - float(rng.uniform(2.4, 3.6))
        shape = frame.polygon(rectangle(0.0 + begin * 0.2, -0.6, end, deep)).intersection(plot.shape)
        parts = [p for p in shapely.get_parts(shape) if isinstance(p, Polygon) and p.area > 30]
        if not parts:
            return
        flats = rng.random() < 0.35
        use = 140 if flats else int(rng.choice([120, 320, 320]))
        storeys = int(rng.choice([2, 3])) if flats else int(rng.choice([1, 2], p=[0.7, 0.3]))
        self.add(
            plot, parts[0], use, year=int(rng.normal(1895, 22)), storeys=storeys, height_m=4.5 + 2.8 * storeys
        )
        if rng.random() < 0.75:
            wide = float(rng.uniform(4.0, 6.0))
            wing = frame.polygon(rectangle(0.1, deep + 0.02, wide, deep + float(rng.uniform(6, 13))))
            rest = wing.intersection(plot.shape.buffer(-0.01)).difference(parts[0])
            pieces = [p for p in shapely.get_parts(rest) if isinstance(p, Polygon) and p.area > 12]
            if pieces:
                self.add(plot, pieces[0], 930, year=int(rng.normal(1910, 20)), height_m=4.0)

    def _large(self, plot: Plot) -> None:
        """School, church, farmyards, harbour sheds: a few long buildings."""
        frame, long, short = _oriented(plot.shape)
        plans = {
            "school": (420, 2, [(0.12, 0.2, 0.62, 0.38), (0.12, 0.42, 0.28, 0.8), (0.4, 0.42, 0.56, 0.74)]),
            "church": (490, 1, [(0.38, 0.34, 0.6, 0.62), (0.32, 0.38, 0.378, 0.58)]),
            "farm": (210, 1, [(0.22, 0.2, 0.76, 0.36), (0.22, 0.42, 0.38, 0.76), (0.6, 0.42, 0.76, 0.76)]),
            "harbour": (320, 1, [(0.08, 0.3, 0.3, 0.72), (0.4, 0.3, 0.55, 0.72), (0.66, 0.34, 0.92, 0.72)]),
        }
        if plot.use not in plans:
            return
        use, storeys, boxes = plans[plot.use]
        for x0, y0, x1, y1 in boxes:
            shape = frame.polygon(rectangle(x0 * long, y0 * short, x1 * long, y1 * short))
            if shape.within(plot.shape):
                code = 120 if plot.use == "farm" and y1 < 0.35 else use
                self.add(plot, shape, code, year=1920, storeys=storeys, height_m=8.0)


def _oriented(shape: Polygon) -> tuple[Frame, float, float]:
    """Frame along the long side of a shape's smallest box, from a fixed corner, with length and width."""
    corners = np.asarray(shapely.oriented_envelope(shape).exterior.coords)[:-1]
    if not shapely.is_ccw(shapely.LinearRing(corners)):
        corners = corners[::-1]
    sides = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(*sides.T)
    pick = int(np.argmax(length * (1 + 1e-6 * (sides[:, 0] + sides[:, 1] > 0))))
    return Frame(corners[pick], sides[pick] / length[pick]), float(length.max()), float(length.min())


def point_inside(shape: Polygon) -> Point:
    """The point that BBR gives for a building, on the building."""
    return Point(np.round(shapely.get_coordinates(shapely.point_on_surface(shape))[0], 2))
