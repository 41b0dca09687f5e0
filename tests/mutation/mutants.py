"""Mutants: small changes to the source of a rule, each of which one of the rule's tests ought to notice.

Left alone are docstrings, annotations, defaults, texts, messages (``raise``), ``assert``, decorators, declarations
(``RULE``) and what only speaks to the libraries (``strict`` of ``zip``, ``ignore_index``, ``copy``). A comparison
against a limit ± ``EQUAL`` keeps its kind: whether the very last bit of half a millimetre counts is no one's
contract, while the tolerance itself is mutated.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

COMPARE: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
BOUNDARY = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
BINARY: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Pow: ast.Mult,
}
SIGN = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in", ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
    ast.Div: "/", ast.FloorDiv: "//", ast.BitAnd: "&", ast.BitOr: "|", ast.Pow: "**", ast.And: "and", ast.Or: "or",
}  # fmt: skip
OPPOSITE = {
    one: other
    for pair in (
        ("min", "max"), ("minimum", "maximum"), ("fmin", "fmax"), ("nanmin", "nanmax"), ("argmin", "argmax"),
        ("any", "all"), ("logical_and", "logical_or"), ("floor", "ceil"), ("first", "last"),
    )
    for one, other in (pair, pair[::-1])
}  # fmt: skip
TO_LIBRARIES = {
    "strict",
    "ignore_index",
    "copy",
    "dtype",
    "kind",
    "name",
    "index",
    "columns",
    "observed",
    "sort",
}
SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.AnnAssign)


@dataclass(frozen=True)
class Mutant:
    """One change: file relative to the project, line, lines of its statement, text of the line, what is done to it.

    ``nth`` tells equal changes on equal lines of a file apart; ``number`` is the place in the walk over the file.
    """

    file: str
    line: int
    first: int
    last: int
    text: str
    change: str
    nth: int
    number: int

    def key(self) -> tuple[str, str, str, int]:
        """What names a mutant across edits elsewhere in its file."""
        return (self.file, self.text, self.change, self.nth)

    def rank(self, seed: int) -> str:
        """Pseudo-random place in the order in which a sample is drawn; edits elsewhere do not move it."""
        return hashlib.sha256(repr((seed, self.key())).encode()).hexdigest()


@dataclass
class _Change:
    node: ast.AST
    said: str
    do: Callable[[], None]
    statement: ast.stmt


class _Walk:
    """All changes to a tree, in the order of the source."""

    def __init__(self) -> None:
        self.changes: list[_Change] = []
        self.statement: ast.stmt = ast.Pass()
        self.bools = False

    def module(self, tree: ast.Module) -> None:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self.function(node)
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef):
                        self.function(inner)
            elif (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and node.target.id != "RULE"
            ):
                self.statement = node
                if node.value is not None:
                    self.expression(node.value)

    def function(self, node: ast.FunctionDef) -> None:
        outer, self.bools = self.bools, node.returns is not None and ast.unparse(node.returns) == "Bools"
        self.body(node, "body", docstring=ast.get_docstring(node) is not None)
        self.bools = outer

    def body(self, owner: Any, name: str, *, docstring: bool = False) -> None:
        statements: list[ast.stmt] = getattr(owner, name)
        for at, node in enumerate(list(statements)):
            if at == 0 and docstring:
                continue
            self.statement = node
            if isinstance(node, ast.FunctionDef):
                self.function(node)
                continue
            if isinstance(node, ast.Raise | ast.Assert):
                continue
            if self.droppable(node):
                self.add(node, "dropped", lambda s=statements, a=at: s.__setitem__(a, _stub(s[a])))
            if isinstance(node, ast.Return) and self.bools and node.value is not None:
                self.add(node, "return inverted", lambda n=node: setattr(n, "value", _invert(n.value)))
            self.own(node)
            for inner in ("body", "orelse"):
                if hasattr(node, inner):
                    self.body(node, inner)

    def own(self, node: Any) -> None:
        """Changes to what a statement holds besides the statements within it."""
        if isinstance(node, ast.If | ast.While):
            if not isinstance(node.test, ast.Compare | ast.UnaryOp):
                self.add(node, "condition inverted", lambda: setattr(node, "test", _negate(node.test)))
            self.expression(node.test)
            return
        if isinstance(node, ast.AugAssign):
            self.operator(node)
        for target in getattr(node, "targets", []):
            if isinstance(target, ast.Subscript):
                self.expression(target)
        value = node.iter if isinstance(node, ast.For) else getattr(node, "value", None)
        if value is not None:
            self.expression(value)

    @staticmethod
    def droppable(node: ast.stmt) -> bool:
        """Statements without which the code still runs: writing into an array, adding up, telling."""
        if isinstance(node, ast.Assign):
            return all(isinstance(target, ast.Subscript) for target in node.targets)
        return isinstance(node, ast.AugAssign | ast.Expr | ast.Continue)

    def add(self, node: ast.AST, said: str, do: Callable[[], None]) -> None:
        self.changes.append(_Change(node, said, do, self.statement))

    def operator(self, node: ast.BinOp | ast.AugAssign) -> None:
        other = BINARY.get(type(node.op))
        # Types joined by | stand in annotations only, which are not walked.
        if other is not None:
            said = f"{SIGN[type(node.op)]} -> {SIGN[other]}"
            self.add(node, said, lambda: setattr(node, "op", other()))

    def expression(self, node: ast.AST) -> None:
        if isinstance(node, ast.Constant):
            self.constant(node)
            return
        if isinstance(node, ast.JoinedStr):
            return
        if isinstance(node, ast.Compare):
            tolerant = "EQUAL" in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            for at, op in enumerate(node.ops):
                for other in COMPARE.get(type(op), ()):
                    boundary = type(op) in BOUNDARY and other is COMPARE[type(op)][0]
                    if not (tolerant and boundary):
                        said = f"{SIGN[type(op)]} -> {SIGN[other]}"
                        self.add(node, said, lambda n=node, a=at, o=other: n.ops.__setitem__(a, o()))
        elif isinstance(node, ast.BinOp):
            self.operator(node)
        elif isinstance(node, ast.BoolOp):
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            said = f"{SIGN[type(node.op)]} -> {SIGN[other]}"
            self.add(node, said, lambda n=node, o=other: setattr(n, "op", o()))
        elif isinstance(node, ast.UnaryOp):
            self.unary(node)
            if isinstance(node.operand, ast.Constant):
                return
        elif isinstance(node, ast.IfExp):
            self.add(node, "branches swapped", lambda n=node: _swap(n))
        elif isinstance(node, ast.Call):
            self.call(node)
            return
        for child in ast.iter_child_nodes(node):
            self.expression(child)

    def unary(self, node: ast.UnaryOp) -> None:
        said = {ast.Invert: "~ dropped", ast.Not: "not dropped", ast.USub: "sign dropped"}.get(type(node.op))
        if said:
            self.add(node, said, lambda n=node: setattr(n, "op", ast.UAdd()) or _bare(n))

    def constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self.add(node, f"{value} -> {not value}", lambda: setattr(node, "value", not value))
        elif isinstance(value, int | float):
            for step in (1, -1):
                self.add(node, f"{value} -> {value + step}", lambda s=step: setattr(node, "value", value + s))

    def call(self, node: ast.Call) -> None:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name == "where" and len(node.args) == 3:
            self.add(node, "branches swapped", lambda: node.args.__setitem__(slice(1, 3), node.args[:0:-1]))
        if name in OPPOSITE:
            field = "attr" if isinstance(called, ast.Attribute) else "id"
            self.add(node, f"{name} -> {OPPOSITE[name]}", lambda: setattr(called, field, OPPOSITE[name]))
        self.expression(called)
        for inner in node.args:
            self.expression(inner)
        for word in node.keywords:
            if word.arg not in TO_LIBRARIES:
                self.expression(word.value)


class _Bare(ast.NodeTransformer):
    """Takes away the signs that :meth:`_Walk.unary` has marked."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return node.operand if getattr(node, "bare", False) else node


