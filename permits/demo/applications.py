"""Applications, drawn onto real plots of the town so that each shows what its design says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from permits.demo.designs import MORE_FROM, Design, designs
from permits.demo.drawings import Drawn, dxf, geojson
from permits.demo.plans import PlanSet
from permits.demo.roofs import Roof
from permits.demo.site import DECIMALS, Boundaries, Frame, Site, moved_all
from permits.demo.standing import Standing
from permits.demo.town import Plot, Town
from permits.demo.truth import Expected, Situation, breached, expected, margin_m

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

#: Applications that come as DXF too.
_DXF: Final = (0, 2, 8, 17, 45)
_SMALL: Final = ("carport", "garage", "shed")
_TITLES: Final = {
    "detached_house": "Nyt enfamiliehus", "carport": "Carport", "garage": "Garage", "shed": "Udhus",
}  # fmt: skip
#: A planned breach of the sloped plane is at least this deep, planned room at least this wide (metres).
_CLEAR_BREACH_M: Final = 0.12
_CLEAR_ROOM_M: Final = 0.06
#: New houses are tried in these sizes, each at these distances from the street (metres).
_SHARES: Final = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7)
_SETBACKS: Final = (6.5, 8.0, 9.5, 5.5, 11.5, 14.0)


@dataclass(frozen=True)
class DemoApplication:
    """One application with its drawing and what the rules must answer."""

    number: str
    design: Design
    title: str
    work: str
    address: str
    applied_on: date
    faces: tuple[int, ...]
    buildings: tuple[Drawn, ...]
    drawing: bytes
    drawing_dxf: bytes | None
    expected: dict[str, Expected]

    @property
    def breaches(self) -> tuple[str, ...]:
        """Rules whose limit is passed."""
        return breached(self.expected)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.drawing).hexdigest()


@dataclass(frozen=True)
class Beside:
    """A building that stands on the plot of an application."""

    shape: Polygon
    use_code: int
    floor_m2: float
    built_m2: float


@dataclass
class Drafter:
    """Finds plots for designs and draws them; keeps which plots are taken."""

    town: Town
    plans: PlanSet
    registered: npt.NDArray[np.float64]
    boundaries: Boundaries
    rng: np.random.Generator
    parcels: int = 0
    taken: set[int] = field(default_factory=set)
    drawn: list[tuple[Design, Site, Drawn, dict[str, Expected]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        order = self.rng.permutation(len(self.town.plots))
        self._plots = [self.town.plots[i] for i in order.tolist() if self.town.plots[i].use == "house"]
        self._pairs: dict[str, list[Plot]] = {}
        for plot in self.town.plots:
            joins = str(self.town.joins[plot.face]).rstrip("!")
            if joins:
                self._pairs.setdefault(joins, []).append(plot)
        self._joined = {p.face for pair in self._pairs.values() for p in pair}

    def new_houses(self) -> list[int]:
        """Draw all designs on vacant plots; answers the faces that must stay vacant."""
        vacant: list[int] = []
        for design in designs(self.parcels):
            if design.work != "new" or design.kind in _SMALL:
                continue
            for site in self._sites(design):
                found = self._house(design, site)
                if found is not None:
                    self._keep(design, site, found)
                    vacant += site.faces
                    break
        return vacant

    def reserve(self) -> list[int]:
        """Plots whose house leaves room for an extension or a small building."""
        wanted: dict[str, int] = {}
        for design in designs(self.parcels):
            if design.work != "new" or design.kind in _SMALL:
                wanted[design.place] = wanted.get(design.place, 0) + 1
        kept = []
        for plot in self._plots:
            place = self.plans.place.get(plot.face, "free")
            left = wanted.get(place, 0)
            if (
                left > -(max(7, left // 2) if self.parcels < MORE_FROM else 30)
                and plot.face not in self.taken | self._joined
                and plot.front_m > 18.0
            ):
                wanted[place] = left - 1
                kept.append(plot.face)
        self._reserved = set(kept)
        return kept

    def additions(self, standing: Standing) -> None:
        """Draw extensions and small buildings beside the houses that stand."""
        on: dict[int, list[Beside]] = {}
        for row in np.flatnonzero(np.isin(standing.face, list(self._reserved))).tolist():
            face = int(standing.face[row])
            on.setdefault(face, []).append(
                Beside(
                    standing.shape[row], int(standing.use_code[row]), float(standing.floor_m2[row]),
                    float(standing.built_m2[row]),
                )
            )  # fmt: skip
        for design in designs(self.parcels):
            if design.work == "new" and design.kind not in _SMALL:
                continue
            for site in self._sites(design):
                face = site.plot.face
                houses = [b for b in on.get(face, []) if b.use_code == 120]
                if face not in self._reserved or not houses:
                    continue
                draw = self._small if design.kind in _SMALL else self._extension
                found = draw(design, site, on[face])
                if found is not None:
                    self._keep(design, site, found)
                    break

    def _sites(self, design: Design) -> Iterator[Site]:
        if design.place == "joined":
            for pair in self._pairs.values():
                faces = tuple(sorted(p.face for p in pair))
                free = not self.taken & set(faces) and pair[0].use == "house" and len(pair) == 2
                if free and self.plans.place.get(faces[0], "free") == "free":
                    yield self.boundaries.site(pair[0], faces)
            return
        for plot in self._plots:
            place = self.plans.place.get(plot.face, "free")
            site_place = "free" if design.place == "border" else design.place
            if plot.face in self.taken or plot.face in self._joined or place != site_place:
                continue
            site = self.boundaries.site(plot)
            at_border = any(edge.kind == "unknown" for edge in site.edges)
            if at_border == (design.place == "border"):
                yield site

    def _keep(self, design: Design, site: Site, found: tuple[Drawn, dict[str, Expected]]) -> None:
        self.taken |= set(site.faces)
        self.drawn.append((design, site, *found))

    def _house(self, design: Design, site: Site) -> tuple[Drawn, dict[str, Expected]] | None:
        """A new house at its exact distance from a side, or None where the plot does not suit."""
        share, setback = (grid.ravel() for grid in np.meshgrid(_SHARES, _SETBACKS, indexing="ij"))
        wide, deep = np.round(design.wide * share, 1), np.round(design.deep * share, 1)
        for side in site.sides("unknown" if design.place == "border" else "parcel"):
            x0 = _from_street(site, side, setback, deep)
            found = self._placed(design, site, side, (x0, x0 + deep), wide, standing=())
            if found is not None:
                return found
        return None

    def _placed(
        self, design: Design, site: Site, side: Frame, span: tuple[Floats, Floats], wide: Floats,
        *, standing: Sequence[Beside],
    ) -> tuple[Drawn, dict[str, Expected]] | None:  # fmt: skip
        """The first of some rectangles along a side, at its distance, that has every outcome as designed."""
        small = design.kind in _SMALL
        low = np.full(len(wide), design.wall_m)
        local = _rectangles(span[0], low, span[1], low + wide)
        start = shapely.polygons(side.out_all(local))
        near = shapely.distance(start, site.neighbour) <= design.wall_m + 4.0
        near[near] = _nearly(start[near], site)
        way = moved_all(start[near], site.neighbour, design.wall_m, side.inward)
        rows = np.flatnonzero(near)
        origin = (side.origin + way[:, None] * side.inward)[:, None, :]
        if not len(rows):
            return None
        footprint = shapely.polygons(np.round(origin + side.out_all(local[rows]) - side.origin, DECIMALS))
        good = np.abs(shapely.distance(footprint, site.neighbour) - design.wall_m) <= 5e-5
        good &= not site.road.is_empty
        good[good] = shapely.distance(footprint[good], site.road) >= (1.0 if small else 4.5)
        good[good] = shapely.within(footprint[good], site.shape)
        for other in standing:
            good[good] = shapely.distance(footprint[good], other.shape) > 0.3
        for at in np.flatnonzero(good).tolist():
            frame = Frame(origin[at, 0], side.along)
            box_ = tuple(local[rows[at]][[0, 2]].ravel().tolist())
            found = self._accept(design, site, frame, box_, footprint[at], standing)
            if found is not None:
                return found
        return None

    def _extension(
        self, design: Design, site: Site, standing: Sequence[Beside]
    ) -> tuple[Drawn, dict[str, Expected]] | None:
        """An extension from the house's free end toward the side boundary."""
        house = next(b for b in standing if b.use_code == 120).shape
        corners = np.asarray(house.exterior.coords)[:-1]
        if len(corners) != 4:
            return None
        if not shapely.is_ccw(shapely.LinearRing(corners)):
            corners = corners[::-1]
        walls: list[tuple[float, Frame, float]] = []
        for i in range(4):
            a, b = corners[i], corners[(i + 1) % 4]
            length = float(np.hypot(*(b - a)))
            # Seen from a frame along this wall, the house lies to the left, so the garden to the right.
            frame = Frame(b, (a - b) / length)
            if abs(frame.inward @ site.plot.along) < 0.8:
                continue
            room = float(shapely.distance(shapely.Point((a + b) / 2), site.neighbour))
            walls.append((room, frame, length))
        for _, frame, length in sorted(walls, key=lambda wall: -wall[0]):
            found = self._from_wall(design, site, standing, frame, length)
            if found is not None:
                return found
        return None

    def _from_wall(
        self, design: Design, site: Site, standing: Sequence[Beside], frame: Frame, length: float
    ) -> tuple[Drawn, dict[str, Expected]] | None:
        """An extension from one wall of the house, which is so long and has the garden to its left."""
        deep = np.repeat([design.deep + d for d in (0.0, -1.0, 1.5, -2.0, 3.0)], 3)
        start = np.where(
            np.arange(15) % 3 == 0, 0.4, np.where(np.arange(15) % 3 == 1, length - deep - 0.4, (length - deep) / 2)
        )  # fmt: skip
        start, deep = start[deep <= length], deep[deep <= length]
        if not len(deep):
            return None
        reach = _until(site, frame, (start, start + deep), design.wall_m)
        zero = np.zeros(len(reach))
        local = _rectangles(start, zero, start + deep, reach)
        footprint = shapely.polygons(np.round(frame.out_all(local), DECIMALS))
        good = (reach > 1.8) & (reach < 9.5)
        good[good] = np.abs(shapely.distance(footprint[good], site.neighbour) - design.wall_m) <= 1e-4
        good[good] = shapely.within(footprint[good], site.shape)
        for other in standing:
            if other.use_code != 120:
                good[good] = shapely.distance(footprint[good], other.shape) > 0.3
        for at in np.flatnonzero(good).tolist():
            box_ = tuple(local[at][[0, 2]].ravel().tolist())
            found = self._accept(design, site, frame, box_, footprint[at], standing)
            if found is not None:
                return found
        return None

    def _small(
        self, design: Design, site: Site, standing: Sequence[Beside]
    ) -> tuple[Drawn, dict[str, Expected]] | None:
        """A carport, garage or shed along a side."""
        setback = np.array([2.0, 5.0, 9.0, 13.0, 17.0, 20.0, 23.0])
        deep, wide = np.full(len(setback), design.deep), np.full(len(setback), design.wide)
        for side in site.sides():
            x0 = _from_street(site, side, setback, deep)
            found = self._placed(design, site, side, (x0, x0 + deep), wide, standing=standing)
            if found is not None:
                return found
        return None

    def _accept(
        self, design: Design, site: Site, frame: Frame, box_: tuple[float, float, float, float],
        footprint: Polygon, standing: Sequence[Beside],
    ) -> tuple[Drawn, dict[str, Expected]] | None:  # fmt: skip
        """The drawing, if the rules' truth is what the design wants and not by a hair."""
        small = design.kind in _SMALL
        if small and not _clearly_in_zone(footprint, site):
            return None
        house = sum(b.floor_m2 for b in standing if b.use_code == 120)
        sheds = sum(b.built_m2 for b in standing if b.use_code >= 900)
        land = float(self.registered[list(site.faces)].sum())
        floor: float | None = round(footprint.area * (1.0 if small else design.storeys), 1)
        if design.ratio_pct is not None:
            floor = round(design.ratio_pct * land / 100.0 - house - max(0.0, sheds - 50.0), 3)
            if not 0.55 * design.storeys * footprint.area < floor < 1.08 * design.storeys * footprint.area:
                return None
        if "floor_area" in design.omit:
            floor = None
        roof = _roof(design, box_)
        facets = [] if "roof" in design.omit else roof.facets(frame, *box_)
        height = None if "height" in design.omit else design.height_m
        face = site.plot.face
        truth = expected(
            Situation(
                site, small, footprint, facets, height, floor, land, house, sheds,
                self.plans.height.get(face, "none"), self.plans.ratio.get(face, False),
            )
        )  # fmt: skip
        if set(breached(truth)) != set(design.breaks) or not _plain(
            design, site, footprint, facets, small=small
        ):
            return None
        attributes: dict[str, Any] = {
            "id": "b1", "role": "secondary" if small else "primary", "kind": design.kind, "height": height,
            "storeys": None if small else design.storeys, "floor_area": floor,
            "eaves_overhang": roof.eaves_m or None, "openings_toward_boundary": False if small else None,
        }  # fmt: skip
        said = {key: value for key, value in attributes.items() if value is not None}
        return Drawn(footprint, facets, said), truth


