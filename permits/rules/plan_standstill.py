"""plan.standstill: a published plan proposal holds back what would anticipate it (planloven § 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.shapes import mended
from permits.rulebook import FLAGS, Need, Rule, Ruleset, findings, joined
from permits.rules.parts.roof import outlines

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "plan.standstill"
#: Work on the ground itself.
GROUND: Final = "terrain"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def asks(world: World) -> Ints:
    """Sites whose work builds something or touches the ground."""
    site = world.column("sites", "site")
    ground = world.is_word("sites", "work", GROUND) | ~shapely.is_missing(world.column("sites", "geometry"))
    built = world.column("buildings", "site")[world.column("buildings", "proposed")]
    return np.union1d(site[ground], built)


def proposals(world: World) -> Ints:
    """Rows of ``world.areas`` that are published proposals for local plans, or parts of one, on the day.

    Danish: offentliggjort forslag til lokalplan. A proposal for the municipal plan does not hold an owner back.
    """
    published = world.is_word("areas", "today", "published") & ~world.is_word("areas", "level", "framework")
    return np.flatnonzero(published)


class Touched(NamedTuple):
    """What is built and the ground that is touched, where it has something in common with a proposal.

    Attributes
    ----------
    site, building : keys; building -1 = the ground.
    row : row of the building in the World, or of the site for the ground.
    area : key of the proposal.
    counts, near_line, depth_m : see ``overlaps`` of the World.
    sigma_m : uncertainty of both together.
    """

    site: Ints
    building: Ints
    row: Ints
    area: Ints
    counts: Bools
    near_line: Bools
    depth_m: Floats
    sigma_m: Floats

    def of(self, which: Bools) -> Touched:
        """Some of the rows."""
        return Touched._make(values[which] for values in self)


def touched(world: World) -> Touched:
    """What is built and the ground that is touched, held against published proposals."""
    rows = proposals(world)
    # The place behind the last stands for an area that is not there.
    held = np.zeros(len(world.areas) + 1, dtype=bool)
    held[rows] = True
    at = world.rows_of("overlaps", "area", "areas")
    met = np.flatnonzero(~world.column("overlaps", "overhang") & held[at])
    owner = world.rows_of("overlaps", "building", "buildings")[met]
    building = world.column("overlaps", "building")[met]
    plan_sigma = world.column("areas", "sigma_m")
    built = Touched(
        site=world.column("buildings", "site")[owner],
        building=building,
        row=owner,
        area=world.column("overlaps", "area")[met],
        counts=world.column("overlaps", "counts")[met],
        near_line=world.column("overlaps", "near_line")[met],
        depth_m=world.column("overlaps", "depth_m")[met],
        sigma_m=np.hypot(world.column("buildings", "sigma_m")[owner], plan_sigma[at[met]]),
    )
    site, ground = world.column("sites", "site"), world.column("sites", "geometry")
    drawn = np.flatnonzero(~shapely.is_missing(ground))
    i, j = shapes.pairs(site[drawn], world.column("areas", "site")[rows])
    if not len(i):
        return built
    i, j = drawn[i], rows[j]
    outline = mended(world.column("areas", "geometry")[j])
    found = shapes.overlap(np.asarray(shapely.force_2d(ground[i]), dtype=object), outline)
    dug = Touched(
        site=site[i],
        building=np.full(len(i), -1),
        row=i,
        area=world.column("areas", "area")[j],
        counts=found.area_m2 > 0.0,
        near_line=found.near,
        depth_m=found.depth_m,
        sigma_m=plan_sigma[j],
    ).of((found.area_m2 > 0.0) | found.near)
    return Touched._make(np.concatenate(both) for both in zip(built, dug, strict=True))


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
    met = touched(world)
    held, near = met.of(met.counts), met.of(met.near_line)
    table = findings(
        ID,
        site=held.site,
        building=held.building,
        outcome="needs_manual",
        reason="assessment",
        flags=np.where(held.depth_m < held.sigma_m, FLAGS["within_tolerance"], 0),
        area=held.area,
    )
    site, place = world.column("buildings", "site"), world.column("sites", "site")
    key, asked = world.column("buildings", "building"), world.column("buildings", "proposed")
    home, land = len(key), len(place)
    # The place behind the last of each stands for what is not there.
    under = _marked(land, world.rows_of("areas", "site", "sites")[proposals(world)])
    blind = asked & shapely.is_missing(outlines(world)[0])
    blind &= under[world.rows_of("buildings", "site", "sites")]
    built_in = _marked(home, held.row[held.building >= 0])[:-1]
    rest = np.flatnonzero(asked & ~blind & ~built_in)
    drawn = world.column("sites", "geometry")
    ground = np.zeros(land, dtype=bool)
    shown = np.flatnonzero(~shapely.is_missing(drawn))
    ground[shown] = shapes.usable(np.asarray(shapely.force_2d(drawn[shown]), dtype=object))
    alone = ~_marked(land, world.rows_of("buildings", "site", "sites")[asked])[:-1]
    dug = ~shapely.is_missing(drawn) | (world.is_word("sites", "work", GROUND) & alone)
    unseen = dug & ~ground & under[:-1]
    calm = (dug | alone) & ~unseen & ~_marked(land, held.row[held.building < 0])[:-1]
    shallow = _marked(land, near.row[near.building < 0])[:-1]
    built = _marked(home, near.row[near.building >= 0])[:-1]
    lacking = findings(
        ID,
        site=np.concatenate([site[blind], place[unseen]]),
        building=np.concatenate([key[blind], np.full(int(unseen.sum()), -1)]),
        outcome="needs_manual",
        reason="missing_data",
    )
    quiet = findings(
        ID,
        site=np.concatenate([site[rest], place[calm]]),
        building=np.concatenate([key[rest], np.full(int(calm.sum()), -1)]),
        outcome="not_applicable",
        flags=np.where(np.concatenate([built[rest], shallow[calm]]), FLAGS["near_line"], 0),
    )
    return joined(table, lacking, quiet)


def _marked(size: int, rows: Ints) -> Bools:
    """Rows of a table, and one more for those that are not there, which nothing stands for."""
    some = np.zeros(size + 1, dtype=bool)
    some[rows] = True
    some[-1] = False
    return some


RULE: Final = Rule(
    id=ID,
    law="planloven § 17",
    name_da="Offentliggjort planforslag",
    name_en="Published plan proposal",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
