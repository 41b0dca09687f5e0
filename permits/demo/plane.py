"""The plane that the town is drawn on, and how it is bent: rings of quarters round a bay, cut by radial roads.

``v`` runs inland from the shore in metres, ``u`` along the shore; on the grid the rings are arcs round the bay, so
that one unit of ``u`` is shorter by the water and longer inland (:meth:`Plane.scale`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from permits.demo.quarters.quarter import DEPTH_M, WIDTH_M

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Where the middle of the coast lies: open water north of Samsø, so that nobody takes the town for a real one.
ORIGIN: Final = (600_000.0, 6_200_000.0)
_TURN_RAD: Final = np.deg2rad(-14.0)
ROAD_M: Final = 11.0
MAIN_M: Final = 14.0
STREAM_M: Final = 46.0
FIELD_WEST_M: Final = 230.0
FIELD_NORTH_M: Final = 260.0
FIELD_EAST_M: Final = 255.0
#: Parcels of a quarter on average, all patterns and what lies between them counted.
_PER_QUARTER: Final = 36.0


@dataclass(frozen=True)
class Sector:
    """Ground between two radial roads (or a stream), from west to east on the plane."""

    west: float
    east: float


@dataclass
class Spot:
    """Where a quarter lies: its ring and sector, corner on the plane, size in metres, pattern, and how it sways."""

    ring: int
    sector: int
    u: float
    v: float
    width: float
    depth: float
    scale: float
    pattern: str = ""
    foreign: bool = False
    sway: tuple[float, float] = (0.0, 0.0)


@dataclass
class Plane:
    """Rings and sectors; ``radius_m`` is that of the shore, ``reference_m`` the one at which ``u`` is in metres;
    ``mouths`` say where the stream meets the sea."""

    radius_m: float
    reference_m: float
    rings: list[tuple[float, float]]
    sectors: list[Sector]
    radials: list[tuple[float, float, str]]
    phase: Floats
    spots: list[Spot] = field(default_factory=list)
    mouths: list[float] = field(default_factory=list)

    @property
    def west(self) -> float:
        return self.sectors[0].west

    @property
    def east(self) -> float:
        return self.sectors[-1].east

    @property
    def road_u(self) -> float:
        """Width of the westernmost road on the plane."""
        return ROAD_M

    @property
    def field_west(self) -> float:
        """Where the demonstration ends to the west."""
        return round(self.west - ROAD_M - FIELD_WEST_M, 2)

    @property
    def field_east(self) -> float:
        """How far the neighbouring municipality is drawn."""
        return round(self.east + FIELD_EAST_M, 2)

    @property
    def north(self) -> float:
        """Upper side of the uppermost collector."""
        return self.rings[-1][1] + ROAD_M

    @property
    def top(self) -> float:
        return self.north + 2 * FIELD_NORTH_M

    def scale(self, v: float) -> float:
        """Metres of one unit of ``u``, so far from the shore."""
        return (self.radius_m + v) / self.reference_m

    def bend(self, points: Floats, block: Ints) -> Floats:
        """From the plane to the grid: streets sway within their quarter, rings become arcs, the whole is bent.

        Parameters
        ----------
        points : (n, 2) on the plane.
        block : (n,) quarter of each point, counted from 1; 0 = none.
        """
        u, v = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
        inside = block > 0
        table = np.array([[s.u, s.v, s.width / s.scale, s.depth, *s.sway] for s in self.spots])
        mine = table[block[inside] - 1]
        s, t = (u[inside] - mine[:, 0]) / mine[:, 2], (v[inside] - mine[:, 1]) / mine[:, 3]
        bump = np.sin(np.pi * np.clip(s, 0, 1)) * np.sin(np.pi * np.clip(t, 0, 1))
        du, dv = np.zeros(len(u)), np.zeros(len(u))
        du[inside], dv[inside] = mine[:, 4] * bump, mine[:, 5] * bump
        p = self.phase
        around = (u - (self.west + self.east) / 2) / self.reference_m
        out = self.radius_m + v + dv
        angle = around + du / self.reference_m
        x, y = out * np.sin(angle), out * np.cos(angle) - self.radius_m
        bent_x = (
            x + 15.0 * np.sin(2 * np.pi * y / 610 + p[0]) + 5.0 * np.sin(2 * np.pi * (x + y) / 370 + p[1])
        )
        bent_y = y + 17.0 * np.sin(2 * np.pi * x / 690 + p[2]) + 34.0 * np.sin(2 * np.pi * x / 2100 + p[3])
        bent_x = bent_x + 46.0 * np.sin(2 * np.pi * y / 2700 + p[4])
        turn = np.array([[np.cos(_TURN_RAD), np.sin(_TURN_RAD)], [-np.sin(_TURN_RAD), np.cos(_TURN_RAD)]])
        return np.asarray(np.stack([bent_x, bent_y], axis=1) @ turn + np.array(ORIGIN))


def make_plane(parcels: int, rng: np.random.Generator) -> Plane:
    """Rings, sectors and quarters of a town of about so many parcels."""
    quarters = max(4.5, (parcels - 125) / _PER_QUARTER)
    area = quarters * (WIDTH_M + ROAD_M) * (DEPTH_M + ROAD_M)
    number = max(2, round(float(np.sqrt(area / 1.7)) / (DEPTH_M + ROAD_M) + 0.3))
    depth = np.round(DEPTH_M + rng.uniform(-7.0, 9.0, number), 1)
    low = np.concatenate([[0.0], np.cumsum(depth + ROAD_M)])
    rings = [(float(low[i]), float(low[i] + depth[i])) for i in range(number)]
    high = rings[-1][1]
    wide = area / high
    radius = 0.3 * high + 450.0
    cuts = max(2, round(wide / 1000.0))
    share = np.concatenate([[0.0], np.cumsum(rng.uniform(0.8, 1.2, cuts + 1))])
    at = share / share[-1] * wide
    stream = 1 if cuts > 1 else 0
    sectors, radials = [], []
    names = ("Landevejen", "Skovvejen", "Møllevejen", "Kystvejen", "Fjordvejen", "Hovedvejen", "Ringvejen")
    west = 0.0
    for i in range(1, cuts + 1):
        broad = STREAM_M if i - 1 == stream else MAIN_M
        sectors.append(Sector(west, round(float(at[i]), 2)))
        east = round(float(at[i]) + broad, 2)
        name = "" if i - 1 == stream else names[(i - 1) % len(names)] + ("" if i <= len(names) else f" {i}")
        radials.append((sectors[-1].east, east, name))
        west = east
    sectors.append(Sector(west, round(float(at[-1]), 2)))
    return Plane(radius, radius + high / 2, rings, sectors, radials, rng.uniform(0, 2 * np.pi, 5))
