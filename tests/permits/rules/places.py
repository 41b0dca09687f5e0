"""Random and adversarial places for naive references: plots, boundaries of all kinds, buildings, roofs.

A place is written down twice: as plain objects that a reference walks through one by one, and as the World that the
engine is given, thousands of sites at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely import affinity, ops

from permits.engine.world import World
from tests.permits.rules.ragged import ragged

#: A day in each version of BR18.
DAYS = {
    "BR18-2018": "2019-05-05",
    "BR18-2020": "2020-12-01",
    "BR18-2021": "2022-05-05",
    "BR18-2025": "2026-02-02",
}
BOW = shapely.from_wkt("POLYGON ((0 0, 6 6, 6 0, 0 6, 0 0))")
NOWHERE = (0.0, 0.0, np.inf)


@dataclass
class Edge:
    """A stretch of boundary, the plot on its left."""

    plot: int
    kind: str
    line: Any
    ambiguous: bool = False
    width: float = np.nan


@dataclass
class Building:
    """A building; facets of its roof are polygons with (a, b, c) of z = a·x + b·y + c."""

    role: str
    kind: str
    footprint: Any
    plot: int = 1
    height: float = np.nan
    eaves: float = np.nan
    roof: list[tuple[Any, tuple[float, float, float]]] = field(default_factory=list)
    integrated: bool = False
    openings: int = -1
    proposed: bool = True
    demolished: bool = False
    absolute: bool = False


@dataclass
class Place:
    """One property and what is built on it."""

    version: str
    zone: str
    buildings: list[Building]
    edges: list[Edge]
    ground: tuple[float, float, float] | None = None
    datum: float = np.nan
    land: list[Any] = field(default_factory=list)


def world_of(places: list[Place]) -> World:
    """The World of some places; sites are numbered like the places, buildings in their order."""
    sites, parcels, buildings, facets, edges = [], [], [], [], []
    for site, place in enumerate(places):
        ground = place.ground or (np.nan,) * 3
        day = pd.Timestamp(DAYS[place.version])
        sites.append((site, day, pd.Timestamp("2026-02-02"), *ground, place.datum))
        parcels += [(len(parcels) + k, site, k + 1, shape) for k, shape in enumerate(place.land)]
        for b in place.buildings:
            facets += [(len(buildings), *plane, b.absolute, shape) for shape, plane in b.roof]
            buildings.append((len(buildings), site, place.zone, b))
        edges += [(site, e.plot, e.kind, e.ambiguous, e.width, e.line) for e in place.edges]
    of = [b for *_, b in buildings]
    facet = pd.DataFrame(facets, columns=["building", "a", "b", "c", "reference", "geometry"])
    edge = pd.DataFrame(edges, columns=["site", "plot", "kind", "ambiguous", "width_across_m", "geometry"])
    return World.of(
        sites=pd.DataFrame(
            sites, columns=["site", "applied_on", "as_of", "ground_a", "ground_b", "ground_c", "datum_m"]
        ).assign(work="new", has_land=True),
        parcels=pd.DataFrame(parcels, columns=["parcel", "site", "plot", "geometry"]),
        buildings=pd.DataFrame(
            {
                "building": range(len(of)),
                "site": [site for _, site, _, _ in buildings],
                "zone": [zone for _, _, zone, _ in buildings],
                "role": [b.role for b in of],
                "kind": [b.kind for b in of],
                "proposed": [b.proposed for b in of],
                "demolished": [b.demolished for b in of],
                "height_m": [b.height for b in of],
                "levels_absolute": [b.absolute for b in of],
                "eaves_m": [b.eaves for b in of],
                "integrated": [b.integrated for b in of],
                "openings": [b.openings for b in of],
                "plot": [b.plot for b in of],
                "geometry": [b.footprint for b in of],
            }
        ),
        facets=facet.assign(
            facet=range(len(facet)), reference=np.where(facet["reference"], "absolute", "terrain")
        ),
        edges=edge.assign(edge=range(len(edge))),
    )


def land(rng: np.random.Generator, centre: Any) -> Any:
    """A plot: ragged, boxed, holed, of two adjoining parcels, or of two parts."""
    shape = ragged(rng, float(rng.uniform(10, 34)), centre)
    if rng.random() < 0.3:
        other = ragged(rng, 12.0, np.asarray(centre) + rng.uniform(-12, 12, 2))
        shape = shapely.union_all([shape, other])
    if rng.random() < 0.3:
        shape = affinity.rotate(shape, float(rng.uniform(0, 90)), origin=tuple(centre))
    return shapely.orient_polygons(shape)


def stretches(rng: np.random.Generator, plot: int, shape: Any) -> list[Edge]:
    """The boundary of a plot in stretches of all kinds, some of which nobody can measure."""
    bad = [None, shapely.LineString(), shapely.linestrings([[0.0, 0.0], [np.inf, 3.0]])]
    broken = rng.random() < 0.06
    found = []
    for part in getattr(shape, "geoms", [shape]):
        for ring in (part.exterior, *part.interiors):
            line = shapely.LineString(ring.coords)
            cuts = np.sort(rng.uniform(0, 1, int(rng.integers(0, 4))))
            for start, end in zip([0.0, *cuts], [*cuts, 1.0], strict=True):
                kind = str(
                    rng.choice(["parcel", "path", "road", "water", "unknown"], p=[0.5, 0.15, 0.2, 0.1, 0.05])
                )
                stretch: Any = ops.substring(line, start, end, normalized=True)
                if stretch.geom_type != "LineString":
                    continue
                if broken and rng.random() < 0.4:
                    stretch = bad[int(rng.integers(0, 3))]
                found.append(
                    Edge(
                        plot,
                        kind,
                        stretch,
                        ambiguous=kind == "unknown" or (kind != "water" and rng.random() < 0.06),
                        width=float(
                            rng.choice([rng.uniform(3, 14), 8.0, np.nan, -1.0], p=[0.6, 0.2, 0.15, 0.05])
                        ),
                    )
                )
    return found


def footprint(rng: np.random.Generator, shape: Any) -> Any:
    """An outline near the boundary of a plot: boxes, slivers, holes, several parts, over the line, or nothing."""
    pick = rng.random()
    if pick < 0.05:
        return [None, shapely.Polygon(), BOW, shapely.Point(1, 1), shapely.box(1, 1, 1, 4)][
            int(rng.integers(0, 5))
        ]
    line = shapely.boundary(shape)
    spot = shapely.line_interpolate_point(line, float(rng.uniform(0, line.length)))
    middle = shapely.point_on_surface(shape)
    span = max(1e-9, spot.distance(middle))
    share = min(1.0, float(rng.choice([rng.uniform(0.0, 7.0), rng.uniform(0.0, 16.0)])) / span)
    x, y = spot.x + (middle.x - spot.x) * share, spot.y + (middle.y - spot.y) * share
    w, d = rng.uniform(1.0, 5.0, 2)
    if pick < 0.3:
        # On a grid of a quarter metre many distances are those of the law.
        x, y, w, d = (np.round(4 * np.array([x, y, w, d])) / 4).tolist()
        found = shapely.box(x - w, y - d, x + w, y + d)
    elif pick < 0.55:
        found = affinity.rotate(shapely.box(x - w, y - d, x + w, y + d), float(rng.uniform(0, 90)))
    elif pick < 0.6:
        found = affinity.rotate(shapely.box(x - w, y, x + w, y + 0.03), float(rng.uniform(0, 90)))
    elif pick < 0.7:
        two = [ragged(rng, 3.0, (x, y)), ragged(rng, 3.0, (x + 5.0, y + 3.0))]
        found = shapely.union_all(two)
    else:
        found = ragged(rng, float(rng.uniform(1.5, 6.0)), (x, y))
    return shapely.force_3d(found, 7.0) if rng.random() < 0.05 else found


def roof(
    rng: np.random.Generator, outline: Any, low: float, steep: float
) -> list[tuple[Any, tuple[float, float, float]]]:
    """Facets over an outline: none, one, a gable with eaves, facets that leave some bare, one that cannot be used."""
    if (
        outline is None
        or outline.is_empty
        or not outline.is_valid
        or outline.area == 0.0
        or rng.random() < 0.3
    ):
        return []
    over = shapely.force_2d(outline)
    if rng.random() < 0.6:
        over = shapely.buffer(over, float(rng.choice([0.2, 0.5, 0.5004, 0.8, 1.5])), join_style="mitre")
    centre = over.centroid
    angle = float(rng.choice([0.0, rng.uniform(0, 180)]))
    halves = [shapely.box(centre.x - 99, centre.y, centre.x + 99, centre.y + 99)]
    halves.append(shapely.box(centre.x - 99, centre.y - 99, centre.x + 99, centre.y))
    halves = [affinity.rotate(half, angle, origin=centre) for half in halves]
    cut = [over] if rng.random() < 0.4 else [over.intersection(half) for half in halves]
    if rng.random() < 0.15:
        cut = cut[:1]
    facets = []
    for part in cut:
        for shape in getattr(part, "geoms", [part]):
            if shape.geom_type != "Polygon":
                continue
            a, b = rng.uniform(-steep, steep, 2) if rng.random() < 0.7 else (0.0, 0.0)
            c = low + float(rng.uniform(0.0, 1.0)) - a * centre.x - b * centre.y
            facets.append((shape, (float(a), float(b), c)))
    if facets and rng.random() < 0.04:
        facets[0] = (facets[0][0], NOWHERE) if rng.random() < 0.5 else (None, facets[0][1])
    return facets
