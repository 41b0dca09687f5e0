"""What several rules answer alike: about what they have nothing to ask, and flags of plans nearby."""

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


def sites_with(world: World, roles: tuple[str, ...]) -> Ints:
    """Sites whose application has a building of one of these roles."""
    buildings = world.buildings
    asked = buildings["proposed"].to_numpy() & buildings["role"].isin(roles).to_numpy()
    return np.unique(buildings["site"].to_numpy()[asked])


def plan_flags(world: World) -> Ints:
    """Per building the flag ``near_line`` where it meets a plan area too shallowly to count."""
    near = world.overlaps.loc[world.overlaps["near_line"].to_numpy(), "building"]
    return np.where(world.buildings["building"].isin(near).to_numpy(), FLAGS["near_line"], 0).astype(np.int64)


def silent(rule: str, world: World, asked: Bools, quiet: Bools, flags: Ints) -> pd.DataFrame:
    """``not_applicable`` for buildings that nothing asks about, and for sites without a building to ask about.

    Parameters
    ----------
    asked : buildings that the rule is about at all.
    quiet : those of them that it has nothing to say about.
    flags : flags of every building.
    """
    buildings = world.buildings
    rows = np.flatnonzero(quiet)
    site = buildings["site"].to_numpy()
    bare = np.setdiff1d(world.sites["site"].to_numpy(), site[asked])
    return findings(
        rule,
        site=np.concatenate([site[rows], bare]),
        building=np.concatenate([buildings["building"].to_numpy()[rows], np.full(len(bare), -1)]),
        outcome=np.full(len(rows) + len(bare), "not_applicable", dtype=object),
        flags=np.concatenate([flags[rows], np.zeros(len(bare), dtype=np.int64)]),
    )
