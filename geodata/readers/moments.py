"""Moments of the registers as days of the Danish calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

#: A law's and a register's day is a day in Denmark: 23:00Z of a winter's evening is the next one.
_ZONE: Final = "Europe/Copenhagen"
#: A zone at the end: Z, +01:00, +0100, or behind a time of day +01, as PostgreSQL writes it.
_ZONED: Final = r"(?:Z|[+-]\d\d:?\d\d|:\d\d\S*[+-]\d\d)$"
#: A day with a zone, as XML and GeoServer write it, is that day.
_ZONED_DAY: Final = r"^(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)$"
#: Registers write a day of this year for "nobody knows any more".
_LONG_AGO: Final = 1800


def moment(said: str) -> datetime | None:
    """One text as :func:`moments` reads a column of them, without the cost of one; unreadable is None."""
    try:
        found = datetime.fromisoformat(said.strip().replace("/", "-"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(_ZONE))


def moments(said: pd.Series) -> pd.Series:
    """Text as UTC moments; ``2024/03/14 14:26:58.966`` without a zone is Danish time; unreadable is NaT."""
    text = said.astype("string").str.strip().str.replace("/", "-", regex=False)
    text = text.str.replace(_ZONED_DAY, r"\1", regex=True)
    zoned = text.str.contains(_ZONED, regex=True).fillna(False).astype(bool)
    utc = pd.to_datetime(text.where(zoned), errors="coerce", utc=True, format="ISO8601")
    # Asked for in UTC, since a zone among texts without one is an error to pandas that no option turns off.
    local = pd.to_datetime(text.where(~zoned), errors="coerce", utc=True, format="ISO8601").dt.tz_localize(
        None
    )
    # The hour that comes twice a year is taken as the first; the one that is left out as the next there is.
    there = local.dt.tz_localize(_ZONE, ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")
    return utc.where(zoned, there)


def days(said: pd.Series) -> pd.Series:
    """Text as ``datetime.date`` of the Danish calendar; empty, unreadable and the year 1800 are None."""
    local = moments(said).dt.tz_convert(_ZONE)
    known = local.notna() & (local.dt.year > _LONG_AGO)
    return pd.Series(
        [d.date() if ok else None for d, ok in zip(local, known, strict=True)], said.index, dtype=object
    )


def past(said: pd.Series) -> pd.Series:
    """Which moments have come; empty and unreadable ones have not."""
    return moments(said) <= pd.Timestamp.now(tz="UTC")


def iso_texts(said: pd.Series, *, day: bool) -> pd.Series:
    """Text as ISO 8601: days of the Danish calendar, or moments in UTC; unreadable is missing."""
    read = moments(said)
    written: pd.Series = (
        read.dt.tz_convert(_ZONE).dt.strftime("%Y-%m-%d") if day else read.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    return written.astype(object)
