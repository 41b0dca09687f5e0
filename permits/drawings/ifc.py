"""IFC: footprint, height and storeys of each building of a model, and its georeference. Runs in the child process.

The footprint is what the walls that rise above the ground cover, seen from above, with the rooms between them; a
yard that no floor, room or roof lies over stays open. The height is that of the highest part above the floor of the
ground storey: terrain is not in a model, so it is told and has to be confirmed. Needs the optional group ``ifc``;
whether the file is whole and of a known schema is looked at without it.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from permits.drawings.drawing import Parsed, Shape
from permits.drawings.own_file import own_file

if TYPE_CHECKING:
    from permits.drawings.ifc_georeference import Georeference
    from permits.drawings.ifc_parts import Body

#: Schemas that can be read, by the beginning of their name.
SCHEMAS: Final = ("IFC2X3", "IFC4")
_SCHEMA: Final = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']{0,60})'", re.IGNORECASE)
_ENTITY: Final = re.compile(rb"#(\d{1,18})\s*=")
#: More parts than this are not measured.
MAX_PARTS: Final = 20_000


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read the buildings of a model.

    Parameters
    ----------
    data : STEP physical file, IFC2X3 or IFC4 and later.
    options : ``path`` of the file in an archive; ``own_origin``: whatever it states of its place is not used.

    Returns
    -------
    :meth:`Parsed.plain`. With a sound georeference positions are in its system (``crs``); without one they are
    metres from the model's own origin and ``facts["own_origin"]`` is set, so that they have to be placed.
    """
    parsed = Parsed()
    if not _whole(data, parsed):
        return parsed.plain()
    if find_spec("ifcopenshell") is None:
        parsed.fault("needs_part", found="IFC", expected="ifc")
        return parsed.plain()
    _Reader(parsed, own_origin=bool(options.get("own_origin"))).read(
        str(own_file(data, options, "drawing.ifc"))
    )
    return parsed.plain()


def _whole(data: bytes, parsed: Parsed) -> bool:
    """A cut model opens as a small one without a word, so its end is looked for first."""
    match = _SCHEMA.search(data[:65536])
    schema = match.group(1).decode("ascii", "replace").upper() if match else ""
    if not schema.startswith(SCHEMAS):
        parsed.fault(
            "schema_unknown", found=schema or "-", expected=", ".join(SCHEMAS), where={"key": "FILE_SCHEMA"}
        )
    if b"END-ISO-10303-21" not in data[-4096:]:
        last = _ENTITY.findall(data[-65536:])
        where = {"entity": f"#{last[-1].decode()}"} if last else {"byte": len(data)}
        parsed.fault("truncated", found="END-ISO-10303-21", where=where)
    return not parsed.faults


class _Reader:
    """Reads one model into a :class:`Parsed`."""

    def __init__(self, parsed: Parsed, *, own_origin: bool) -> None:
        self.parsed, self.own_origin = parsed, own_origin

    def read(self, path: str) -> None:
        import ifcopenshell

        from permits.drawings import ifc_model, ifc_parts

        try:
            model = ifcopenshell.open(path)
        except (RuntimeError, OSError, ValueError) as error:  # ifcopenshell's own errors are RuntimeErrors
            self.parsed.fault("structure_of_file", found=" ".join(str(error).split())[:120])
            return
        if not hasattr(model, "by_type"):
            self.parsed.fault("structure_of_file", found="IFC")
            return
        stated = ifc_model.georeference(model)
        self._place(stated)
        buildings = ifc_parts.buildings(model)
        count = sum(len(parts) for _, parts in buildings)
        if count > MAX_PARTS:
            self.parsed.fault("too_many_entities", found=count, expected=MAX_PARTS)
            return
        if not count:
            self.parsed.fault("no_parts", found=len(model.by_type("IfcProduct")))
            return
        for building, parts in buildings:
            if building is None:
                self.parsed.fault("no_structure", "warning", found=len(parts))
            self._building(ifc_parts.body(model, building, parts), building)

    def _place(self, stated: Georeference) -> None:
        """Tell what is wrong with the georeference, and use it only when nothing is."""
        from permits.drawings import ifc_georeference

        broken = ifc_georeference.breaches(stated)
        for breach in broken:
            where = {"rule": breach.rule, "entity": breach.entity}
            self.parsed.fault(
                "georeferencing", "warning", found=breach.found, expected=breach.expected, where=where
            )
        self.place = None if self.own_origin else ifc_georeference.place(stated, broken)
        self.parsed.facts |= {
            "georeference": [breach.rule for breach in broken],
            "own_origin": self.place is None,
        }
        if self.place is not None:
            self.parsed.crs = self.place.crs
        elif not stated.systems:
            self.parsed.fault("not_georeferenced", "warning")
        elif not stated.operations:
            self.parsed.fault("georeference_unused", "warning", found=stated.systems[0].name)

    def _building(self, body: Body, building: Any) -> None:
        parsed = self.parsed
        name = str(getattr(building, "Name", None) or "").strip()
        where = {"id": name[:80]} if name else {}
        if building is not None:
            where["entity"] = f"#{building.id()}"
        for part in body.failed[:20]:
            parsed.fault("part_not_drawn", "warning", found=part, where=where)
        if not body.polygons:
            parsed.fault("no_footprint", found=body.parts, where=where)
            return
        if not body.by_walls:
            parsed.fault("outline_of_all", "warning", found=body.parts, where=where)
        place = self.place
        polygons = [
            [[list(place(x, y)) if place else [x, y] for x, y in ring] for ring in rings]
            for rings in body.polygons
        ]
        attributes: dict[str, Any] = {"id": name[:80]} if name else {}
        told = (
            ("height", body.height_m, "height_from_model"),
            ("storeys", body.storeys, "storeys_from_model"),
        )
        for key, value, code in told:
            if value is not None:
                attributes[key] = value
                parsed.fault(code, "warning", found=value, where={**where, "key": key})
        parsed.shapes.append(Shape(where, polygons, attributes))
