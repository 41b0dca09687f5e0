"""The words for every fault of a drawing, as English message ids.

``found`` and ``expected`` are sentences; ``remedy`` says how to mend, ``suggest`` stands in for it when the
fault carries a suggestion of its own. The marks are ``%(found)s``, ``%(expected)s``, ``%(remedy)s``, ``%(key)s``
and ``%(unit)s``.
"""

from __future__ import annotations

from typing import Final

from permits.drawings.catalogue_formats import FORMATS
from permits.drawings.catalogue_said import SAID
from permits.drawings.catalogue_words import ADD, DID_YOU_MEAN, NUMBER_FORM, SEND_AGAIN, SIMPLER, Words
from permits.drawings.catalogue_words import noop as _noop

#: Parts of a place, in the order they are said.
WHERE: Final = {
    "file": _noop('file "%(value)s"'),
    "line": _noop("line %(value)s"),
    "byte": _noop("byte %(value)s"),
    "record": _noop("record %(value)s"),
    "entry": _noop("entry %(value)s (counted from 0)"),
    "rule": _noop("rule %(value)s"),
    "entity": _noop("entity %(value)s"),
    "point": _noop("point %(value)s (counted from 0)"),
    "feature": _noop("feature %(value)s (counted from 0)"),
    "id": _noop('building "%(value)s"'),
    "layer": _noop('layer "%(value)s"'),
    "handle": _noop("handle %(value)s"),
    "part": _noop("part %(value)s (counted from 0)"),
    "ring": _noop("ring %(value)s (counted from 0)"),
    "facet": _noop("roof facet %(value)s (counted from 0)"),
    "key": _noop("%(value)s"),
    "at": _noop("at %(value)s"),
    "grid": _noop("at %(value)s (EPSG:25832)"),
}
SEVERAL: Final = _noop("line %(line)s, column %(column)s")

_STATE_CRS: Final = _noop("State the coordinate system with --crs, for example --crs EPSG:25832.")
_SUGGEST_CRS: Final = _noop(
    "The numbers fit %(remedy)s: write that system into the file or state it with --crs %(remedy)s."
)
_REDRAW: Final = _noop("Correct the outline in the drawing program and save again.")

_FILE: Final = {
    "empty_file": Words(_noop("The file is empty."), _noop("A drawing was expected."), SEND_AGAIN),
    "too_large_file": Words(
        _noop("The file has at least %(found)s bytes."),
        _noop("At most %(expected)s bytes are read."),
        SIMPLER,
    ),
    "not_what_it_says": Words(
        _noop("The content is %(found)s."),
        _noop("The name promises %(expected)s."),
        _noop("Give the file the suffix of what it is, or export the drawing in the format of its name."),
    ),
    "unsupported": Words(
        _noop("The content is %(found)s, which cannot be read as a drawing."),
        _noop("Expected GeoJSON, GeoPackage, Shapefile, GML, DXF or IFC with outlines of buildings."),
        _noop("Export the drawing in one of these formats."),
    ),
    "encoding": Words(
        _noop("The bytes are not %(found)s."),
        _noop("GeoJSON is UTF-8 by definition."),
        _noop("Save the file with the encoding UTF-8."),
    ),
    "truncated": Words(
        _noop("The file stops in the middle (%(found)s)."), _noop("A whole file was expected."), SEND_AGAIN
    ),
    "syntax": Words(
        _noop("The text is not JSON here (%(found)s)."), _noop("Expected valid GeoJSON."), SEND_AGAIN
    ),
    "nesting": Words(
        _noop("Brackets are nested %(found)s deep."),
        _noop("At most %(expected)s levels are read."),
        SEND_AGAIN,
    ),
    "duplicate_key": Words(
        _noop('The name "%(found)s" stands twice in one object.'),
        _noop("Each name stands once, otherwise it is not clear which value counts."),
        _noop("Delete the one that is not meant."),
    ),
    "not_json_number": Words(
        _noop("%(found)s is not a number in JSON."),
        _noop("A missing value is null or left out."),
        _noop("Leave the value out."),
    ),
    "structure": Words(
        _noop("The structure of the DXF is damaged (%(found)s)."),
        _noop("Sections in order and an EOF at the end were expected."),
        SEND_AGAIN,
    ),
    "too_many_positions": Words(_noop("The drawing has more than %(expected)s positions."), "", SIMPLER),
    "too_many_entities": Words(
        _noop("The drawing has more than %(expected)s entities, blocks opened up."), "", SIMPLER
    ),
    "stopped_time": Words(
        _noop("Reading the file took too long and was stopped (%(found)s)."),
        _noop("A drawing that is read within that time was expected."),
        SIMPLER,
    ),
    "stopped_memory": Words(
        _noop("Reading the file took too much memory and was stopped."),
        _noop("At most %(expected)s MB were expected."),
        SIMPLER,
    ),
    "stopped_output": Words(
        _noop("The file turns into too much data."), _noop("At most %(expected)s MB were expected."), SIMPLER
    ),
    "stopped_crash": Words(
        _noop("The file brought its reader down (%(found)s)."),
        _noop("A whole, valid file was expected."),
        SEND_AGAIN,
    ),
    "stopped_error": Words(
        _noop("The file could not be read (%(found)s)."),
        _noop("A whole, valid file was expected."),
        SEND_AGAIN,
    ),
    "more_faults": Words(_noop("%(found)s more of the same kind are not listed."), "", ""),
}