def _clearly_in_zone(footprint: Polygon, site: Site) -> bool:
    """Whether a small building lies within 2.5 m of the boundary wholly, or a good part of it beyond."""
    beyond = float(shapely.area(shapely.difference(footprint, site.neighbour.buffer(2.5, quad_segs=64))))
    return beyond < 1e-6 or beyond > 0.6


def _rectangles(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """Corners (n, 4, 2) of rectangles in a frame, against the clock."""
    return np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)


def _nearly(shapes: Shapes, site: Site) -> npt.NDArray[np.bool_]:
    """Whether buildings lie on their plot but for what a small move may mend."""
    outside = shapely.area(shapely.difference(shapes, site.shape))
    return np.asarray(outside < 0.12 * shapely.area(shapes))


def _until(site: Site, frame: Frame, span: tuple[Floats, Floats], wall_m: float) -> Floats:
    """How far rectangles reach from the frame's x axis when they end so far from a neighbour."""
    reach = np.ones(len(span[0]))
    open_ = np.arange(len(reach))
    for _ in range(40):
        local = _rectangles(span[0][open_], np.zeros(len(open_)), span[1][open_], reach[open_])
        missing = shapely.distance(shapely.polygons(frame.out_all(local)), site.neighbour) - wall_m
        open_, missing = open_[np.abs(missing) >= 1e-9], missing[np.abs(missing) >= 1e-9]
        if not len(open_):
            break
        reach[open_] += missing
    return reach


