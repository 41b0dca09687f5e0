"""Rows of DAR as NDJSON, one bitemporal row a line: those that are true now, by the number of their line.

Which row of an object is true now, :class:`~geodata.readers.true_now.TrueNow` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geodata.models.base import Status
from geodata.readers.delivery import Rejected
from geodata.readers.files import sniff
from geodata.readers.moments import days, past
from geodata.readers.refusal import CannotRead
from geodata.readers.true_now import TrueNow

REGISTER: Final = "dar"
SOURCE: Final = "dar/ndjson"
#: Fields that every row has, after its id.
_MOMENTS: Final = ("registreringfra", "registreringtil", "virkningfra", "virkningtil", "status")
#: The distributor writes the same names otherwise.
_OTHER_NAMES: Final = {"id_lokalid": "id", "adgangspunkt_id": "adgangspunkt"}
_LONGEST_LINE: Final = 1_000_000


@dataclass(frozen=True)
class Entity:
    """A kind of objects in DAR.

    Attributes
    ----------
    name : as the register calls it (``Adressepunkt``).
    words : what its objects are called in messages.
    needed : the field that a row of it has besides its id, and rows of others have not.
    fields : what is taken of a row besides its id, its moments and its status.
    states : status of its objects → FKG ``statuskode``; what is not listed is unknown.
    """

    name: str
    words: str
    needed: str
    fields: tuple[str, ...]
    states: dict[int, Status]


def entity_of(path: Path, known: Sequence[Entity]) -> Entity:
    """The kind of a file, by the fields of its first row; the first of ``known`` where that tells nothing.

    Raises
    ------
    CannotRead : the file is something else by its content.
    """
    if sniff(path) != "json":
        raise CannotRead(
            f"{path.name} is {sniff(path)} by its content; DAR is read as NDJSON, one object a line"
        )
    for _number, line in _lines(path):
        try:
            row = named(json.loads(line))
        except (ValueError, RecursionError):
            break
        return next((entity for entity in known if entity.needed in row), known[0])
    return known[0]


def named(row: Any) -> dict[str, Any]:
    """A row by the names of fields that are used here; empty for what is no row."""
    if not isinstance(row, dict):
        return {}
    return {_OTHER_NAMES.get(low, low): value for name, value in row.items() for low in (name.lower(),)}


def table(path: Path, entity: Entity, rejected: list[Rejected]) -> tuple[pd.DataFrame, list[str]]:
    """Rows that are true now, by the number of their line from 0, and what is said of the others.

    Parameters
    ----------
    rejected : rows without an id are set aside into it.

    Returns
    -------
    Columns ``id``, the moments, ``status`` and those of the entity, as text or None.

    Raises
    ------
    CannotRead : the file is cut off, not NDJSON, or holds other rows.
    """
    current: TrueNow[list[Any]] = TrueNow()
    rows = 0
    for number, line in _lines(path):
        try:
            row = named(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise CannotRead(
                f"{path.name}: line {number + 1} is no JSON object of its own ({error}); the file is cut off or not "
                f"NDJSON. Nothing of it was taken; fetch it again"
            ) from None
        missing = [name for name in ("id", entity.needed) if name not in row]
        if missing:
            raise CannotRead(
                f"{path.name}: line {number + 1} has no field {', '.join(missing)}; expected DAR's {entity.name}"
            )
        identity = row["id"]
        if not isinstance(identity, str) or not identity.strip():
            why = "the row has no id; mend it in the source"
            rejected.append(Rejected(f"line {number + 1}", "no_register_id", why, original=line))
            continue
        rows += 1
        key = identity.strip().lower()
        current.add(
            number,
            key,
            [key, *(row.get(name) or None for name in (*_MOMENTS, *entity.fields))],
            valid=(_said(row, "virkningfra"), _said(row, "virkningtil")),
            registered=(_said(row, "registreringfra"), _said(row, "registreringtil")),
        )
    if not rows and not rejected:
        raise CannotRead(f"{path.name} holds no {entity.words}; check the query that made it")
    chosen = current.rows()
    numbers = [number for number, _ in chosen]
    columns = ["id", *_MOMENTS, *entity.fields]
    found = pd.DataFrame([told for _, told in chosen], index=numbers, columns=columns, dtype=object)
    return found, current.told(path.name, rows, entity.words)


def envelope(found: pd.DataFrame, entity: Entity) -> dict[str, Any]:
    """Columns that every kind of objects has: id, status and validity."""
    status = pd.to_numeric(found["status"], errors="coerce").astype("float64")
    known = status.map(entity.states).fillna(Status.UNKNOWN).astype("int64")
    return {
        "register_id": found["id"].astype(object),
        "municipality": None,
        "status_code": status,
        # What has ended and was not said again is no longer so.
        "statuskode": known.mask(past(found["virkningtil"]), int(Status.REPEALED)),
        "gyldig_fra": days(found["virkningfra"]),
        "gyldig_til": days(found["virkningtil"]),
    }


def text(column: pd.Series) -> pd.Series:
    """Texts without blanks around them; None for empty ones."""
    stripped = column.astype("string").str.strip()
    return stripped.astype(object).where(stripped.notna() & (stripped != ""), None)


def _said(row: dict[str, Any], name: str) -> str:
    return str(row.get(name) or "")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty, with their number from 0."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b"")):
            if stripped := line.strip():
                yield number, stripped


class Lines:
    """Lines as delivered, read again only when one was set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[int, bytes] | None = None

    def __call__(self, number: int) -> bytes:
        if self._lines is None:
            self._lines = dict(_lines(self._path))
        return self._lines.get(number, b"")
