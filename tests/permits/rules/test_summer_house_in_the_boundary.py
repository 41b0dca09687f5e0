"""A summer house goes by no zone of secondary buildings, however close to the boundary it stands."""

from __future__ import annotations

import pytest

from tests.permits.rules.secondary import summer
from tests.permits.situations import answer, box, house


@pytest.mark.parametrize("wall", [0.0, 0.4, 4.9])
def test_summer_house_close_to_the_boundary_is_asked(wall: float) -> None:
    case = summer(house(box(wall, 8, 14, 16), kind="summer_house"))
    found = answer(case, "br18.summer_house_distance")
    assert (found["outcome"], found["reason"]) == ("needs_manual", "overall_assessment")
    assert found["measured"] == pytest.approx(wall)