def _plain(design: Design, site: Site, footprint: Polygon, facets: Sequence[Polygon], *, small: bool) -> bool:
    """Whether the sloped plane is passed, or kept, by more than chance."""
    if small or not facets or design.place == "border":
        return True
    room = margin_m(facets, footprint, site.neighbour)
    return room <= -_CLEAR_BREACH_M or room >= _CLEAR_ROOM_M


def _roof(design: Design, box_: tuple[float, float, float, float]) -> Roof:
    """The roof whose ridge is exactly as high as the design says."""
    wide, deep = box_[2] - box_[0], box_[3] - box_[1]
    half = deep / 2 if design.ridge_to_street else wide / 2
    if design.roof == "hip":
        half = min(wide, deep) / 2
    slope = 0.0 if design.roof == "flat" else (design.height_m - design.eave_wall_m) / half
    eaves = 0.0 if design.roof == "flat" else design.eaves_m
    return Roof(design.roof, design.eave_wall_m, slope, eaves, design.ridge_to_street)


def _from_street(site: Site, side: Frame, setback: Floats, deep: Floats) -> Floats:
    """Where along a side buildings of some depths begin, so far from the street."""
    if abs(float(side.along @ site.plot.inward)) < 0.6:  # a side behind the house: in its middle
        middle = np.array([[site.shape.centroid.x, site.shape.centroid.y]])
        return np.asarray(float(side.back(middle)[0, 0]) - deep / 2)
    corner = site.plot.origin + site.plot.along * (site.plot.front_m / 2)
    ahead = float(side.along @ site.plot.inward) > 0
    street = float(side.back(corner[None, :])[0, 0])
    return np.asarray((street + setback) if ahead else (street - setback - deep))


def finish(drafter: Drafter, rng: np.random.Generator) -> list[DemoApplication]:
    """Give numbers, days and titles, in the order in which they were sent in."""
    first = date(2024, 2, 5)
    span = (date(2026, 2, 20) - first).days
    days = np.sort(rng.integers(0, span, len(drafter.drawn)))
    mixed = rng.permutation(len(drafter.drawn)).tolist()
    dated = []
    for place, row in enumerate(mixed):
        design = drafter.drawn[row][0]
        day = first + timedelta(days=int(days[place]))
        dated.append((date.fromisoformat(design.older) if design.older else day, row))
    dated.sort()
    count: dict[int, int] = {}
    made = []
    for day, row in dated:
        design, site, drawn, truth = drafter.drawn[row]
        count[day.year] = count.get(day.year, 0) + 1
        title = "Tilbygning til enfamiliehus" if design.work == "extension" else _TITLES[design.kind]
        made.append(
            DemoApplication(
                f"{day.year}-{count[day.year]:04d}", design, f"{title}: {design.name}", design.work,
                site.plot.address, day, site.faces, (drawn,), geojson([drawn]),
                dxf([drawn]) if row in _DXF else None, truth,
            )
        )  # fmt: skip
    return made
