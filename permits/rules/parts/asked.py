"""What rules about new buildings and plans share: whom they ask, shallow plans, and "not about this"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import FLAGS, findings

if TYPE_CHECKING:
    from permits.engine.world import World

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def asked_buildings(world: World, roles: tuple[str, ...]) -> Bools:
    """Which buildings the application adds that have one of these roles."""
    buildings = world.buildings
    return np.asarray(buildings["proposed"].to_numpy() & buildings["role"].isin(roles).to_numpy(), dtype=bool)


def sites_with(world: World, roles: tuple[str, ...]) -> Ints:
    """Sites whose application adds a building of one of these roles, ascending."""
    sites = world.buildings["site"].to_numpy()[asked_buildings(world, roles)]
    return np.asarray(np.unique(sites), dtype=np.int64)


def plan_flags(world: World) -> Ints:
    """Bits of flags per building: ``near_line`` where a plan in force reaches in too shallowly to count."""
    areas, overlaps, pieces = world.areas, world.overlaps, world.pieces
    binding = areas.loc[areas["level"].isin(("local_plan", "sub_area")) & ~areas["proposal"], "area"]
    shallow = overlaps["near_line"].to_numpy() & overlaps["area"].isin(binding).to_numpy()
    named = np.concatenate(
        [
            overlaps["building"].to_numpy()[shallow],
            pieces["building"].to_numpy()[pieces["near_line"].to_numpy()],
        ]
    )
    bits = np.where(np.isin(world.buildings["building"].to_numpy(), named), FLAGS["near_line"], 0)
    return np.asarray(bits, dtype=np.int64)


def silent(rule: str, world: World, asked: Bools, quiet: Bools, flags: Ints) -> pd.DataFrame:
    """``not_applicable`` for the given buildings, and for every site that has no building to ask about.

    Parameters
    ----------
    rule : its id.
    world : the World.
    asked : per building: the rule is about it.
    quiet : per building: the rule is about it and has nothing to ask.
    flags : bits per building.

    Returns
    -------
    Findings: one per quiet building; one, about the site as a whole, where the application adds nothing that
    the rule is about.
    """
    buildings = world.buildings
    rows = np.flatnonzero(quiet)
    site, every = buildings["site"].to_numpy(), world.sites["site"].to_numpy()
    empty = every[~np.isin(every, site[asked])]
    return findings(
        rule,
        site=np.concatenate([site[rows], empty]),
        building=np.concatenate([buildings["building"].to_numpy()[rows], np.full(len(empty), -1)]),
        outcome="not_applicable",
        flags=np.concatenate([flags[rows], np.zeros(len(empty), dtype=np.int64)]),
    )
