"""DXF: closed outlines of the model space, by layer. Runs in the child process.

Outlines are closed polylines, circles, ellipses and splines, and the boundaries of hatches; blocks are opened
up, arcs are replaced by chords that deviate at most :data:`CHORD_M`. What is not read is counted and told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ezdxf import filemanagement, recover
from ezdxf import path as paths
from ezdxf.document import Drawing as Document
from ezdxf.lldxf.const import DXFError, InvalidGeoDataException
from ezdxf.math import Matrix44

from permits.drawings.drawing import Parsed, Ring, Rings, Shape
from permits.drawings.dxf_scan import METRES, UNIT_NAMES, Scan, scan
from permits.drawings.dxf_thin import AREAS, OUTLINES, CannotThinError, Counted, thin
from permits.drawings.vocabulary import of_layer, plain

#: Largest distance of a chord from the arc it stands for, in metres.
CHORD_M: Final = 0.001
MAX_DEPTH: Final = 8
MAX_ENTITIES: Final = 300_000
#: Outlines of layers that nobody has named are handed on up to this number.
MAX_UNNAMED: Final = 2_000
#: A file of this size is made small before the library reads it.
THIN_BYTES: Final = 256 * 1024
#: Raised by ezdxf for entities that cannot exist.
_IMPOSSIBLE: Final = (DXFError, ValueError, TypeError, ArithmeticError, IndexError, KeyError, AttributeError)
_UNITS_BY_NAME: Final = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0}


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read the outlines of the model space.

    Parameters
    ----------
    data : ASCII or binary DXF, R12 and later.
    options : ``layers`` (plain names of layers that the caller has named), ``any_layer`` (hand on outlines of
        all layers), ``units`` (``mm``, ``cm``, ``dm`` or ``m``: prevails over ``$INSUNITS``), ``own_origin``.

    Returns
    -------
    :meth:`Parsed.plain` with positions in metres; ``facts``: ``scale`` (metres per unit as used),
    ``insunits``, ``unit_known``, ``unnamed`` (layer → how many outlines on layers without a meaning). Where the file
    has a GEODATA that can be relied on, positions are in its system (``crs``), unless ``own_origin`` is asked for.
    """
    parsed = Parsed()
    frame = scan(data)
    if frame and frame.cut_at is not None:
        parsed.fault("truncated", found=frame.cut_in, where={"line": frame.cut_at})
        return parsed.plain()
    if options.get("any_layer") and len(data) >= THIN_BYTES:
        # Other layers count only where none has a meaning, and most of a large file lies on other layers.
        named = _parsed(data, frame, {**options, "any_layer": False})
        if named.shapes:
            return named.plain()
    return _parsed(data, frame, options).plain()


def _parsed(data: bytes, frame: Scan | None, options: dict[str, Any]) -> Parsed:
    parsed = Parsed()
    data, counted = _thinned(data, frame, options)
    document = _open(data, frame, parsed)
    if document is None:
        return parsed
    stated = frame.insunits if frame else document.header.get("$INSUNITS")
    scale = _scale(stated, options.get("units"), parsed)
    if scale is not None:
        known = bool(stated or options.get("units"))
        parsed.facts |= {"scale": scale, "insunits": stated, "unit_known": known}
        reader = _Reader(document, scale, options, parsed, counted)
        if not options.get("own_origin"):
            reader.to_map = _georeference(document, parsed)
        reader.read()
    return parsed


def _thinned(data: bytes, frame: Scan | None, options: dict[str, Any]) -> tuple[bytes, Counted]:
    """A large file made small, when its tags are in order and it is known which layers are wanted."""
    if len(data) < THIN_BYTES or frame is None or not frame.in_order:
        return data, Counted()
    named = set(options.get("layers", ()))
    every = bool(options.get("any_layer"))
    try:
        return thin(data, lambda layer: every or of_layer(layer) is not None or plain(layer) in named)
    except (CannotThinError, IndexError, ValueError, LookupError):
        return data, Counted()  # the library may make more of it


def _open(data: bytes, frame: Scan | None, parsed: Parsed) -> Document | None:
    file = Path("drawing.dxf")  # in the sandbox's own folder: ezdxf decides encoding and kind from a file
    file.write_bytes(data)
    repaired = 0
    try:
        document = filemanagement.readfile(str(file))
    except _IMPOSSIBLE as strict:
        try:
            document, auditor = recover.readfile(str(file))
        except _IMPOSSIBLE as error:
            parsed.fault("structure", found=str(error)[:120])
            return None
        repaired = 1 + len(auditor.fixes)
        parsed.fault("structure", "warning", found=f"{strict}"[:120], expected=repaired)
    if frame and not repaired and not (frame.has_end and frame.in_order):
        parsed.fault("structure", "warning", found="EOF", expected=0)
    return document


