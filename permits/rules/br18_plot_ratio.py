"""Plot ratio of the building regulations (BR18 §§ 170-172 and 453-455)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import EQUAL, FLAGS, Rule, Ruleset, findings
from permits.rules.parts.asked import asked_buildings, silent
from permits.rules.parts.coverage import Left, left_to_regulation
from permits.rules.parts.floor_area import Statement, standing, statement
from permits.rules.parts.plot_area import PlotArea, plot_area, plots_of

if TYPE_CHECKING:
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
    buildings = world.buildings
    site, home = buildings["site"].to_numpy(), plots_of(world)
    zone = buildings["zone"].to_numpy(dtype=object)
    asked = asked_buildings(world, ROLES)
    rows = np.flatnonzero(asked & left.tested)
    # Primary buildings first, so that a plot is named by its house and not by its shed.
    minor = (buildings["role"] != "primary").to_numpy()[rows]
    table = pd.DataFrame(
        {"row": rows, "site": site[rows], "plot": home[rows], "zone": zone[rows], "minor": minor}
    )
    table = table.sort_values(["site", "plot", "zone", "minor", "row"], kind="stable")
    table["group"] = table.groupby(["site", "plot", "zone"], sort=True).ngroup()
    head = table.drop_duplicates("group")
    size = len(head)
    plots = head[["site", "plot", "group"]]
    # Everything that stands on the plot counts, in whatever zone; so one building may count for two groups.
    on = pd.DataFrame({"row": np.arange(len(buildings)), "site": site, "plot": home})
    on = on[standing(world)].merge(plots, on=["site", "plot"])
    floor = statement(
        world, ruleset, on["row"].to_numpy(dtype="int64"), on["group"].to_numpy(dtype="int64"), size
    )
    land = plot_area(
        world, head["site"].to_numpy(), head["plot"].to_numpy(), head["zone"].to_numpy(dtype=object)
    )
    low, high = _limits(world, ruleset, table, on, size)
    return Ratios(
        site=head["site"].to_numpy(),
        plot=head["plot"].to_numpy(),
        zone=head["zone"].to_numpy(dtype=object),
        building=buildings["building"].to_numpy()[head["row"]],
        tested=table["row"].to_numpy(),
        tested_group=table["group"].to_numpy(),
        counted=on["row"].to_numpy(dtype="int64"),
        counted_group=on["group"].to_numpy(dtype="int64"),
        floor=floor,
        land=land,
        limit_pct=low,
        limit_most_pct=high,
    )


def _limits(
    world: World, ruleset: Ruleset, tested: pd.DataFrame, on: pd.DataFrame, size: int
) -> tuple[Floats, Floats]:
    """Percentage of each plot, and the mildest one that what is not known would allow.

    The kinds of the new primary buildings decide, those of the standing ones where only secondary buildings are
    new; of several kinds the strictest.
    """
    buildings = world.buildings
    fresh = tested[~tested["minor"]][["row", "group"]]
    old = on[(buildings["role"] == "primary").to_numpy()[on["row"]] & ~on["group"].isin(fresh["group"])]
    deciding = pd.concat([fresh, old[["row", "group"]]], ignore_index=True)
    row, group = deciding["row"].to_numpy(dtype="int64"), deciding["group"].to_numpy(dtype="int64")
    kind = buildings["kind"].to_numpy(dtype=object)[row]
    zone = tested.drop_duplicates("group").set_index("group")["zone"].reindex(group).to_numpy(dtype=object)
    names = sorted({*LIMITS.values(), "multi_storey_pct", "summer_house_pct", "other_pct"})
    number = {name: ruleset.number(f"{ID}.{name}") for name in names}
    low = np.array([number[LIMITS.get(k, "other_pct")] for k in kind], dtype="float64")
    high = low.copy()
    summer = number["summer_house_pct"]
    low[np.isin(kind, IN_SUMMER_ZONE) & (zone == "summer_house")] = summer
    high[np.isin(kind, IN_SUMMER_ZONE) & (zone == "summer_house")] = summer
    # A summer house whose zone nobody knows may be either.
    low[(kind == "summer_house") & (zone == "")] = summer
    laid_out, perhaps = _laid_out(world, tested, size)
    flats = kind == "multi_storey_housing"
    low[flats & laid_out[group]] = number["multi_storey_pct"]
    high[flats & (laid_out | perhaps)[group]] = number["multi_storey_pct"]
    least, most = np.full(size, np.inf), np.full(size, np.inf)
    np.minimum.at(least, group, low)
    np.minimum.at(most, group, high)
    bare = np.isinf(least)
    least[bare] = most[bare] = number["other_pct"]
    return least, most


def _laid_out(world: World, tested: pd.DataFrame, size: int) -> tuple[Bools, Bools]:
    """Plots in an area that the municipal plan lays out for multi-storey housing, and those that may be."""
    areas, overlaps = world.areas, world.overlaps
    flats = world.uses.loc[world.uses["code"] == MULTI_STOREY_USE, "area"]
    frame = areas[
        (areas["level"] == "framework") & ~areas["proposal"] & ~areas["complex"] & areas["area"].isin(flats)
    ]
    over = overlaps[overlaps["covers"] & ~overlaps["overhang"] & overlaps["area"].isin(frame["area"])]
    number = world.buildings["building"].to_numpy()[tested["row"]]
    group = tested["group"].to_numpy()
    within = np.isin(number, over["building"].to_numpy())
    blind = world.buildings.geometry.isna().to_numpy()[tested["row"]]
    near = blind & np.isin(world.buildings["site"].to_numpy()[tested["row"]], frame["site"].to_numpy())
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
    buildings = world.buildings
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
    reason = np.select(
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
        outcome=np.where(reason == "", "pass", "needs_manual").astype(object),
        reason=reason.astype(object),
        flags=near,
        measured=np.where(lacking, np.nan, measured),
        limit=np.where(said | (most == limit), limit, np.nan),
        margin=np.where(said, limit - measured, np.nan),
    )
    blind = np.flatnonzero(asked & left.unknown & ~left.tested)
    unseen = findings(
        ID,
        site=buildings["site"].to_numpy()[blind],
        building=buildings["building"].to_numpy()[blind],
        outcome="needs_manual",
        reason="missing_data",
        flags=flags[blind],
    )
    quiet = asked & ~left.tested & ~left.unknown
    return pd.concat([table, unseen, silent(ID, world, asked, quiet, flags)], ignore_index=True)


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 170-172 og 453-455",
    name_da="Bebyggelsesprocent",
    name_en="Plot ratio",
    check=check,
)
