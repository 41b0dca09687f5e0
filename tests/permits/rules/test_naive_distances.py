"""Naive references of the rules that keep a distance, written from BR18 §§ 177-186 and 457."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.permits.rules.naive import MISSING, NEIGHBOUR, NOTHING, ROAD, Answer, compare, keeps
from tests.permits.rules.places import DAYS, Building, Place, footprint, land, roof, stretches

HOUSES = ("detached_house", "two_family_horizontal", "double_house")
PRIMARY = (
    *HOUSES,
    "row_house",
    "summer_house",
    "sanitary_building",
    "business",
    "farm_building",
    "other",
    "",
)
MINOR = ("garage", "carport", "shed", "covered_terrace")
RAISED = ("terrace", "pool", "stairs", "solar")
SIZES = [500, pytest.param(5_000, marks=pytest.mark.slow)]


def _building(rng: np.random.Generator, role: str, shape: object, plot: int) -> Building:
    kinds = {"primary": PRIMARY, "secondary": MINOR, "raised_area": RAISED, "wall": ("",)}[role]
    kind = str(rng.choice(kinds))
    drawn = footprint(rng, shape)
    return Building(
        role,
        kind,
        drawn,
        plot=int(rng.choice([plot, 0], p=[0.97, 0.03])),
        height=float(rng.choice([rng.uniform(0.1, 6.0), 0.3, 0.3005, 0.301, np.nan])),
        eaves=float(rng.choice([np.nan, 0.0, 0.5, rng.uniform(0, 1.5)])),
        roof=roof(rng, drawn, 2.5, 0.3) if kind in ("carport", "covered_terrace") else [],
        integrated=role == "secondary" and rng.random() < 0.25,
        openings=int(rng.integers(-1, 2)),
    )


@cache
def places(size: int) -> list[Place]:
    """Properties of one or two plots in all zones and versions, with new and standing buildings."""
    rng = np.random.default_rng(size + 1)
    found = []
    for _ in range(size):
        plots = [land(rng, (0.0, 0.0))] + ([land(rng, (90.0, 10.0))] if rng.random() < 0.2 else [])
        edges = [e for k, shape in enumerate(plots) for e in stretches(rng, k + 1, shape)]
        if rng.random() < 0.02:
            edges = []
        roles = ["primary", "secondary", "raised_area"]
        buildings = []
        for role in [*roles, str(rng.choice([*roles, "wall"]))]:
            at = int(rng.integers(0, len(plots)))
            buildings.append(_building(rng, role, plots[at], at + 1))
        buildings[0].proposed = rng.random() < 0.7
        buildings[0].demolished = not buildings[0].proposed and rng.random() < 0.2
        zone = str(rng.choice(["urban", "rural", "summer_house", ""], p=[0.35, 0.15, 0.35, 0.15]))
        version = str(rng.choice(list(DAYS), p=[0.2, 0.1, 0.1, 0.6]))
        found.append(Place(version, zone, buildings, edges, land=plots))
    return found


def boundary_distance(place: Place, b: Building) -> Answer:
    """§ 177, no. 2, § 186."""
    summer, known = place.zone == "summer_house", place.zone != ""
    if b.role == "primary":
        if b.kind in HOUSES:
            return keeps(place, b, NEIGHBOUR, 2.5)
        if b.kind in ("summer_house", "sanitary_building"):
            if not known:
                return MISSING
            return NOTHING if summer else keeps(place, b, NEIGHBOUR, 2.5)
        return "needs_manual", "overall_assessment", None
    if b.role != "secondary" or summer:
        return NOTHING
    if b.integrated:
        return keeps(place, b, NEIGHBOUR, 2.5)
    answer = keeps(place, b, NEIGHBOUR, 2.5, zone=2.5)
    # In sommerhusområde the rule would not be asked.
    return MISSING if answer[0] == "pass" and not known else answer


def summer_house_distance(place: Place, b: Building) -> Answer:
    """§ 178, § 186."""
    asked = (b.role == "primary" and b.kind in ("summer_house", "sanitary_building")) or b.role == "secondary"
    if not asked or place.zone not in ("summer_house", ""):
        return NOTHING
    if place.zone == "":
        # What is built into a house of unknown zone goes by the rules for houses.
        return NOTHING if b.integrated else MISSING
    free = b.role == "secondary" and not b.integrated
    return keeps(place, b, NEIGHBOUR, 5.0, zone=5.0 if free else 0.0)


def either(first: Answer, second: Answer) -> Answer:
    """The answer where the zone is not known: both are tried."""
    if first[:2] != second[:2]:
        return MISSING
    return first[0], first[1], None


def clear_strip(place: Place, b: Building) -> Answer:
    """§§ 182-183."""
    if b.role != "secondary" or b.integrated or place.zone in ("urban", "rural"):
        return NOTHING
    there = keeps(place, b, NEIGHBOUR, 2.5)
    return there if place.zone else either(NOTHING, there)


def worse(first: Answer, first_limit: float, second: Answer, second_limit: float) -> Answer:
    order = ("needs_manual", "pass", "not_applicable")
    a, b = order.index(first[0]), order.index(second[0])
    if a != b:
        return first if a < b else second
    margins = [
        np.inf if answer[2] is None else answer[2] - limit
        for answer, limit in ((first, first_limit), (second, second_limit))
    ]
    return second if margins[1] < margins[0] else first


def raised_area(place: Place, b: Building) -> Answer:
    """§ 179."""
    if b.role != "raised_area":
        return NOTHING
    if b.kind == "terrace":
        if not np.isfinite(b.height):
            return MISSING
        if b.height <= 0.3005 + 1e-9:
            return NOTHING
    named = (*HOUSES, "summer_house", *(["row_house"] if place.version == "BR18-2025" else []))

    def home(other: Building) -> int:
        # What is new and lies on no plot is taken to be on the only one.
        return 1 if other.plot == 0 and other.proposed and len(place.land) == 1 else other.plot

    homes = [h for h in place.buildings if h.role == "primary" and h.kind in named and not h.demolished]
    if not any(home(h) == home(b) for h in homes):
        return "needs_manual", "overall_assessment", None
    road = {"BR18-2018": (2.5, 5.0), "BR18-2025": (2.5, 2.5)}.get(place.version)
    answers = []
    for summer in (False, True):
        limit = 5.0 if summer else 2.5
        answer = keeps(place, b, NEIGHBOUR, limit)
        if road is not None:
            answer = worse(answer, limit, keeps(place, b, ROAD, road[summer]), road[summer])
        answers.append(answer)
    if place.zone == "":
        return either(*answers)
    return answers[place.zone == "summer_house"]


def road_side(place: Place, b: Building) -> Answer:
    """§§ 177-178 where a fixed distance is asked, and where the text is not settled."""
    if b.role not in ("primary", "secondary", "raised_area") or b.role == "wall":
        return NOTHING
    summer, known = place.zone == "summer_house", place.zone != ""
    built_in = b.role == "secondary" and b.integrated
    house = (b.role == "primary" and b.kind in HOUSES and not summer) or (
        (built_in and not summer)
        or (b.role == "primary" and b.kind == "summer_house" and known and not summer)
    )
    in_summer = summer and b.role in ("primary", "secondary")
    undecided = not known and b.role in ("primary", "secondary") and not house
    settled = place.version in ("BR18-2018", "BR18-2025")
    other = not settled and (
        (b.role == "secondary" and not b.integrated)
        or (b.role == "raised_area" and not (b.kind == "terrace" and b.height <= 0.3005 + 1e-9))
    )
    if not (house or in_summer or undecided or other):
        return NOTHING
    placed = b.plot > 0 and any(e.plot == b.plot for e in place.edges)
    mine = [e for e in place.edges if e.plot == b.plot] if placed else place.edges
    road, blind = any(e.kind == "road" for e in mine), any(e.kind == "unknown" for e in mine) or not mine
    if settled:
        if undecided:
            return MISSING if road or blind else NOTHING
        if not road and not blind:
            return NOTHING
        limit = 2.5
        if in_summer and place.version == "BR18-2018" and (b.role == "primary" or built_in):
            limit = 5.0
        answer = keeps(place, b, ROAD, limit)
        return MISSING if blind and answer[1] not in ("overall_assessment", "ambiguous_boundary") else answer
    if undecided and road:
        return MISSING if not other else ("needs_manual", "legal_text", None)
    if road:
        return "needs_manual", "legal_text", None
    return MISSING if blind else NOTHING


def secondary_openings(place: Place, b: Building) -> Answer:
    """§ 181, no. 3, § 183, no. 3."""
    if b.role != "secondary" or b.integrated:
        return NOTHING
    answers = []
    for width in (2.5, 5.0):
        answer = keeps(place, b, NEIGHBOUR, width)
        if answer[1] in ("overall_assessment", "ambiguous_boundary"):
            said = {1: answer[1], 0: "", -1: "missing_data"}[b.openings]
            answer = ("needs_manual" if said else "pass", said, None)
        elif answer[0] == "pass":
            answer = NOTHING
        answers.append(answer)
    if place.zone == "":
        return either(*answers)
    return answers[place.zone == "summer_house"]


REFERENCES = {
    "br18.boundary_distance": boundary_distance,
    "br18.summer_house_distance": summer_house_distance,
    "br18.summer_house_clear_strip": clear_strip,
    "br18.raised_area": raised_area,
    "br18.secondary_openings": secondary_openings,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rule", REFERENCES)
def test_naive_reference(rule: str, size: int) -> None:
    table = compare(places(size), rule, REFERENCES[rule])
    assert {"pass", "not_applicable"} < set(table["outcome"])
    assert {"overall_assessment", "ambiguous_boundary", "missing_data"} <= set(table["reason"])


@pytest.mark.parametrize("size", SIZES)
def test_naive_reference_of_the_road_side(size: int) -> None:
    settled = [
        place for place in places(size) if place.version != "BR18-2021" or place.zone == "summer_house"
    ]
    table = compare(settled, "br18.road_side", road_side)
    assert {"overall_assessment", "ambiguous_boundary", "missing_data", "legal_text", ""} == set(
        table["reason"]
    )
