"""What rules about new buildings and plans share: whom they ask, shallow plans, and "not about this"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from permits.rulebook import FLAGS, findings

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def asked_buildings(world: World, roles: tuple[str, ...]) -> Bools:
    """Which buildings the application adds that have one of these roles."""
    return np.asarray(world.column("buildings", "proposed") & world.is_word("buildings", "role", *roles))


def sites_with(world: World, roles: tuple[str, ...]) -> Ints:
    """Sites whose application adds a building of one of these roles, ascending."""
    sites = world.column("buildings", "site")[asked_buildings(world, roles)]
    return np.asarray(np.unique(sites), dtype=np.int64)


def plan_flags(world: World) -> Ints:
    """Bits of flags per building: ``near_line`` where a plan in force reaches in too shallowly to count.

    Worked out once per World; not to be written to.
    """
    return world.once("plan_flags", lambda: _plan_flags(world))


def _plan_flags(world: World) -> Ints:
    binding = world.is_word("areas", "level", "local_plan", "sub_area") & ~world.column("areas", "proposal")
    shallow = np.flatnonzero(world.column("overlaps", "near_line"))
    area = world.rows("areas", world.column("overlaps", "area")[shallow])
    shallow = shallow[(area >= 0) & binding[area]] if len(binding) else shallow[:0]
    near = np.zeros(len(world.buildings) + 1, dtype=np.int64)
    near[world.rows("buildings", world.column("overlaps", "building")[shallow])] = FLAGS["near_line"]
    pieces = world.column("pieces", "near_line")
    near[world.rows_of("pieces", "building", "buildings")[pieces]] = FLAGS["near_line"]
    # The place behind the last takes what belongs to no building.
    return near[:-1]


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
    rows = np.flatnonzero(quiet)
    site, every = world.column("buildings", "site"), world.column("sites", "site")
    some = np.zeros(len(every) + 1, dtype=bool)
    some[world.rows_of("buildings", "site", "sites")[asked]] = True
    empty = every[~some[:-1]]
    return findings(
        rule,
        site=np.concatenate([site[rows], empty]),
        building=np.concatenate([world.column("buildings", "building")[rows], np.full(len(empty), -1)]),
        outcome="not_applicable",
        flags=np.concatenate([flags[rows], np.zeros(len(empty), dtype=np.int64)]),
    )
