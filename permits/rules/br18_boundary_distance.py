"""br18.boundary_distance: houses keep 2.5 m to neighbour and path.

BR18 § 177, no. 2 (houses), § 186 (sanitary buildings), § 457 (how it is measured): horizontally from the outer
walls; eaves of up to 0.5 m are disregarded, and of wider ones the excess is taken off. For other primary
buildings the law has no distance, and the municipality weighs the matter (§§ 187-195). Secondary buildings
closer than that go by §§ 180-181 instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from permits.rulebook import EQUAL, FLAGS, Rule, Ruleset
from permits.rules.parts.boundary import edge_lines, measurable, nearest, outlines
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.scope import scope

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.boundary_distance"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Distance in metres from each proposed building to the nearest neighbour boundary.

    Danish: afstand til skel mod nabo og sti; BR18 §§ 177, 186, 457.

    Parameters
    ----------
    world : buildings (outline, kind, role, eaves_m), edges of the plot they stand on.
    ruleset : ``br18.boundary_distance.house_m``, ``.sanitary_m``, ``.eaves_free_m``; ``br18.secondary.zone_m``.

    Returns
    -------
    One finding per proposed building; measured is the counted distance, the worst point lies on the building.

    Notes
    -----
    Does not consider the road side (``br18.road_side``), what lies below ground, or shared walls of double
    houses. A breach toward a stretch of certain kind outranks one toward a stretch that may be a road or water.

    Examples
    --------
    Complies: wall at 2.50 m with eaves of 0.50 m. Breaches: wall at 2.499 m, or at 2.50 m with eaves of 0.80 m
    (2.20 m counted). Unknown: no outline, or no known boundary.
    """
    buildings = world.buildings
    answers = Answers(ID, world)
    kinds = scope(buildings)
    answers.say(kinds.unfixed, outcome="needs_manual", reason="overall_assessment")
    answers.say(kinds.undecided, outcome="needs_manual", reason="missing_data")
    rows = np.flatnonzero(kinds.house | kinds.sanitary | kinds.secondary)
    known = measurable(world, rows)
    answers.say(rows[~known.both], outcome="needs_manual", reason="missing_data")
    limit = np.where(
        kinds.sanitary[rows],
        ruleset.number("br18.boundary_distance.sanitary_m"),
        ruleset.number("br18.boundary_distance.house_m"),
    )
    near = nearest(world, rows)
    excess = outlines(world)[1][rows] - ruleset.number("br18.boundary_distance.eaves_free_m")
    counted = np.maximum(near.distance_m - np.maximum(excess, 0.0)[near.building], 0.0)
    # Per building: a certain breach, else an uncertain one, else the smallest distance.
    broken = counted < limit[near.building] - EQUAL
    rank = np.where(broken, np.where(near.ambiguous, 1, 0), 2)
    order = np.lexsort((counted, rank, near.building))
    at, first = np.unique(near.building[order], return_index=True)
    pick = order[first]
    ok = known.both[at]
    at, pick = at[ok], pick[ok]
    secondary = kinds.secondary[rows[at]]
    # Secondary buildings within the zone go by their own rules, whatever the eaves.
    to_own = secondary & (near.distance_m[pick] < ruleset.number("br18.secondary.zone_m") - EQUAL)
    no_zone = secondary & ~to_own & (buildings["zone"].to_numpy(dtype=object)[rows[at]] == "")
    at, pick, no_zone = at[~to_own], pick[~to_own], no_zone[~to_own]
    unsure = (~known.whole[at] & ~broken[pick]) | no_zone
    outline, line = outlines(world)[0][rows[at]], edge_lines(world)[near.edge[pick]]
    worst = shapely.get_point(shapely.shortest_line(outline, line), 0)
    sigma = np.hypot(
        buildings["sigma_m"].to_numpy()[rows[at]], world.edges["sigma_m"].to_numpy()[near.edge[pick]]
    )
    margin = counted[pick] - limit[at]
    answers.say(
        rows[at],
        outcome=np.where(broken[pick] | unsure, "needs_manual", "pass"),
        reason=np.where(
            broken[pick],
            np.where(near.ambiguous[pick], "ambiguous_boundary", "overall_assessment"),
            np.where(unsure, "missing_data", ""),
        ),
        measured=counted[pick],
        limit=limit[at],
        margin=margin,
        x=shapely.get_x(worst),
        y=shapely.get_y(worst),
        edge=world.edges["edge"].to_numpy()[near.edge[pick]],
        flags=np.where(np.abs(margin) < sigma, FLAGS["within_tolerance"], 0),
    )
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 177, 186, 457",
    name_da="Afstand til skel mod nabo og sti",
    name_en="Distance to neighbour boundary and path",
    check=check,
)