def _scale(stated: int | None, wanted: str | None, parsed: Parsed) -> float | None:
    if wanted is not None:
        return _UNITS_BY_NAME[wanted]
    if not stated:
        parsed.fault("units_missing", "warning", expected="m", where={"key": "$INSUNITS"})
        return 1.0
    if stated not in METRES:
        parsed.fault("units", found=str(stated), where={"key": "$INSUNITS"})
        return None
    if METRES[stated] != 1.0:
        unit = UNIT_NAMES[stated]
        parsed.fault("units", "warning", found=unit, expected=METRES[stated], where={"key": "$INSUNITS"})
    return METRES[stated]


def _georeference(document: Document, parsed: Parsed) -> Matrix44 | None:
    """From drawing units into the system that a GEODATA names; None where there is none, or none to rely on."""
    stated = document.modelspace().get_geodata()
    if stated is None:
        return None
    try:
        to_map, epsg = stated.get_crs_transformation()
    except (InvalidGeoDataException, *_IMPOSSIBLE) as error:
        parsed.fault("geodata_not_used", "warning", found=" ".join(str(error).split())[:120])
        return None
    parsed.crs = f"EPSG:{epsg}"
    # The unit of the plan is that of the georeference, whatever the header says of the drawing.
    parsed.facts |= {"scale": 1.0, "unit_known": True}
    return to_map


def _draws_on_paper(document: Document) -> bool:
    sheets = (document.paperspace(name) for name in document.layout_names() if name != "Model")
    return any(entity.dxftype() != "VIEWPORT" for sheet in sheets for entity in sheet)


def _list(kinds: Counter[str]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))


def _clean(name: str) -> str:
    """A name that can be printed, whatever bytes it was made of."""
    return name.encode("utf-8", "replace").decode()[:120]


class _TooMuchError(Exception):
    """More entities than are walked through."""


