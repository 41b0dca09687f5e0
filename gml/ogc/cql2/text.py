"""CQL2 as text: ``officialTitle LIKE 'Lokalplan%' AND S_INTERSECTS(geometry, BBOX(12.4, 55.6, 12.5, 55.7))``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

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
from gml.ogc.cql2.values import day, moment, number, text

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<text>'(?:[^'\\]|''|\\.)*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<word>[^\W\d][\w.:]*)
    |(?P<sign><>|<=|>=|[=<>(),])
    |(?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ARRAYS: Final = {name.lower(): name for name in ARRAYS}
#: Geometry → how deep its numbers lie in brackets.
_DEPTHS: Final = {
    "POINT": ("Point", 0), "LINESTRING": ("LineString", 1), "POLYGON": ("Polygon", 2),
    "MULTIPOINT": ("MultiPoint", 1), "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}  # fmt: skip


class _Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """Keywords are the same in capitals."""
        return self.text.upper() if self.kind == "word" else self.text if self.kind == "sign" else ""

    @property
    def at(self) -> str:
        return f"character {self.start + 1}"


def read(written: str) -> Node:
    """The tree of a filter.

    Raises
    ------
    WrongFilter : it is no CQL2, or too long or too deep; says at which character.
    """
    if len(written) > MOST_LONG:
        raise WrongFilter(f"the filter has {len(written)} characters; {MOST_LONG} are the most")
    reader = _Reader(_tokens(written))
    tree = reader.either()
    reader.need("", "the end, AND or OR")
    return tree


def _tokens(written: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(written, at)
        if match is None:
            place = len(written) - len(written[at:].lstrip())
            what = "a text that does not end" if written[place] in "'\"" else f"{written[place]!r}"
            raise WrongFilter(f"character {place + 1}: {what} cannot stand here")
        kind = str(match.lastgroup)
        found.append(_Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    if len(found) > MOST_PARTS:
        raise WrongFilter(f"{found[MOST_PARTS].at}: the filter has more than {MOST_PARTS} parts")
    return found


class _Reader:
    """Goes through the parts from left to right and never back."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.now
        self.place += token.kind != "end"
        return token

    def met(self, *words: str) -> bool:
        """Whether these words or signs come next; they are then taken."""
        ahead = self.tokens[self.place : self.place + len(words)]
        if tuple(token.word for token in ahead) != words:
            return False
        self.place += len(words)
        return True

    def wrong(self, wanted: str, token: _Token | None = None) -> WrongFilter:
        token = token or self.now
        got = "the end" if token.kind == "end" else repr(token.text[:40])
        return WrongFilter(f"{token.at}: {wanted} is wanted, not {got}")

    def need(self, word: str, wanted: str = "") -> None:
        if self.now.kind == "end" if word == "" else self.met(word):
            return
        raise self.wrong(wanted or f"'{word}'")

    def deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MOST_DEEP:
            raise WrongFilter(f"{self.now.at}: nested more than {MOST_DEEP} deep")
        found = read()
        self.depth -= 1
        return found

    # Predicates, from the loosest to the tightest.

    def either(self) -> Node:
        return self.chain("or", lambda: self.chain("and", self.factor))

    def chain(self, op: str, read: Callable[[], Node]) -> Node:
        start = self.now
        found = [read()]
        while self.met(op.upper()):
            found.append(read())
        return found[0] if len(found) == 1 else Call(op, tuple(found), start.at)

    def factor(self) -> Node:
        start = self.now
        if self.met("NOT"):
            return Call("not", (self.deeper(self.factor),), start.at)
        if self.met("("):
            found = self.deeper(self.either)
            self.need(")")
            return found
        name = start.word.lower()
        if self.tokens[min(self.place + 1, len(self.tokens) - 1)].word == "(":
            if name in SPATIAL:
                return self.function(name, self.place_argument)
            if name in _ARRAYS:
                return self.function(_ARRAYS[name], self.array_argument)
        return self.predicate()

    def function(self, op: str, argument: Callable[[], Node]) -> Node:
        start = self.take()
        self.need("(")
        first = argument()
        self.need(",")
        second = argument()
        self.need(")")
        return Call(op, (first, second), start.at)

    def predicate(self) -> Node:
        start = self.now
        left = self.operand()
        if self.now.word in COMPARISONS:
            return Call(self.take().text, (left, self.operand()), start.at)
        if self.met("IS"):
            negated = self.met("NOT")
            self.need("NULL")
            return _maybe_not(Call("isNull", (left,), start.at), negated)
        negated = self.met("NOT")
        if self.met("LIKE"):
            return _maybe_not(Call("like", (left, self.operand()), start.at), negated)
        if self.met("BETWEEN"):
            low = self.operand()
            self.need("AND")
            return _maybe_not(Call("between", (left, low, self.operand()), start.at), negated)
        if self.met("IN"):
            listed = self.now
            return _maybe_not(Call("in", (left, Array(self.listed(), listed.at)), start.at), negated)
        if not negated and isinstance(left, Literal) and isinstance(left.value, bool):
            return left
        raise self.wrong("a comparison, LIKE, BETWEEN, IN or IS NULL")

    # Operands.

    def operand(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Literal(number(token.text, token.at), token.at)
        if token.kind == "text":
            return Literal(text(_unquoted(token.text), token.at), token.at)
        if token.kind == "quoted":
            return Property(token.text[1:-1].replace('""', '"'), token.at)
        if token.kind != "word" or token.word in ("AND", "OR", "NOT", "NULL"):
            raise self.wrong("a property or a value", token)
        if token.word in ("TRUE", "FALSE"):
            return Literal(token.word == "TRUE", token.at)
        if self.now.word == "(":
            return self.called(token)
        return Property(token.text, token.at)

    def called(self, token: _Token) -> Node:
        if token.word not in ("DATE", "TIMESTAMP", "CASEI"):
            known = ", ".join(sorted((*SPATIAL, *_ARRAYS, "casei", "date", "timestamp")))
            raise WrongFilter(f"{token.at}: there is no function {token.text[:40]!r} (known: {known})")
        self.need("(")
        inner = self.now
        found = self.deeper(self.operand)
        self.need(")")
        if token.word == "CASEI":
            return Call("casei", (found,), token.at)
        if inner.kind != "text" or not isinstance(found, Literal):
            raise self.wrong("a text in quotes", inner)
        read = day if token.word == "DATE" else moment
        return Literal(read(str(found.value), inner.at), token.at)

    def listed(self) -> tuple[Node, ...]:
        self.need("(")
        found: list[Node] = []
        while not found or self.met(","):
            found.append(self.operand())
        self.need(")")
        return tuple(found)

    def array_argument(self) -> Node:
        start = self.now
        return Array(self.listed(), start.at) if start.word == "(" else self.operand()

    def place_argument(self) -> Node:
        start = self.now
        if self.tokens[min(self.place + 1, len(self.tokens) - 1)].word not in ("(", "Z"):
            return self.operand()
        if self.met("BBOX"):
            return Geometry("bbox", self.numbers(), start.at)
        if start.word == "GEOMETRYCOLLECTION":
            self.take()
            self.need("(")
            members: list[Any] = []
            while not members or self.met(","):
                members.append(self.deeper(self.place_argument))
            self.need(")")
            return Geometry("GeometryCollection", members, start.at)
        if start.word not in _DEPTHS:
            raise self.wrong("a property or a geometry")
        kind, depth = _DEPTHS[self.take().word]
        self.met("Z")
        if depth == 0:
            self.need("(")
            point = self.position()
            self.need(")")
            return Geometry(kind, point, start.at)
        return Geometry(kind, self.brackets(depth, loose=kind == "MultiPoint"), start.at)

    def numbers(self) -> list[float]:
        self.need("(")
        found: list[float] = []
        while not found or self.met(","):
            found.append(self.one_number())
        self.need(")")
        return found

    def brackets(self, depth: int, *, loose: bool = False) -> list[Any]:
        self.need("(")
        found: list[Any] = []
        while not found or self.met(","):
            if depth > 1:
                found.append(self.brackets(depth - 1))
            elif loose and self.met("("):  # points of a MULTIPOINT may have brackets of their own
                found.append(self.position())
                self.need(")")
            else:
                found.append(self.position())
        self.need(")")
        return found

    def position(self) -> list[float]:
        found = [self.one_number(), self.one_number()]
        while self.now.kind == "number" and len(found) < 4:
            found.append(self.one_number())
        return found

    def one_number(self) -> float:
        token = self.take()
        if token.kind != "number":
            raise self.wrong("a number", token)
        return float(number(token.text, token.at))


def _maybe_not(node: Call, negated: bool) -> Call:
    return Call("not", (node,), node.at) if negated else node


def _unquoted(text: str) -> str:
    """Two quotes, or one behind a backslash, are a quote; other backslashes are kept, for LIKE."""
    return re.sub(r"''|\\'|\\.", lambda m: "'" if m.group() in ("''", "\\'") else m.group(), text[1:-1],
                  flags=re.DOTALL)  # fmt: skip
