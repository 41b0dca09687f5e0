"""Georeference of a building model: what it states, held against the rules GRF000 to GRF008 of buildingSMART.

A model that breaks a rule which decides about its place is not placed by it: a house a thousand times too large,
or in another country, is worse than one that has to be placed by hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pyproj import CRS
from pyproj.crs import Datum  # type: ignore[attr-defined]  # documented, but not in its list of names
from pyproj.exceptions import CRSError

#: A scale may differ from the due one by this share (what writers round to).
SCALE_SHARE: Final = 1e-5
#: Rules that say nothing of where the model lies in plan.
_ABOUT_HEIGHT: Final = ("GRF007",)
_EPSG: Final = re.compile(r"\s*EPSG:(\d{1,9})\s*\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Stated:
    """A coordinate reference system as the model states it; ``unit_m`` is its map unit, None = not stated."""

    entity: str
    name: str
    datum: str = ""
    vertical: str = ""
    unit_m: float | None = None
    wkt: bool = False
    geographic: bool = False


@dataclass(frozen=True)
class Operation:
    """A coordinate operation from a context of the model to a system.

    ``values``: eastings, northings, height, axis_x, axis_y, scale, factors or first, second, third, as written;
    a missing one is left out. ``measures``: types of first and second of a rigid operation.
    """

    entity: str
    kind: str
    context: str
    system: str
    values: Mapping[str, float] = field(default_factory=dict)
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Georeference:
    """What a model states about its place; ``unit_m`` is metres in one unit of length of the model."""

    unit_m: float
    unit_entity: str
    contexts: tuple[str, ...]
    systems: tuple[Stated, ...]
    operations: tuple[Operation, ...]
    building: str = ""
    #: IFC4 and later; older schemas have no entities for it, so that none is no breach.
    speaks: bool = True


@dataclass(frozen=True)
class Breach:
    """A rule that is broken: where, what was found, what is due."""

    rule: str
    entity: str
    found: str
    expected: str = ""

    @property
    def misplaces(self) -> bool:
        """Whether the model must not be placed by what it states."""
        return self.rule not in _ABOUT_HEIGHT


@dataclass(frozen=True)
class Place:
    """Where the model lies: system by name, and its coordinates (metres) into that system's.

    x' = east + metres_per · (a·x − b·y), y' = north + metres_per · (b·x + a·y).
    """

    crs: str
    east: float
    north: float
    a: float
    b: float

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """A position of the model, metres, in the system."""
        return self.east + self.a * x - self.b * y, self.north + self.b * x + self.a * y


def breaches(stated: Georeference) -> list[Breach]:
    """All rules that the model breaks, in their order.

    Notes
    -----
    GRF000 (is there any) breaks nothing by itself; see :func:`place`, which then answers None.
    """
    rules = (_identical, _coded, _present, _known, _scaled, _described, _vertical, _measured)
    return [breach for rule in rules for breach in rule(stated)]


def place(stated: Georeference, broken: list[Breach]) -> Place | None:
    """Where the model lies; None when it does not say, or says it wrongly."""
    if not stated.operations or any(breach.misplaces for breach in broken):
        return None
    operation = stated.operations[0]
    system = next((s for s in stated.systems if s.entity == operation.system), None)
    if system is None or (code := _code(system.name)) is None or operation.kind != "IfcMapConversion":
        return None
    values = operation.values
    per = values.get("scale", 1.0) / stated.unit_m  # the model's own units into those of the map
    x, y = values.get("axis_x", 1.0), values.get("axis_y", 0.0)
    long = math.hypot(x, y)
    if long == 0:
        return None
    return Place(
        f"EPSG:{code}",
        values.get("eastings", 0.0),
        values.get("northings", 0.0),
        per * x / long,
        per * y / long,
    )


def _identical(stated: Georeference) -> Iterator[Breach]:
    """GRF001: all contexts of the model lie by the same operation."""
    if not stated.operations:
        return
    first = stated.operations[0]
    by_context = {operation.context: operation for operation in stated.operations}
    for context in stated.contexts:
        if context not in by_context:
            yield Breach("GRF001", context, "-", first.kind)
        elif _essence(by_context[context]) != _essence(first):
            yield Breach("GRF001", by_context[context].entity, _numbers(by_context[context]), _numbers(first))
    for operation in stated.operations:
        factors = [operation.values.get(f"factor_{axis}", 1.0) for axis in "xyz"]
        if any(not math.isclose(factor, 1.0) for factor in factors):
            yield Breach("FACTORS", operation.entity, ", ".join(f"{f:g}" for f in factors), "1, 1, 1")


def _essence(operation: Operation) -> tuple[Any, ...]:
    values = {"scale": 1.0, "axis_x": 1.0, "axis_y": 0.0, **operation.values}
    return operation.kind, operation.system, tuple(sorted((k, round(v, 9)) for k, v in values.items()))


def _numbers(operation: Operation) -> str:
    return ", ".join(f"{value:.10g}" for value in operation.values.values())


def _coded(stated: Georeference) -> Iterator[Breach]:
    """GRF002: the system is named by its EPSG code."""
    for system in stated.systems:
        if _code(system.name) is None:
            yield Breach("GRF002", system.entity, system.name or "-", "EPSG:25832")


def _present(stated: Georeference) -> Iterator[Breach]:
    """GRF003: a model of a building has a system."""
    if stated.speaks and stated.building and not stated.systems:
        yield Breach("GRF003", stated.building, "-", "IfcProjectedCRS")


def _known(stated: Georeference) -> Iterator[Breach]:
    """GRF004: codes exist, of the system and of its datums."""
    for system in stated.systems:
        for name, datum in ((system.name, ""), (system.datum, "geodetic"), (system.vertical, "vertical")):
            code = _code(name)
            if code is not None and not _exists(code, datum):
                yield Breach("GRF004", system.entity, name.strip(), "EPSG:25832")


def _scaled(stated: Georeference) -> Iterator[Breach]:
    """GRF005: the scale leads from the unit of the model to that of the map."""
    for operation in stated.operations:
        if operation.kind == "IfcRigidOperation":
            continue
        system = next((s for s in stated.systems if s.entity == operation.system), None)
        unit = _map_unit(system) if system else None
        if unit is None:
            continue
        due = stated.unit_m / unit
        scale = operation.values.get("scale", 1.0)
        if not math.isclose(scale, due, rel_tol=SCALE_SHARE):
            where = operation.entity if "scale" in operation.values else stated.unit_entity
            yield Breach("GRF005", where, f"{scale:.10g}", f"{due:.10g}")


def _described(stated: Georeference) -> Iterator[Breach]:
    """GRF006: a system without a code is described by well-known text."""
    for system in stated.systems:
        if not system.name.strip() and not system.wkt:
            yield Breach("GRF006", system.entity, "-", "IfcWellKnownText")


def _vertical(stated: Georeference) -> Iterator[Breach]:
    """GRF007: what is called the vertical datum is vertical."""
    for system in stated.systems:
        code = _code(system.vertical)
        if code is not None and _exists(code, "vertical") and not _is_vertical(code):
            yield Breach("GRF007", system.entity, system.vertical.strip(), "EPSG:5799")


def _measured(stated: Georeference) -> Iterator[Breach]:
    """GRF008: the two coordinates of a rigid operation are lengths, or angles for a geographic system."""
    for operation in stated.operations:
        system = next((s for s in stated.systems if s.entity == operation.system), None)
        due = "IfcPlaneAngleMeasure" if system and system.geographic else "IfcLengthMeasure"
        for found in operation.measures:
            if found != due:
                yield Breach("GRF008", operation.entity, found, due)


def _code(name: str) -> int | None:
    match = _EPSG.match(name)
    return int(match.group(1)) if match else None


def _made(maker: Callable[[int], Any], code: int) -> Any:
    try:
        return maker(code)
    except (CRSError, ValueError):
        return None


def _exists(code: int, datum: str) -> bool:
    """Whether there is a system of that code, or a datum where one is meant (people write either)."""
    if _made(CRS.from_epsg, code) is not None:
        return True
    found = _made(Datum.from_epsg, code) if datum else None
    return found is not None and (datum == "vertical") == _is_vertical_datum(found)


def _is_vertical(code: int) -> bool:
    if (crs := _made(CRS.from_epsg, code)) is not None:
        return bool(crs.is_vertical)
    datum = _made(Datum.from_epsg, code)
    return datum is not None and _is_vertical_datum(datum)


def _is_vertical_datum(datum: Datum) -> bool:
    return "vertical" in str(datum.type_name).casefold()


def _map_unit(system: Stated) -> float | None:
    if system.unit_m is not None:
        return system.unit_m
    code = _code(system.name)
    crs = _made(CRS.from_epsg, code) if code is not None else None
    if crs is None or crs.is_geographic:
        return None
    return float(crs.axis_info[0].unit_conversion_factor or 1.0)
