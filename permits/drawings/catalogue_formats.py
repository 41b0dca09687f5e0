"""The words for faults of archives, features, models, PDF and placing; see :mod:`permits.drawings.catalogue`."""

from __future__ import annotations

from typing import Final

from permits.drawings.catalogue_words import SEND_AGAIN, SIMPLER, Words
from permits.drawings.catalogue_words import noop as _noop

_PACK_AGAIN: Final = _noop("Pack only the files of the drawing in a new zip, without folders and passwords.")
_NO_ENTITIES_IN_XML: Final = _noop("Remove the DOCTYPE; no drawing needs one, and it can name other files.")
_PLACE_BY_HAND: Final = _noop("Correct it in the program that made the model, or place the model by points.")
_CONFIRM: Final = _noop("Confirm it, or state another with --set %(key)s=VALUE.")

ARCHIVE: Final = {
    "path_traversal": Words(
        _noop('The entry "%(found)s" leads out of the archive.'),
        _noop("Plain names of files were expected."),
        _PACK_AGAIN,
    ),
    "symlink": Words(
        _noop('The entry "%(found)s" is a link to another file.'), _noop("Files were expected."), _PACK_AGAIN
    ),
    "duplicate_names": Words(
        _noop('The archive holds the name "%(found)s" twice; it is not clear which one counts.'),
        _noop("Each name stands once."),
        _PACK_AGAIN,
    ),
    "compression_ratio": Words(
        _noop("The archive would unpack to too much (%(found)s)."),
        _noop("At most %(expected)s was expected."),
        _PACK_AGAIN,
    ),
    "too_many_files": Words(
        _noop("The archive holds %(found)s files."), _noop("At most %(expected)s were expected."), _PACK_AGAIN
    ),
    "too_large_unpacked": Words(
        _noop("The archive would unpack to %(found)s bytes."),
        _noop("At most %(expected)s bytes were expected."),
        SIMPLER,
    ),
    "nested_archive": Words(
        _noop('The archive holds another archive ("%(found)s").'),
        _noop("The files of the drawing were expected."),
        _noop("Unpack the inner archive and send that."),
    ),
    "damaged_archive": Words(
        _noop("The zip is damaged (%(found)s)."), _noop("A whole archive was expected."), _PACK_AGAIN
    ),
    "password_archive": Words(
        _noop('The entry "%(found)s" is locked by a password.'),
        _noop("An archive without a password was expected."),
        _PACK_AGAIN,
    ),
    "several_drawings": Words(
        _noop("The archive holds several drawings: %(found)s."),
        _noop("One drawing was expected."),
        _noop("Send each drawing by itself."),
    ),
    "no_drawing_inside": Words(
        _noop("The archive holds no drawing that can be read (%(found)s)."),
        _noop("GeoJSON, GeoPackage, Shapefile, GML, DXF or IFC was expected."),
        _noop("Pack the drawing in one of these formats."),
    ),
    "left_out_files": Words(_noop("Other files in the archive are left out: %(found)s."), "", ""),
}

