"""br18.road_side: what is asked of buildings toward a road, by the version of the regulation.

BR18 § 177 (houses) and § 178 (summer houses): from 2018 to the middle of 2020 and again from 2024 a fixed
distance; in between, for houses, a height of at most 0.4 × the distance to the opposite road line. What was asked
of summer houses, secondary buildings and raised areas in between, and of anything while neither text is known to
have held, is not settled: somebody has to read the text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, Rule, Ruleset
from permits.rules.parts.below_plane import Plane, below_plane
from permits.rules.parts.boundary import (
    ROAD,
    among,
    boundaries,
    boundary_lines,
    measurable,
    plot_key,
)
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.keep_distance import Asked, keep_distance
from permits.rules.parts.measured import measured_once
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE, scope
from permits.rules.parts.tested import tested

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ID: Final = "br18.road_side"
#: Forms of the rule, see ``br18.road_side.form`` in the rule sets.
FIXED: Final = "fixed"
SLOPE: Final = "slope_opposite"


class Groups(NamedTuple):
    """For each building of the World; what stands already is in no group.

    Attributes
    ----------
    house : BR18 § 177, outside sommerhusområde.
    summer : primary buildings in sommerhusområde, and what is built into them.
    summer_secondary : other secondary buildings there.
    undecided : the zone decides whether something is asked, or how much, and it is not known.
    other : secondary buildings elsewhere and raised areas: asked by texts that are not settled alone.
    """

    house: Bools
    summer: Bools
    summer_secondary: Bools
    undecided: Bools
    other: Bools


def groups(world: World, ruleset: Ruleset) -> Groups:
    """By what the road side of each building goes."""
    is_word = partial(world.is_word, "buildings")
    proposed, integrated = world.column("buildings", "proposed"), world.column("buildings", "integrated")
    primary, minor = proposed & is_word("role", "primary"), proposed & is_word("role", "secondary")
    summer, unknown = is_word("zone", SUMMER_HOUSE_ZONE), is_word("zone", "")
    house = scope(world).house & ~summer
    low = ruleset.number("br18.raised_area.terrace_free_m") + EQUAL
    raised = proposed & is_word("role", "raised_area")
    raised &= ~(is_word("kind", "terrace") & (world.column("buildings", "height_m") <= low))
    return Groups(
        house=house,
        summer=summer & (primary | (minor & integrated)),
        summer_secondary=summer & minor & ~integrated,
        undecided=unknown & (primary | minor) & ~house,
        other=(minor & ~integrated & ~summer) | raised,
    )


def limits(world: World, ruleset: Ruleset, told: Groups) -> Floats:
    """Fixed distance in metres that each building keeps to a road."""
    low = np.full(len(world.buildings), ruleset.number(f"{ID}.house_m"))
    low[told.summer] = ruleset.number(f"{ID}.summer_house_m")
    low[told.summer_secondary] = ruleset.number(f"{ID}.secondary_m")
    return low


class Roads(NamedTuple):
    """What is known of roads around each building.

    Attributes
    ----------
    here : a road borders on its plot, or on any plot of the site where its own is not known.
    blind : what lies beyond a stretch of that boundary is not known, or no boundary is.
    """

    here: Bools
    blind: Bools


@measured_once
def roads(world: World) -> Roads:
    """Whether a road borders on the plot of each building, as far as that is known."""
    edges, buildings = world.edges, world.buildings
    key, site = plot_key(edges), world.column("edges", "site")
    mine, home = plot_key(buildings), world.column("buildings", "site")
    placed = (mine >= 0) & among(mine, key)

    def around(mask: Bools) -> Bools:
        return np.where(placed, among(mine, key[mask]), among(home, site[mask]))

    return Roads(
        here=around(world.is_word("edges", "kind", "road")),
        blind=around(world.is_word("edges", "kind", "unknown")) | ~among(home, site),
    )


def road_plane(world: World, factor: float) -> Plane:
    """Planes over the opposite road lines, told from the near ones: they start at factor × width of the road.

    Where a width is not known the plane starts on the ground of the near line, which it is never below.
    """
    lines = boundary_lines(world, ROAD)
    width = world.column("edges", "width_across_m")[lines.edge]
    known = np.isfinite(width) & (width >= 0.0)
    return Plane(lines, factor, np.where(known, factor * width, 0.0), ~known)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Distance in metres to the road, or height against the distance to the opposite road line.

    Danish: afstand og højde mod vej; BR18 §§ 177-178.

    Parameters
    ----------
    world : buildings (outline, eaves_m; roof and height for the slope), edges of kind road with width_across_m.
    ruleset : ``br18.road_side.form`` and the numbers of that form; ``br18.boundary_distance.eaves_free_m``,
        ``br18.sloped_plane.eaves_free_m``, ``br18.raised_area.terrace_free_m``.

    Returns
    -------
    One finding per proposed building. Fixed form: measured is the counted distance, the worst point lies on the
    building. Slope: measured is the height at the place of smallest margin, limit 0.4 × its own distance plus the
    width of the road there.

    Notes
    -----
    Does not consider road building lines (vejbyggelinjer, ``road.building_line``) nor road lines that are laid
    out and not built. The width of a road is that straight across from the middle of the stretch.

    Examples
    --------
    From 2024: 2.50 m ``pass``, 2.49 m ``needs_manual``, ``overall_assessment``. In 2022, 3 m from a road of 10 m:
    5.20 m high ``pass``, 5.21 m not. Surroundings not known: ``missing_data``. No road: ``not_applicable``.
    """
    answers = Answers(ID, world)
    form = ruleset.word(f"{ID}.form")
    told = groups(world, ruleset)
    around = roads(world)
    asked = told.house | told.summer | told.summer_secondary
    if form != FIXED:
        asked |= told.other
    answers.say((asked | told.undecided) & around.blind, outcome="needs_manual", reason="missing_data")
    answers.say(told.undecided & around.here, outcome="needs_manual", reason="missing_data")
    if form == FIXED:
        _fixed(answers, world, ruleset, told, around)
        return answers.table()
    sloped = told.house if form == SLOPE else np.zeros(len(asked), dtype=bool)
    answers.say(asked & ~sloped & around.here, outcome="needs_manual", reason="legal_text")
    if form == SLOPE:
        _slope(answers, world, ruleset, np.flatnonzero(sloped & (around.here | around.blind)), around)
    return answers.table()


