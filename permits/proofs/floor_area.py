"""Floor area statement and plot area, line by line, for every explanation of a percentage."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, said, say
from permits.rulebook import Ruleset
from permits.rules.parts.floor_area import Statement, counted
from permits.rules.parts.plot_area import PlotArea

LABELS.update(
    registered=N_("registered area"),
    other_zone=N_("in another zone"),
    common=N_("share of common space"),
    plot=N_("plot area"),
    primary=N_("floor of primary buildings"),
    secondary=N_("floor of secondary buildings"),
    free=N_("left out of secondary buildings"),
    counted=N_("counted floor area"),
)
FLOOR: Final = "BR18 § 455"
LAND: Final = "BR18 § 454"
#: Parts of a building's floor, with the sentence that names them.
_LINES: Final = {
    "floor": N_("%(name)s: floor area %(value)s"),
    "basement": N_("%(name)s: basement that counts %(value)s"),
    "attic": N_("%(name)s: usable attic %(value)s"),
}


def put_floor(
    trace: Trace, world: World, ruleset: Ruleset, rows: npt.NDArray[np.int64], floor: Statement, at: int
) -> None:
    """Put down the floor of each building that counts, the deductions, and what is counted in the end.

    Parameters
    ----------
    rows : rows of ``world.buildings`` that count.
    floor, at : the statements, and the row of the one that is meant.
    """
    parts = counted(world, ruleset)
    for place, row in enumerate(rows):
        trace.add(f"line_{place}_name", str(world.buildings["name"].iloc[row]))
        values = {
            "floor": parts.floor_m2[row],
            "basement": parts.basement_m2[row],
            "attic": parts.attic_m2[row],
        }
        for name, value in values.items():
            if name == "floor" or value != 0.0:
                trace.add(f"line_{place}_{name}", float(value), "m²", clause=FLOOR)
        trace.show(
            "footprint", world.buildings.geometry.iloc[row], int(world.buildings["building"].iloc[row])
        )
    trace.add("primary", float(floor.primary_m2[at]), "m²", clause=FLOOR)
    trace.add("secondary", float(floor.secondary_m2[at]), "m²", clause=FLOOR)
    trace.add("free", float(floor.free_m2[at]), "m²", clause="BR18 § 455, stk. 4", source=ruleset.name)
    trace.add("counted", float(floor.counted_m2[at]), "m²", clause=FLOOR)
    trace.step("counted", "primary + secondary − free")


def put_plot(trace: Trace, world: World, land: PlotArea, at: int, site: int, plot: int) -> None:
    """Put down the area of a plot and what it is made of, and show its parcels."""
    trace.add("registered", float(land.registered_m2[at]), "m²", clause=LAND)
    trace.add("other_zone", float(land.other_zone_m2[at]), "m²", clause=LAND)
    trace.add("common", float(land.common_m2[at]), "m²", clause=LAND)
    trace.add("road", float(land.road_m2[at]), "m²", clause=LAND)
    trace.add("plot", float(land.area_m2[at]), "m²", clause=LAND)
    trace.step("plot", "registered − other_zone + common")
    mine = (world.parcels["site"] == site) & (world.parcels["plot"] == plot)
    for key, shape in zip(world.parcels.loc[mine, "parcel"], world.parcels.geometry[mine], strict=True):
        trace.show("plot", shape, int(key))


def statement_lines(trace: Trace) -> tuple[str, ...]:
    """The floor area statement, one line per building and part of it, then what is left out."""
    lines = []
    place = 0
    while f"line_{place}_name" in trace.values:
        for part, text in _LINES.items():
            value = trace.values.get(f"line_{place}_{part}")
            if value is not None:
                name = trace.values[f"line_{place}_name"].value
                lines.append(gettext(text) % {"name": name, "value": said(value)})
        place += 1
    if trace.number("secondary") > 0.0:
        lines.append(
            say(trace, gettext("Left out of garages, sheds and the like: %(free)s of %(secondary)s"))
        )
    if trace.number("other_zone") > 0.0:
        lines.append(say(trace, gettext("Of the plot %(other_zone)s lie in another zone and do not count")))
    if trace.number("common") > 0.0:
        lines.append(say(trace, gettext("A share of common space of %(common)s counts in the plot")))
    if trace.number("road") > 0.0:
        lines.append(say(trace, gettext("Road of %(road)s inside the plot counts")))
    return tuple(lines)
