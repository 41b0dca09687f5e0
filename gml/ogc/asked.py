"""What a request for features asks: read whole, with every fault told at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from geodata.problems import Fault
from geodata.registry import Layer
from gml.ogc.crs import CRS84, SUPPORTED, Crs

MOST: Final = 10_000
USUAL: Final = 100
_KNOWN: Final = frozenset({"f", "limit", "after", "bbox", "bbox-crs", "crs", "datetime"})


@dataclass(frozen=True)
class Asked:
    """A request for a page of features.

    Attributes
    ----------
    limit : most features; ``after``: only those with a larger id, by which pages follow each other.
    box : west, south, east, north in ``box_crs``, axes in the order east, north; None = everywhere.
    crs : of the answer.
    equals : column → value that it has to have, as text.
    """

    limit: int = USUAL
    after: int | None = None
    box: tuple[float, float, float, float] | None = None
    box_crs: Crs = CRS84
    crs: Crs = CRS84
    equals: Mapping[str, str] = field(default_factory=dict)


def read_items(layer: Layer, query: Mapping[str, str]) -> tuple[Asked, list[Fault]]:
    """The request, and what is wrong with it."""
    faults: list[Fault] = []
    equals = {name: query[name] for name in layer.columns if name in query}
    faults += [
        Fault(
            name, "unknown_parameter", f"known are {', '.join(sorted(_KNOWN))} and {', '.join(layer.columns)}"
        )
        for name in query
        if name not in _KNOWN and name not in equals
    ]
    limit = _whole(query, "limit", USUAL, faults)
    if limit < 1:
        faults.append(Fault("limit", "out_of_range", "a whole number from 1"))
    after = _whole(query, "after", 0, faults) if "after" in query else None
    crs, box_crs = _crs(query, "crs", faults), _crs(query, "bbox-crs", faults)
    box = _box(query["bbox"], box_crs, faults) if query.get("bbox") else None
    return Asked(min(max(limit, 1), MOST), after, box, box_crs, crs, equals), faults


def read_item(query: Mapping[str, str]) -> tuple[Crs, list[Fault]]:
    """The system that one feature is asked for in, and what is wrong with the request."""
    faults = [
        Fault(name, "unknown_parameter", "known are f and crs") for name in query if name not in ("f", "crs")
    ]
    return _crs(query, "crs", faults), faults


def _whole(query: Mapping[str, str], name: str, usual: int, faults: list[Fault]) -> int:
    written = query.get(name, "")
    if not written:
        return usual
    if not (written.isascii() and written.isdigit() and len(written) < 19):
        faults.append(Fault(name, "no_number", f"a whole number; got {written[:40]!r}"))
        return usual
    return int(written)


def _crs(query: Mapping[str, str], name: str, faults: list[Fault]) -> Crs:
    written = query.get(name, "")
    if written and written not in SUPPORTED:
        faults.append(Fault(name, "unknown_crs", f"known are {', '.join(SUPPORTED)}"))
    return SUPPORTED.get(written, CRS84)


def _box(written: str, crs: Crs, faults: list[Fault]) -> tuple[float, float, float, float] | None:
    try:
        numbers = [float(part) for part in written.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # with heights, which say nothing here
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):  # two corners
        faults.append(Fault("bbox", "no_box", "four numbers with commas between, the lower corner first"))
        return None
    a, b, c, d = numbers
    if crs.north_first:
        a, b, c, d = b, a, d, c
    if b > d:
        faults.append(Fault("bbox", "turned_box", "the lower corner comes first"))
    return a, b, c, d
