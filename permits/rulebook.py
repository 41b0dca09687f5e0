"""The vocabulary of a rule: what it declares, what it answers, and what is answered for it.

A rule is one file in :mod:`permits.rules`, or in an installed package (:mod:`permits.extensions`), with a
module-level ``RULE``. It declares its id, the law, the Danish name and what it *needs*; ``check`` gets a World and
the numbers of the rule set in force and returns findings.

Needs that hold always are answered here, once for all rules: where such a column or layer is missing the answer
is ``needs_manual`` with ``missing_data`` and the rule never sees the row. Needs that depend on the situation
stay with the rule.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.columns import LateTable, columns_of
from geodata.fkg.catalogue import fkg_themes_by_id, themes_of_kinds

if TYPE_CHECKING:
    from permits.engine.world import World

Words = npt.NDArray[np.object_]

#: Outcomes, worst first; ``not_applicable`` last (rule cases, "Several findings for one rule").
OUTCOMES: Final = (
    "fail",
    "needs_dispensation",
    "needs_other_consent",
    "needs_manual",
    "pass",
    "not_applicable",
)
#: Severity of an outcome: smaller is worse.
SEVERITY: Final[Mapping[str, int]] = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}
#: Why a person is needed.
REASONS: Final = ("overall_assessment", "assessment", "missing_data", "ambiguous_boundary", "legal_text")
#: Flags stand beside an outcome and do not change it; stored as bits.
FLAGS: Final[Mapping[str, int]] = {"near_line": 1, "overlapping_plans": 2, "within_tolerance": 4}
#: A difference of at most this, in the rule's own unit, counts as equal (float noise).
#: The last micrometre is for coordinates that were written with six decimals.
EQUAL: Final = 0.0005 + 1e-6
#: An overlap counts when it is larger (m²) *and* deeper (m) than this.
OVERLAP_M2: Final = 0.01
OVERLAP_DEPTH_M: Final = 0.05
#: A law is a name with its paragraph, or these words and the reason why there is none.
_PARAGRAPH: Final = re.compile(r"§\s*\d")
_NO_PARAGRAPH: Final = re.compile(r"ingen paragraf:\s*\S")
#: An id is a family and a name; findings are stored with it.
_ID: Final = re.compile(r"(?=.{3,60}$)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
#: Layers that are no registers.
_OTHER_LAYERS: Final = ("plans", "zones", "surroundings", "terrain")

#: Columns of findings: one narrow row each.
FINDING_COLUMNS: Final[dict[str, str]] = {
    "site": "int64",
    "building": "int64",  # -1: about the site as a whole
    "rule": "object",
    "outcome": "object",
    "reason": "object",  # empty unless needs_manual
    "flags": "int64",  # bits of FLAGS
    "measured": "float64",  # NaN: no number
    "limit": "float64",
    "margin": "float64",  # signed, positive = to spare
    "x": "float64",  # worst point, EPSG:25832
    "y": "float64",
    "edge": "int64",  # key of the edge, feature or plan area that decided, -1 = none
    "feature": "int64",
    "area": "int64",
}
_UNKNOWN: Final[dict[str, Any]] = {
    "building": -1,
    "reason": "",
    "flags": 0,
    "measured": np.nan,
    "limit": np.nan,
    "margin": np.nan,
    "x": np.nan,
    "y": np.nan,
    "edge": -1,
    "feature": -1,
    "area": -1,
}
#: The same as numpy reads them.
_DTYPES: Final = {name: np.dtype(dtype) for name, dtype in FINDING_COLUMNS.items()}
#: Up to so many rows a value is quicker written down than spread.
_FEW: Final = 1024


def findings(rule: str, **columns: Any) -> pd.DataFrame:
    """Findings of one rule from arrays of equal length; columns not given are "none".

    ``site`` and ``outcome`` are required. Scalars are spread over the rows.
    """
    return tabled(_columns(rule, columns, own=False))


def blank(rule: str, **columns: Any) -> dict[str, npt.NDArray[Any]]:
    """The columns of :func:`findings`, for those who write more into them before they make a table."""
    return _columns(rule, columns, own=True)


def _columns(rule: str, columns: dict[str, Any], *, own: bool) -> dict[str, npt.NDArray[Any]]:
    given = {name: value if isinstance(value, str) else np.asarray(value) for name, value in columns.items()}
    size = max((len(v) for v in given.values() if not isinstance(v, str) and v.ndim), default=0)
    given["rule"] = rule
    if "site" not in given or "outcome" not in given:
        raise KeyError(f"{rule}: findings need the columns site and outcome")
    table: dict[str, npt.NDArray[Any]] = {}
    for name, dtype in _DTYPES.items():
        value = given.pop(name, _UNKNOWN.get(name))
        if isinstance(value, np.ndarray) and value.ndim:
            table[name] = value if value.dtype == dtype else value.astype(dtype)
        elif own or size <= _FEW:
            # Not np.full, which makes a new word for every row.
            table[name] = np.empty(size, dtype)
            table[name].fill(value)
        else:
            table[name] = np.broadcast_to(np.asarray(value, dtype), size)
    if given:
        raise KeyError(f"{rule}: findings have no column {', '.join(sorted(given))}")
    return table


def tabled(columns: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """Findings from all their columns as arrays of their dtypes, which the table takes over.

    They stay columns until somebody asks the table for more (:mod:`geodata.columns`).
    """
    return LateTable(columns)


def joined(*tables: pd.DataFrame) -> pd.DataFrame:
    """Findings one after another; tables without rows are left out."""
    kept = [table for table in tables if len(table)]
    if len(kept) < 2:
        return kept[0] if kept else tables[0]
    parts = [columns_of(table) for table in kept]
    return tabled({name: np.concatenate([part[name] for part in parts]) for name in FINDING_COLUMNS})


def worded(conditions: Sequence[npt.NDArray[np.bool_]], words: Sequence[str], default: str) -> Words:
    """The word of the first condition that holds, row by row: ``np.select`` for the words of findings."""
    place = np.full(conditions[0].shape, len(words), dtype=np.int8)
    for number in range(len(words) - 1, -1, -1):
        place[conditions[number]] = number
    return np.array([*words, default], dtype=object)[place]


def any_word(words: Words, *asked: str) -> npt.NDArray[np.bool_]:
    """Which words of a column are one of those asked for."""
    found = np.zeros(len(words), dtype=bool)
    for word in asked:
        found |= words == word
    return found


def no_findings() -> pd.DataFrame:
    """An empty table of findings."""
    return tabled({name: np.zeros(0, dtype=dtype) for name, dtype in FINDING_COLUMNS.items()})


@dataclass(frozen=True)
class Ruleset:
    """The numbers of one version of the law: ``permits/rulesets/*.toml``.

    ``numbers`` is read with :meth:`number`; each carries its clause, source and confidence.
    """

    name: str
    numbers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def number(self, key: str) -> float:
        """Value of a number such as ``br18.boundary_distance.house_m``; KeyError when the set has none."""
        return float(self.numbers[key]["value"])

    def word(self, key: str) -> str:
        """A setting that is a word, such as ``br18.road_side.form``."""
        return str(self.numbers[key]["value"])

    def clause(self, key: str) -> str:
        """The paragraph that a number stands in."""
        return str(self.numbers[key].get("clause", ""))


@dataclass(frozen=True)
class Need:
    """A layer that a rule looks at.

    Attributes
    ----------
    layer : register kind, id of an FKG theme (``5605_vejbyggel``), or ``plans``, ``zones``.
    reach : how far from what is built and from the land it is looked at; metres, or the name of such a number in the
        rule sets.
    always : its silence leaves the rule unanswered for the whole site, which is answered here; else the rule itself
        says what its silence means.
    """

    layer: str
    reach: float | str = 0.0
    always: bool = True


@dataclass(frozen=True)
class Rule:
    """One rule.

    ``check(world, ruleset)`` answers for every site of the World at once: no loop over sites, no query, no
    exception for a bad row. ``asks(world)`` (optional) says which sites the rule is about at all, so that a
    missing layer is not reported where the rule has nothing to ask.

    A rule that hangs on what other rules found names them in ``reads`` (ids, or families such as ``br18.``) and has a
    ``conclude(own, others)``: ``own`` are its findings by ``check``, which looks at the World alone; ``others`` are
    the findings of the rules it reads, about the same sites and by the same rule set. What it returns are its
    findings. Rules that conclude do not read each other.

    ``law`` names the paragraph, or says ``ingen paragraf:`` and why. ``exempts``: the rule asks whether an exemption
    holds, so that ``pass`` is what it finds and ``not_applicable`` is that it does not hold.
    """

    id: str
    law: str
    name_da: str
    name_en: str
    check: Callable[[World, Ruleset], pd.DataFrame]
    needs: tuple[Need, ...] = ()
    asks: Callable[[World], npt.NDArray[np.int64]] | None = None
    reads: tuple[str, ...] = ()
    conclude: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame] | None = None
    exempts: bool = False

    def __post_init__(self) -> None:
        """Refuse a rule that reads others and concludes nothing from them, or the other way round."""
        if bool(self.reads) != (self.conclude is not None):
            raise ValueError(f"{self.id}: reads and conclude go together")

    def read_by(self, other: Rule) -> bool:
        """Whether another rule reads the findings of this one."""
        named = any(
            self.id == name or (name.endswith(".") and self.id.startswith(name)) for name in other.reads
        )
        return named and not self.reads


def declared() -> list[Rule]:
    """Every rule that counts: the shipped ones, whose ids may still meet, then those of installed packages."""
    from permits.extensions import extensions

    return [*shipped_rules(), *(rule for package in extensions() for rule in package.rules)]


def shipped_rules() -> list[Rule]:
    """Every ``RULE`` that stands below :mod:`permits.rules`, by module; ids may still meet."""
    rules = (getattr(module, "RULE", None) for module in _modules())
    return [rule for rule in rules if rule is not None]


@cache
def _modules() -> tuple[ModuleType, ...]:
    """Looked for once: each run and each proof asks, and the folder does not change under a running program."""
    import permits.rules as package

    names = sorted(m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
    return tuple(importlib.import_module(name) for name in names)


def discover() -> dict[str, Rule]:
    """All rules, found by walking :mod:`permits.rules` and installed packages; ids in alphabetical order.

    Raises
    ------
    ValueError : what :func:`faults` refuses about shipped rules, all of it at once. A package with faults is left
        out instead (:func:`permits.extensions.left_out`).
    """
    found = declared()
    # Each run and each proof asks, and the same rules have the same faults: none.
    if found != _FAULTLESS:
        if wrong := faults(found):
            raise ValueError("; ".join(wrong))
        _FAULTLESS[:] = found
    return {rule.id: rule for rule in sorted(found, key=lambda rule: rule.id)}


#: The rules that were looked at last and had no fault.
_FAULTLESS: Final[list[Rule]] = []


def faults(rules: Iterable[Rule], cases: Iterable[Mapping[str, Any]] | None = None) -> list[str]:
    """What the rulebook refuses about some rules, all at once.

    Parameters
    ----------
    rules : any rules, those of an installed package among them.
    cases : the rules' own cases, as read (:attr:`permits.examples.Case.data`); what they expect is looked at.
        ``None`` leaves cases out.

    Returns
    -------
    One sentence a fault, in the order of the ids; empty when there is nothing to refuse.

    Notes
    -----
    Each rule has an own case that finds something and one that does not. To find something is any answer but
    ``pass`` and ``not_applicable``; ``missing_data`` is neither, since it says nothing about the rule. Of a rule
    that asks for an exemption ``pass`` is what it finds. Whether the cases agree is not looked at here.
    """
    listed = sorted(rules, key=lambda rule: rule.id)
    told = [
        f"{size} rules have the id {name}"
        for name, size in Counter(rule.id for rule in listed).items()
        if size > 1
    ]
    told += [
        f'{rule.id} names neither a law (with its §) nor why there is none ("ingen paragraf: …")'
        for rule in listed
        if not _PARAGRAPH.search(rule.law) and not _NO_PARAGRAPH.match(rule.law)
    ]
    told += [
        f"{rule.id!r} is no id: a family, a full stop and a name, of at most 60 small letters, digits and _"
        for rule in listed
        if not _ID.fullmatch(rule.id)
    ]
    layers = {*_OTHER_LAYERS, *themes_of_kinds(), *fkg_themes_by_id()}
    told += [
        f"{rule.id} needs the layer {need.layer}, which is neither a register kind nor the id of an FKG theme"
        for rule in listed
        for need in rule.needs
        if need.layer not in layers
    ]
    if cases is None:
        return told
    expected: dict[str, set[bool]] = {rule.id: set() for rule in listed}
    exempting = {rule.id for rule in listed if rule.exempts}
    for case in cases:
        for name, answer in case["expect"].items():
            finds = _finds(answer, exempting=name in exempting)
            if name in expected and finds is not None:
                expected[name].add(finds)
    for name, sides in expected.items():
        told += [
            f"{name} has no own case {what}"
            for side, what in ((True, "that finds something"), (False, "that finds nothing"))
            if side not in sides
        ]
    return told


def _finds(answer: str | Mapping[str, Any], *, exempting: bool) -> bool | None:
    """Whether an expected answer finds something; None = it says nothing about the rule."""
    outcome, reason = (
        (answer, "") if isinstance(answer, str) else (answer["outcome"], answer.get("reason", ""))
    )
    if exempting:
        return {"pass": True, "not_applicable": False}.get(outcome)
    if reason == "missing_data":
        return None
    return outcome not in ("pass", "not_applicable")


def themes_asked(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Ids of the FKG themes that some rules look at, beside register kinds; in alphabetical order."""
    known = fkg_themes_by_id()
    return tuple(sorted({need.layer for rule in rules for need in rule.needs if need.layer in known}))


def unanswered(rule: Rule, world: World) -> npt.NDArray[np.int64]:
    """Sites where a layer that the rule always needs did not answer."""
    kinds = sorted({need.layer for need in rule.needs if need.always})
    if not kinds:
        return np.zeros(0, dtype=np.int64)
    silent = world.is_word("layers", "state", "not_answered") & world.is_word("layers", "kind", *kinds)
    sites = world.column("layers", "site")[silent]
    if len(sites):
        sites = np.intersect1d(sites, about(rule, world))
    return np.asarray(sites, dtype=np.int64)


def about(rule: Rule, world: World) -> npt.NDArray[np.int64]:
    """Sites that the rule is about at all; all of them when it does not say."""
    sites = world.column("sites", "site") if rule.asks is None else rule.asks(world)
    return np.asarray(sites, dtype=np.int64)


def worst(table: pd.DataFrame, by: Iterable[str] = ("site", "rule")) -> pd.DataFrame:
    """The worst finding per group: by severity, then by the smallest margin; flags of all are joined."""
    if not len(table):
        return table
    columns = columns_of(table)
    # Words are few: they are ordered once, and rows by their numbers.
    keys = [
        np.unique(values, return_inverse=True)[1] if (values := columns[name]).dtype == object else values
        for name in by
    ]
    severity = np.array([SEVERITY[word] for word in columns["outcome"].tolist()], dtype=np.int8)
    order = np.lexsort((columns["margin"], severity, *reversed(keys)))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = np.logical_or.reduce([key[order[1:]] != key[order[:-1]] for key in keys])
    start = np.flatnonzero(fresh)
    found = {name: columns[name][order[start]] for name in FINDING_COLUMNS}
    return tabled(found | {"flags": np.bitwise_or.reduceat(columns["flags"][order], start)})
