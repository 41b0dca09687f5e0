"""The frame of a GeoPackage: whether all its pages are there, and what its tables of contents claim.

A stale count, a table that is not registered and a file that was cut off are no errors to GDAL.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from geodata.readers.formats.fault import Unreadable

_OWN: Final = ("gpkg_", "sqlite_", "rtree_", "ogr_")


def whole(path: Path) -> None:
    """Count the pages that the head claims.

    Raises
    ------
    Unreadable : fewer are there.
    """
    with path.open("rb") as file:
        head = file.read(100)
    size = int.from_bytes(head[16:18], "big")
    needed = (65536 if size == 1 else size) * int.from_bytes(head[28:32], "big")
    held = path.stat().st_size
    if held < needed:
        raise Unreadable(
            "truncated",
            f"{path.name} is cut off at byte {held} of {needed}. Nothing of it was taken; fetch it again",
            found=f"{held} / {needed}",
            where={"byte": held},
        )


def tables(database: sqlite3.Connection) -> list[str]:
    """Names of all tables that hold somebody's data, registered or not."""
    rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [str(name) for (name,) in rows if not str(name).startswith(_OWN)]


def contents(database: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """What the contents claim: table → ``type``, ``box`` (west, south, east, north or None) and ``count``."""
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if "gpkg_contents" not in there:
        return {}
    rows = database.execute("SELECT table_name, data_type, min_x, min_y, max_x, max_y FROM gpkg_contents")
    found = {
        str(name): {"type": kind, "box": box if None not in box else None}
        for name, kind, *box in rows.fetchall()
    }
    if "gpkg_ogr_contents" in there:
        for name, count in database.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents"):
            if name in found:
                found[name]["count"] = count
    return found
