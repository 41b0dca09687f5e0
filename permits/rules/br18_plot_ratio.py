"""Plot ratio of the building regulations (BR18 §§ 170-172 and 453-455)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rulebook import EQUAL, FLAGS, Rule, Ruleset, findings, joined, worded
from permits.rules.parts.asked import asked_buildings, silent
from permits.rules.parts.coverage import Left, left_to_regulation
from permits.rules.parts.floor_area import Statement, standing, statement
from permits.rules.parts.groups import grouped
from permits.rules.parts.plot_area import PlotArea, plot_area, plots_of, site_plot
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ID: Final = "br18.plot_ratio"
ROLES: Final = ("primary", "secondary")
#: Key of the percentage by kind of primary building (§ 170); kinds not named here are "other".
LIMITS: Final = {
    "detached_house": "detached_pct",
    "two_family_horizontal": "detached_pct",
    "summer_house": "detached_pct",
    "double_house": "joined_pct",
    "row_house": "joined_pct",
}
#: Houses that have the percentage of summer houses where the zone is sommerhusområde: the zone decides.
IN_SUMMER_ZONE: Final = ("detached_house", "two_family_horizontal", "double_house", "summer_house")
#: Specific use of a framework that lays out an area for multi-storey housing.
MULTI_STOREY_USE: Final = 1130


@dataclass(frozen=True)
class Ratios:
    """Everything that the answer is made of, one row per plot with something to test.

    Attributes
    ----------
    site, plot, zone : the plot, and the zone of the buildings that are tested.
    building : the first of them.
    tested, tested_group : buildings (rows of the World) that are tested, and the plot of each.
    counted, counted_group : buildings whose floor counts, and the plot of each.
    floor, land : statements of floor and land.
    limit_pct, limit_most_pct : percentage that holds, and the one that holds if what is not known were milder.
    """

    site: Ints
    plot: Ints
    zone: npt.NDArray[np.object_]
    building: Ints
    tested: Ints
    tested_group: Ints
    counted: Ints
    counted_group: Ints
    floor: Statement
    land: PlotArea
    limit_pct: Floats
    limit_most_pct: Floats

    @property
    def ratio_pct(self) -> Floats:
        """Plot ratio by the stricter reading, per cent."""
        return 100.0 * self.floor.counted_m2 / self.land.area_m2

    @property
    def ratio_least_pct(self) -> Floats:
        """Plot ratio by the milder reading, per cent."""
        return 100.0 * self.floor.counted_least_m2 / self.land.area_m2


def ratios(world: World, ruleset: Ruleset, left: Left) -> Ratios:
    """Plot ratio of every plot on which something is tested, in per cent.

    Danish: bebyggelsesprocent = 100 × etageareal / grundens areal; BR18 §§ 170 and 453-455.

    Parameters
    ----------
    world : World with pieces.
    ruleset : percentages and deductions.
    left : what plans leave to the regulation on the plot ratio.

    Returns
    -------
    :class:`Ratios`; buildings of one plot that lie in different zones are reckoned by themselves.
    """
    site, home = world.column("buildings", "site"), plots_of(world)
    zone = world.column("buildings", "zone")
    asked = asked_buildings(world, ROLES)
    rows = np.flatnonzero(asked & left.tested)
    # Primary buildings first, so that a plot is named by its house and not by its shed.
    minor = ~world.is_word("buildings", "role", "primary")
    words, _ = world.numbered("buildings", "zone")
    order, group, head = grouped((site[rows], home[rows], words[rows]), then=(minor[rows],))
    tested, head = rows[order], rows[head]
    size = len(head)
    # Everything that stands on the plot counts, in whatever zone; so one building may count for two groups.
    stands = np.flatnonzero(standing(world))
    counted_group, counted = shapes.pairs(
        site_plot(site[head], home[head]), site_plot(site[stands], home[stands])
    )
    counted = stands[counted]
    floor = statement(world, ruleset, counted, counted_group, size)
    land = plot_area(world, site[head], home[head], zone[head])
    low, high = _limits(world, ruleset, (tested, group), (counted, counted_group), size)
    return Ratios(
        site=site[head],
        plot=home[head],
        zone=zone[head],
        building=world.column("buildings", "building")[head],
        tested=tested,
        tested_group=group,
        counted=counted,
        counted_group=counted_group,
        floor=floor,
        land=land,
        limit_pct=low,
        limit_most_pct=high,
    )


def _limits(
    world: World, ruleset: Ruleset, tested: tuple[Ints, Ints], on: tuple[Ints, Ints], size: int
) -> tuple[Floats, Floats]:
    """Percentage of each plot, and the mildest one that what is not known would allow.

    The kinds of the new primary buildings decide, those of the standing ones where only secondary buildings are
    new; of several kinds the strictest. ``tested`` and ``on`` are rows of buildings and their groups.
    """
    primary = world.is_word("buildings", "role", "primary")
    fresh = primary[tested[0]]
    decided = np.zeros(size, dtype=bool)
    decided[tested[1][fresh]] = True
    old = primary[on[0]] & ~decided[on[1]]
    row = np.concatenate([tested[0][fresh], on[0][old]])
    group = np.concatenate([tested[1][fresh], on[1][old]])
    # The zone is that of the group, and not of a standing building in another one.
    place = np.zeros(size, dtype=np.int64)
    place[tested[1]] = tested[0]
    summer, unknown = (
        world.is_word("buildings", "zone", zone)[place][group] for zone in (SUMMER_HOUSE_ZONE, "")
    )

    def kind(*kinds: str) -> Bools:
        return np.asarray(world.is_word("buildings", "kind", *kinds)[row])

    low = np.full(len(row), ruleset.number(f"{ID}.other_pct"))
    for name in sorted(set(LIMITS.values())):
        low[kind(*(word for word, key in LIMITS.items() if key == name))] = ruleset.number(f"{ID}.{name}")
    high = low.copy()
    holiday = ruleset.number(f"{ID}.summer_house_pct")
    low[kind(*IN_SUMMER_ZONE) & summer] = holiday
    high[kind(*IN_SUMMER_ZONE) & summer] = holiday
    # A summer house whose zone nobody knows may be either.
    low[kind("summer_house") & unknown] = holiday
    flats = kind("multi_storey_housing")
    if flats.any():
        laid_out, perhaps = _laid_out(world, *tested, size)
        low[flats & laid_out[group]] = ruleset.number(f"{ID}.multi_storey_pct")
        high[flats & (laid_out | perhaps)[group]] = ruleset.number(f"{ID}.multi_storey_pct")
    least, most = np.full(size, np.inf), np.full(size, np.inf)
    np.minimum.at(least, group, low)
    np.minimum.at(most, group, high)
    bare = np.isinf(least)
    least[bare] = most[bare] = ruleset.number(f"{ID}.other_pct")
    return least, most


def _laid_out(world: World, tested: Ints, group: Ints, size: int) -> tuple[Bools, Bools]:
    """Plots in an area that the municipal plan lays out for multi-storey housing, and those that may be."""
    # The place behind the last of each stands for what is not there.
    flats, over = np.zeros(len(world.areas) + 1, dtype=bool), np.zeros(len(world.buildings) + 1, dtype=bool)
    flats[world.rows_of("uses", "area", "areas")[world.column("uses", "code") == MULTI_STOREY_USE]] = True
    frame = world.is_word("areas", "level", "framework") & flats[:-1]
    frame &= world.is_word("areas", "today", "in_force") & ~world.column("areas", "complex")
    whole = world.column("overlaps", "covers") & ~world.column("overlaps", "overhang")
    laid_out = np.append(frame, False)[world.rows_of("overlaps", "area", "areas")]
    over[world.rows_of("overlaps", "building", "buildings")[whole & laid_out]] = True
    within = over[tested]
    blind = shapely.is_missing(world.column("buildings", "geometry")[tested])
    near = blind & np.isin(world.column("buildings", "site")[tested], world.column("areas", "site")[frame])
    outside = np.bincount(group[~within], minlength=size) > 0
    unsure = np.bincount(group[~within & ~near], minlength=size) == 0
    return ~outside, unsure & outside


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Plot ratio (per cent) of plots that are built on, against the percentage of the kind of building.

    Danish: bebyggelsesprocent; BR18 § 170, floor area § 455, plot § 454.

    Parameters
    ----------
    world : World with pieces, rulings and rests.
    ruleset : percentages and deductions.

    Returns
    -------
    One finding per plot with a new building that is not under a plan with a percentage of its own, named by the
    first of these buildings; ``not_applicable`` for the others, and for sites without new buildings.

    Notes
    -----
    Nothing is rounded before the comparison. Not considered: the 50 per cent of §§ 171-172 for corner plots, wide
    roads and shallow plots built on before 1 February 1977.

    Examples
    --------
    240 m² on 800 m²: 30 per cent, ``pass``. 240.1 m²: ``needs_manual``, ``overall_assessment``. No floor area
    stated: ``missing_data``.
    """
    asked = asked_buildings(world, ROLES)
    left = left_to_regulation(world, "plot_ratio")
    flags = np.where(left.near_line, FLAGS["near_line"], 0).astype("int64")
    told = ratios(world, ruleset, left)
    measured, least = told.ratio_pct, told.ratio_least_pct
    limit, most = told.limit_pct, told.limit_most_pct
    lacking = told.floor.lacking | ~np.isfinite(measured)
    met = measured <= limit + EQUAL
    broken = least > most + EQUAL
    # The limit decides, and it hangs on a zone or framework that is not known.
    unknown = ~met & ~broken & (measured > limit + EQUAL) & (measured <= most + EQUAL) & (most > limit)
    reason = worded(
        [lacking, met, broken, unknown],
        ["missing_data", "", "overall_assessment", "missing_data"],
        "legal_text",
    )
    said = ~lacking & ~unknown
    near = np.zeros(len(told.site), dtype="int64")
    np.bitwise_or.at(near, told.tested_group, flags[told.tested])
    table = findings(
        ID,
        site=told.site,
        building=told.building,
        outcome=worded([met & ~lacking], ["pass"], "needs_manual"),
        reason=reason,
        flags=near,
        measured=np.where(lacking, np.nan, measured),
        limit=np.where(said | (most == limit), limit, np.nan),
        margin=np.where(said, limit - measured, np.nan),
    )
    blind = np.flatnonzero(asked & left.unknown & ~left.tested)
    unseen = findings(
        ID,
        site=world.column("buildings", "site")[blind],
        building=world.column("buildings", "building")[blind],
        outcome="needs_manual",
        reason="missing_data",
        flags=flags[blind],
    )
    quiet = asked & ~left.tested & ~left.unknown
    return joined(table, unseen, silent(ID, world, asked, quiet, flags))


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 170-172 og 453-455",
    name_da="Bebyggelsesprocent",
    name_en="Plot ratio",
    check=check,
)
