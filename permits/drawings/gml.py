"""GML: looked through once (no DOCTYPE, whole, counts, curves), then read by fiona. Runs in the child process."""

from __future__ import annotations

from typing import Any, Final

from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.gml_frame import look_through
from permits.drawings import vector
from permits.drawings.drawing import Parsed
from permits.drawings.own_file import own_file

#: Nothing is resolved that lies elsewhere, and GDAL leaves no schema of its own beside the file.
_SETTINGS: Final = {"GML_SKIP_RESOLVE_ELEMS": "ALL", "GML_GFS_TEMPLATE": "", "GML_SAVE_RESOLVED_TO": ""}

#: Roots of schemas whose features are solids, not outlines.
_SOLIDS: Final = {"CityModel": "CityGML", "IndoorFeatures": "IndoorGML"}


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read the features of all layers (GML 2 and 3.2, as far as they are simple features).

    Parameters
    ----------
    data : the file; empty where ``options["path"]`` names it.

    Returns
    -------
    :meth:`Parsed.plain`: positions easting or longitude first, whatever the axis order of the system; ``crs`` as WKT.
    """
    parsed = Parsed()
    path = own_file(data, options, "drawing.gml")
    try:
        seen = look_through(path)
    except Unreadable as error:
        parsed.fault(error.word, found=error.found, expected=error.expected, where=error.where)
        return parsed.plain()
    if not seen.gml:
        parsed.fault("not_gml", found=seen.root, where={"key": seen.root[:80]})
        return parsed.plain()
    if seen.root in _SOLIDS:
        parsed.fault("unsupported", found=_SOLIDS[seen.root], where={"key": seen.root})
        return parsed.plain()
    vector.read(path, "GML", parsed, settings=_SETTINGS, WRITE_GFS="NO", DOWNLOAD_SCHEMA="NO")
    if any(fault.code in ("structure_of_file", "empty") for fault in parsed.faults) and not seen.members:
        # Well-formed and GML, but GDAL finds no feature in it: a bare geometry, or a schema of its own.
        parsed.faults = [fault for fault in parsed.faults if fault.code not in ("structure_of_file", "empty")]
        parsed.fault("no_features", found=seen.root, where={"key": seen.root[:80]})
    if seen.claimed is not None and seen.claimed != seen.members:
        parsed.fault("stale_count", "warning", found=seen.members, expected=seen.claimed)
    if seen.curves:
        parsed.fault("curves_by_reader", "warning", found=", ".join(sorted(seen.curves)))
    return parsed.plain()
