"""GeoJSON, feature by feature; without a word of a system the numbers are longitude and latitude (RFC 7946)."""

from __future__ import annotations

from pathlib import Path

from geodata.readers.formats.table import Table, Wanted, columns_of_rows
from geodata.readers.geojson import read_collection


def read(path: Path, wanted: Wanted) -> Table:
    """The collection of a file; its layer is the file.

    Raises
    ------
    CannotRead : not GeoJSON, cut off, not UTF-8, nested too deep.
    """
    found = read_collection(path, bare=True)
    columns = columns_of_rows(found.rows)
    ids = [f.get("id") for f in found.features]
    if any(i is not None for i in ids):
        columns.setdefault("id", ids)
    return Table(
        file=path.name,
        layer=path.stem,
        format="GeoJSON",
        columns=columns,
        shapes=found.shapes,
        crs=found.crs,
        longitude_first=True,
        raw={row: found.features[row].get("geometry") for row in found.faults},
        faults={row: _named(text) for row, text in found.faults.items()},
        remarks=[("stale_count", f"{path.name}: {text}") for text in found.warnings],
    )


def _named(text: str) -> tuple[str, str]:
    return ("unclosed_ring" if "is open" in text else "unreadable_geometry", text)
