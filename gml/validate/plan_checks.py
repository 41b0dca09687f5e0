"""Our own checks of plans: numbers that mean something, documents, dates, slivers, the right country."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import shapely

from geodata.crs import DENMARK
from geodata.shapes import depth, polygons
from gml.validate.document import Feature, line_of
from gml.validate.fault import Report
from gml.validate.geometry import GEOGRAPHIC
from gml.validate.structure import is_void
from gml.validate.tables import PLU, XLINK

_HREF: Final = f"{{{XLINK}}}href"
_PERCENTAGE: Final = re.compile(r"(bebygpct|bygpct\d*)(:.*)?")
_DENOMINATOR: Final = re.compile(r"(^|:)af=([1-4]|unknown)(:|$)")
#: Field → smallest and largest number that a Danish plan means, and its unit where it has one. Percentages above
#: 100 are ordinary in towns; the highest building allowed in Denmark is below 400 m.
_RANGES: Final = {
    "bebygpct": (0.0, 2_000.0, ""),
    "maxbygnhjd": (0.0, 400.0, "m"),
    "maxetager": (0.0, 120.0, ""),
    "eareal": (0.0, 1e8, "m2"),
    "bygm2": (0.0, 1e8, "m2"),
    "minuds": (0.0, 1e8, "m2"),
    "maxuds": (0.0, 1e8, "m2"),
}
#: Parts shallower than this are slivers, metres.
_SLIVER_M: Final = 0.01
_DEGREES: Final = (7.0, 54.0, 16.0, 58.5)
_VALUE: Final = f"{{{PLU}}}value"
_REFERENCE: Final = f"{{{PLU}}}indicationReference"
_LAWFUL: Final = "ProcessStepGeneralValue/legalForce"


@dataclass
class PlanChecks:
    """The stage; ``today`` is the day on which the data are looked at, None = dates are not held against any.

    :meth:`settle` looks at the places of a portion of features, once their shapes are there.
    """

    report: Report
    today: date | None = None

    def check(self, feature: Feature) -> None:
        """Look at one feature."""
        if not feature.ours:
            return
        said = feature.own()
        self._limits(feature, said.get("dimensioningIndication", []))
        self._dates(feature, said)
        if feature.kind == "SpatialPlan" and _is(said, "processStepGeneral", _LAWFUL):
            if not _filled(said, "officialDocument"):
                self.report.add("no-document", feature.line, feature.gid)
            if not _filled(said, "validFrom"):
                self.report.add("not-since", feature.line, feature.gid)

    def _limits(self, feature: Feature, indications: list[Any]) -> None:
        seen: dict[str, str] = {}
        for indication in indications:
            said: dict[str, Any] = {}
            for kind in indication.iterchildren("*"):
                for part in kind.iterchildren(_VALUE, _REFERENCE):
                    said.setdefault(part.tag, part)
            value, named = said.get(_VALUE), said.get(_REFERENCE)
            if value is None:
                continue
            line = line_of(indication)
            reference = ((named.text if named is not None else "") or "").strip()
            text = (value.text or "").strip()
            if _PERCENTAGE.fullmatch(reference) and not _DENOMINATOR.search(reference):
                self.report.add("percentage-of-what", line, feature.gid, reference=reference[:80])
            other = seen.setdefault(reference, text)
            if other != text:
                self.report.add(
                    "limit-twice",
                    line,
                    feature.gid,
                    reference=reference[:80],
                    value=other[:80],
                    other=text[:80],
                )
            self._range(feature, line, reference, text, value.get("uom"))

    def _range(self, feature: Feature, line: int, reference: str, text: str, unit: str | None) -> None:
        low, high, want = _RANGES.get(reference.partition(":")[0], (-math.inf, math.inf, ""))
        try:
            number = float(text)
        except ValueError:
            return  # a text, or a fault that the structure has told
        # Zero is an empty field of a register, never a limit.
        if math.isnan(number) or number > high or number < low or (number == 0.0 and want == "m"):
            self.report.add(
                "limit-out-of-range", line, feature.gid, reference=reference[:80], value=text[:80]
            )
        if want and unit is not None and unit != want:
            self.report.add(
                "limit-unit", line, feature.gid, reference=reference[:80], unit=unit[:40], want=want
            )

    def _dates(self, feature: Feature, said: dict[str, list[Any]]) -> None:
        if self.today is None:
            return
        for element in said.get("beginLifespanVersion", []):
            text = (element.text or "").strip()
            if text[:10] > self.today.isoformat():
                self.report.add(
                    "future-version", line_of(element), feature.gid,
                    name="plu:beginLifespanVersion", value=text[:40],
                )  # fmt: skip

    def settle(self, features: Sequence[Feature]) -> None:
        """Look at where features lie, and at how deep their parts are."""
        placed = [
            (feature, shape, crs)
            for feature in features
            if feature.ours
            for shape, crs in feature.shapes.values()
        ]
        if not placed:
            return
        shapes = np.empty(len(placed), dtype=object)
        shapes[:] = [shape for _, shape, _ in placed]
        boxes = np.array([_country(crs) for _, _, crs in placed])
        bounds = shapely.bounds(shapes)
        out = (bounds[:, 2:] < boxes[:, :2]).any(axis=1) | (bounds[:, :2] > boxes[:, 2:]).any(axis=1)
        for row in np.flatnonzero(out):
            feature, shape, crs = placed[row]
            self.report.add(
                "outside-denmark", feature.line, feature.gid, place=shapely.point_on_surface(shape), crs=crs
            )
        metric = np.flatnonzero([crs not in GEOGRAPHIC for _, _, crs in placed])
        parts, rows = polygons(shapes[metric])
        deep = depth(parts)
        for at in np.flatnonzero(deep < _SLIVER_M):
            feature, _, crs = placed[metric[rows[at]]]
            self.report.add(
                "sliver", feature.line, feature.gid, place=parts[at], crs=crs, depth=f"{deep[at] * 1000:.1f}"
            )


def _country(crs: int) -> tuple[float, float, float, float]:
    """Box of Denmark in a system, endless where it is not known."""
    if crs in GEOGRAPHIC:
        return _DEGREES
    return DENMARK if crs in (25832, 3044) else (-math.inf, -math.inf, math.inf, math.inf)


def _filled(said: dict[str, list[Any]], name: str) -> bool:
    return any(not is_void(element) for element in said.get(name, []))


def _is(said: dict[str, list[Any]], name: str, value: str) -> bool:
    return any((element.get(_HREF) or "").endswith(value) for element in said.get(name, []))
