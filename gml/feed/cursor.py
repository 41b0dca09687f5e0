"""The cursor of the change feed: epoch and revision, and how far within the revision a page has come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_WRITTEN: Final = re.compile(r"(?P<epoch>\d{1,9})\.(?P<revision>\d{1,18})(?:\.(?P<after>[0-9a-f-]{36}))?")


@dataclass(frozen=True, order=True)
class Cursor:
    """Everything up to a revision of an epoch; ``after``: of the revision that follows, the plans up to this one."""

    epoch: int
    revision: int
    after: UUID | None = None

    def __str__(self) -> str:
        return f"{self.epoch}.{self.revision}" + (f".{self.after}" if self.after else "")


def read_cursor(text: str) -> Cursor:
    """The cursor that a text is.

    Raises
    ------
    ValueError : it is none.
    """
    match = _WRITTEN.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no cursor; expected epoch and revision, such as 1.4711")
    after = UUID(match["after"]) if match["after"] else None
    return Cursor(int(match["epoch"]), int(match["revision"]), after)
