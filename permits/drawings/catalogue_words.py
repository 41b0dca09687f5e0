"""The parts that the words of a fault are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


def noop(words: str) -> str:
    """Mark for the extraction of message ids; translated where it is shown."""
    return words


@dataclass(frozen=True)
class Words:
    """Message ids of one fault: ``suggest`` stands in for ``remedy`` when the fault has a suggestion."""

    found: str
    expected: str
    remedy: str
    suggest: str = ""


NUMBER_FORM: Final = noop("Write numbers without quotation marks, with a point and without a unit.")
ADD: Final = noop("State it in the file or with --set %(key)s=VALUE.")
DID_YOU_MEAN: Final = noop('Did you mean "%(remedy)s"?')
SEND_AGAIN: Final = noop("Save the file again in the program that made it, and send the whole file.")
SIMPLER: Final = noop("Save only the outlines of the buildings, and send that file.")