def _fixed(answers: Answers, world: World, ruleset: Ruleset, told: Groups, around: Roads) -> None:
    asked = told.house | told.summer | told.summer_secondary
    rows = np.flatnonzero(asked & (around.here | around.blind))
    keep_distance(
        answers,
        world,
        Asked(
            rows,
            limit_m=limits(world, ruleset, told)[rows],
            own_zone_m=np.zeros(len(rows)),
            unsure=around.blind[rows],
        ),
        ruleset.number("br18.boundary_distance.eaves_free_m"),
        ROAD,
    )


def _slope(answers: Answers, world: World, ruleset: Ruleset, rows: Ints, around: Roads) -> None:
    known = measurable(world, rows, ROAD)
    answers.say(rows[~known.both | ~known.whole], outcome="needs_manual", reason="missing_data")
    ready = known.both & np.isin(plot_key(world.buildings)[rows], boundaries(world, ROAD).key)
    rows, whole = rows[ready], known.whole[ready]
    found = tested(
        world, rows, ruleset.number("br18.sloped_plane.eaves_free_m"), np.zeros(len(rows), dtype=np.float64)
    )
    lost = found.unknown | ~whole | around.blind[rows]
    answers.say(rows[lost], outcome="needs_manual", reason="missing_data")
    below_plane(answers, world, rows, found, road_plane(world, ruleset.number(f"{ID}.factor")), lost)


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 177-178 og 456-457",
    name_da="Afstand og højde mod vej",
    name_en="Distance and height toward the road",
    check=check,
)
