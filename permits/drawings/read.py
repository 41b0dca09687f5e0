"""Read a drawing: bytes in, buildings of the World out, or everything that is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geodata import sandbox
from permits.drawings import attributes, bundle, checks, place, roofs, sniff
from permits.drawings.drawing import Drawing, DrawingError, Fault, Level, Parsed, Shape, capped, errors
from permits.drawings.fit import ByCorners, ByPoints
from permits.drawings.formats import Format, formats
from permits.drawings.placing import Placing
from permits.drawings.settings import Setting, split_settings
from permits.drawings.vocabulary import near_layer, of_layer, plain
from permits.engine.world import frame

#: Columns of the World that only a site can fill.
BOUND_LATER: Final = {"buildings": ("site", "replaces", "plot", "parcel", "zone"), "facets": ()}

#: ``LAYER.role=ignored``: a layer that holds no building, whatever is drawn on it.
IGNORED: Final = "ignored"

Box = tuple[float, float, float, float]


def read_drawing(
    source: bytes | str | os.PathLike[str],
    *,
    filename: str | None = None,
    crs: str | None = None,
    settings: Mapping[str, Any] | None = None,
    near: BaseGeometry | Box | None = None,
    outline: BaseGeometry | None = None,
    placement: ByPoints | ByCorners | None = None,
    limits: sandbox.Limits | None = None,
) -> Drawing:
    """Read an uploaded drawing into buildings and roof facets, in grid metres.

    Parameters
    ----------
    source : the file's bytes, or its path (of a Shapefile: of its ``.shp``, the others lie beside it).
    filename : name it was sent under (default: the path's); what it promises must be what the bytes are.
    crs : system of the coordinates, if stated beside the file; prevails over what the file declares.
    settings : values stated beside the file, by key (:mod:`permits.drawings.settings`).
    near : the place the drawing is for: geometry or box in EPSG:25832. Decides the system of a DXF.
    outline : the municipality, EPSG:25832.
    placement : points, or the parcel's corners, that bring a drawing with its own origin to its place.
    limits : of the process that parses.

    Returns
    -------
    :class:`Drawing`. The order of positions, the start of a ring and its direction make no difference.

    Raises
    ------
    DrawingError : with every fault that was found, warnings included; nothing is read in part.
    OSError : ``source`` is a path that cannot be read.
    """
    data, name = bytes_of(source, filename)
    faults: list[Fault] = []
    form = _format(data, name, faults)
    said_settings, file_settings, wrong = split_settings(settings or {})
    said_settings, ignored = _without_ignored(said_settings)
    faults += wrong
    if crs is not None and place.system(crs) is None:
        faults.append(Fault("crs_unknown", found=crs, where={"key": "--crs"}))
    if form is None or errors(faults):
        raise DrawingError(capped(faults))
    drawn_parcel = {plain(placement.layer)} if isinstance(placement, ByCorners) else set()
    options = {
        **file_settings,
        "layers": sorted({plain(s.target) for s in said_settings if s.target} | drawn_parcel),
        "any_layer": any(s.attribute in ("role", "kind") and not s.target for s in said_settings),
        "own_origin": placement is not None,
    }
    parsed = _parse(form, data, name, options, limits)
    faults += parsed.faults
    form = formats.get(str(parsed.facts.get("format"))) or form  # what is in an archive
    if not form.measured:
        raise DrawingError(capped([*faults, Fault("not_measured", where={"file": name})]))
    shapes = _meant(parsed, said_settings, ignored | drawn_parcel, faults)
    # The system first: it may turn out that the file's unit is another, heights from z included.
    placing = Placing(parsed, shapes, place.bounds_of(near), form.default_crs, placement)
    system = placing.system(crs)
    faults += placing.faults
    said, wrong = attributes.say(shapes, said_settings)
    faults += wrong
    faults += [fault for building in said for fault in building.faults]
    reader = _Footprints(said, system, outline, merge=form.drawn_twice)
    faults += reader.read()
    if errors(faults) or system is None or not reader.rows:
        if not errors(faults):
            faults.append(Fault("no_outlines"))
        raise DrawingError(capped(faults))
    sigma = {"sigma_m": placing.fit.sigma_m} if placing.fit else {}
    digest = hashlib.sha256(data).hexdigest()
    return Drawing(
        _columns("buildings", [row | sigma for row in reader.rows]),
        _columns("facets", reader.facets),
        system.label,
        digest,
        tuple(capped(faults)),
        placing.fit,
    )


def parsed_of(
    source: bytes | str | os.PathLike[str],
    *,
    filename: str | None = None,
    layers: Iterable[str] = (),
    limits: sandbox.Limits | None = None,
) -> Parsed:
    """What a file holds before anything is made of it, in its own coordinates (DXF, IFC: metres from its own origin).

    Parameters
    ----------
    source, filename, limits : as :func:`read_drawing` takes them.
    layers : whose outlines are wanted besides those of layers with a meaning, such as that of the parcel.

    Returns
    -------
    Outlines, faults and facts; a page shows them where points are picked, or layers confirmed. Divided by
    ``facts["scale"]`` (1 where it is not there) a position is as the file writes it, which is what
    :class:`permits.drawings.fit.ByPoints` asks for.

    Raises
    ------
    DrawingError : the bytes are no drawing.
    OSError : ``source`` is a path that cannot be read.
    """
    data, name = bytes_of(source, filename)
    faults: list[Fault] = []
    form = _format(data, name, faults)
    if form is None or errors(faults):
        raise DrawingError(capped(faults))
    options = {"layers": sorted({plain(layer) for layer in layers}), "own_origin": True}
    return _parse(form, data, name, options, limits)


def bytes_of(source: bytes | str | os.PathLike[str], filename: str | None) -> tuple[bytes, str]:
    """The bytes (at most one more than is allowed) and the bare name."""
    if isinstance(source, bytes):
        return source, PurePosixPath((filename or "").replace("\\", "/")).name
    path = Path(source)
    if path.suffix.lower() == ".shp":
        return bundle.packed(path)
    with path.open("rb") as stream:
        return stream.read(sniff.MAX_BYTES + 1), filename or path.name


def _format(data: bytes, name: str, faults: list[Fault]) -> Format | None:
    """The format of the bytes; faults when they are too many, none, unreadable or not what the name says."""
    if len(data) > sniff.MAX_BYTES:
        faults.append(Fault("too_large_file", found=len(data), expected=sniff.MAX_BYTES))
        return None
    found, promised = sniff.content(data), sniff.promised(name)
    if found == "empty":
        faults.append(Fault("empty_file", found=len(data), where={"file": name}))
        return None
    meant = next((f for _, f in formats.items() if f.is_for(found)), None)
    if promised and promised != found and not (meant and promised in meant.suffixes):
        faults.append(
            Fault("not_what_it_says", found=found, expected=promised, where={"file": name, "byte": 0})
        )
    elif meant is None:
        known = ", ".join(key for key, _ in formats.items())
        faults.append(Fault("unsupported", found=found, expected=known, where={"file": name}))
    return meant


def _parse(
    form: Format, data: bytes, name: str, options: Mapping[str, Any], limits: sandbox.Limits | None
) -> Parsed:
    """Let the child process parse; what stops it is a fault of the drawing."""
    inner = {word: (key, f.parser) for key, f in formats.items() for word in f.contents if word != "zip"}
    try:
        return Parsed.from_plain(sandbox.run(form.parser, data, {**options, "formats": inner}, limits))
    except sandbox.StoppedError as why:
        return Parsed(faults=[stopped(why, name, limits)])
    except (KeyError, TypeError) as broken:
        return Parsed(faults=[Fault("stopped_error", found=type(broken).__name__)])


def stopped(why: sandbox.StoppedError, name: str, limits: sandbox.Limits | None) -> Fault:
    """The fault of a file whose reader did not come to an end, with the limit that it met."""
    limits = limits or sandbox.Limits()
    met = {"time": None, "memory": limits.memory_bytes // 2**20, "output": limits.output_bytes // 2**20}
    where = {"file": name[:120]} if name else {}
    return Fault(f"stopped_{why.why}", why.detail, met.get(why.why), where)


def _without_ignored(settings: list[Setting]) -> tuple[list[Setting], set[str]]:
    """The settings, and the plain names of layers that are said to hold no building."""
    out = [s for s in settings if s.target and s.attribute == "role" and s.value == IGNORED]
    return [s for s in settings if s not in out], {plain(s.target) for s in out}


def _meant(parsed: Parsed, settings: list[Setting], ignored: set[str], faults: list[Fault]) -> list[Shape]:
    """The shapes that are buildings; layers without a meaning are told, and misspelt ones refused."""
    targets = {plain(s.target) for s in settings if s.target}

    # The only layer of a file of features is the drawing, whatever it is called; so is what says its own role.
    only = parsed.facts.get("layers") == 1

    def known(shape: Shape) -> bool:
        if shape.layer is None or only or "role" in shape.attributes or "kind" in shape.attributes:
            return True
        return of_layer(shape.layer) is not None or plain(shape.layer) in targets

    drawn = [s for s in parsed.shapes if s.layer is None or plain(s.layer) not in ignored]
    shapes = [shape for shape in drawn if known(shape)]
    meant = {shape.layer for shape in shapes}
    unnamed = {layer: n for layer, n in dict(parsed.facts.get("unnamed", {})).items() if layer not in meant}
    unnamed = {layer: number for layer, number in unnamed.items() if plain(layer) not in ignored}
    if not shapes and any(s.attribute in ("role", "kind") and not s.target for s in settings):
        return drawn
    for layer, number in sorted(unnamed.items()):
        near = near_layer(layer)
        level: Level = "error" if near else "warning"
        faults.append(Fault("unknown_layer", number, None, {"layer": layer}, near, level=level))
    if not shapes and not errors(faults) and not errors(parsed.faults):
        layers = ", ".join(sorted(unnamed))[:200]
        faults.append(Fault("no_building", found=layers) if layers else Fault("no_outlines"))
    return shapes


def _columns(name: str, rows: list[dict[str, Any]]) -> Any:
    """A frame of the World without the columns that a site fills."""
    return frame(name, pd.DataFrame(rows)).drop(columns=list(BOUND_LATER[name]))


class _Footprints:
    """Turns what is said and drawn into rows; everything that is wrong is gathered on the way."""

    def __init__(
        self,
        said: list[attributes.Said],
        system: place.System | None,
        municipality: BaseGeometry | None,
        *,
        merge: bool,
    ) -> None:
        self.said, self.system, self.municipality, self.merge = said, system, municipality, merge
        self.rows: list[dict[str, Any]] = []
        self.facets: list[dict[str, Any]] = []

    def read(self) -> list[Fault]:
        """Fill ``rows`` and ``facets``; without a system only the rings are looked at."""
        faults: list[Fault] = []
        kept: list[tuple[attributes.Said, BaseGeometry]] = []
        for building in self.said:
            where = building.where()
            unit = self.system.unit_m if self.system else 1.0
            drawn, wrong = checks.outline(building.shape, unit, where)
            faults += wrong
            if drawn is None or self.system is None:
                continue
            name = self.system.name
            grid = shapely.transform(shapely.force_2d(drawn), lambda xy, name=name: place.to_grid(name, xy))
            if fault := checks.invalid(grid, where):
                faults.append(fault)
                continue
            faults += checks.size(grid, where)
            if self.municipality is not None:
                faults += checks.against_outline(grid, self.municipality, where)
            kept.append((building, shapely.normalize(grid)))
        if kept:
            faults += self._pairs(kept)
        for building, footprint in kept:
            faults += self._row(building, footprint)
        return faults

    def _pairs(self, kept: list[tuple[attributes.Said, BaseGeometry]]) -> list[Fault]:
        same, faults = checks.pairs([f for _, f in kept], [s.name for s, _ in kept])
        gone: set[int] = set()
        for one, two in same:
            first, second = kept[one][0], kept[two][0]
            # In CAD a hatch lies on its boundary and lines are drawn twice; elsewhere a double is a mistake.
            double = self.merge and first.shape.layer == second.shape.layer
            fault = Fault(
                "duplicate", second.name, first.name, second.where(), level="warning" if double else "error"
            )
            if double and two not in gone:
                gone.add(two)
                faults.append(fault)
            elif not double:
                faults.append(fault)
        kept[:] = [pair for index, pair in enumerate(kept) if index not in gone]
        return faults

    def _row(self, building: attributes.Said, footprint: BaseGeometry) -> list[Fault]:
        key = len(self.rows)
        self.rows.append({"building": key, **building.row(), "geometry": footprint})
        if not building.shape.roof or self.system is None:
            return []
        rows, faults = roofs.facets(building.shape.roof, self.system.name, footprint, building.where())
        reference = "absolute" if building.absolute else "terrain"
        for row in rows:
            self.facets.append({"facet": len(self.facets), "building": key, "reference": reference, **row})
        return faults
