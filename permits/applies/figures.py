"""Figures of the law, as sentences: what would matter to somebody who builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.proofs.words import number
from permits.rulebook import Ruleset
from permits.rules.br18_road_side import FIXED, SLOPE


@dataclass(frozen=True)
class Figure:
    """A sentence with places, and the numbers of the rule set that fill them.

    ``numbers`` : place → (name of the number, unit). The first is the figure for programs.
    """

    text: str
    numbers: tuple[tuple[str, str, str], ...] = ()

    def said(self, ruleset: Ruleset) -> str:
        """The sentence in the active language."""
        return gettext(self.text) % {
            place: number(ruleset.number(key), unit) for place, key, unit in self.numbers
        }

    def first(self, ruleset: Ruleset) -> tuple[float | None, str]:
        """The figure and its unit."""
        if not self.numbers:
            return None, ""
        _place, key, unit = self.numbers[0]
        return ruleset.number(key), unit


def _one(text: str, key: str, unit: str) -> Figure:
    return Figure(text, (("n", key, unit),))


#: Rules of the building regulations outside areas for summer houses.
HOUSES: Final[dict[str, Figure]] = {
    "br18.boundary_distance": _one(
        N_("At least %(n)s to neighbour and path."), "br18.boundary_distance.house_m", "m"
    ),
    "br18.height": _one(N_("At most %(n)s high."), "br18.height.most_m", "m"),
    "br18.storeys": _one(N_("At most %(n)s."), "br18.storeys.most", "storeys"),
    "br18.plot_ratio": Figure(
        N_("A detached house: at most %(n)s of the plot; houses built together %(joined)s, flats %(flats)s."),
        (
            ("n", "br18.plot_ratio.detached_pct", "%"),
            ("joined", "br18.plot_ratio.joined_pct", "%"),
            ("flats", "br18.plot_ratio.multi_storey_pct", "%"),
        ),
    ),
    "br18.plot_size": _one(N_("New plots of at least %(n)s."), "br18.plot_size.house_m2", "m²"),
    "br18.raised_area": Figure(
        N_("Above %(free)s: at least %(n)s to the boundary."),
        (("n", "br18.raised_area.neighbour_m", "m"), ("free", "br18.raised_area.terrace_free_m", "m")),
    ),
}
#: The same in an area for summer houses.
SUMMER_HOUSES: Final[dict[str, Figure]] = {
    "br18.summer_house_distance": _one(
        N_("At least %(n)s to neighbour and path."), "br18.summer_house_distance.house_m", "m"
    ),
    "br18.summer_house_height": _one(N_("At most %(n)s high."), "br18.summer_house_height.most_m", "m"),
    "br18.summer_house_wall": _one(
        N_("Outer walls along a long side at most %(n)s."), "br18.summer_house_wall.most_m", "m"
    ),
    "br18.summer_house_clear_strip": _one(
        N_("Nothing within %(n)s of the boundary."), "br18.summer_house_clear_strip.width_m", "m"
    ),
    "br18.storeys": _one(N_("At most %(n)s."), "br18.storeys.summer_house", "storeys"),
    "br18.plot_ratio": _one(
        N_("A summer house: at most %(n)s of the plot."), "br18.plot_ratio.summer_house_pct", "%"
    ),
    "br18.plot_size": _one(N_("New plots of at least %(n)s."), "br18.plot_size.summer_house_m2", "m²"),
    "br18.raised_area": Figure(
        N_("Above %(free)s: at least %(n)s to the boundary."),
        (
            ("n", "br18.raised_area.summer_house_neighbour_m", "m"),
            ("free", "br18.raised_area.terrace_free_m", "m"),
        ),
    ),
}
#: Rules that hold in every zone.
EVERYWHERE: Final[dict[str, Figure]] = {
    "site.inside_parcel": Figure(N_("What is built stays inside the property.")),
    "br18.sloped_plane": _one(
        N_("No higher than %(n)s × the distance to neighbour and path."), "br18.sloped_plane.factor", ""
    ),
    "br18.secondary_height": Figure(
        N_("Garages and sheds within %(zone)s of the boundary: at most %(n)s high."),
        (("n", "br18.secondary.height_m", "m"), ("zone", "br18.secondary.zone_m", "m")),
    ),
    "br18.secondary_length": _one(
        N_("Sides toward the boundary: at most %(n)s together."), "br18.secondary.length_m", "m"
    ),
    "br18.secondary_openings": Figure(N_("No windows, doors or openings toward the boundary.")),
    "br18.permit_free": _one(
        N_("Garages, sheds and the like of up to %(n)s in all need no building permit."),
        "br18.permit_free.secondary_m2",
        "m²",
    ),
    "br18.boundary_wall": _one(
        N_("Walls toward neighbour, road and path of up to %(n)s are outside the regulations."),
        "br18.boundary_wall.height_m",
        "m",
    ),
}
#: The side toward the road by the form of the rule, which changed with the versions of the regulations.
ROAD_SIDE: Final[dict[str, Figure]] = {
    FIXED: _one(N_("At least %(n)s to the road."), "br18.road_side.house_m", "m"),
    SLOPE: _one(
        N_("No higher than %(n)s × the distance to the opposite side of the road."),
        "br18.road_side.factor",
        "",
    ),
}
#: What matters where something registered lies on the land.
REGISTERED: Final[dict[str, Figure]] = {
    "nature.beach_line": Figure(
        N_("In a garden a shed of up to %(n)s at most %(reach)s from the dwelling is allowed."),
        (("n", "nature.garden.shed_m2", "m²"), ("reach", "nature.garden.dwelling_m", "m")),
    ),
    "nature.lake_stream_line": Figure(
        N_("In a garden a shed of up to %(n)s at most %(reach)s from the dwelling is allowed."),
        (("n", "nature.garden.shed_m2", "m²"), ("reach", "nature.garden.dwelling_m", "m")),
    ),
    "nature.church_line": _one(N_("At most %(n)s high."), "nature.church_line.most_m", "m"),
    "nature.forest_line": _one(
        N_("In byzone garages and sheds of up to %(n)s each are allowed."),
        "nature.forest_line.secondary_m2",
        "m²",
    ),
    "nature.protected_type": _one(
        N_("A person looks at what lies closer than %(n)s."), "nature.protected_type.screen_m", "m"
    ),
    "nature.natura2000": _one(
        N_("A person looks at what lies closer than %(n)s."), "nature.natura2000.screen_m", "m"
    ),
    "heritage.dike": _one(
        N_("A person looks at what lies closer than %(n)s."), "heritage.dike.screen_m", "m"
    ),
    "water.flood": _one(N_("A person looks at water deeper than %(n)s."), "water.flood.most_m", "m"),
    "consultation.zone": _one(
        N_("Housing: a person looks at noise above %(n)s."), "consultation.zone.noise_db", "dB"
    ),
    "planning_act.rural_zone": Figure(
        N_(
            "Without a permit: a house extended to up to %(n)s in all, and garages or sheds of up to %(small)s each."
        ),
        (
            ("n", "planning_act.rural_zone.house_m2", "m²"),
            ("small", "planning_act.rural_zone.secondary_m2", "m²"),
        ),
    ),
    "planning_act.local_plan_duty": Figure(
        N_("More than %(dwellings)s dwellings or %(n)s take a local plan."),
        (
            ("n", "planning_act.local_plan_duty.floor_m2", "m²"),
            ("dwellings", "planning_act.local_plan_duty.dwellings", ""),
        ),
    ),
}
