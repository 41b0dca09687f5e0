"""GML: looked through once as a stream (no DOCTYPE, whole, counts, curves), then read by GDAL."""

from __future__ import annotations

from pathlib import Path

import pyogrio

from geodata.readers.formats import gdal
from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.gml_frame import look_through
from geodata.readers.formats.table import Table, Wanted


def read(path: Path, wanted: Wanted) -> Table:
    """All features of a layer.

    Raises
    ------
    Unreadable : a DOCTYPE, cut off, no GML, no layer of that name, shapes that cannot be read.
    """
    seen = look_through(path)
    if not seen.gml:
        raise Unreadable(
            "not_what_it_says",
            f"{path.name} is XML (root element {seen.root}) without any GML; deliver the GML",
        )
    pyogrio.set_gdal_config_options({"GML_SKIP_RESOLVE_ELEMS": "ALL", "GML_GFS_TEMPLATE": ""})
    options = {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"}
    try:
        layer = gdal.geometry_layer(path, wanted)
    except Unreadable as error:
        if error.word != "structure":
            raise
        word = "unsupported" if seen.root == "CityModel" else "no_entities"
        raise Unreadable(word, f"{path.name} holds no features that can be read") from None
    table = gdal.read_layer(path, layer, "GML", **options)
    if seen.claimed is not None and seen.claimed != seen.members:
        table.remarks.append(
            (
                "stale_count",
                f"{path.name} says that it holds {seen.claimed} features and holds {seen.members}",
            )
        )
    if seen.curves:
        table.remarks.append(
            (
                "curves",
                f"{path.name}: curves ({', '.join(sorted(seen.curves))}) were drawn as short straight pieces",
            )
        )
    return table
