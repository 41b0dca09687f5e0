"""A filter in CQL2 (OGC 21-065r2) as a tree; each node knows where it stood, for whoever is told of a fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

#: Nesting of a filter, its length in characters and its parts, beyond which it is refused.
MOST_DEEP: Final = 40
MOST_LONG: Final = 20_000
MOST_PARTS: Final = 2_000

SPATIAL: Final = frozenset(
    {
        "s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_crosses",
        "s_contains",
    }
)  # fmt: skip
ARRAYS: Final = frozenset({"a_equals", "a_contains", "a_containedBy", "a_overlaps"})
COMPARISONS: Final = ("=", "<>", "<", ">", "<=", ">=")


class WrongFilter(ValueError):
    """The filter cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the features."""

    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry as in GeoJSON, or ``bbox`` with four or six numbers."""

    kind: str
    coordinates: Any
    at: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, truth, day or moment."""

    value: str | float | bool | date | datetime
    at: str


@dataclass(frozen=True, slots=True)
class Array:
    """A list of operands."""

    items: tuple[Node, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function under its name in CQL2-JSON."""

    op: str
    args: tuple[Node, ...]
    at: str


Node = Property | Geometry | Literal | Array | Call
