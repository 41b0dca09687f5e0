"""Known defects of accessibility, as ``defects.toml`` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

_FILE: Final = Path(__file__).with_name("defects.toml")

Why = Literal["exempt", "alternative", "third_party", "planned"]


@dataclass(frozen=True)
class Defect:
    """One place where the site is not accessible to everybody.

    Attributes
    ----------
    criterion : clause of EN 301 549 v3.2.1.
    pages : addresses, or what they begin with.
    why : why it stands: ``exempt`` by the act, an ``alternative`` is offered, others wrote it (``third_party``), or
        it is ``planned`` to be mended.
    da, en : what is the matter, for the statement.
    """

    criterion: str
    pages: tuple[str, ...]
    why: Why
    da: str
    en: str


@lru_cache(maxsize=1)
def defects() -> tuple[Defect, ...]:
    """All of them, in the order of the file."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["defect"]
    return tuple(Defect(**{**row, "pages": tuple(row["pages"])}) for row in rows)
