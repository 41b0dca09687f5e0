"""The terrain: a surface of few waves, low at the shore, with the stream and the lakes in its hollows."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from permits.demo.plane import ORIGIN, Plane

Floats = npt.NDArray[np.float64]

#: Waves of the ground: length, height (metres), direction (radians), phase.
_WAVES: Final = (
    (2600.0, 7.0, 0.4, 1.0), (1400.0, 4.2, 1.9, 2.2), (760.0, 2.1, 2.9, 0.3), (410.0, 0.9, 1.1, 4.0),
    (170.0, 0.28, 0.2, 5.1), (83.0, 0.09, 2.3, 2.6),
)  # fmt: skip


def height_m(plane: Plane, xy: Floats) -> Floats:
    """Ground at points of the grid (n, 2), metres DVR90.

    Notes
    -----
    Distance to the shore is that to the arc on which the town lies, so that it needs no search.
    """
    moved = xy - np.array(ORIGIN)
    from_bay = np.hypot(moved[..., 0], moved[..., 1] + plane.radius_m) - plane.radius_m
    rise = np.clip((from_bay + 55.0) / 400.0, 0.0, None)
    base = 1.4 * np.minimum(rise, 1.0) + 5.5 * np.log1p(np.maximum(rise - 0.6, 0.0))
    wave = np.zeros(moved.shape[:-1])
    for length, high, angle, phase in _WAVES:
        way = moved[..., 0] * np.cos(angle) + moved[..., 1] * np.sin(angle)
        wave += high * np.sin(2 * np.pi * way / length + phase)
    hills = np.clip((from_bay - 30.0) / 900.0, 0.0, 1.0)
    return np.asarray(
        np.maximum(base + hills * wave, np.where(from_bay > -20.0, 0.4, -2.5)), dtype=np.float64
    )
