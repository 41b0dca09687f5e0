"""The trace of a finding: what was measured, by which formula, and where on the map.

A trace is the only source of numbers for the words and the drawings of a proof. It is made from one site's
World on demand and can be frozen as plain data for a decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.crs import GRID

#: What a piece of evidence shows; map styles are keyed by these.
ROLES: Final = (
    "shortest_line",
    "worst_point",
    "strip",
    "edge",
    "footprint",
    "part_above_plane",
    "part_outside",
    "part_inside",
    "plan_area",
    "plot",
    "feature",
)


@dataclass(frozen=True)
class Value:
    """One named value.

    Attributes
    ----------
    name : name that formulas and sentences use.
    value : a number, or an English message id that is translated when it is said.
    unit : ``m``, ``m²``, ``%``, ``storeys`` …; empty for words and bare factors.
    clause : paragraph that the value comes from, empty for measured ones.
    source : where it comes from (register, drawing, rule set), empty when plain.
    """

    name: str
    value: float | str
    unit: str = ""
    clause: str = ""
    source: str = ""

    @property
    def known(self) -> bool:
        """Whether there is something to say: a word, or a number that is not NaN."""
        return isinstance(self.value, str) or not math.isnan(self.value)


@dataclass(frozen=True)
class Step:
    """One step of a formula, in names of values: ``limit = factor × distance``."""

    result: str
    formula: str


@dataclass(frozen=True)
class Evidence:
    """A geometry in EPSG:25832 that shows something, and what it shows (one of :data:`ROLES`)."""

    role: str
    geometry: BaseGeometry
    key: int = -1


@dataclass
class Trace:
    """What stands behind one finding.

    Notes
    -----
    Filled by the trace function of a rule (:mod:`permits.proofs.explain`) and read only from then on.
    """

    rule: str
    site: int
    building: int
    outcome: str
    reason: str
    flags: tuple[str, ...]
    ruleset: str
    values: dict[str, Value] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    def add(
        self, name: str, value: float | str, unit: str = "", *, clause: str = "", source: str = ""
    ) -> None:
        """Put down a value; a second one of the same name is an error."""
        if name in self.values:
            raise ValueError(f"{self.rule}: the trace has two values called {name}")
        plain = value if isinstance(value, str) else float(value)
        self.values[name] = Value(name, plain, unit, clause, source)

    def step(self, result: str, formula: str) -> None:
        """Put down a step of the formula, in names of values."""
        self.steps.append(Step(result, formula))

    def show(self, role: str, geometry: BaseGeometry | None, key: int = -1) -> None:
        """Put down evidence; an empty or missing geometry shows nothing and is left out."""
        if role not in ROLES:
            raise ValueError(f"no such role of evidence: {role}")
        if geometry is not None and not geometry.is_empty:
            self.evidence.append(Evidence(role, shapely.force_2d(geometry), int(key)))

    def knows(self, *names: str) -> bool:
        """Whether all these values are in the trace and known."""
        return all(n in self.values and self.values[n].known for n in names)

    def copy(self) -> Trace:
        """The same trace, to which more may be added without changing this one."""
        return replace(self, values=dict(self.values), steps=list(self.steps), evidence=list(self.evidence))

    def number(self, name: str) -> float:
        """A number of the trace; NaN when it is not there or a word."""
        value = self.values[name].value if name in self.values else math.nan
        return value if isinstance(value, float) else math.nan

    def as_dict(self) -> dict[str, Any]:
        """The trace as plain data for JSON: geometry as GeoJSON in grid metres, unknown numbers as null."""
        return {
            "rule": self.rule,
            "site": self.site,
            "building": self.building,
            "outcome": self.outcome,
            "reason": self.reason,
            "flags": list(self.flags),
            "ruleset": self.ruleset,
            "crs": GRID,
            "values": [
                {
                    "name": v.name,
                    "value": v.value if v.known else None,
                    "unit": v.unit,
                    "clause": v.clause,
                    "source": v.source,
                }
                for v in self.values.values()
            ],
            "steps": [{"result": s.result, "formula": s.formula} for s in self.steps],
            "evidence": [
                {"role": e.role, "key": e.key, "geometry": shapely.geometry.mapping(e.geometry)}
                for e in self.evidence
            ],
        }


def start(finding: Mapping[str, Any], ruleset: str) -> Trace:
    """A trace with what every finding has: outcome, measured, limit, margin, worst point.

    Parameters
    ----------
    finding : one row of findings (:data:`permits.rulebook.FINDING_COLUMNS`).
    ruleset : name of the rule set that was in force.

    Returns
    -------
    A trace whose only content is the worst point, where the finding has one; the rule adds the numbers under
    names and units of its own.
    """
    from permits.rulebook import FLAGS

    bits = int(finding["flags"])
    trace = Trace(
        rule=str(finding["rule"]),
        site=int(finding["site"]),
        building=int(finding["building"]),
        outcome=str(finding["outcome"]),
        reason=str(finding["reason"]),
        flags=tuple(name for name, bit in FLAGS.items() if bits & bit),
        ruleset=ruleset,
    )
    x, y = float(finding["x"]), float(finding["y"])
    if np.isfinite(x) and np.isfinite(y):
        trace.show("worst_point", shapely.Point(x, y))
    return trace
