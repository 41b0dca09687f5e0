"""What real Danish parcels and houses measure: published quantiles, and numbers drawn from them.

Calibration: 1,059 parcels, 2,471 buildings of GeoDanmark and 2,591 of BBR, of which 716 parcels hold a detached
house. Areas in m², distances in metres, shares in per cent.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Points of a distribution: share below (0 to 1) and value.
Points = tuple[tuple[float, float], ...]

PLOT_M2: Final[Points] = (
    (0.0, 400), (0.01, 463), (0.05, 545), (0.10, 620), (0.25, 702), (0.50, 773), (0.75, 926), (0.90, 1255),
    (0.95, 1574), (0.99, 2267), (1.0, 2900),
)  # fmt: skip
#: Outlines at the roof, by use of BBR.
FOOTPRINT_M2: Final[dict[int, Points]] = {
    120: ((0.0, 55), (0.05, 86), (0.25, 132), (0.5, 160), (0.75, 193), (0.95, 246), (1.0, 330)),
    910: ((0.0, 14), (0.05, 19), (0.5, 41), (0.95, 85), (1.0, 120)),
    920: ((0.0, 11), (0.05, 17), (0.5, 35), (0.95, 66), (1.0, 90)),
    930: ((0.0, 4), (0.05, 6), (0.5, 18), (0.95, 69), (1.0, 110)),
    130: ((0.0, 96), (0.05, 100), (0.5, 110), (0.95, 148), (1.0, 160)),
    # Long blocks are the first that do not fit, so they are drawn a little more often.
    140: ((0.0, 82), (0.05, 95), (0.5, 178), (0.93, 570), (1.0, 800)),
    510: ((0.0, 42), (0.05, 52), (0.5, 88), (0.95, 138), (1.0, 170)),
    320: ((0.0, 60), (0.05, 90), (0.5, 265), (0.95, 2700), (1.0, 5000)),
    210: ((0.0, 50), (0.05, 70), (0.5, 200), (0.95, 1050), (1.0, 2000)),
}  # fmt: skip
#: Distance of a roof outline to the boundary of its own parcel; long ones a little more often than they are met,
#: since they are the first that do not fit.
SETBACK_M: Final[dict[int, Points]] = {
    120: ((0.0, 0.0), (0.1056, 0.1), (0.1444, 0.5), (0.1986, 1.0), (0.2778, 1.5), (0.4097, 2.0), (0.575, 2.5),
          (0.7222, 3.0), (0.8111, 3.5), (0.8681, 4.0), (0.9444, 5.0), (0.9903, 7.0), (1.0, 9.0)),
    910: ((0.0, 0.0), (0.25, 0.0), (0.431, 0.1), (0.5, 0.31), (0.74, 1.08), (0.87, 2.5), (0.945, 4.35), (1.0, 8.0)),
    920: ((0.0, 0.0), (0.25, 0.0), (0.431, 0.1), (0.5, 0.23), (0.74, 0.76), (0.893, 2.5), (0.94, 3.85), (1.0, 8.0)),
    930: ((0.0, 0.0), (0.25, 0.0), (0.342, 0.1), (0.5, 0.50), (0.74, 1.60), (0.795, 2.5), (0.93, 6.1), (1.0, 11.0)),
    510: ((0.0, 0.3), (0.05, 3.0), (0.25, 5.6), (0.5, 7.4), (0.75, 9.3), (0.95, 12.0), (1.0, 14.0)),
}  # fmt: skip
#: Built area in BBR (bebygget areal), where it is known for itself.
BUILT_M2: Final[dict[int, Points]] = {
    120: ((0.0, 45), (0.05, 71), (0.25, 104), (0.5, 127), (0.75, 154), (0.95, 195), (1.0, 260)),
}  # fmt: skip
#: Outline at the roof as a multiple of the built area in BBR.
ROOF_TO_BUILT: Final[Points] = (
    (0.0, 0.7), (0.05, 0.90), (0.25, 1.10), (0.5, 1.22), (0.75, 1.38), (0.95, 1.99), (1.0, 2.5),
)  # fmt: skip
#: Share by which registered and drawn area differ, up or down: by more than 5 per cent on 43 % of parcels, since the
#: register keeps what was surveyed once while the map was drawn anew. So area rules are seen to name their basis.
AREA_OFF: Final[Points] = (
    (0.0, 0.0), (0.3, 0.012), (0.57, 0.05), (0.75, 0.075), (0.9, 0.11), (1.0, 0.17),
)  # fmt: skip
#: How much the roof's lowest and highest point differ.
ROOF_SPREAD_M: Final[Points] = ((0.0, 0.05), (0.25, 0.2), (0.5, 0.45), (0.75, 1.10), (0.95, 3.86), (1.0, 6.0))
YEAR: Final[dict[int, Points]] = {
    120: ((0.0, 1860), (0.05, 1908), (0.25, 1951), (0.5, 1964), (0.75, 1975), (0.95, 2008), (1.0, 2025)),
    920: ((0.0, 1955), (0.25, 1976), (0.5, 1988), (0.75, 2002), (1.0, 2025)),
    910: ((0.0, 1930), (0.25, 1964), (0.5, 1973), (0.75, 1987), (1.0, 2024)),
    930: ((0.0, 1920), (0.25, 1966), (0.5, 1984), (0.75, 2001), (1.0, 2025)),
    510: ((0.0, 1930), (0.25, 1964), (0.5, 1972), (0.75, 1983), (1.0, 2024)),
    130: ((0.0, 1960), (0.25, 1971), (0.5, 1979), (0.75, 1990), (1.0, 2020)),
    140: ((0.0, 1880), (0.25, 1935), (0.5, 1951), (0.75, 1968), (1.0, 2021)),
}  # fmt: skip


def draw(points: Points, share: Floats) -> Floats:
    """Values of a distribution at shares from 0 to 1 (any shape), straight between its points."""
    below, value = np.array(points, dtype=np.float64).T
    return np.asarray(np.interp(share, below, value))


def ranks(score: Floats, rng: np.random.Generator) -> Floats:
    """Shares 0 to 1, spread evenly, in the order of a score: whatever is drawn with them meets its distribution."""
    if not len(score):
        return np.zeros(0)
    place = np.empty(len(score))
    place[np.argsort(score, kind="stable")] = np.arange(len(score))
    return np.asarray((place + rng.random(len(score))) / len(score))


def below(score: Floats) -> Floats:
    """Share of a normal distribution that lies below a standard score (any shape), to 0.0002."""
    return np.asarray(1.0 / (1.0 + np.exp(-(1.5976 * score + 0.070566 * score**3))))
