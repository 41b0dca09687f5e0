"""Shapefiles: the frame is looked at before GDAL is asked, which says nothing of what is not whole."""

from __future__ import annotations

from pathlib import Path

from geodata.readers.formats import gdal
from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.shapefile_frame import encoding, look_through, side_files
from geodata.readers.formats.table import Table, Wanted


def read(path: Path, wanted: Wanted) -> Table:
    """All records of a Shapefile.

    Raises
    ------
    Unreadable : cut off, impossible counts, a missing side file, side files of different length.
    """
    count = look_through(path)
    said, remarks = encoding(path, side_files(path), wanted.encoding)
    table = gdal.read_layer(path, path.stem, "Shapefile", encoding=said)
    table.record, table.first = "record", 1
    table.remarks = [*remarks, *table.remarks]
    if count != len(table):
        raise Unreadable("truncated", f"{path.name} holds {count} records, of which {len(table)} can be read")
    return table
