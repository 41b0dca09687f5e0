"""Which rules of distance a building goes by: every combination of role, kind, zone and state."""

from __future__ import annotations

from itertools import product

import pandas as pd

from permits.engine.world import World
from permits.rules.parts.scope import scope
from permits.rules.parts.summer_house import summer_houses

ROLES = ("primary", "secondary", "raised_area", "wall")
KINDS = (
    "detached_house",
    "two_family_horizontal",
    "double_house",
    "summer_house",
    "sanitary_building",
    "row_house",
    "shed",
)
ZONES = ("urban", "rural", "summer_house", "")
ALL = list(product(ROLES, KINDS, ZONES, (False, True), (False, True)))
COLUMNS = ["role", "kind", "zone", "integrated", "proposed"]
WORLD = World.of(
    sites=pd.DataFrame([{"site": 0}]),
    buildings=pd.DataFrame(ALL, columns=COLUMNS).assign(building=range(len(ALL)), site=0),
)


def _scope(role: str, kind: str, zone: str, integrated: bool, proposed: bool) -> set[str]:
    """What BR18 §§ 177-186 say of one building."""
    if not proposed or role not in ("primary", "secondary"):
        return set()
    if role == "secondary":
        if zone == "summer_house":
            return set()
        return {"house"} if integrated else {"secondary"}
    if kind in ("detached_house", "two_family_horizontal", "double_house"):
        return {"house"}
    if kind in ("summer_house", "sanitary_building"):
        if zone == "":
            return {"undecided"}
        if zone == "summer_house":
            return set()
        return {"house" if kind == "summer_house" else "sanitary"}
    return {"unfixed"}


def _summer(role: str, kind: str, zone: str, integrated: bool, proposed: bool) -> set[str]:
    """What the rules for sommerhusområde say of one building."""
    if not proposed or role not in ("primary", "secondary"):
        return set()
    if role == "secondary":
        sort = "house" if integrated else "secondary"
    else:
        sort = {"summer_house": "house", "sanitary_building": "sanitary"}.get(kind, "")
    if zone == "summer_house":
        return {sort} - {""}
    # Built into a house of unknown zone it goes by the rules for houses.
    return {"undecided"} if zone == "" and sort and not (role == "secondary" and integrated) else set()


def test_by_what_rules_of_distance_a_building_goes() -> None:
    found = scope(WORLD)
    for k, row in enumerate(ALL):
        assert {name for name in found._fields if getattr(found, name)[k]} == _scope(*row), row


def test_by_what_rules_for_summer_houses_a_building_goes() -> None:
    found = summer_houses(WORLD)
    for k, row in enumerate(ALL):
        assert {name for name in found._fields if getattr(found, name)[k]} == _summer(*row), row
