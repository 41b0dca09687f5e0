"""Plot ratio of local plans and their sub-areas (planloven §§ 15, 18 and 19).

A percentage means nothing without what it is a percentage of: the plan's area as a whole, the property, the plot or
the parcel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geodata import shapes
from permits.rulebook import EQUAL, FLAGS, Need, Rule, Ruleset, findings, joined, worded
from permits.rules.parts.asked import asked_buildings, plan_flags, silent, sites_with
from permits.rules.parts.floor_area import OLDER, Statement, standing, statement
from permits.rules.parts.groups import grouped
from permits.rules.parts.plot_area import PlotArea, plot_area, plots_of, undrawn
from permits.rules.parts.spoken import Spoken, spoken

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
#: Places in :data:`DENOMINATORS`.
Places = npt.NDArray[np.int8]

ID: Final = "plan.plot_ratio"
MATTER: Final = "plot_ratio"
ROLES: Final = ("primary", "secondary")
#: What a percentage can be of; what counts as floor is chosen alike.
DENOMINATORS: Final = ("area", "property", "plot", "parcel")
_AREA, _PROPERTY, _PLOT, _PARCEL = range(len(DENOMINATORS))
#: Regulations by which it is known how a plan's floor area is counted; empty is today's.
KNOWN: Final = ("", "BR18", *OLDER)


@dataclass(frozen=True)
class PlanRatios:
    """Everything that the answer is made of, one row per plan area, percentage and stretch of land.

    Attributes
    ----------
    site, area, per, limit_pct : who says what.
    home : plot or parcel that the percentage is reckoned on; 0 for the property and for the area.
    building : the first building that is tested, a primary one where there is one.
    tested, tested_group : rows of buildings that are tested, and the row of their answer.
    counted, counted_group : rows of buildings whose floor counts, likewise.
    floor : floor area statement after the work.
    before : the same before it, for the area as a whole.
    plot : statement of the plot, for percentages of the plot.
    floor_least_m2, floor_most_m2 : counted floor by the milder and by the stricter reading.
    land_m2 : what it is a percentage of; NaN = not known.
    lost : a building may stand on the land that nobody has drawn.
    conflict : another plan of the same level says something else.
    unread : nobody has recorded how the plan's floor area is counted.
    """

    site: Ints
    area: Ints
    per: Words
    limit_pct: Floats
    home: Ints
    building: Ints
    tested: Ints
    tested_group: Ints
    counted: Ints
    counted_group: Ints
    floor: Statement
    before: Statement
    plot: PlotArea
    floor_least_m2: Floats
    floor_most_m2: Floats
    land_m2: Floats
    lost: Bools
    conflict: Bools
    unread: Bools

    @property
    def ratio_pct(self) -> Floats:
        """Percentage by the stricter reading."""
        return 100.0 * self.floor_most_m2 / self.land_m2

    @property
    def ratio_least_pct(self) -> Floats:
        """Percentage by the milder reading."""
        return 100.0 * self.floor_least_m2 / self.land_m2


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work has a building that a percentage is about."""
    return sites_with(world, ROLES)


def calc_rulesets(world: World, area: Ints) -> Words:
    """The regulation that each plan area's percentages are reckoned by; a sub-area goes by its plan's."""
    return np.asarray(world.column("areas", "calc_ruleset")[_calc_rows(world, area)])


def _calc_rows(world: World, area: Ints) -> Ints:
    """Row of the area whose regulation each plan area goes by."""
    at, above = world.rows("areas", area), world.rows_of("areas", "parent", "areas")
    sub = world.is_word("areas", "level", "sub_area")[at] & world.is_word("areas", "calc_ruleset", "")[at]
    return np.where(sub & (above[at] >= 0), above[at], at)


def _homes(world: World, of: Places, owner: Ints) -> Ints:
    """Plot or parcel that each percentage is reckoned on."""
    plot, parcel = plots_of(world), parcels_of(world)
    return np.select([of == _PLOT, of == _PARCEL], [plot[owner], parcel[owner]], 0)


def parcels_of(world: World) -> Ints:
    """Parcel of every building, -1 where it cannot be told; one that nobody has drawn stands on the only one."""
    return world.once("parcels_of", lambda: _parcels_of(world))


def _parcels_of(world: World) -> Ints:
    _buildings, site = world.buildings, world.rows_of("parcels", "site", "sites")
    size = len(world.sites) + 1
    only = np.full(size, -1, dtype=np.int64)
    only[site] = world.column("parcels", "parcel")
    # The place behind the last stands for a site that is not there.
    only[(np.bincount(np.where(site >= 0, site, size - 1), minlength=size) != 1)] = -1
    only[-1] = -1
    home = only[world.rows_of("buildings", "site", "sites")]
    parcel = world.column("buildings", "parcel")
    loose = (parcel < 0) & (world.column("buildings", "proposed") | undrawn(world))
    return np.where(loose, home, parcel)


