"""Use codes of BBR as kinds of the rules."""

from __future__ import annotations

import numpy as np
import pytest

from permits.engine.building_kinds import KINDS, roles_and_kinds
from permits.rules.parts.dwellings import DWELLINGS


def kind_of(code: float) -> tuple[str, str, bool]:
    role, kind, secondary = roles_and_kinds(np.array([code]))
    return str(role[0]), str(kind[0]), bool(secondary[0])


@pytest.mark.parametrize(
    ("code", "role", "kind"),
    [
        (110, "primary", "detached_house"),  # stuehus til landbrugsejendom
        (120, "primary", "detached_house"),
        (131, "primary", "row_house"),
        (132, "primary", "double_house"),  # dobbelthus
        (210, "primary", "farm_building"),
        (910, "secondary", "garage"),
        (999, "primary", "other"),
        (np.nan, "primary", "other"),
    ],
)
def test_what_a_code_means(code: float, role: str, kind: str) -> None:
    assert kind_of(code) == (role, kind, role == "secondary")


def test_people_live_in_what_bbr_calls_homes_all_year() -> None:
    homes = {code for code in KINDS if 110 <= code <= 140}
    assert homes == {110, 120, 121, 122, 130, 131, 132, 140}
    assert {KINDS[code][1] for code in homes} <= set(DWELLINGS)
