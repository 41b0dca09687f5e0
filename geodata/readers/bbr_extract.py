"""The XML extract of BBR's buildings (OIS table CO50200): bitemporal rows, of which one per building is true now.

Which one that is, :class:`~geodata.readers.true_now.TrueNow` says.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from sys import intern
from typing import Any, Final

import pandas as pd
from lxml import etree

from geodata.readers.delivery import Rejected
from geodata.readers.gml import local
from geodata.readers.refusal import CannotRead
from geodata.readers.rows_xml import records
from geodata.readers.true_now import TrueNow

ROOT: Final = "OIS_UDTRAEK"
_TABLE: Final = "CO50200t"
#: Fields that are kept, by the whole name or by its first six letters; the names go on with Danish words.
_FIELDS: Final = ("id_lokalId", "kommunekode", "status", "virkningFra", "virkningTil", "jordstykke")
_BEGINNINGS: Final = (
    "byg021", "byg026", "byg038", "byg039", "byg040", "byg041", "byg042", "byg043", "byg054", "byg070", "byg404",
    "byg406",
)  # fmt: skip
_WHOLE_DELIVERY: Final = "I"
_DAY: Final = re.compile(r"_(\d{8})_\d{6}\.xml$", re.IGNORECASE)


@dataclass(frozen=True)
class Extract:
    """What is true now, one row a building; ``table`` has the register's names of columns.

    Its index is the number of the row in the file.
    """

    path: Path
    table: pd.DataFrame
    rejected: list[Rejected]
    warnings: list[str]
    as_of: date | None
    _kept: dict[int, bytes] = field(default_factory=dict, repr=False)

    def original(self, number: int) -> bytes:
        """A chosen row as delivered; the file is read again for it, once for all that are asked for."""
        if not self._kept:
            chosen = set(self.table.index.tolist())
            for n, element in records(self.path, ROOT):
                if n in chosen:
                    self._kept[n] = zlib.compress(etree.tostring(element, encoding="utf-8"))
        return zlib.decompress(self._kept[number]) if number in self._kept else b""


def read_extract(path: Path) -> Extract:
    """Read an extract in bounded memory.

    Danish: udtræk af BBR, bygninger; registreringstid og virkningstid.

    Raises
    ------
    CannotRead : it is no extract of buildings, cut off, or holds a DOCTYPE.
    """
    current: TrueNow[dict[str, str]] = TrueNow()
    rejected: list[Rejected] = []
    other: Counter[str] = Counter()
    changes = rows = 0
    for number, element in records(path, ROOT):
        if local(element.tag) != _TABLE:
            other[local(element.tag)] += 1
            continue
        rows += 1
        said, registered, kind = _row(element)
        if kind != _WHOLE_DELIVERY:
            changes += 1
        elif not said.get("id_lokalId"):
            rejected.append(
                Rejected(
                    f"row {number + 1}",
                    "no_register_id",
                    "the row has no id_lokalId; mend it in the source",
                    original=etree.tostring(element, encoding="utf-8"),
                )
            )
        else:
            valid = (said.get("virkningFra"), said.get("virkningTil"))
            current.add(number, said["id_lokalId"].lower(), said, valid=valid, registered=registered)
    if not rows:
        listed = ", ".join(sorted(other)) or "no rows"
        raise CannotRead(f"{path.name} holds {listed}; expected rows of {_TABLE}, BBR's buildings")
    chosen = current.rows()
    return Extract(
        path,
        _frame([number for number, _ in chosen], [said for _, said in chosen]),
        rejected,
        _told(path.name, rows, current, other, changes),
        _day(path.name),
    )


def _row(element: Any) -> tuple[dict[str, str], tuple[str, str], str]:
    """Fields of a row that are kept, beginning and end of its registration, and the kind of delivery."""
    said: dict[str, str] = {}
    registered_from, registered_to, kind = "", "", _WHOLE_DELIVERY
    for child in element:
        name, text = local(child.tag), (child.text or "").strip()
        if not text:
            continue
        if name in _FIELDS or name[:6] in _BEGINNINGS:
            said[intern(name)] = intern(text) if len(text) < 8 else text
        elif name == "registreringFra":
            registered_from = text
        elif name == "registreringTil":
            registered_to = text
        elif name == "OIS_AJOUR":
            kind = text
    return said, (registered_from, registered_to), kind


def _frame(numbers: list[int], said: list[dict[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(said, index=numbers, dtype=object)
    return frame if "id_lokalId" in frame.columns else frame.assign(id_lokalId=pd.Series(dtype=object))


def _told(
    file: str, rows: int, current: TrueNow[dict[str, str]], other: Counter[str], changes: int
) -> list[str]:
    warnings = current.told(file, rows, "buildings")
    if changes:
        warnings.append(
            f"{file}: {changes} rows belong to a delivery of changes (OIS_AJOUR other than {_WHOLE_DELIVERY}) and "
            f"were not taken"
        )
    if other:
        warnings.append(f"{file}: rows of other tables were not taken: {', '.join(sorted(other))}")
    return warnings


def _day(name: str) -> date | None:
    """Day of the extract, as its file's name says it."""
    found = _DAY.search(name)
    try:
        return datetime.strptime(found.group(1), "%Y%m%d").date() if found else None  # noqa: DTZ007
    except ValueError:
        return None