def _bare(node: Any) -> None:
    node.bare = True


def _swap(node: ast.IfExp) -> None:
    node.body, node.orelse = node.orelse, node.body


def _invert(value: Any) -> ast.AST:
    return ast.copy_location(ast.UnaryOp(ast.Invert(), value), value)


def _negate(value: Any) -> ast.AST:
    return ast.copy_location(ast.UnaryOp(ast.Not(), value), value)


def _stub(statement: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Pass(), statement)


def _walked(tree: ast.Module) -> list[_Change]:
    walk = _Walk()
    walk.module(tree)
    return walk.changes


def mutants(root: Path, file: str) -> list[Mutant]:
    """All mutants of a file, in the order of its source."""
    source = (root / file).read_text(encoding="utf-8")
    lines = source.splitlines()
    seen: dict[tuple[str, str], int] = {}
    found = []
    for number, change in enumerate(_walked(ast.parse(source))):
        line = getattr(change.node, "lineno", change.statement.lineno)
        text = lines[line - 1].strip()
        nth = seen[text, change.said] = seen.get((text, change.said), 0) + 1
        first, last = change.statement.lineno, change.statement.end_lineno or line
        if isinstance(change.statement, ast.If | ast.While | ast.For):
            last = max(first, change.statement.body[0].lineno - 1)
        found.append(Mutant(file, line, first, last, text, change.said, nth, number))
    return found


def compiled(root: Path, mutant: Mutant) -> CodeType:
    """Code of the module with one mutant in it."""
    path = root / mutant.file
    tree = ast.parse(path.read_text(encoding="utf-8"))
    _walked(tree)[mutant.number].do()
    tree = ast.fix_missing_locations(_Bare().visit(tree))
    return compile(copy.deepcopy(tree), str(path), "exec", dont_inherit=True)


def functions(code: CodeType) -> Iterator[CodeType]:
    """Code of the functions and methods of a module, without those within functions."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & 0x02:  # CO_NEWLOCALS: a function; a class body has none
                yield constant
            else:
                yield from functions(constant)