_PLACE: Final = {
    "no_crs": Words(
        _noop("The file does not name its coordinate system; the coordinates are %(found)s."),
        _noop("Without a system GeoJSON is in degrees (WGS 84); a DXF has no rule at all."),
        _STATE_CRS,
        _SUGGEST_CRS,
    ),
    "wrong_crs": Words(
        _noop("The coordinates %(found)s cannot be %(expected)s."), "", _STATE_CRS, _SUGGEST_CRS
    ),
    "axis_order": Words(
        _noop("The axes are swapped: the coordinates are %(found)s."),
        _noop("Easting or longitude comes first, northing or latitude second."),
        _noop("Swap the two numbers of every position."),
    ),
    "outside_denmark": Words(
        _noop("The coordinates %(found)s in %(expected)s lie outside Denmark."),
        _noop("A place in Denmark was expected."),
        _noop("Check the coordinate system and the origin of the drawing."),
    ),
    "far_from_place": Words(
        _noop("The drawing lies %(found)s m from the place it is for."),
        _noop("At most %(expected)s m were expected."),
        _noop("Check the parcel, the coordinate system and the origin of the drawing."),
        _SUGGEST_CRS,
    ),
    "not_placed": Words(
        _noop("The drawing has its own origin: the coordinates are %(found)s."),
        _noop("Coordinates in EPSG:25832 at the parcel were expected."),
        _noop("Place it by points or by the corners of the parcel, or state its system with --crs."),
        _SUGGEST_CRS,
    ),
    "outside": Words(
        _noop("The building lies outside the municipality, %(found)s m from its edge."),
        _noop("A building inside the municipality was expected."),
        _noop("Check the coordinates and the coordinate system, or ask the municipality where it lies."),
    ),
    "crs_unknown": Words(
        _noop('"%(found)s" is not a known coordinate system of the earth.'),
        _noop("An EPSG code was expected, such as EPSG:25832."),
        _STATE_CRS,
    ),
    "crs_not_named": Words(
        _noop("The crs member does not name a system (%(found)s)."),
        _noop("A member of type name was expected."),
        _STATE_CRS,
    ),
    "crs_replaced": Words(
        _noop("The file says %(found)s; %(expected)s was stated beside it and is used."),
        "",
        _noop("Correct the file if the statement is right."),
    ),
    "units_missing": Words(
        _noop("The DXF does not state its unit; it is read as metres."),
        "",
        _noop("State it with --set units=mm if it is another."),
    ),
    "units": Words(
        _noop("The unit of the DXF is %(found)s."),
        _noop("Metres were expected."),
        _noop("If the header is wrong, state the unit with --set units=m."),
    ),
    "units_contradict": Words(
        _noop(
            "The header says 1 unit = %(found)s m, but the coordinates fit only as metres and are read so."
        ),
        "",
        _noop("Set the unit of the drawing to metres."),
    ),
}

