"""A filter as a condition of the database: names are looked up, types compared, values only ever parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import shapely

from gml.ogc import place
from gml.ogc.collection import GEOMETRY
from gml.ogc.cql2.node import ARRAYS, SPATIAL, Array, Call, Geometry, Literal, Node, Property
from gml.ogc.crs import Crs

_NUMBERS: Final = ("integer", "number")
_ORDERED: Final = ("string", "number", "date", "date-time")
#: Lists are compared as sets.
_ARRAYS: Final = {"a_equals": ("@>", "<@"), "a_contains": ("@>",), "a_containedBy": ("<@",)}
_HINTS: Final = {
    "date": "write DATE('2026-11-22')",
    "date-time": "write TIMESTAMP('2026-11-22T16:55:00Z')",
    "strings": "it is a list: write A_CONTAINS(name, ('value'))",
}

Sql = tuple[str, list[Any]]


def condition(tree: Node, columns: Mapping[str, str], crs: Crs) -> tuple[Sql, list[str]]:
    """SQL with its parameters, and all that is wrong with the filter.

    Parameters
    ----------
    tree : what :mod:`gml.ogc.cql2.text` or :mod:`gml.ogc.cql2.as_json` read.
    columns : name → type of what can be asked for; rows are called ``f``.
    crs : system of the geometries in the filter.
    """
    compiler = _Compiler(columns, crs)
    found = compiler.truth(tree)
    return found, compiler.faults


class _Wrong(ValueError):
    """One predicate makes no sense: where and why."""

    def __init__(self, node: Node, what: str) -> None:
        super().__init__(f"{node.at}: {what}")


class _Compiler:
    """Goes on with the next predicate after a fault, so that all of them are told."""

    def __init__(self, columns: Mapping[str, str], crs: Crs) -> None:
        self.columns = columns
        self.crs = crs
        self.faults: list[str] = []

    def truth(self, node: Node) -> Sql:
        """What is true or false of a feature."""
        if isinstance(node, Call) and node.op in ("and", "or", "not"):
            parts = [self.truth(arg) for arg in node.args]
            joined = f" {node.op.upper()} ".join(sql for sql, _ in parts)
            values = [value for _, own in parts for value in own]
            return (f"(NOT {joined})" if node.op == "not" else f"({joined})"), values
        try:
            return self.predicate(node)
        except _Wrong as error:
            self.faults.append(str(error))
            return "NULL", []

    def predicate(self, node: Node) -> Sql:
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return ("true" if node.value else "false"), []
        if not isinstance(node, Call) or node.op == "casei":
            raise _Wrong(node, "a condition is wanted, such as a comparison")
        if node.op in SPATIAL:
            return self.spatial(node)
        if node.op in ARRAYS:
            return self.arrays(node)
        return self.is_null(node) if node.op == "isNull" else self.compared(node)

    def type_of(self, node: Node) -> str:
        """Type of a property that is known."""
        if not isinstance(node, Property):
            raise _Wrong(node, "a property is wanted")
        if node.name not in self.columns:
            known = ", ".join(sorted(self.columns))
            raise _Wrong(node, f"there is no property {node.name[:60]!r} (known: {known})")
        return self.columns[node.name]

    def is_null(self, node: Call) -> Sql:
        (asked,) = node.args
        type_ = self.type_of(asked)
        assert isinstance(asked, Property)
        column = _column(asked.name)
        empty = f"jsonb_array_length({column}) = 0" if type_ == "strings" else f"{column} IS NULL"
        return f"({empty})", []

    def compared(self, node: Call) -> Sql:
        """Comparisons, LIKE, BETWEEN and IN: all operands are of the same type."""
        operands = list(node.args)
        if node.op == "in":
            listed = operands.pop()
            if not isinstance(listed, Array) or not listed.items:
                raise _Wrong(listed, "a list of values is wanted")
            operands += listed.items
        told = [self.operand(operand) for operand in operands]
        _same(operands, [type_ for type_, _, _ in told], node.op)
        sqls = [sql for _, sql, _ in told]
        values = [value for _, _, own in told for value in own]
        match node.op:
            case "in":
                text = f"{sqls[0]} IN ({', '.join(sqls[1:])})"
            case "between":
                text = f"{sqls[0]} BETWEEN {sqls[1]} AND {sqls[2]}"
            case "like":
                _pattern(operands[1])
                text = f"{sqls[0]} LIKE {sqls[1]}"
            case _:
                text = f"{sqls[0]} {node.op} {sqls[1]}"
        return f"({text})", values

    def operand(self, node: Node) -> tuple[str, str, list[Any]]:
        """Type, SQL and parameters."""
        if isinstance(node, Property):
            type_ = self.type_of(node)
            # All numbers are compared as such, whatever the database keeps them in.
            return ("number" if type_ in _NUMBERS else type_), _column(node.name), []
        if isinstance(node, Literal):
            return _value(node.value)
        if isinstance(node, Call) and node.op == "casei":
            type_, sql, values = self.operand(node.args[0])
            if type_ != "string":
                raise _Wrong(node.args[0], "casei is for texts")
            return type_, f"lower({sql})", values
        raise _Wrong(node, "a property or a value is wanted")

    def arrays(self, node: Call) -> Sql:
        asked, listed = node.args
        if self.type_of(asked) != "strings":
            raise _Wrong(asked, "this property is no list")
        assert isinstance(asked, Property)
        column = _column(asked.name)
        if not isinstance(listed, Array):
            raise _Wrong(listed, "a list of texts is wanted, ('value', 'other')")
        texts = []
        for item in listed.items:
            if not isinstance(item, Literal) or not isinstance(item.value, str):
                raise _Wrong(item, "a text is wanted")
            texts.append(item.value)
        if node.op == "a_overlaps":
            return f"({column} ?| %s::text[])", [texts]
        signs = _ARRAYS[node.op]
        told = " AND ".join(f"{column} {sign} %s::jsonb" for sign in signs)
        return f"({told})", [json.dumps(texts)] * len(signs)

    def spatial(self, node: Call) -> Sql:
        first, second = node.args
        op = node.op
        if isinstance(second, Property):  # the place may stand first
            first, second = second, first
            op = {"s_within": "s_contains", "s_contains": "s_within"}.get(op, op)
        if self.type_of(first) != GEOMETRY:
            raise _Wrong(first, "this property is no geometry")
        if not isinstance(second, Geometry):
            raise _Wrong(second, "a geometry is wanted")
        try:
            return place.condition(op, self.shape(second), self.crs)
        except place.NoPlace as error:
            raise _Wrong(second, str(error)) from error

    def shape(self, node: Geometry) -> Any:
        if node.kind == "bbox":
            return place.box(node.coordinates, self.crs)
        if node.kind != "GeometryCollection":
            return place.geometry(node.kind, node.coordinates, self.crs)
        members = []
        for member in node.coordinates:
            if not isinstance(member, Geometry) or member.kind in ("bbox", "GeometryCollection"):
                raise place.NoPlace("a collection holds points, lines and polygons")
            members.append(self.shape(member))
        # A collection means all that its members cover, as a set of points.
        return place.sound(shapely.union_all(members))


def _same(operands: list[Node], types: list[str], op: str) -> None:
    """Whether operands can be compared in that way."""
    hint = _HINTS.get(types[0], "")
    hint = f"; {hint}" if hint else ""
    for operand, type_ in zip(operands[1:], types[1:], strict=True):
        if type_ != types[0]:
            raise _Wrong(operand, f"a {types[0]} cannot be compared with a {type_}{hint}")
    allowed: tuple[str, ...] = ("string",) if op == "like" else _ORDERED
    if op in ("=", "<>", "in"):
        allowed = (*_ORDERED, "boolean")
    if types[0] not in allowed:
        raise _Wrong(operands[0], f"{op} is not for a {types[0]}{hint}")


def _column(name: str) -> str:
    """A name that is known, as an identifier."""
    return 'f."{}"'.format(name.replace('"', '""').replace("%", "%%")) if name != GEOMETRY else "f.geom"


def _value(value: str | float | bool | date | datetime) -> tuple[str, str, list[Any]]:
    match value:
        case bool():
            return "boolean", "%s::boolean", [value]
        case str():
            return "string", "%s::text", [value]
        case datetime():
            return "date-time", "%s::timestamptz", [value]
        case date():
            return "date", "%s::date", [value]
        case int():
            return "number", "%s::bigint", [value]
    return "number", "%s::float8", [value]


def _pattern(node: Node) -> None:
    """A pattern of LIKE that the database can read."""
    inner = node
    while isinstance(inner, Call):
        inner = inner.args[0]
    if not isinstance(inner, Literal) or not isinstance(inner.value, str):
        raise _Wrong(node, "a pattern in quotes is wanted")
    if inner.value.replace("\\\\", "").endswith("\\"):
        raise _Wrong(node, "a pattern cannot end with a backslash")