FEATURES: Final = {
    "structure_of_file": Words(
        _noop("The file cannot be opened (%(found)s)."),
        _noop("A whole, valid file was expected."),
        SEND_AGAIN,
    ),
    "missing_sidecar": Words(
        _noop("Of the Shapefile there is only %(found)s."),
        _noop("%(expected)s belong to it."),
        _noop("Send all files of the Shapefile (.shp, .shx, .dbf, .prj) in one zip."),
    ),
    "bogus_count": Words(
        _noop("The record claims %(found)s parts or points in %(expected)s bytes."),
        _noop("A record that holds what it claims was expected."),
        SEND_AGAIN,
    ),
    "stale_count": Words(
        _noop("The file says that it holds %(expected)s features and holds %(found)s."),
        "",
        _noop("Check that nothing is missing, and save the file again."),
    ),
    "no_geometry": Words(
        _noop("No layer has a geometry (%(found)s)."),
        _noop("A layer with outlines was expected."),
        _noop("Save the layer of the buildings with its geometry."),
    ),
    "no_features": Words(
        _noop("The file holds no feature that can be read (root element %(found)s)."),
        _noop("Features with outlines were expected."),
        _noop("Export the buildings as features, in GML or GeoJSON."),
    ),
    "no_outlines": Words(
        _noop("No feature of the file has an area."),
        _noop("At least one outline of a building was expected."),
        _noop("Export the buildings as polygons."),
    ),
    "not_gml": Words(
        _noop('The XML holds no GML (root element "%(found)s").'),
        _noop("GML with outlines of buildings was expected."),
        _noop("Export the drawing as GML or GeoJSON."),
    ),
    "too_many_features": Words(_noop("The drawing has more than %(expected)s features."), "", SIMPLER),
    "crs_differs": Words(
        _noop("The layers have different coordinate systems, or some have none (%(found)s)."),
        _noop("One system for the whole drawing was expected."),
        _noop("Save all layers in EPSG:25832."),
    ),
    "z_units": Words(
        _noop("One unit of height is %(found)s m."),
        _noop("Heights in metres were expected."),
        _noop("Save the drawing with heights in metres."),
    ),
    "encoding_of_text": Words(
        _noop("The text is not %(found)s."),
        _noop("Text in the encoding that the file names was expected."),
        _noop("Save the file with the encoding UTF-8."),
    ),
    "encoding_guessed": Words(
        _noop("The file does not say the encoding of its text; %(found)s was taken."),
        "",
        _noop("Send the .cpg along, or check names with æ, ø and å."),
    ),
    "curves_by_reader": Words(_noop("Curves were drawn as short straight pieces."), "", ""),
    "dtd": Words(
        _noop("The file has a DOCTYPE."), _noop("XML without one was expected."), _NO_ENTITIES_IN_XML
    ),
    "entity_expansion": Words(
        _noop("The file declares entities, which can grow without end."),
        _noop("XML without a DOCTYPE was expected."),
        _NO_ENTITIES_IN_XML,
    ),
    "external_entity": Words(
        _noop("The file names other files or addresses in its DOCTYPE; they are not fetched."),
        _noop("XML without a DOCTYPE was expected."),
        _NO_ENTITIES_IN_XML,
    ),
}

MODEL: Final = {
    "schema_unknown": Words(
        _noop("The schema is %(found)s."),
        _noop("One of these was expected: %(expected)s."),
        _noop("Export the model as IFC4 or IFC2X3."),
    ),
    "needs_part": Words(
        _noop("%(found)s cannot be read on this installation."),
        _noop('The optional group "%(expected)s" is needed.'),
        _noop("Send the outline as DXF or GeoJSON, or ask whoever runs the site to install the group."),
    ),
    "no_parts": Words(
        _noop("The model holds nothing that is built (%(found)s objects)."),
        _noop("Walls, floors or roofs with a shape were expected."),
        _noop("Export the building with its geometry."),
    ),
    "no_structure": Words(
        _noop("The model has no building and no storeys; its %(found)s parts are taken as one building."),
        "",
        _noop("Export the model with site, building and storeys."),
    ),
    "no_footprint": Words(
        _noop("The building covers no ground (%(found)s parts)."),
        _noop("Walls that rise above the ground were expected."),
        _noop("Export the walls of the building."),
    ),
    "outline_of_all": Words(
        _noop("The building has no walls; its outline is that of all %(found)s parts."),
        "",
        _noop("Check that the outline is that of the outer walls."),
    ),
    "part_not_drawn": Words(
        _noop("The shape of %(found)s cannot be made and is left out."), "", _noop("Check the outline.")
    ),
    "height_from_model": Words(
        _noop("The height %(found)s m is measured from the floor of the ground storey."), "", _CONFIRM
    ),
    "storeys_from_model": Words(_noop("The model has %(found)s storeys from the ground up."), "", _CONFIRM),
    "not_georeferenced": Words(
        _noop("The model does not say where on earth it lies."),
        "",
        _noop("Place it by points, or export it with IfcMapConversion to EPSG:25832."),
    ),
    "georeference_unused": Words(
        _noop("The model names %(found)s, but nothing in it is placed in that system."),
        "",
        _noop("Place it by points, or export it with IfcMapConversion to EPSG:25832."),
    ),
    "georeferencing": Words(
        _noop("The georeference breaks a rule: %(found)s."),
        _noop("It should be %(expected)s."),
        _PLACE_BY_HAND,
    ),
}

