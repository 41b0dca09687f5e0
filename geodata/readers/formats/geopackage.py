"""GeoPackage: what SQLite and its tables of contents say is held against what is there, then GDAL reads."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from geodata.readers.formats import gdal
from geodata.readers.formats import geopackage_frame as frame
from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.table import Table, Wanted, chosen_layer


def read(path: Path, wanted: Wanted) -> Table:
    """All rows of a registered table of features.

    Raises
    ------
    Unreadable : cut off, no GeoPackage, or no table of features.
    """
    frame.whole(path)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            contents = frame.contents(database)
            tables = frame.tables(database)
            layer = _layer(path, contents, tables, wanted)
            facts = contents.get(layer, {})
            (held,) = database.execute(
                f'SELECT count(*) FROM "{layer.replace(chr(34), chr(34) * 2)}"'
            ).fetchone()
    except sqlite3.DatabaseError as error:
        raise Unreadable(
            "truncated", f"{path.name} is damaged ({error}). Nothing of it was taken; fetch it again"
        ) from None
    table = gdal.read_layer(path, layer, "GeoPackage", IMMUTABLE="YES")
    table.record = "row"
    if len(table) != held:
        raise Unreadable(
            "truncated", f"{path.name}: {held} rows in {layer}, of which {len(table)} can be read"
        )
    if facts.get("count") not in (None, held):
        table.remarks.append(
            (
                "stale_count",
                f"{path.name}: its contents claim {facts['count']} features in {layer}; {held} are there",
            )
        )
    _extent(table, facts.get("box"))
    others = [name for name in tables if name not in contents]
    if others:
        table.remarks.append(
            (
                "unregistered",
                f"{path.name}: tables that are not registered were left out: {', '.join(others[:8])}",
            )
        )
    return table


def _layer(path: Path, contents: dict[str, dict[str, Any]], tables: list[str], wanted: Wanted) -> str:
    kinds = ("features", "attributes") if wanted.no_geometry else ("features",)
    listed = [name for name, facts in contents.items() if facts["type"] in kinds]
    if listed:
        return chosen_layer(listed, wanted.layers, path.name)
    seen = ", ".join([*contents, *(t for t in tables if t not in contents)][:8]) or "none"
    why = "are registered without geometry" if contents else "are not registered as a GeoPackage has them"
    raise Unreadable(
        "no_geometry",
        f"{path.name} holds no table of features; its tables ({seen}) {why}. Write the layer as a GeoPackage again",
    )


def _extent(table: Table, box: list[float] | None) -> None:
    """A stale extent is told; by it some programs look for nothing outside."""
    if box is None or not len(table):
        return
    west, south, east, north = shapely.total_bounds(table.shapes)
    margin = 1e-6 * max(1.0, abs(east), abs(north))
    outside = (
        west < box[0] - margin or south < box[1] - margin or east > box[2] + margin or north > box[3] + margin
    )
    if outside:
        table.remarks.append(
            (
                "stale_extent",
                f"{table.file}: features of {table.layer} lie outside the extent that its contents claim",
            )
        )
