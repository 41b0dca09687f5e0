"""CQL2 as JSON: ``{"op": "=", "args": [{"property": "municipality"}, "0167"]}``."""

from __future__ import annotations

import json
from typing import Any, Final

from gml.ogc.cql2 import values
from gml.ogc.cql2.node import (
    ARRAYS,
    COMPARISONS,
    MOST_DEEP,
    MOST_LONG,
    MOST_PARTS,
    SPATIAL,
    Array,
    Call,
    Geometry,
    Literal,
    Node,
    Property,
    WrongFilter,
)

#: Operator → fewest and most arguments.
_ARGUMENTS: Final = {
    **dict.fromkeys(COMPARISONS, (2, 2)),
    **dict.fromkeys(SPATIAL, (2, 2)),
    **dict.fromkeys(ARRAYS, (2, 2)),
    "and": (2, MOST_PARTS), "or": (2, MOST_PARTS), "not": (1, 1), "isNull": (1, 1), "like": (2, 2),
    "between": (3, 3), "in": (2, 2), "casei": (1, 1),
}  # fmt: skip


def read(written: str) -> Node:
    """The tree of a filter.

    Raises
    ------
    WrongFilter : it is no CQL2, or too long or too deep; says at which place, as a JSON pointer.
    """
    if len(written) > MOST_LONG:
        raise WrongFilter(f"the filter has {len(written)} characters; {MOST_LONG} are the most")
    try:
        found = json.loads(written)
    except json.JSONDecodeError as error:
        raise WrongFilter(f"character {error.pos + 1}: this is no JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise WrongFilter(f"this JSON cannot be read: nested more than {MOST_DEEP} deep") from error
    return _Reader().node(found, "", 0)


class _Reader:
    def __init__(self) -> None:
        self.parts = 0

    def node(self, found: Any, at: str, depth: int) -> Node:
        self.count(at, depth)
        place = at or "/"
        if isinstance(found, dict):
            return self.object(found, at, depth)
        if isinstance(found, list):
            return Array(
                tuple(self.node(item, f"{at}/{n}", depth + 1) for n, item in enumerate(found)), place
            )
        if isinstance(found, str):
            found = values.text(found, place)
        elif isinstance(found, (int, float)) and not isinstance(found, bool):
            found = values.number(found, place)
        elif found is None:
            raise WrongFilter(f"{place}: null is no value; there is isNull")
        return Literal(found, place)

    def object(self, found: dict[str, Any], at: str, depth: int) -> Node:
        place = at or "/"
        node: Node
        match found:
            case {"op": str(op), "args": list(args)}:
                node = self.call(op, args, at, depth)
            case {"property": str(name)}:
                node = Property(name, place)
            case {"date": str(written)}:
                node = Literal(values.day(written, place), place)
            case {"timestamp": str(written)}:
                node = Literal(values.moment(written, place), place)
            case {"bbox": list(numbers)}:
                node = Geometry("bbox", [self.one_number(n, place) for n in numbers], place)
            case {"type": "GeometryCollection", "geometries": list(members)}:
                told = [self.node(one, f"{at}/geometries/{n}", depth + 1) for n, one in enumerate(members)]
                node = Geometry("GeometryCollection", told, place)
            case {"type": str(kind), "coordinates": list(coordinates)}:
                node = Geometry(kind, self.coordinates(coordinates, place, depth), place)
            case _:
                raise WrongFilter(f"{place}: an operator, a property, a value or a geometry is wanted")
        return node

    def call(self, op: str, args: list[Any], at: str, depth: int) -> Node:
        place = at or "/"
        if op not in _ARGUMENTS:
            known = ", ".join(sorted(_ARGUMENTS))
            raise WrongFilter(f"{place}: there is no operator {op[:40]!r} (known: {known})")
        low, high = _ARGUMENTS[op]
        if not low <= len(args) <= high:
            raise WrongFilter(f"{place}: {op} has {len(args)} arguments; {low} are wanted")
        found = tuple(self.node(arg, f"{at}/args/{n}", depth + 1) for n, arg in enumerate(args))
        return Call(op, found, place)

    def coordinates(self, found: Any, at: str, depth: int) -> Any:
        self.count(at, depth)
        if isinstance(found, list):
            return [self.coordinates(one, at, depth + 1) for one in found]
        return self.one_number(found, at)

    def one_number(self, found: Any, at: str) -> float:
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise WrongFilter(f"{at}: coordinates are numbers")
        return float(values.number(found, at))

    def count(self, at: str, depth: int) -> None:
        self.parts += 1
        if depth > MOST_DEEP:
            raise WrongFilter(f"{at[:80]}: nested more than {MOST_DEEP} deep")
        if self.parts > MOST_PARTS:
            raise WrongFilter(f"{at[:80] or '/'}: the filter has more than {MOST_PARTS} parts")