_SHAPE: Final = {
    "empty": Words(
        _noop("The collection holds no feature."), _noop("At least one building was expected."), SEND_AGAIN
    ),
    "no_entities": Words(
        _noop("Nothing with an area is drawn in the model space (%(found)s entities)."),
        _noop("Closed polylines or hatches were expected, on layers named after what they are."),
        _noop("Draw each building as one closed polyline in the model space."),
    ),
    "no_building": Words(
        _noop("No outline is said to be a building (layers: %(found)s)."),
        _noop(
            "Layers named after a role or kind were expected, such as detached_house, garage, hus or carport."
        ),
        _noop("Rename the layer, or state what it is with --set LAYER.kind=detached_house."),
    ),
    "null_geometry": Words(
        _noop("The geometry is %(found)s."),
        _noop("A polygon was expected."),
        _noop("Draw the building, or delete the feature."),
    ),
    "not_an_area": Words(
        _noop("A %(found)s has no area and is left out."), _noop("A polygon was expected."), _REDRAW
    ),
    "not_a_position": Words(
        _noop("%(found)s is not a position."), _noop("Two or three numbers were expected."), NUMBER_FORM
    ),
    "out_of_range": Words(
        _noop("The coordinate %(found)s is impossible."), _noop("A place in Denmark was expected."), _REDRAW
    ),
    "unclosed_ring": Words(
        _noop("The outline is open: its ends lie %(found)s m apart."),
        _noop("First and last position must be the same."),
        _noop("Close the outline (in CAD: the property Closed)."),
    ),
    "closed_gap": Words(_noop("The ends of the outline lay %(found)s mm apart and were joined."), "", ""),
    "self_intersection": Words(
        _noop("The outline crosses or touches itself (%(found)s)."),
        _noop("A simple outline was expected."),
        _REDRAW,
    ),
    "invalid_ring": Words(
        _noop("The rings of the outline do not fit together (%(found)s)."),
        _noop("Holes must lie inside the outline, parts apart from each other."),
        _REDRAW,
    ),
    "degenerate": Words(
        _noop("The outline encloses no area (%(found)s)."),
        _noop("At least three corners were expected."),
        _REDRAW,
    ),
    "sliver": Words(
        _noop("The outline is a sliver of %(found)s m², %(expected)s m wide."),
        _noop("More than 0.01 m² and 0.05 m was expected."),
        _noop("Delete it, or check the unit of the drawing."),
    ),
    "tiny": Words(_noop("The footprint is only %(found)s m²."), "", _noop("Check the unit of the drawing.")),
    "huge": Words(_noop("The footprint is %(found)s m²."), "", _noop("Check the unit of the drawing.")),
    "duplicate": Words(
        _noop('The outline is the same as that of "%(expected)s".'),
        _noop("Each building is drawn once."),
        _noop("Delete one of them."),
    ),
    "overlap": Words(
        _noop('%(found)s m² lie in the outline of "%(expected)s".'),
        "",
        _noop("Check that both buildings are meant."),
    ),
    "z_not_used": Words(
        _noop("The outline has heights (highest %(found)s), which are not used."),
        "",
        _noop("If they are the roof, say so with the property roof = geometry; else state height."),
    ),
    "hidden_layer": Words(
        _noop("%(found)s entities on a frozen or switched-off layer are left out."),
        "",
        _noop("Thaw the layer if they belong."),
    ),
    "unknown_layer": Words(
        _noop("%(found)s closed outlines on this layer are not read: its name is no role or kind."),
        "",
        _noop("If they are buildings, rename the layer or state what it is with --set LAYER.kind=garage."),
        DID_YOU_MEAN,
    ),
    "left_out": Words(_noop("Left out, since it is no closed outline: %(found)s."), "", ""),
    "curves": Words(_noop("Arcs were replaced by chords that deviate at most %(found)s mm."), "", ""),
    "external_block": Words(
        _noop('The block "%(found)s" is missing or lies in another file.'),
        "",
        _noop("Bind external references before saving."),
    ),
    "block_nesting": Words(
        _noop('The block "%(found)s" is nested too deep.'),
        _noop("At most %(expected)s levels are opened."),
        SIMPLER,
    ),
    "tilted": Words(
        _noop("The outline does not lie level; it is read as seen from above, without a height."), "", ADD
    ),
    "roof_not_read": Words(
        _noop("The roof cannot be read (%(found)s)."),
        _noop("A list of WKT POLYGON Z, or a GeoJSON MultiPolygon with heights was expected."),
        _REDRAW,
    ),
    "roof_without_z": Words(
        _noop("The roof facet has positions without height."),
        _noop("Three numbers per position were expected."),
        _REDRAW,
    ),
    "roof_not_flat": Words(
        _noop("The roof facet is not plane: a corner lies %(found)s m off."),
        _noop("At most %(expected)s m were expected."),
        _noop("Split the facet into plane ones."),
    ),
    "roof_upright": Words(_noop("The upright roof facet covers no ground and is left out."), "", ""),
    "roof_astray": Words(
        _noop("The roof facet lies %(found)s m away from its building."),
        _noop("At most %(expected)s m were expected."),
        _noop("Give the roof the same coordinate system as the outline."),
    ),
}

CATALOGUE: Final[dict[str, Words]] = {**_FILE, **_PLACE, **_SHAPE, **SAID, **FORMATS}
