"""What the explanations of several rules share: rows of the World, words for boundaries, what is missing."""

from __future__ import annotations

from typing import Final

import numpy as np
from django.utils.translation import gettext, gettext_noop

from permits.engine.world import World
from permits.proofs.trace import Trace
from permits.rules.parts.boundary import boundaries, outlines, plot_key

#: What lies beyond a boundary, as it is said in a sentence.
EDGE_WORDS: Final = {
    "parcel": gettext_noop("the neighbour's boundary"),
    "path": gettext_noop("the boundary to a path"),
    "road": gettext_noop("the boundary to a road"),
    "water": gettext_noop("the boundary to water"),
    "unknown": gettext_noop("a boundary whose other side is not known"),
}


def building_row(world: World, building: int) -> int:
    """Row of a building in the World, -1 when it is not there."""
    return _row(world, "buildings", building)


def edge_row(world: World, edge: int) -> int:
    """Row of a stretch of boundary in the World, -1 when it is not there."""
    return _row(world, "edges", edge)


def area_row(world: World, area: int) -> int:
    """Row of a plan area in the World, -1 when it is not there."""
    return _row(world, "areas", area)


def _row(world: World, table: str, key: int) -> int:
    return int(world.rows(table, np.array([key]))[0]) if key >= 0 and len(getattr(world, table)) else -1


def plans_are_silent(world: World) -> bool:
    """Whether the register of plans did not answer."""
    asked = world.is_word("layers", "kind", "plans")
    return bool((asked & world.is_word("layers", "state", "not_answered")).any())


def missing_lines(trace: Trace, world: World, row: int, *, needs_height: bool) -> None:
    """Put down what is missing about a building, where the finding says that something is."""
    if trace.reason != "missing_data":
        return
    around = boundaries(world)
    key = int(plot_key(world.buildings)[row])
    drawn = bool((world.column("facets", "building") == trace.building).any())
    lacking = {
        "missing_outline": (
            outlines(world)[0][row] is None,
            gettext_noop("The outline of the building is missing or cannot be measured."),
        ),
        "missing_land": (
            outlines(world)[0][row] is not None and key not in around.drawn,
            gettext_noop("The boundary of the plot below the building is not known."),
        ),
        "missing_edge": (
            key in around.drawn and key not in around.complete,
            gettext_noop("A part of the boundary cannot be measured."),
        ),
        "missing_zone": (
            world.column("buildings", "zone")[row] == "",
            gettext_noop("The zone that the building lies in is not known."),
        ),
        "missing_height": (
            needs_height and not drawn and not np.isfinite(world.column("buildings", "height_m")[row]),
            gettext_noop("Neither the height nor the roof of the building is stated."),
        ),
        "missing_ground": (
            needs_height and _no_ground(world, row),
            gettext_noop("The level of the ground is not known."),
        ),
        "missing_facets": (
            needs_height and drawn and _bad_facets(world, trace.building),
            gettext_noop("A part of the roof is drawn so that it cannot be used."),
        ),
    }
    for name, (is_missing, text) in lacking.items():
        if is_missing:
            trace.add(name, text)


def missing(trace: Trace) -> tuple[str, ...]:
    """What :func:`missing_lines` put down, in the active language."""
    return tuple(gettext(str(v.value)) for name, v in trace.values.items() if name.startswith("missing_"))


def _no_ground(world: World, row: int) -> bool:
    building = world.buildings.iloc[row]
    site = world.sites[world.sites["site"] == building["site"]].iloc[0]
    known = (
        np.isfinite(site["datum_m"])
        or np.isfinite([site["ground_a"], site["ground_b"], site["ground_c"]]).all()
    )
    absolute = (
        building["levels_absolute"]
        or (
            world.facets.loc[world.facets["building"] == building["building"], "reference"] == "absolute"
        ).any()
    )
    return bool(absolute and not known)


def _bad_facets(world: World, building: int) -> bool:
    mine = world.facets[world.facets["building"] == building]
    return bool(
        mine["geometry"].isna().any()
        or not np.isfinite(mine[["a", "b", "c"]].to_numpy()).all()
        or not mine["geometry"].dropna().is_valid.all()
    )
