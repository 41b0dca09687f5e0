"""A plan of one case as SVG (situationsplan): true to scale on paper, with scale bar, north arrow and dimensions.

Everything is drawn in millimetres of paper. What is drawn has its look from the style sheet of the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

import numpy as np
import shapely
from django.db import connection
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from geodata.crs import GRID_SRID
from permits.engine.world import World
from permits.review.proofs import Shown

WIDTH_MM: Final = 180.0
HEIGHT_MM: Final = 150.0
_BAND_MM: Final = 9.0  # below the plan, for the scale bar
_TALL_MM: Final = HEIGHT_MM + _BAND_MM
#: Scales of plans, 1:N.
SCALES: Final = (100, 200, 250, 500, 1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000)
_MARGIN: Final = 0.88  # share of the frame that the property may fill
_BARS_M: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
#: Evidence that is larger than the property, or the building once more: told in words and on the map.
_LEFT_OUT: Final = frozenset({"plan_area", "plot", "footprint", "part_inside"})


@dataclass(frozen=True)
class Frame:
    """The part of the world on the paper.

    Attributes
    ----------
    x, y : middle, EPSG:25832.
    scale : N of 1:N.
    """

    x: float
    y: float
    scale: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres."""
        half = WIDTH_MM * self.scale / 2000, HEIGHT_MM * self.scale / 2000
        return self.x - half[0], self.y - half[1], self.x + half[0], self.y + half[1]

    def paper(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """What of the geometry is inside the frame, in millimetres of paper, y downwards; may be empty."""
        inside = shapely.intersection(shapely.make_valid(shapely.force_2d(geometry)), shapely.box(*self.box))
        west, _south, _east, north = self.box
        k = 1000.0 / self.scale
        return shapely.transform(
            inside, lambda xy: np.column_stack([(xy[:, 0] - west), (north - xy[:, 1])]) * k
        )


def frame_of(shapes: Iterable[shapely.Geometry]) -> Frame | None:
    """The largest usual scale at which all shapes find room on the paper; None = there is nothing to draw."""
    bounds = shapely.total_bounds([s for s in shapes if s is not None and not s.is_empty])
    if not np.isfinite(bounds).all():
        return None
    west, south, east, north = bounds.tolist()
    wanted = max((east - west) / WIDTH_MM, (north - south) / HEIGHT_MM) * 1000.0 / _MARGIN
    scale = next((n for n in SCALES if n >= wanted), SCALES[-1])
    return Frame((west + east) / 2, (south + north) / 2, scale)


@dataclass
class _Paper:
    """What is drawn so far."""

    frame: Frame
    parts: list[str] = field(default_factory=list)
    badges: dict[tuple[int, int], int] = field(default_factory=dict)

    def shape(self, name: str, geometry: Any) -> None:
        """Draw a geometry under a class of the style sheet."""
        if geometry is None or geometry.is_empty:
            return
        drawn = self.frame.paper(geometry)
        if path := " ".join(_path(drawn)):
            self.parts.append(f'<path class="{name}" d="{path}"/>')
        for point in _points(drawn):
            self.parts.append(f'<circle class="{name}" cx="{point.x:.2f}" cy="{point.y:.2f}" r="1.2"/>')

    def text(self, name: str, x: float, y: float, words: str, *, turned: float = 0.0) -> None:
        """Write words at a place of the paper."""
        turn = f' transform="rotate({turned:.1f} {x:.2f} {y:.2f})"' if turned else ""
        self.parts.append(f'<text class="{name}" x="{x:.2f}" y="{y:.2f}"{turn}>{escape(words)}</text>')

    def at(self, geometry: Any, name: str, words: str) -> None:
        """Write words upon a geometry, where it is on the paper."""
        if geometry is None or geometry.is_empty or not words:
            return
        inside = self.frame.paper(geometry)
        if not inside.is_empty:
            place = shapely.point_on_surface(inside)
            self.text(name, place.x, place.y, words)

    def dimension(self, line: shapely.Geometry, label: str) -> None:
        """A measured line with a tick at both ends and its length written along it."""
        self.shape("plan-dimension", line)
        west, _south, _east, north = self.frame.box
        k = 1000.0 / self.frame.scale
        (x0, y0), (x1, y1) = [((x - west) * k, (north - y) * k) for x, y in (line.coords[0], line.coords[-1])]
        length = math.hypot(x1 - x0, y1 - y0)
        # Across the line; a line of no length gets ticks that stand upright.
        across = ((y0 - y1) / length, (x1 - x0) / length) if length else (0.0, 1.0)
        for x, y in ((x0, y0), (x1, y1)):
            dx, dy = across[0] * 1.3, across[1] * 1.3
            self.parts.append(
                f'<path class="plan-tick" d="M{x - dx:.2f} {y - dy:.2f}L{x + dx:.2f} {y + dy:.2f}"/>'
            )
        turned = math.degrees(math.atan2(y1 - y0, x1 - x0))
        if turned > 90.0 or turned <= -90.0:  # never upside down
            turned += 180.0
        radians = math.radians(turned)
        x, y = (x0 + x1) / 2 + 1.6 * math.sin(radians), (y0 + y1) / 2 - 1.6 * math.cos(radians)
        self.text("plan-length", x, y, label, turned=turned)

    def badge(self, geometry: Any, number: int) -> None:
        """The number of a finding, beside others that are at the same place."""
        inside = self.frame.paper(geometry)
        if inside.is_empty:
            return
        point = inside if inside.geom_type == "Point" else shapely.point_on_surface(inside)
        cell = (int(point.x // 6), int(point.y // 6))
        step = self.badges.get(cell, 0)
        self.badges[cell] = step + 1
        x = min(max(point.x + 4.0 + 5.6 * (step % 6), 3.0), WIDTH_MM - 3.0)
        y = min(max(point.y + 4.0 + 5.6 * (step // 6), 3.0), HEIGHT_MM - 3.0)
        self.parts.append(
            f'<g class="plan-badge"><circle cx="{x:.2f}" cy="{y:.2f}" r="2.6"/>'
            f'<text x="{x:.2f}" y="{y:.2f}">{number}</text></g>'
        )


def _path(geometry: shapely.Geometry) -> Iterator[str]:
    """Lines and rings as commands of a path."""
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                yield _commands(ring.coords[:-1]) + "Z"
        elif part.geom_type in ("LineString", "LinearRing"):
            yield _commands(part.coords)
        elif part.geom_type.startswith(("Multi", "Geometry")):
            yield from _path(part)


def _commands(coords: Sequence[Any]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in coords)


def _points(geometry: shapely.Geometry) -> Iterator[shapely.Point]:
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Point" and not part.is_empty:
            yield part


@dataclass(frozen=True)
class Drawn:
    """The plan, ready for the page."""

    svg: SafeString
    scale: int


def plan(world: World, findings: Iterable[Shown], title: str) -> Drawn | None:
    """Draw the property, what stands there, what is applied for, and where the findings lie.

    Parameters
    ----------
    world : World of one site.
    findings : in the order of the page; their place in it is their number on the plan, from 1.
    title : what the picture shows, for those who do not see it.

    Returns
    -------
    The drawing and its scale; None where neither parcel nor building has an outline.
    """
    buildings = world.buildings
    proposed = buildings[buildings["proposed"].to_numpy(dtype=bool)]
    own = [*world.parcels.geometry, *proposed.geometry]
    frame = frame_of(shape for shape in own if shape is not None)
    if frame is None:
        return None
    paper = _Paper(frame)
    mine = set(world.column("parcels", "parcel").tolist())
    for key, geometry, name in _around("geodata_parcelversion", "parcel_number", frame):
        paper.shape("plan-around", geometry)
        if key not in mine:
            paper.at(geometry, "plan-name-quiet", name)
    for _key, geometry, _name in _around("geodata_buildingversion", "''", frame):
        paper.shape("plan-standing", geometry)
    for geometry in world.parcels.geometry:
        paper.shape("plan-parcel", geometry)
    for geometry, kind in zip(world.edges.geometry, world.edges["kind"], strict=True):
        paper.shape(f"plan-edge plan-edge-{kind}", geometry)
    for row in buildings.itertuples():
        if row.proposed and not row.demolished:
            paper.shape("plan-proposed", row.geometry)
    _evidence(paper, findings)
    for name, geometry in zip(proposed["name"], proposed.geometry, strict=True):
        paper.at(geometry, "plan-name", str(name))
    _parcel_numbers(paper, world)
    _furniture(paper)
    body = "".join(paper.parts)
    return Drawn(
        mark_safe(  # noqa: S308 - numbers of ours, and words that are escaped where they are written
            f'<svg class="plan" xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{_TALL_MM:g}mm" '
            f'viewBox="0 0 {WIDTH_MM:g} {_TALL_MM:g}" role="img" aria-labelledby="plan-title">'
            f'<title id="plan-title">{escape(title)}</title>{body}</svg>'
        ),
        frame.scale,
    )


def _parcel_numbers(paper: _Paper, world: World) -> None:
    """The parcel numbers of the property, beside the buildings where there is room."""
    built = shapely.union_all([g for g in world.buildings.geometry if g is not None])
    for geometry, name in zip(world.parcels.geometry, world.parcels["label"], strict=True):
        if geometry is None:
            continue
        free = shapely.difference(geometry, built)
        parts = [part for part in shapely.get_parts(free) if part.geom_type == "Polygon"]
        place = max(parts, key=lambda part: part.area, default=geometry)
        middle = shapely.maximum_inscribed_circle(place).centroid
        paper.at(middle, "plan-name", str(name).split(" ", 1)[0])


def _around(table: str, name: str, frame: Frame) -> list[tuple[int, shapely.Geometry, str]]:
    """Current outlines of a register inside the frame, with key and name of their objects."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT object_id, ST_AsBinary(geometry), {name} FROM {table} WHERE change_to_id IS NULL "
            f"AND geometry && ST_MakeEnvelope(%s, %s, %s, %s, {GRID_SRID}) LIMIT 2000",
            frame.box,
        )
        return [(key, shapely.from_wkb(bytes(wkb)), str(words)) for key, wkb, words in cursor.fetchall()]


def _evidence(paper: _Paper, findings: Iterable[Shown]) -> None:
    """Outlines of all findings first, then lengths, then numbers, so that nothing is drawn over what is read."""
    lines: list[tuple[shapely.Geometry, str]] = []
    marks: list[tuple[shapely.Geometry, int]] = []
    for number, finding in enumerate(findings, start=1):
        if finding.outcome == "pass":
            continue
        marked: shapely.Geometry | None = None
        for feature in finding.evidence:
            about = feature["properties"]
            if about["role"] in _LEFT_OUT or about["grid_coordinates"] is None:
                continue
            shape = shapely.geometry.shape(
                {"type": feature["geometry"]["type"], "coordinates": about["grid_coordinates"]}
            )
            if about["label"] and shape.geom_type == "LineString":
                lines.append((shape, about["label"]))
            else:
                paper.shape(f"plan-evidence plan-{about['role']}", shape)
            if marked is None or about["role"] == "worst_point":
                marked = shape
        if marked is not None:
            marks.append((marked, number))
    for line, label in dict.fromkeys(lines):
        paper.dimension(line, label)
    for shape, number in marks:
        paper.badge(shape, number)


def _furniture(paper: _Paper) -> None:
    """Scale bar, north arrow, and the frame around it all."""
    scale = paper.frame.scale
    metres = max((m for m in _BARS_M if m * 1000.0 / scale <= 50.0), default=_BARS_M[0])
    long = metres * 1000.0 / scale
    x, y = 3.0, HEIGHT_MM + 5.0
    paper.parts.append(
        f'<rect class="plan-bar" x="{x}" y="{y:.2f}" width="{long / 2:.2f}" height="1.6"/>'
        f'<rect class="plan-bar-open" x="{x + long / 2:.2f}" y="{y:.2f}" width="{long / 2:.2f}" height="1.6"/>'
    )
    paper.text("plan-scale", x, y - 1.4, "0")
    paper.text("plan-scale", x + long, y - 1.4, f"{metres} m")
    paper.text("plan-scale", x + long + 14, y + 1.5, f"1:{scale}")
    top = 6.0
    right = WIDTH_MM - 9.0
    paper.parts.append(
        f'<g class="plan-north"><path d="M{right} {top}L{right + 3} {top + 10}L{right} {top + 7.6}'
        f'L{right - 3} {top + 10}Z"/></g>'
    )
    paper.text("plan-north-name", right, top + 14.2, _("N"))
    paper.parts.append(f'<rect class="plan-frame" x="0" y="0" width="{WIDTH_MM:g}" height="{HEIGHT_MM:g}"/>')