def ratios(world: World, ruleset: Ruleset, told: Spoken, of: Places) -> PlanRatios:
    """Percentages of plans, each of what the plan says, for the buildings that it reaches.

    Danish: bebyggelsesprocent efter lokalplan, for området, ejendommen, grunden eller jordstykket.

    Parameters
    ----------
    world : World with pieces and rulings.
    ruleset : deductions.
    told : who speaks: rows with a percentage of something stated, over buildings that are drawn.
    of : what each percentage is of, as places in :data:`DENOMINATORS`.

    Returns
    -------
    :class:`PlanRatios`.

    Notes
    -----
    The area as a whole: the floor that stands there already, and what the application adds to that of the property.
    Percentages of the plot are reckoned by zone, like those of the building regulations.
    """
    site = world.column("buildings", "site")
    home = _homes(world, of, told.owner)
    words, _ = world.numbered("buildings", "zone")
    zone = np.where(of == _PLOT, words[told.owner], -1)
    order, group, top = grouped(
        (site[told.owner], told.area, of, told.value, home, zone),
        then=(~world.is_word("buildings", "role", "primary")[told.owner], told.owner),
    )
    size = len(top)
    head = _Head(
        site=site[told.owner[top]],
        area=told.area[top],
        of=of[top],
        home=home[top],
        zone=np.where(of[top] == _PLOT, world.column("buildings", "zone")[told.owner[top]], ""),
    )
    tested = told.owner[order]
    calc = _calc_rows(world, head.area)
    older = world.is_word("areas", "calc_ruleset", *OLDER)[calc]
    row, on, lost = _counting(world, head)
    after = standing(world)[row]
    floor = statement(world, ruleset, row[after], on[after], size, older)
    prior = standing(world, after=False)[row] & (head.of == _AREA)[on]
    before = statement(world, ruleset, row[prior], on[prior], size, older)
    least, most, land, plot = _sums(world, head, floor, before)
    conflict = np.zeros(size, dtype=bool)
    conflict[group[told.conflict[order]]] = True
    return PlanRatios(
        site=head.site,
        area=head.area,
        per=told.per[top],
        limit_pct=told.value[top],
        home=head.home,
        building=world.column("buildings", "building")[told.owner[top]],
        tested=tested,
        tested_group=group,
        counted=row[after],
        counted_group=on[after],
        floor=floor,
        before=before,
        plot=plot,
        floor_least_m2=least,
        floor_most_m2=most,
        land_m2=land,
        lost=lost,
        conflict=conflict,
        unread=~world.is_word("areas", "calc_ruleset", *KNOWN)[calc],
    )


class _Head(NamedTuple):
    """What each answer is about; zone is empty but for percentages of the plot."""

    site: Ints
    area: Ints
    of: Places
    home: Ints
    zone: Words


def _reckoned(per: Words) -> Places:
    """What percentages are of, as places in :data:`DENOMINATORS`; -1 = not stated."""
    of = np.full(len(per), -1, dtype=np.int8)
    for place, word in enumerate(DENOMINATORS):
        of[per == word] = place
    return of


def _counting(world: World, head: _Head) -> tuple[Ints, Ints, Bools]:
    """Buildings on the land of each row, standing or gone, and that row; and rows where one may be missed."""
    group, row = shapes.pairs(head.site, world.column("buildings", "site"))
    plot, parcel = (head.of == _PLOT)[group], (head.of == _PARCEL)[group]
    placed = plot | parcel
    lost = np.zeros(len(head.site), dtype=bool)
    if not placed.any():
        return row, group, lost
    here = np.where(plot, plots_of(world)[row], parcels_of(world)[row])
    there = ~placed | ((head.home[group] == here) & (here >= np.where(plot, 1, 0)))
    nowhere = placed & (here <= np.where(plot, 0, -1))
    unseen = (undrawn(world) & standing(world))[row]
    lost[group[nowhere & unseen]] = True
    return row[there], group[there], lost


