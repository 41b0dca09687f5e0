"""Which inputs a case worker may correct, what they are called, and which rules read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.drawings.vocabulary import KINDS
from permits.engine.world import EDGE_KINDS

#: Rules that add up floor, length or area over all that stands on the site.
SUMS: Final = (
    "br18.plot_ratio",
    "plan.plot_ratio",
    "br18.secondary_length",
    "br18.permit_free",
    "planning_act.local_plan_duty",
    "planning_act.rural_zone",
)
_BOUNDARY: Final = (
    "br18.boundary_distance",
    "br18.boundary_wall",
    "br18.permit_free",
    "br18.raised_area",
    "br18.road_side",
    "br18.secondary_height",
    "br18.secondary_length",
    "br18.secondary_openings",
    "br18.sloped_plane",
    "br18.summer_house_clear_strip",
    "br18.summer_house_distance",
)
#: Rules that measure heights, and so look at the ground.
HEIGHTS: Final = (
    "br18.height",
    "br18.permit_free",
    "br18.road_side",
    "br18.secondary_height",
    "br18.sloped_plane",
    "br18.summer_house_height",
    "nature.church_line",
    "plan.height",
    "planning_act.framework",
)


@dataclass(frozen=True)
class Input:
    """One column that may be corrected.

    Attributes
    ----------
    table, column : where it stands in the World.
    label : message id of its name.
    unit : of a number, empty for a word.
    low, high : bounds of a number, both allowed.
    choices : words that it may be; empty for a number.
    rules : ids of the rules that read it.
    """

    table: str
    column: str
    label: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name in forms and in the audit trail: ``edges.kind``."""
        return f"{self.table}.{self.column}"

    @property
    def title(self) -> str:
        """Its name in the active language."""
        return gettext(self.label)


#: Kinds of buildings, walls left out: they have none.
_BUILDING_KINDS: Final = tuple(KINDS)
_ALL: Final = ("br18.", "plan.", "planning_act.", "nature.", "heritage.", "soil.", "water.", "consultation.")

#: All of them by name, in the order of the form. Bounds are wider than anything that is built here; what lies
#: beyond them is a slip of the pen (another unit, a forgotten comma).
INPUTS: Final[dict[str, Input]] = {
    each.name: each
    for each in (
        Input("sites", "datum_m", N_("Level plane (niveauplan)"), "m", -20.0, 250.0, rules=HEIGHTS),
        Input(
            "edges",
            "kind",
            N_("Kind of boundary"),
            choices=tuple(kind for kind in EDGE_KINDS if kind != "unknown"),
            rules=_BOUNDARY,
        ),
        Input(
            "edges",
            "width_across_m",
            N_("Width of the road"),
            "m",
            0.5,
            500.0,
            rules=("br18.road_side", "br18.permit_free"),
        ),
        Input(
            "parcels",
            "registered_m2",
            N_("Registered area of the parcel"),
            "m²",
            1.0,
            1e8,
            rules=("br18.plot_ratio", "plan.plot_ratio", "planning_act.framework", "br18.permit_free"),
        ),
        Input(
            "buildings", "floor_m2", N_("Floor area"), "m²", 0.0, 1e6, rules=(*SUMS, "planning_act.framework")
        ),
        Input("buildings", "kind", N_("Use of the building"), choices=_BUILDING_KINDS, rules=_ALL),
        Input(
            "buildings", "eaves_m", N_("Overhang of the eaves"), "m", 0.0, 10.0, rules=(*_BOUNDARY, *HEIGHTS)
        ),
    )
}


def reads(rule: str, given: Input) -> bool:
    """Whether a rule looks at an input; ids that end in a point stand for a family."""
    return any(rule == name or (name.endswith(".") and rule.startswith(name)) for name in given.rules)
