"""Values of a filter, read the same from text and from JSON."""

from __future__ import annotations

import math
from datetime import date, datetime

from gml.ogc.cql2.node import WrongFilter


def text(written: str, at: str) -> str:
    """A text that the database can hold."""
    if "\x00" in written or any("\ud800" <= letter <= "\udfff" for letter in written):
        raise WrongFilter(f"{at}: a text holds a character that cannot be stored")
    return written


def number(written: str | float, at: str) -> float:
    """A finite number; whole ones stay whole."""
    try:
        if isinstance(written, int) or (isinstance(written, str) and written.lstrip("+-").isdecimal()):
            whole = int(written)
            if abs(whole) < 2**63:
                return whole
        value = float(written)
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise WrongFilter(f"{at}: {str(written)[:40]!r} is too large for a number")
    return value


def day(written: str, at: str) -> date:
    """A day, ``2026-11-22``."""
    try:
        if len(written) == 10:
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise WrongFilter(f"{at}: {written[:40]!r} is no day of the form 2026-11-22")


def moment(written: str, at: str) -> datetime:
    """A moment in UTC, ``2026-11-22T16:55:00Z``."""
    try:
        if len(written) >= 20 and written[10] in "Tt" and written[-1] in "Zz":
            return datetime.fromisoformat(written.upper())
    except ValueError:
        pass
    raise WrongFilter(f"{at}: {written[:40]!r} is no moment of the form 2026-11-22T16:55:00Z")
