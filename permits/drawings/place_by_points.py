"""Bring a parsed drawing to its place by points: fit, judge the residuals, move the shapes; nothing is guessed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from permits.drawings import checks, fit
from permits.drawings.drawing import Fault, Parsed, Shape
from permits.drawings.fit import ByCorners, ByPoints, Fit, NoFit, Numbers
from permits.drawings.vocabulary import plain

#: Position of a fault's reason → its code.
_WHY: Final = {
    "few": "placing_few",
    "near": "placing_near",
    "ambiguous": "placing_ambiguous",
    "none": "placing_none",
}


def placed(
    parsed: Parsed, shapes: list[Shape], placement: ByPoints | ByCorners
) -> tuple[Fit | None, list[Fault]]:
    """Fit the drawing and move its shapes into EPSG:25832, in place.

    Parameters
    ----------
    parsed : what the file says of its unit: ``facts`` may have ``scale`` (metres in one unit, already applied to the
        shapes) and ``unit_known`` (False where nobody has said it).
    shapes : the outlines that count.
    placement : points, or the parcel whose corners are drawn.

    Returns
    -------
    The fit, None where there is none; and faults: an error when a point misses its own by more than
    :data:`permits.drawings.fit.LIMIT_M`, else a warning with the worst residual.
    """
    free = parsed.facts.get("unit_known", True) is False
    try:
        if isinstance(placement, ByPoints):
            scale = float(parsed.facts.get("scale", 1.0))
            drawn = np.array([pair[0] for pair in placement.pairs], dtype=np.float64).reshape(-1, 2) * scale
            real = np.array([pair[1] for pair in placement.pairs], dtype=np.float64).reshape(-1, 2)
        else:
            drawn, real = _corners(parsed, placement, free=free)
        found = fit.similarity(drawn, real, free_scale=free)
    except NoFit as no:
        return None, [Fault(_WHY[no.why], found=no.found, expected=fit.APART_M)]
    faults = _judged(found, drawn, real)
    if any(fault.level == "error" for fault in faults):
        return None, faults
    for shape in shapes:
        _move(shape, found)
    return found, faults


def _corners(parsed: Parsed, placement: ByCorners, *, free: bool) -> tuple[Numbers, Numbers]:
    """Corners of the drawn parcel that meets the real one best, and the real ones."""
    layer = plain(placement.layer)
    best: tuple[int, float, Numbers, Numbers] | None = None
    why = NoFit("none")
    for part in shapely.get_parts(placement.parcel):
        real = fit.corners(part)
        for shape in parsed.shapes:
            if shape.layer is None or plain(shape.layer) != layer:
                continue
            outline, _ = checks.outline(shape, 1.0, {})
            if outline is None:
                continue
            for one in shapely.get_parts(outline):
                try:
                    pair = fit.match(fit.corners(one), real, free_scale=free)
                except NoFit as no:
                    why = no
                    continue
                worst = fit.similarity(*pair, free_scale=free).worst_m
                if best is None or (-len(pair[0]), worst) < best[:2]:
                    best = (-len(pair[0]), worst, *pair)
    if best is None:
        raise why
    return best[2], best[3]


def _judged(found: Fit, drawn: Numbers, real: Numbers) -> list[Fault]:
    worst = int(np.argmax(found.residuals_m))
    where = {"point": worst, "at": [round(float(v), 3) for v in drawn[worst]]}
    if found.worst_m > fit.LIMIT_M:
        if _fits_mirrored(found, drawn, real):
            return [Fault("placing_mirrored", round(found.worst_m, 3), fit.LIMIT_M, where)]
        other = fit.similarity(drawn, real, free_scale=True)
        better = f"{other.scale:.6g}" if not found.scaled and other.worst_m <= fit.LIMIT_M else None
        return [Fault("placing_residual", round(found.worst_m, 3), fit.LIMIT_M, where, better)]
    told = [Fault("placed", round(found.worst_m, 3), len(drawn), where, level="warning")]
    if len(drawn) == 2:
        told.append(Fault("placing_two", level="warning"))
    if found.scaled:
        told.append(Fault("placing_scaled", found=float(f"{found.scale:.6g}"), level="warning"))
    return told


def _fits_mirrored(found: Fit, drawn: Numbers, real: Numbers) -> bool:
    try:
        return fit.similarity(drawn * (1, -1), real, free_scale=found.scaled).worst_m <= fit.LIMIT_M
    except NoFit:  # corners of a square, mirrored, point in every direction alike
        return False


def _move(shape: Shape, found: Fit) -> None:
    def moved(ring: list[list[float]]) -> list[list[float]]:
        flat = found(np.array([position[:2] for position in ring], dtype=np.float64))
        heights: list[Any] = [[z * found.scale for z in position[2:3]] for position in ring]
        return [[float(x), float(y), *z] for (x, y), z in zip(flat, heights, strict=True)]

    shape.polygons = [[moved(ring) for ring in rings] for rings in shape.polygons]
    shape.roof = [[moved(ring) for ring in rings] for rings in shape.roof]
    shape.z = None if shape.z is None else shape.z * found.scale
