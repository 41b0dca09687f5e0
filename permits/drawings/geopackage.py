"""GeoPackage: whole and as its contents claim, then read by fiona. Runs in the child process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from geodata.readers.formats import geopackage_frame as frame
from geodata.readers.formats.fault import Unreadable
from permits.drawings import vector
from permits.drawings.drawing import Parsed
from permits.drawings.own_file import own_file


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read the features of all layers.

    Parameters
    ----------
    data : the file; empty where ``options["path"]`` names it.

    Returns
    -------
    :meth:`Parsed.plain`: positions in the file's own numbers, easting or longitude first; ``crs`` as WKT.
    """
    parsed = Parsed()
    path = own_file(data, options, "drawing.gpkg")
    try:
        frame.whole(path)
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            contents = frame.contents(database)
            held = {
                name: int(database.execute(f'SELECT count(*) FROM "{_quoted(name)}"').fetchone()[0])
                for name, facts in contents.items()
                if facts["type"] == "features"
            }
            names = [*contents, *(t for t in frame.tables(database) if t not in contents)]
    except Unreadable as error:
        parsed.fault(error.word, found=error.found, expected=error.expected, where=error.where)
        return parsed.plain()
    except sqlite3.DatabaseError as error:
        parsed.fault("truncated", found=str(error)[:120])
        return parsed.plain()
    if not held:
        parsed.fault("no_geometry", found=", ".join(names)[:200])
        return parsed.plain()
    read = vector.read(path, "GPKG", parsed, settings={"OGR_SQLITE_LOAD_EXTENSIONS": "NO"}, IMMUTABLE="YES")
    if read != sum(held.values()) and not parsed.faults:
        parsed.fault("truncated", found=f"{read} / {sum(held.values())}")
    for name, number in held.items():
        claimed = contents[name].get("count")
        if claimed not in (None, number):
            parsed.fault("stale_count", "warning", found=number, expected=claimed, where={"layer": name})
    return parsed.plain()


def _quoted(name: str) -> str:
    return name.replace('"', '""')