PRINT: Final = {
    "not_measured": Words(
        _noop("A PDF is kept as an attachment; it is not measured."),
        _noop("A drawing with coordinates was expected."),
        _noop("Send the drawing as DXF, GeoJSON, GeoPackage, Shapefile, GML or IFC too."),
    ),
    "password": Words(
        _noop("The file is locked by a password."),
        _noop("A file that opens without one was expected."),
        _noop("Save it without a password."),
    ),
    "encrypted": Words(_noop("The file is encrypted, though it opens without a password."), "", ""),
    "pages": Words(
        _noop("The file has %(found)s pages."),
        _noop("Between 1 and %(expected)s were expected."),
        _noop("Send the pages that show the building."),
    ),
    "active_content": Words(
        _noop("The file would run something when it is opened (%(found)s); it is never run here."),
        "",
        _noop("Print it to a new PDF."),
    ),
    "embedded_file": Words(
        _noop("The file carries another file (%(found)s), which is not looked at."),
        "",
        _noop("Send that file by itself if it matters."),
    ),
}

BY_POINTS: Final = {
    "geodata_not_used": Words(
        _noop("The georeference of the drawing cannot be relied on and is not used (%(found)s)."),
        "",
        _noop("Check where the drawing lies."),
    ),
    "placed": Words(
        _noop("The drawing was placed by %(expected)s points; the worst misses its own by %(found)s m."),
        "",
        "",
    ),
    "placing_residual": Words(
        _noop("A point misses its own by %(found)s m."),
        _noop("At most %(expected)s m were expected."),
        _noop("Check the points, above all this one."),
        _noop("Check the points. The drawing would fit if one unit were %(remedy)s m: check its unit."),
    ),
    "placing_mirrored": Words(
        _noop("The drawing fits only mirrored."),
        _noop("A drawing seen from above was expected."),
        _noop("Check that the points are in the right order and the drawing is not mirrored."),
    ),
    "placing_few": Words(
        _noop("%(found)s points are too few to place a drawing."),
        _noop("At least two points, or three corners of the parcel, were expected."),
        _noop("Pick more points."),
    ),
    "placing_near": Words(
        _noop("The points lie within %(found)s m of each other."),
        _noop("Points at least %(expected)s m apart were expected."),
        _noop("Pick points far from each other, best the corners of the parcel."),
    ),
    "placing_ambiguous": Words(
        _noop("The parcel fits in several ways (%(found)s corners meet in each)."),
        _noop("One way was expected."),
        _noop("Pick two or more points yourself."),
    ),
    "placing_none": Words(
        _noop("The corners drawn do not meet those of the parcel (%(found)s do)."),
        _noop("At least three corners were expected to meet."),
        _noop("Check the parcel and the layer that it is drawn on, or pick points yourself."),
    ),
    "point_form": Words(
        _noop('"%(found)s" is not a pair of points.'),
        _noop("X,Y=E,N was expected: the point in the drawing, and the same in EPSG:25832."),
        _noop("Write for example --place 0,0=573000.5,6224000.25."),
    ),
    "placing_two": Words(
        _noop("Two points place a drawing, but nothing checks them but their distance."),
        "",
        _noop("Pick a third point."),
    ),
    "placing_scaled": Words(
        _noop("The drawing does not say its unit; by the points one unit is %(found)s m."),
        "",
        _noop("Confirm it, or state the unit."),
    ),
}

FORMATS: Final[dict[str, Words]] = {**ARCHIVE, **FEATURES, **MODEL, **PRINT, **BY_POINTS}
