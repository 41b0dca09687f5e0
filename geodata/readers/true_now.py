"""Of a bitemporal register's rows, the one of each object that is true now.

Such a register keeps a row for every change of what it believed (registrering) and of what was so (virkning). Objects
here have one version at a time, which says from when on it holds; the rest is counted and not stored. A register
also tells what will be so: that waits for its day, unless nothing else is known of the object.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from geodata.readers.moments import moment

Row = TypeVar("Row")

_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_NOT_BEGUN, _ENDED, _SO = range(3)


class TrueNow(Generic[Row]):
    """The rows that are true now, as they are found; bounded by the number of objects, not of rows.

    Attributes
    ----------
    seen : ids of all objects that any row told of.
    superseded : rows that the register no longer believes (registreringTil).
    other : believed rows of an earlier or a later validity.
    """

    def __init__(self) -> None:
        self._now = datetime.now(UTC)
        self._held: dict[str, tuple[tuple[int, bool, datetime, datetime, int], Row]] = {}
        self.seen: set[str] = set()
        self.superseded = 0
        self.other = 0

    def add(
        self,
        number: int,
        identity: str,
        row: Row,
        *,
        valid: tuple[str | None, str | None],
        registered: tuple[str | None, str | None],
    ) -> None:
        """Look at a row; it is kept when no row before it is nearer to now.

        Parameters
        ----------
        number : of the row in its file.
        identity : id of the object, in small letters.
        valid, registered : beginning and end as the register writes them; empty = not said.

        Notes
        -----
        What is so comes before what has ended, and that before what has not begun. Of several, one without an end
        comes first, then the latest beginning counts; between rows that begin together the one that was registered
        last, then the later one in the file.
        """
        self.seen.add(identity)
        if registered[1]:
            self.superseded += 1
            return
        begins, ends = _moment(valid[0]), valid[1]
        so = _NOT_BEGUN if begins > self._now else _ENDED if ends and _moment(ends) <= self._now else _SO
        order = (so, not ends, begins, _moment(registered[0]), number)
        held = self._held.get(identity)
        if held is not None:
            self.other += 1
            if held[0] > order:
                return
        self._held[identity] = (order, row)

    def rows(self) -> list[tuple[int, Row]]:
        """Number and row of each object that has one, in the order of the file."""
        return sorted(((order[-1], row) for order, row in self._held.values()), key=lambda found: found[0])

    def told(self, file: str, rows: int, what: str) -> list[str]:
        """What is said of the rows that were not taken; ``what`` names the objects."""
        said = [
            f"{file}: {rows} rows tell of {len(self.seen)} {what}; {self.superseded} rows of earlier registrations "
            f"and {self.other} of earlier or later validity were not stored"
        ]
        gone = len(self.seen) - len(self._held)
        if gone:
            said.append(f"{file}: {gone} {what} have only superseded rows and were not taken")
        return said


def _moment(text: str | None) -> datetime:
    return (moment(text) if text else None) or _BEFORE_ALL
