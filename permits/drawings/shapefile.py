"""Shapefile: records and side files looked through, then read by fiona. Runs in the child process.

A Shapefile is several files, so it comes in a zip (:mod:`permits.drawings.archive`).
"""

from __future__ import annotations

from typing import Any

from geodata.readers.formats import shapefile_frame as frame
from geodata.readers.formats.fault import Unreadable
from permits.drawings import vector
from permits.drawings.drawing import Parsed
from permits.drawings.own_file import own_file


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read all records.

    Parameters
    ----------
    data : the ``.shp`` alone, which is refused for the files that are missing beside it; empty where
        ``options["path"]`` names it.

    Returns
    -------
    :meth:`Parsed.plain`; ``crs`` is what the ``.prj`` says, ``None`` without one. Records count from 1.
    """
    parsed = Parsed()
    path = own_file(data, options, "drawing.shp")
    try:
        held = frame.look_through(path)
        encoding, remarks = frame.encoding(path, frame.side_files(path))
    except Unreadable as error:
        parsed.fault(error.word, found=error.found, expected=error.expected, where=error.where)
        return parsed.plain()
    if remarks:
        parsed.fault("encoding_guessed", "warning", found=encoding, where={"file": f"{path.stem}.dbf"})
    read = vector.read(path, "ESRI Shapefile", parsed, record=("record", 1), cut=True, encoding=encoding)
    if read != held and not parsed.faults:
        parsed.fault("truncated", found=f"{read} / {held}")
    return parsed.plain()
