"""Decide in which system a parsed drawing is to be read, by what is stated, declared, or by the place."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from geodata.crs import DENMARK, GRID
from permits.drawings import place
from permits.drawings.drawing import Fault, Level, Parsed, Shape
from permits.drawings.fit import ByCorners, ByPoints, Fit
from permits.drawings.place_by_points import placed

#: Grid metres, the system of a DXF that already lies at its place.
_GRID: Final = place.System(GRID, 1.0, degrees=False, label=GRID)

Box = tuple[float, float, float, float]


class Placing:
    """One drawing's way to its system; what stands against it is gathered in ``faults``.

    Parameters
    ----------
    parsed : what the file declares about itself.
    shapes : the outlines that count; their unit is corrected in place where the header is contradicted.
    near : box in EPSG:25832 that the drawing is for.
    default : system of a file of this format that declares none.
    placement : how to bring it to its place where it has its own origin; prevails over every system.
    """

    def __init__(
        self,
        parsed: Parsed,
        shapes: list[Shape],
        near: Box | None,
        default: str | None,
        placement: ByPoints | ByCorners | None = None,
    ) -> None:
        self.parsed, self.shapes, self.near, self.default = parsed, shapes, near, default
        self.faults: list[Fault] = []
        self.fit: Fit | None = None
        if placement is not None:
            self.fit, self.faults = placed(parsed, shapes, placement)
        self.placement = placement
        rings = [(shape, ring) for shape in shapes for rings in shape.polygons for ring in rings]
        self._owner = [shape for shape, ring in rings for _ in ring]
        self._positions = np.array([p[:2] for _, ring in rings for p in ring], dtype=np.float64).reshape(
            -1, 2
        )

    def system(self, stated: str | None) -> place.System | None:
        """The system to read the drawing in, in agreement with its numbers; ``None`` with faults.

        ``stated`` beside the file prevails over what the file declares, which prevails over the format's rule.
        """
        declared = self.parsed.crs
        if self.placement is not None:
            if self.fit is None:
                return None
            stated, declared = GRID, None  # what the file or somebody said of another system is moot
        if stated and declared and _differ(declared, stated):
            known = place.system(declared)
            said = known.label if known else declared[:80]
            self._fault("crs_replaced", said, stated, {"key": "crs"}, level="warning")
        name = stated or declared or self.default
        if not len(self._positions):
            return place.system(name) if name else None
        if stated is None and self.parsed.facts.get("crs_null"):
            name = None  # the file says that nobody knows; the rule of the format does not hold then
        if name is None:
            return self._by_place()
        found = place.system(name)
        if found is None:
            self._fault("crs_unknown", name[:80], None, {"key": "crs"})
            return None
        if self.fit is None:
            self._settle_unit(found)
        return self._agreed(found, declared=bool(stated or declared))

    def _agreed(self, found: place.System, *, declared: bool) -> place.System | None:
        """The system, when nothing stands against reading the numbers in it."""
        if found.z_unit_m != 1.0 and any(shape.roof for shape in self.shapes):
            self._fault("z_units", found.z_unit_m, "m", {"key": "crs"})
            return None
        wrong = place.check(self._positions, found, declared=declared, near=self.near)
        if wrong is None:
            return found
        code, index, seen, expected, remedy = wrong
        self._fault(code, seen, expected, {**self._where(index), "at": self._at(index)}, remedy)
        return None

    def _by_place(self) -> place.System | None:
        """The grid, when the numbers already lie at the place; else a fault that says how to place it."""
        near = place.around(self.near, place.NEAR_M) if self.near else None
        if near is not None:
            self._settle_unit(_GRID)
            if place.inside(self._positions, near):
                return _GRID
        better = place.fitting(self._positions, near)
        code = "no_crs" if better or near is None else "not_placed"
        self._fault(code, self._at(0), None, {"at": self._at(0)}, better[0] if better else None)
        return None

    def _settle_unit(self, system: place.System) -> None:
        """Read the numbers as metres where the header's unit is contradicted by them.

        CAD templates say inches or millimetres whatever is drawn. Where the numbers lie in Denmark (at the
        place) only when read as metres, they are metres, and it is told.
        """
        scale = float(self.parsed.facts.get("scale", 1.0))
        box = place.around(self.near, place.NEAR_M) if self.near else DENMARK
        if scale == 1.0 or system.degrees or place.inside(place.to_grid(system.name, self._positions), box):
            return
        raw = np.round(self._positions / scale, 7)  # to the tenth of a micrometre: undoes the scaling
        if not place.inside(place.to_grid(system.name, raw), box):
            return
        for shape in self.shapes:
            shape.polygons = [
                [[[round(value / scale, 7) for value in p] for p in ring] for ring in rings]
                for rings in shape.polygons
            ]
            shape.z = None if shape.z is None else shape.z / scale
        self._positions = raw
        self._fault("units_contradict", scale, "m", {"key": "$INSUNITS"}, level="warning")

    def _where(self, index: int) -> dict[str, Any]:
        return dict(self._owner[index].where)

    def _at(self, index: int) -> list[float]:
        return [float(value) for value in self._positions[index]]

    def _fault(
        self,
        code: str,
        found: Any,
        expected: Any,
        where: dict[str, Any],
        remedy: Any = None,
        *,
        level: Level = "error",
    ) -> None:  # fmt: skip
        self.faults.append(Fault(code, found, expected, where, remedy, level))


def _differ(one: str, two: str) -> bool:
    """Whether two names lead to different coordinates (``CRS84`` and ``EPSG:4326`` do not)."""
    first, second = place.system(one), place.system(two)
    if first is None or second is None or first.degrees != second.degrees:
        return True
    probe = np.array([[10.0, 56.0]]) if first.degrees else np.array([[6e5, 6.2e6]])
    return bool(np.abs(place.to_grid(one, probe) - place.to_grid(two, probe)).max() > 0.001)
