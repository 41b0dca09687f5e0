"""What an IFC model states about its place, its storeys and its parts, as plain values. Runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from permits.drawings.ifc_georeference import Georeference, Operation, Stated

_SI: Final = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 10.0,
    "DECI": 0.1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9,
}  # fmt: skip
_VALUES: Final = {
    "Eastings": "eastings",
    "Northings": "northings",
    "OrthogonalHeight": "height",
    "XAxisAbscissa": "axis_x",
    "XAxisOrdinate": "axis_y",
    "Scale": "scale",
    "FactorX": "factor_x",
    "FactorY": "factor_y",
    "FactorZ": "factor_z",
    "FirstCoordinate": "first",
    "SecondCoordinate": "second",
    "Height": "third",
}


def georeference(model: Any) -> Georeference:
    """What the model states; for IFC2X3 the property sets ``ePSet_ProjectedCRS`` and ``ePSet_MapConversion``."""
    unit_m, unit_entity = length_unit(model)
    contexts = tuple(
        f"#{context.id()}"
        for context in model.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
    )
    buildings = model.by_type("IfcBuilding")
    building = f"#{buildings[0].id()}" if buildings else ""
    if str(model.schema).startswith("IFC2X3"):
        systems, operations = _by_property_sets(model, contexts)
        return Georeference(unit_m, unit_entity, contexts, systems, operations, building, speaks=False)
    return Georeference(
        unit_m,
        unit_entity,
        contexts,
        tuple(_stated(system) for system in model.by_type("IfcCoordinateReferenceSystem")),
        tuple(_operation(operation) for operation in model.by_type("IfcCoordinateOperation")),
        building,
    )


def length_unit(model: Any) -> tuple[float, str]:
    """Metres in one unit of length of the model, and the entity that says so; metres when nothing does."""
    for assignment in model.by_type("IfcUnitAssignment"):
        for unit in assignment.Units:
            if unit.is_a("IfcNamedUnit") and unit.UnitType == "LENGTHUNIT":
                return _metres(unit), f"#{unit.id()}"
    return 1.0, ""


def _metres(unit: Any) -> float:
    if unit.is_a("IfcSIUnit"):
        return _SI.get(unit.Prefix or "", 1.0)
    if unit.is_a("IfcConversionBasedUnit"):
        factor = unit.ConversionFactor
        return float(factor.ValueComponent.wrappedValue) * _metres(factor.UnitComponent)
    return 1.0


def _stated(system: Any) -> Stated:
    unit = getattr(system, "MapUnit", None)
    text = getattr(system, "WellKnownText", None)  # of later IFC4X3 only, an inverse attribute
    return Stated(
        f"#{system.id()}",
        str(system.Name or ""),
        str(getattr(system, "GeodeticDatum", None) or ""),
        str(getattr(system, "VerticalDatum", None) or ""),
        _metres(unit) if unit is not None else None,
        bool(text),
        system.is_a("IfcGeographicCRS") if "GEOGRAPHIC" in system.is_a().upper() else False,
    )


def _operation(operation: Any) -> Operation:
    said = operation.get_info()
    values: dict[str, float] = {}
    measures: list[str] = []
    for name, key in _VALUES.items():
        value = said.get(name)
        if hasattr(value, "wrappedValue"):
            if name in ("FirstCoordinate", "SecondCoordinate"):
                measures.append(value.is_a())
            value = value.wrappedValue
        if isinstance(value, int | float):
            values[key] = float(value)
    source, target = operation.SourceCRS, operation.TargetCRS
    # Operations with factors of their own are map conversions; what the factors do is looked at apart.
    kind = "IfcMapConversion" if operation.is_a("IfcMapConversion") else operation.is_a()
    return Operation(
        f"#{operation.id()}", kind, f"#{source.id()}", f"#{target.id()}", values, tuple(measures)
    )


def _by_property_sets(
    model: Any, contexts: tuple[str, ...]
) -> tuple[tuple[Stated, ...], tuple[Operation, ...]]:
    """The agreed property sets of IFC2X3, on the site or the project; they hold for all contexts."""
    sets = {
        str(given.Name).casefold(): given
        for given in model.by_type("IfcPropertySet")
        if str(given.Name).casefold().startswith("epset_")
    }
    crs, conversion = sets.get("epset_projectedcrs"), sets.get("epset_mapconversion")
    if crs is None:
        return (), ()
    said = dict(_properties(crs))
    system = Stated(
        f"#{crs.id()}", str(said.get("Name") or ""), str(said.get("GeodeticDatum") or ""),
        str(said.get("VerticalDatum") or ""),
    )  # fmt: skip
    if conversion is None:
        return (system,), ()
    values = {
        key: float(value)
        for name, value in _properties(conversion)
        if (key := _VALUES.get(name)) and isinstance(value, int | float)
    }
    entity = f"#{conversion.id()}"
    return (system,), tuple(
        Operation(entity, "IfcMapConversion", context, system.entity, values) for context in contexts
    )


def _properties(given: Any) -> Iterator[tuple[str, Any]]:
    for one in given.HasProperties:
        if one.is_a("IfcPropertySingleValue") and one.NominalValue is not None:
            yield str(one.Name), one.NominalValue.wrappedValue
