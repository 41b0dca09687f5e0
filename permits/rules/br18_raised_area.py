"""br18.raised_area: raised terraces, pools, outside stairs and solar panels keep a distance to the boundary.

BR18 § 179: 2.5 m to neighbour and path at detached, two-family and double houses, from 2024 also at row houses;
5.0 m in sommerhusområde. The road side changed with the versions of the regulation. A terrace of up to 0.30 m is
not raised. At other buildings the law has no distance, and the municipality weighs the matter (§§ 187-195).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import EQUAL, SEVERITY, Rule, Ruleset
from permits.rules.parts.boundary import NEIGHBOUR
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.floor_area import standing
from permits.rules.parts.keep_distance import asked_of, keep_distance
from permits.rules.parts.plot_area import plots_of, site_plot
from permits.rules.parts.scope import HOUSES
from permits.rules.parts.secondary import by_zone
from permits.rules.parts.tolerance import turning
from permits.rules.parts.works import heights_m

if TYPE_CHECKING:
    from permits.engine.world import World

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

ID: Final = "br18.raised_area"


class RaisedAreas(NamedTuple):
    """Rows of ``world.buildings`` by what § 179 says of them; all others: the rule is not about them.

    Attributes
    ----------
    unstated : terraces whose height nobody has stated.
    unfixed : raised areas at buildings for which the law has no distance.
    kept : raised areas that keep a distance.
    low : terraces that are not raised.
    turning : per row of ``world.buildings``, ``within_tolerance`` of terraces that a micrometre makes raised or not.
    """

    unstated: Ints
    unfixed: Ints
    kept: Ints
    low: Ints
    turning: Ints


def raised_areas(world: World, ruleset: Ruleset) -> RaisedAreas:
    """Which raised areas the application adds, and at what kind of building.

    Danish: hævede opholdsarealer m.v.; BR18 § 179. The primary buildings on the plot decide.
    """
    is_word = partial(world.is_word, "buildings")
    asked = world.column("buildings", "proposed") & is_word("role", "raised_area")
    terrace = asked & is_word("kind", "terrace")
    height = heights_m(world, terrace)
    spare = ruleset.number(f"{ID}.terrace_free_m") - height
    low = terrace & (spare >= -EQUAL)
    unstated = terrace & np.isnan(height)
    named = [*HOUSES, "summer_house"]
    if ruleset.number(f"{ID}.names_row_houses") > 0.0:
        named.append("row_house")
    homes = standing(world) & is_word("role", "primary") & is_word("kind", *named)
    key = site_plot(world.column("buildings", "site"), plots_of(world))
    at_home = np.zeros(len(key), dtype=bool)
    if asked.any():
        at_home[asked] = np.isin(key[asked], key[homes])
    return RaisedAreas(
        unstated=np.flatnonzero(unstated),
        unfixed=np.flatnonzero(asked & ~low & ~unstated & ~at_home),
        kept=np.flatnonzero(asked & ~low & ~unstated & at_home),
        low=np.flatnonzero(low),
        turning=turning(np.where(terrace, spare, np.nan)),
    )


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Distance in metres from new raised areas to the boundary with the least to spare.

    Danish: hævede opholdsarealer, pools, udvendige trapper og solceller; BR18 § 179.

    Parameters
    ----------
    world : buildings with outline, height and zone, standing ones too; edges of the plot they stand on.
    ruleset : ``br18.raised_area.neighbour_m``, ``.summer_house_neighbour_m``, ``.terrace_free_m``,
        ``.names_row_houses``, and ``.road_m``, ``.summer_house_road_m`` where the version has them;
        ``br18.boundary_distance.eaves_free_m``.

    Returns
    -------
    One finding per proposed building; ``not_applicable`` for terraces of up to 0.30 m and all that is no raised
    area.

    Notes
    -----
    Not considered: balconies, chimneys and roof terraces that are drawn as parts of a house.

    Examples
    --------
    Complies: terrace 0.31 m high at 2.50 m. Breaches: pool at 2.4 m. Unknown: no outline, or a terrace without a
    height.
    """
    return by_zone(world, lambda summer: _answers(world, ruleset, summer))


def limits_m(ruleset: Ruleset, summer: Bools) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Distance asked toward neighbours and toward roads, in metres; NaN where the version has none."""

    def number(name: str) -> float:
        return ruleset.number(f"{ID}.{name}") if f"{ID}.{name}" in ruleset.numbers else np.nan

    return (
        np.where(summer, number("summer_house_neighbour_m"), number("neighbour_m")),
        np.where(summer, number("summer_house_road_m"), number("road_m")),
    )


def _answers(world: World, ruleset: Ruleset, summer: Bools) -> pd.DataFrame:
    found = raised_areas(world, ruleset)
    eaves = ruleset.number("br18.boundary_distance.eaves_free_m")
    beside, street = limits_m(ruleset, summer[found.kept])
    neighbours = Answers(ID, world)
    neighbours.say(found.unstated, outcome="needs_manual", reason="missing_data")
    neighbours.say(found.unfixed, outcome="needs_manual", reason="overall_assessment")
    keep_distance(neighbours, world, asked_of(found.kept, beside), eaves, NEIGHBOUR)
    with_road = np.isfinite(street)
    bits = found.turning[world.column("buildings", "proposed")]
    if not with_road.any():
        return _flagged(neighbours.table(), bits)
    roads = Answers(ID, world)
    keep_distance(roads, world, asked_of(found.kept[with_road], street[with_road]), eaves, ("road",))
    return _flagged(_worse(neighbours.table(), roads.table()), bits)


def _flagged(table: pd.DataFrame, bits: Ints) -> pd.DataFrame:
    """The findings, one per proposed building, with more flags."""
    return table.assign(flags=table["flags"].to_numpy() | bits) if bits.any() else table


def _worse(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The worse of two findings about each building: by severity, then by the smaller margin."""
    a, b = first["outcome"].map(SEVERITY), second["outcome"].map(SEVERITY)
    # A margin that is not known says less than one that is.
    closer = second["margin"].fillna(np.inf) < first["margin"].fillna(np.inf)
    take = ((b < a) | ((b == a) & closer)).to_numpy()
    table = first.copy()
    table.loc[take] = second.loc[take]
    return table.assign(flags=first["flags"] | second["flags"])


RULE: Final = Rule(
    id=ID,
    law="BR18 § 179",
    name_da="Hævede opholdsarealer, pools, trapper og solceller nær skel",
    name_en="Raised areas, pools, stairs and solar panels near the boundary",
    check=check,
)
