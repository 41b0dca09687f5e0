"""How much a test tries: a few cases in the fast tier, all of them in the slow one (``./run test --slow``).

For what is tried by chance or in great numbers, where each case costs the same: histories, drawn shapes, naive
references. What is long by its nature carries the marker ``slow`` instead.
"""

from __future__ import annotations

import pytest

_state = {"whole": True}


def choose(config: pytest.Config) -> None:
    """Say which tier is run; before the tests are imported, since their decorators ask."""
    _state["whole"] = "not slow" not in (config.option.markexpr or "")


def cases(whole: int, *, fast: int) -> int:
    """How many cases to try: ``whole``, or ``fast`` where the slow tests are left out."""
    return whole if _state["whole"] else fast
