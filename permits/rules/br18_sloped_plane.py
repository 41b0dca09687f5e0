"""br18.sloped_plane: no part of a house rises above 1.4 × its distance to neighbour and path.

BR18 § 177, no. 1 (houses), § 181 (secondary buildings, beyond their own height zone), § 456 (how heights are
measured): eaves of usual size are no part of the height. Passing the plane is no breach of the law but takes the
case to an overall assessment (§§ 187-195).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.below_plane import Plane, below_plane
from permits.rules.parts.boundary import boundaries, boundary_lines, measurable, plot_key
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.scope import scope
from permits.rules.parts.secondary import asked as secondary_asked
from permits.rules.parts.secondary import near
from permits.rules.parts.tested import tested

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.sloped_plane"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Height in metres of each proposed building at the place where it comes nearest to, or passes, the plane.

    Danish: skråt højdegrænseplan; BR18 §§ 177, 181, 456.

    Parameters
    ----------
    world : buildings with outline, facets of their roofs, height (box where no roof is drawn), ground (for
        absolute levels only), edges of the plot they stand on.
    ruleset : ``br18.sloped_plane.factor``, ``.eaves_free_m``; ``br18.secondary.zone_m``.

    Returns
    -------
    One finding per proposed building at the place of smallest margin: measured is the height there, limit 1.4 ×
    the distance of that place.

    Notes
    -----
    Does not consider chimneys and antennas, nor whether a gable or dormer is of usual size: that is weighed by
    a person, as every passing of the plane is. A box that does not meet the plane answers ``missing_data``, since
    the shape of the roof decides.

    Examples
    --------
    Complies: 3.50 m at 2.50 m. Breaches: 3.51 m at 2.50 m. Unknown: neither roof nor height, or absolute levels
    over unknown ground.
    """
    buildings = world.buildings
    answers = Answers(ID, world)
    kinds = scope(world)
    summer_house = kinds.undecided & (world.column("buildings", "kind") == "summer_house")
    answers.say(summer_house, outcome="needs_manual", reason="missing_data")
    asked = np.flatnonzero(kinds.house | kinds.secondary)
    known = measurable(world, asked)
    answers.say(asked[~known.both], outcome="needs_manual", reason="missing_data")
    whole = known.whole[known.both]
    rows = asked[known.both]
    bordered = np.isin(plot_key(buildings)[rows], boundaries(world).key)
    # Without any neighbour boundary there is no plane; an unmeasurable one leaves it open.
    answers.say(rows[~bordered & ~whole], outcome="needs_manual", reason="missing_data")
    rows, whole = rows[bordered], whole[bordered]
    secondary = kinds.secondary[rows]
    # Only what stands within its own height zone goes by that of secondary buildings there.
    zone_m, sheds = ruleset.number("br18.secondary.zone_m"), secondary_asked(world)
    close = sheds[near(world, ruleset, np.full(len(sheds), zone_m)).close]
    leave_out = np.where(secondary & np.isin(rows, close), zone_m, 0.0)
    found = tested(world, rows, ruleset.number("br18.sloped_plane.eaves_free_m"), leave_out)
    lost = found.unknown | ~whole | (secondary & (world.column("buildings", "zone")[rows] == ""))
    answers.say(rows[lost & ~found.empty], outcome="needs_manual", reason="missing_data")
    plane = Plane(boundary_lines(world), ruleset.number("br18.sloped_plane.factor"))
    below_plane(answers, world, rows, found, plane, lost)
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 177, 181 og 456",
    name_da="Skråt højdegrænseplan mod nabo og sti",
    name_en="Sloped height plane to neighbour and path",
    check=check,
)
