"""What makes a dataset unusable, said by the readers of formats; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Unreadable(Exception):
    """A dataset cannot be used at all.

    Parameters
    ----------
    word : stable name of the fault.
    text : the same in a sentence.
    found, expected, where : the values in it, for whoever has words of their own for the fault.
    """

    def __init__(
        self,
        word: str,
        text: str,
        *,
        found: Any = None,
        expected: Any = None,
        where: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(text)
        self.word, self.found, self.expected, self.where = word, found, expected, dict(where or {})
