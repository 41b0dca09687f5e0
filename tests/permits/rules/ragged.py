"""Ragged shapes for naive references, and the plainest way to say what of one lies outside others."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely


def ragged(rng: np.random.Generator, reach: float, centre: Any) -> Any:
    """A sound polygon around a centre: star-shaped with random corners, a box, or a ring with a hole."""
    kind = rng.integers(0, 6)
    if kind < 3:
        w, h = rng.uniform(0.2, reach, 2)
        # On a grid of a quarter metre many sides coincide.
        x0, y0, x1, y1 = (np.round(np.array([-w, -h, w, h]) * 4) / 4).tolist()
        x, y = np.round(np.asarray(centre) * 4) / 4
        shape = shapely.box(x + x0 - 0.25, y + y0 - 0.25, x + x1 + 0.25, y + y1 + 0.25)
        if kind == 2:
            inner = shapely.box(x - w / 3, y - h / 3, x + w / 3, y + h / 3)
            shape = shape.difference(inner)
        return shape
    size = int(rng.integers(3, 12))
    angles = np.sort(rng.uniform(0, 2 * np.pi, size))
    radius = rng.uniform(0.1 * reach, reach, size)
    points = np.stack([np.cos(angles) * radius, np.sin(angles) * radius], axis=1) + np.asarray(centre)
    shape = shapely.Polygon(points)
    if not shape.is_valid or shape.area <= 0.0:
        shape = shapely.Polygon(points).convex_hull
    return shape if shape.geom_type == "Polygon" and shape.area > 0.0 else shapely.Point(*centre).buffer(1.0)


def naive_pieces(shape: Any, areas: list[Any]) -> list[float]:
    """Square metres of every connected piece of a shape outside areas that counts, one area at a time."""
    rest = shape
    for area in areas:
        rest = rest.difference(area)
    return deep(rest)


def deep(shape: Any) -> list[float]:
    """Square metres of the connected pieces of a shape that count."""
    return [
        part.area
        for part in getattr(shape, "geoms", [shape])
        if part.geom_type == "Polygon" and part.area > 0.01 and 2 * part.area / part.length > 0.05
    ]
