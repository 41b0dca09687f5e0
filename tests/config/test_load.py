"""Figures of the load: what part of all answers came within which time."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError

from config.management.commands.load import Command, percentile


def rows(slow: int, failures: int = 0) -> list[dict[str, Any]]:
    """A hundred answers, so many of them in two seconds, the others in a fifth of one."""
    times = {"200": 100 - slow, "2000": slow}
    return [{"name": "list", "response_times": times, "num_failures": failures}]


def test_percentiles_are_counted_over_all_answers() -> None:
    assert percentile({100.0: 94, 900.0: 1, 3000.0: 5}, 0.95) == 0.9
    assert percentile({100.0: 1, 300.0: 1, 200.0: 1}, 0.5) == 0.2
    assert percentile({}, 0.95) == 0


@pytest.mark.parametrize(("slow", "failures", "right"), [(5, 0, True), (6, 0, False), (0, 1, False)])
def test_errors_and_slowness_fail(slow: int, failures: int, right: bool) -> None:
    out = io.StringIO()
    command = Command(stdout=out)
    if right:
        command._tell(rows(slow, failures), 50, 60)
    else:
        with pytest.raises(CommandError, match="bar: no errors"):
            command._tell(rows(slow, failures), 50, 60)
    assert out.getvalue().splitlines()[-1].split()[:3] == ["all", "100", str(failures)]


def test_nothing_answered_is_no_success() -> None:
    with pytest.raises(CommandError):
        Command(stdout=io.StringIO())._tell([], 50, 60)