def _sums(
    world: World, head: _Head, floor: Statement, before: Statement
) -> tuple[Floats, Floats, Floats, PlotArea]:
    """Counted floor by the milder and the stricter reading, and land, in m²; NaN where something is not known."""
    whole, of_plot = head.of == _AREA, head.of == _PLOT
    at = world.rows("areas", head.area)
    stood = np.where(whole, world.column("areas", "floor_m2")[at], 0.0)
    stood = np.where(np.isfinite(stood) & (stood >= 0.0), stood, np.nan)
    strict = floor.counted_m2 - np.where(whole, before.counted_m2, 0.0)
    mild = floor.counted_least_m2 - np.where(whole, before.counted_least_m2, 0.0)
    lacking = floor.lacking | (whole & before.lacking)
    strict, mild = (np.where(lacking, np.nan, values + stood) for values in (strict, mild))
    plot = plot_area(world, head.site, np.where(of_plot, head.home, 0), head.zone)
    registered, drawn = world.column("parcels", "registered_m2"), world.column("parcels", "drawn_m2")
    good = np.isfinite(registered) & (registered > 0.0)
    size = np.where(good, registered, np.where(drawn > 0.0, drawn, np.nan))
    group, parcel = shapes.pairs(head.site, world.column("parcels", "site"))
    own = (head.of == _PARCEL)[group] & (head.home[group] == world.column("parcels", "parcel")[parcel])
    counts = (head.of == _PROPERTY)[group] | own
    summed = np.bincount(group[counts], weights=size[parcel[counts]], minlength=len(whole))
    land = np.select(
        [whole, of_plot], [world.column("areas", "land_m2")[at], plot.area_m2], summed.astype("float64")
    )
    land = np.where(np.isfinite(land) & (land > 0.0), land, np.nan)
    return np.minimum(strict, mild), np.maximum(strict, mild), land, plot


def reckoned(world: World, ruleset: Ruleset) -> tuple[Spoken, PlanRatios, Spoken]:
    """Who speaks over what the application builds, the percentages of those that can be reckoned, and the others.

    Worked out once per World and rule set, for the rule and for what explains it; not to be written to.
    """

    def make() -> tuple[Ruleset, tuple[Spoken, PlanRatios, Spoken]]:
        everyone = spoken(world, MATTER, asked_buildings(world, ROLES))
        of = _reckoned(everyone.per)
        usable = everyone.number & ~everyone.blind & (of >= 0)
        told = ratios(world, ruleset, Spoken._make(values[usable] for values in everyone), of[usable])
        return ruleset, (everyone, told, Spoken._make(values[~usable] for values in everyone))

    # The rule set is kept with the answer, so that no other one can come to stand in its place in memory.
    return world.once(f"{ID}:{id(ruleset)}", make)[1]


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Percentage of each plan that reaches a new building, of what that plan says it is a percentage of.

    Danish: bebyggelsesprocent efter lokalplan; planloven §§ 18-19, floor area by BR18 § 455.

    Parameters
    ----------
    world : World with pieces and rulings.
    ruleset : deductions of floor area.

    Returns
    -------
    One finding per plan area and piece of land, named by the first of its new buildings; one per building for plans
    that cannot be held against it; ``not_applicable`` for buildings that no plan asks about, and for sites without
    new buildings.

    Notes
    -----
    Nothing is rounded before the comparison. A plan of an older time is held against floor area as counted by BR10
    or BR15 where that is recorded; how other regulations counted is not known here. Not considered: percentages of
    single specific uses.

    Examples
    --------
    250 m² on 1000 m² under 25 per cent of the plot: ``pass``. 251 m²: ``needs_dispensation``. No denominator:
    ``needs_manual``, ``missing_data``; nothing recorded: ``legal_text``.
    """
    asked = asked_buildings(world, ROLES)
    everyone, told, rest = reckoned(world, ruleset)
    flags = plan_flags(world)
    near = np.zeros(len(told.site), dtype="int64")
    np.bitwise_or.at(near, told.tested_group, flags[told.tested])
    measured, least = told.ratio_pct, told.ratio_least_pct
    lacking = told.lost | ~np.isfinite(measured)
    breach = ~lacking & ~told.unread & (least > told.limit_pct + EQUAL)
    met = ~lacking & ~told.unread & (measured <= told.limit_pct + EQUAL)
    clear = breach | (met & ~told.conflict)
    shown = ~lacking & ~told.unread
    table = findings(
        ID,
        site=told.site,
        building=told.building,
        outcome=worded([breach, clear], ["needs_dispensation", "pass"], "needs_manual"),
        reason=worded([clear, lacking], ["", "missing_data"], "legal_text"),
        flags=near | np.where(told.conflict, FLAGS["overlapping_plans"], 0),
        measured=np.where(shown, measured, np.nan),
        limit=told.limit_pct,
        margin=np.where(shown, told.limit_pct - measured, np.nan),
        area=told.area,
    )
    lame = findings(
        ID,
        site=world.column("buildings", "site")[rest.owner],
        building=world.column("buildings", "building")[rest.owner],
        outcome="needs_manual",
        reason=worded([rest.blind | rest.number], ["missing_data"], "legal_text"),
        flags=flags[rest.owner] | np.where(rest.conflict, FLAGS["overlapping_plans"], 0),
        limit=np.where(rest.number & ~rest.blind, rest.value, np.nan),
        area=rest.area,
    )
    quiet = asked.copy()
    quiet[everyone.owner] = False
    return joined(table, lame, silent(ID, world, asked, quiet, flags))


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 15, 18 og 19",
    name_da="Bebyggelsesprocent efter lokalplan",
    name_en="Plot ratio under the local plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
