"""The refusal of a file as a whole; by itself, for the confined process that makes no tables of pandas."""

from __future__ import annotations


class CannotRead(Exception):
    """The file as a whole cannot be used; the message says what was found, what was expected and what to do.

    ``word`` is a stable short name of the fault (``truncated``, ``no_crs``, …), empty where none was given.
    """

    def __init__(self, text: str, word: str = "") -> None:
        super().__init__(text)
        self.word = word
