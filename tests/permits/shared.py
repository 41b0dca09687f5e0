"""The shared rule cases, read once for all tests that hold a rule to them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from permits.examples import Case, read


@cache
def shared_cases() -> list[Case]:
    """Every case of the samples' folder ``cases``; whoever asks must not change them."""
    return read([Path(os.environ["PLANVAERK_SAMPLES"]) / "cases"])