class _Reader:
    """Walks the model space once and fills a :class:`Parsed`."""

    def __init__(
        self, document: Document, scale: float, options: dict[str, Any], parsed: Parsed, counted: Counted
    ) -> None:
        self.document, self.scale, self.parsed = document, scale, parsed
        self.named = set(options.get("layers", ()))
        self.any_layer = bool(options.get("any_layer"))
        self.seen, self.paper = counted.seen, counted.paper
        self.hidden: Counter[str] = Counter({_clean(k): n for k, n in counted.hidden.items()})
        self.left_out: dict[str, Counter[str]] = defaultdict(Counter)
        for layer, kinds in counted.left_out.items():
            self.left_out[_clean(layer)].update(kinds)
        self.unnamed: Counter[str] = Counter({_clean(k): n for k, n in counted.unnamed.items()})
        self.curved = False
        self.to_map: Matrix44 | None = None

    def read(self) -> None:
        model = self.document.modelspace()
        try:
            self._walk(model, None, 0, None)
        except _TooMuchError:
            self.parsed.fault("too_many_entities", found=self.seen, expected=MAX_ENTITIES)
            return
        self._tell()

    def _tell(self) -> None:
        parsed = self.parsed
        parsed.facts["unnamed"] = dict(self.unnamed)
        for layer, number in sorted(self.hidden.items()):
            parsed.fault("hidden_layer", "warning", found=number, where={"layer": layer})
        rest: Counter[str] = Counter()
        for layer, kinds in sorted(self.left_out.items()):
            if self._known(layer):
                parsed.fault("left_out", "warning", found=_list(kinds), where={"layer": layer})
            else:
                rest += kinds
        if rest:
            parsed.fault("left_out", "warning", found=_list(rest))
        if self.curved:
            parsed.fault("curves", "warning", found=round(CHORD_M * 1000, 3))
        found = {fault.code for fault in parsed.faults if fault.level == "error"}
        if not parsed.shapes and not self.unnamed and not found & {"unclosed_ring", "degenerate"}:
            drawn = self.paper or _draws_on_paper(self.document)
            what = "only paper space" if drawn else f"{self.seen}"
            parsed.fault("no_entities", found=what)

    def _known(self, layer: str) -> bool:
        return of_layer(layer) is not None or plain(layer) in self.named

    def _walk(self, entities: Iterable[Any], inherited: str | None, depth: int, insert: str | None) -> None:
        for entity in entities:
            self.seen += 1
            if self.seen > MAX_ENTITIES:
                raise _TooMuchError
            layer = str(entity.dxf.get("layer", "0"))
            if layer == "0" and inherited is not None:
                layer = inherited  # layer 0 in a block means: the layer of the insertion
            kind = entity.dxftype()
            if self._is_hidden(layer, entity):
                self.hidden[_clean(layer)] += 1
            elif kind == "INSERT":
                self._insert(entity, layer, depth)
            else:
                where = {"layer": _clean(layer), "handle": entity.dxf.get("handle") or insert or ""}
                self._entity(entity, kind, _clean(layer), where)

    def _is_hidden(self, layer: str, entity: Any) -> bool:
        if entity.dxf.get("invisible", 0):
            return True
        if layer not in self.document.layers:
            return False
        entry = self.document.layers.get(layer)
        return bool(entry.is_off() or entry.is_frozen())

    def _insert(self, entity: Any, layer: str, depth: int) -> None:
        where = {"layer": _clean(layer), "handle": entity.dxf.get("handle") or ""}
        name = str(entity.dxf.get("name", ""))
        block = self.document.blocks.get(name)
        if block is None or (block.block is not None and block.block.is_xref):
            self.parsed.fault("external_block", "warning", found=_clean(name), where=where)
            return
        if depth >= MAX_DEPTH:
            self.parsed.fault("block_nesting", found=_clean(name), expected=MAX_DEPTH, where=where)
            return

        def skipped(lost: Any, _reason: str) -> None:
            self.left_out[_clean(layer)][lost.dxftype()] += 1

        for single in self._inserts(entity):
            parts = single.virtual_entities(skipped_entity_callback=skipped)
            self._walk(parts, layer, depth + 1, where["handle"])

    def _inserts(self, entity: Any) -> Iterator[Any]:
        if entity.mcount > MAX_ENTITIES:
            raise _TooMuchError
        if entity.mcount > 1:
            yield from entity.multi_insert()
        else:
            yield entity

    def _entity(self, entity: Any, kind: str, layer: str, where: dict[str, Any]) -> None:
        mesh = kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline)
        if kind not in (*OUTLINES, *AREAS) or mesh:
            self.left_out[layer][kind] += 1
            return
        try:
            rings, tall, curved = self._rings(entity, kind)
        except _IMPOSSIBLE:
            rings, tall, curved = [], [], False
        if not rings:
            self.parsed.fault(
                "degenerate", "error" if self._known(layer) else "warning", found=kind, where=where
            )
            return
        closed = all(_closes(ring) for ring in rings)
        if not closed and len(rings[0]) < 3:
            self.left_out[layer][kind] += 1  # a straight line, however it is drawn
        elif self._known(layer):
            self.curved |= curved
            self._shape(rings, tall, kind, layer, where)
        elif not closed:
            self.left_out[layer][f"{kind} (open)"] += 1
        else:
            self.unnamed[layer] += 1
            if self.any_layer and sum(self.unnamed.values()) <= MAX_UNNAMED:
                self._shape(rings, tall, kind, layer, where)

    def _shape(
        self, rings: list[Ring], tall: list[float], kind: str, layer: str, where: dict[str, Any]
    ) -> None:
        flat = max(tall) - min(tall) < 1e-6
        polygons: list[Rings] = [[ring] for ring in rings]
        self.parsed.shapes.append(
            Shape(
                where,
                polygons,
                layer=layer,
                loose=kind in AREAS,
                z=tall[0] if flat and abs(tall[0]) > 1e-6 else None,
                tilted=not flat,
            )
        )

    def _rings(self, entity: Any, kind: str) -> tuple[list[Ring], list[float], bool]:
        """Rings in metres (as drawn: an open one stays open) , heights, and whether arcs were replaced."""
        if kind == "CIRCLE" and entity.dxf.radius <= 0:
            return [], [], False
        drawn = list(paths.from_hatch(entity)) if kind in AREAS else [paths.make_path(entity)]
        rings: list[Ring] = []
        tall: list[float] = []
        for line in drawn:
            if len(line) == 0:
                continue
            points = list(line.flattening(CHORD_M / self.scale, segments=8))
            if self.to_map is not None:
                ring = [[moved.x, moved.y] for moved in self.to_map.transform_vertices(points)]
            else:
                ring = [[point.x * self.scale, point.y * self.scale] for point in points]
            if line.is_closed:
                ring[-1] = list(ring[0])  # the end of an arc is off by rounding
            elif kind in AREAS:
                ring.append(list(ring[0]))  # the boundary of a hatch is closed by definition
            rings.append(ring)
            tall += [point.z * self.scale for point in points]
        return rings, tall, any(line.has_curves for line in drawn)


def _closes(ring: Ring) -> bool:
    return len(ring) > 2 and ring[0] == ring[-1]
