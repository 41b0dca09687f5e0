"""plan.standstill: a published plan proposal holds back what would anticipate it (planloven § 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from permits.rulebook import FLAGS, Need, Rule, Ruleset, findings
from permits.rules.parts.outside import mended
from permits.rules.parts.roof import outlines

if TYPE_CHECKING:
    from permits.engine.world import World

ID: Final = "plan.standstill"
#: Work on the ground itself.
GROUND: Final = "terrain"

Ints = npt.NDArray[np.int64]


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work builds something or touches the ground."""
    sites, buildings = world.sites, world.buildings
    ground = (sites["work"] == GROUND).to_numpy() | ~shapely.is_missing(shapes.column(sites["geometry"]))
    return np.union1d(sites["site"].to_numpy()[ground], buildings["site"].to_numpy()[buildings["proposed"]])


def proposals(world: World) -> Ints:
    """Rows of ``world.areas`` that are published proposals for local plans, or parts of one, on the day.

    Danish: offentliggjort forslag til lokalplan. A proposal for the municipal plan does not hold an owner back.
    """
    areas = world.areas
    return np.flatnonzero((areas["today"] == "published") & (areas["level"] != "framework"))


def touched(world: World) -> pd.DataFrame:
    """What is built and the ground that is touched, held against published proposals.

    Returns
    -------
    ``site``, ``building`` (-1: the ground), ``area``, ``counts``, ``near_line``, ``depth_m``, ``sigma_m``: a row for
    each that has something in common with a proposal.
    """
    areas, buildings, sites = world.areas, world.buildings, world.sites
    rows = proposals(world)
    met = world.overlaps[~world.overlaps["overhang"] & world.overlaps["area"].isin(areas["area"].iloc[rows])]
    at = pd.Index(buildings["building"]).get_indexer(met["building"])
    built = met[["building", "area", "counts", "near_line", "depth_m"]].assign(
        site=buildings["site"].to_numpy()[at], sigma=buildings["sigma_m"].to_numpy()[at]
    )
    ground = np.array(shapely.force_2d(shapes.column(sites["geometry"])), dtype=object)
    i, j = shapes.pairs(sites["site"].to_numpy(), areas["site"].to_numpy()[rows])
    there = ~shapely.is_missing(ground[i])
    i, j = i[there], rows[j[there]]
    found = shapes.overlap(ground[i], mended(shapes.column(areas["geometry"])[j]))
    dug = pd.DataFrame(
        {
            "site": sites["site"].to_numpy()[i],
            "building": -1,
            "area": areas["area"].to_numpy()[j],
            "counts": found.area_m2 > 0.0,
            "near_line": found.near,
            "depth_m": found.depth_m,
            "sigma": 0.0,
        }
    )
    table = pd.concat([built, dug[dug["counts"] | dug["near_line"]]], ignore_index=True)
    plan = areas["sigma_m"].to_numpy()[pd.Index(areas["area"]).get_indexer(table["area"])]
    return table.assign(sigma_m=np.hypot(table["sigma"].to_numpy(dtype="float64"), plan))


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built, or the ground that is touched, lies in a published plan proposal.

    Danish: retsvirkninger af et lokalplanforslag; planloven § 17.

    Parameters
    ----------
    world : World with overlaps.
    ruleset : not used.

    Returns
    -------
    One finding per new building (or ground) and proposal that it lies in; ``not_applicable`` elsewhere. Never
    ``pass``: what anticipates a plan is for a person to weigh.

    Notes
    -----
    Not considered: that the effect ends a year after publication, leave after the end of the hearing, and bans
    under § 14.

    Examples
    --------
    Proposal over the house: ``needs_manual``, ``assessment``. Proposal published tomorrow: ``not_applicable``. A
    house that nobody has drawn beside a proposal: ``missing_data``.
    """
    sites, buildings = world.sites, world.buildings
    met = touched(world)
    near = met[met["near_line"]]
    held = met[met["counts"]]
    doubt = (held["depth_m"] < held["sigma_m"]).to_numpy()
    table = findings(
        ID,
        site=held["site"].to_numpy(),
        building=held["building"].to_numpy(),
        outcome="needs_manual",
        reason="assessment",
        flags=np.where(doubt, FLAGS["within_tolerance"], 0),
        area=held["area"].to_numpy(),
    )
    asked = buildings["proposed"].to_numpy()
    under = np.unique(world.areas["site"].to_numpy()[proposals(world)])
    blind = asked & shapely.is_missing(outlines(world)[0]) & np.isin(buildings["site"].to_numpy(), under)
    key = buildings["building"].to_numpy()
    rest = np.flatnonzero(asked & ~blind & ~np.isin(key, held["building"].to_numpy()))
    ground = shapes.usable(np.array(shapely.force_2d(shapes.column(sites["geometry"])), dtype=object))
    place = sites["site"].to_numpy()
    alone = ~np.isin(place, buildings["site"].to_numpy()[asked])
    dug = ~shapely.is_missing(shapes.column(sites["geometry"])) | (
        (sites["work"] == GROUND).to_numpy() & alone
    )
    unseen = dug & ~ground & np.isin(place, under)
    dug_in = held.loc[held["building"] < 0, "site"].to_numpy()
    calm = (dug | alone) & ~unseen & ~np.isin(place, dug_in)
    shallow = np.isin(place, near.loc[near["building"] < 0, "site"].to_numpy())
    built = np.isin(key, near["building"].to_numpy())
    lacking = findings(
        ID,
        site=np.concatenate([buildings["site"].to_numpy()[blind], place[unseen]]),
        building=np.concatenate([key[blind], np.full(int(unseen.sum()), -1)]),
        outcome="needs_manual",
        reason="missing_data",
    )
    quiet = findings(
        ID,
        site=np.concatenate([buildings["site"].to_numpy()[rest], place[calm]]),
        building=np.concatenate([key[rest], np.full(int(calm.sum()), -1)]),
        outcome="not_applicable",
        flags=np.where(np.concatenate([built[rest], shallow[calm]]), FLAGS["near_line"], 0),
    )
    return pd.concat([table, lacking, quiet], ignore_index=True)


RULE: Final = Rule(
    id=ID,
    law="planloven § 17",
    name_da="Offentliggjort planforslag",
    name_en="Published plan proposal",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
