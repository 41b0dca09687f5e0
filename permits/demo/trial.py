"""A drawing to try the applicant's way with: a house too close to its neighbour, and what to say beside it.

It stands on the property of an application of the demonstration that breaks nothing, moved toward the neighbour. What
it breaks there, and that it breaks nothing once it is moved back and made lower, is asked of the engine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely import affinity

from geodata.crs import GRID
from geodata.frames import read_sql
from permits.demo.drawings import Drawn, dxf
from permits.engine.from_database import world_of
from permits.engine.run import run
from permits.engine.world import World
from permits.rules.parts.boundary import NEIGHBOUR

#: What is broken: too near, too high, too much floor.
BROKEN: Final = frozenset({"br18.boundary_distance", "br18.height", "br18.plot_ratio"})
#: Metres from the neighbour, height and storeys: as drawn, and as it may be.
_DRAWN: Final = (1.8, 9.0, 2)
_MENDED: Final = (2.51, 3.4, 1)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """The drawing and what its form wants to know.

    Attributes
    ----------
    content : DXF.
    parcel : the property, as its page and ``--parcel`` take it.
    height_m, storeys, floor_m2 : what the applicant says beside the drawing; then three rules are broken.
    """

    content: bytes
    parcel: str
    height_m: float
    storeys: int
    floor_m2: float

    def write(self, path: Path) -> None:
        """Put the drawing into a file, and what to say beside it into another one: ``hus.dxf``, ``hus.txt``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".txt").write_text(self.said() + "\n", encoding="utf-8")
        path.write_bytes(self.content)  # last: where it is, the other one is too

    def said(self) -> str:
        """What to say beside the drawing, as ``assess`` takes it."""
        values = f"height={self.height_m:g} storeys={self.storeys} floor_area={self.floor_m2:g} dwellings=1"
        return f'--crs {GRID} --parcel "{self.parcel}" --set {values}'


def trial(applications: Collection[int]) -> Trial | None:
    """The drawing, on the first property that it can be made for; ``None`` if there is none.

    Parameters
    ----------
    applications : ids of the demonstration's applications, under the tenant of its municipality.
    """
    if not applications:
        return None
    world = world_of(applications)
    site, found = _alone(world)
    distance, toward = _neighbour(world, site, found)
    drawn = _built(world, site, found, toward * (distance - _DRAWN[0])[:, None], _DRAWN)
    mended = _built(world, site, found, toward * (distance - _MENDED[0])[:, None], _MENDED)
    broken, left = _broken(drawn), _broken(mended)
    for key in site.tolist():
        if broken.get(key) == BROKEN and key not in left:
            return _trial(drawn, key)
    return None


def _alone(world: World) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Sites that one new house alone is applied for, on one parcel, and its footprint."""
    site, role, kind = (world.column("buildings", name) for name in ("site", "role", "kind"))
    proposed = world.column("buildings", "proposed")
    house = proposed & (role == "primary") & (kind == "detached_house")
    parcels = pd.Series(world.column("parcels", "site")).value_counts()
    new = pd.Series(site[proposed]).value_counts()
    standing = set(site[~proposed].tolist())
    rows = [
        row
        for row in np.flatnonzero(house).tolist()
        if new[site[row]] == 1 and parcels.get(site[row]) == 1 and site[row] not in standing
    ]
    return site[rows], world.column("buildings", "geometry")[rows]


def _neighbour(
    world: World, site: npt.NDArray[np.int64], footprint: npt.NDArray[np.object_]
) -> tuple[Floats, Floats]:
    """Metres from each footprint to its nearest neighbour, and the direction there."""
    line, of = world.column("edges", "geometry"), world.column("edges", "site")
    beside = world.is_word("edges", "kind", *NEIGHBOUR)
    shortest = [
        min(shapely.shortest_line(shape, line[beside & (of == key)]), key=shapely.length, default=None)
        for key, shape in zip(site.tolist(), footprint, strict=True)
    ]
    distance = shapely.length(shortest)
    ends = np.array(
        [np.full((2, 2), np.nan) if one is None else shapely.get_coordinates(one) for one in shortest]
    )
    return distance, (ends[:, 1] - ends[:, 0]) / distance[:, None]


def _built(
    world: World,
    site: npt.NDArray[np.int64],
    footprint: npt.NDArray[np.object_],
    way: Floats,
    said: tuple[float, float, int],
) -> World:
    """The World with these houses instead, flat-roofed, as a DXF would say it."""
    _, height, storeys = said
    buildings = world.buildings.copy()
    mine = np.flatnonzero(world.column("buildings", "proposed") & np.isin(buildings["site"], site))
    moved = np.array([affinity.translate(s, *w) for s, w in zip(footprint, way, strict=True)], dtype=object)
    columns = {name: buildings[name].to_numpy().copy() for name in buildings.columns}
    columns["geometry"] = np.asarray(buildings["geometry"].array, dtype=object).copy()
    columns["geometry"][mine] = moved
    columns["height_m"][mine], columns["storeys"][mine] = height, storeys
    columns["floor_m2"][mine] = np.round(shapely.area(moved)) * storeys
    for name in ("eaves_m", "wall_low_m"):
        columns[name][mine] = np.nan
    roofs = world.facets[~np.isin(world.facets["building"], buildings["building"].to_numpy()[mine])]
    return world.with_(buildings=pd.DataFrame(columns), facets=roofs)


def _broken(world: World) -> dict[int, frozenset[str]]:
    """Rules that each site breaks."""
    table = run(world)
    against = table["outcome"].isin(["fail", "needs_dispensation"]) | (
        table["reason"] == "overall_assessment"
    )
    broken: dict[int, set[str]] = {}
    for site, rule in zip(table["site"][against].tolist(), table["rule"][against].tolist(), strict=True):
        broken.setdefault(site, set()).add(rule)
    return {site: frozenset(rules) for site, rules in broken.items()}


def _trial(world: World, site: int) -> Trial:
    row = np.flatnonzero(world.column("buildings", "proposed") & (world.column("buildings", "site") == site))[
        0
    ]
    parcel = int(world.column("parcels", "parcel")[world.column("parcels", "site") == site][0])
    name = read_sql(
        "SELECT cadastral_district || ' ' || parcel_number AS name FROM t_parcel WHERE object_id = %s", [parcel],
        geometry=None,
    )["name"][0]  # fmt: skip
    said = {name: float(world.column("buildings", name)[row]) for name in ("height_m", "storeys", "floor_m2")}
    shape = world.column("buildings", "geometry")[row]
    house = Drawn(shape, (), {"kind": "detached_house", "height": said["height_m"]})
    return Trial(dxf([house]), str(name), said["height_m"], int(said["storeys"]), said["floor_m2"])
