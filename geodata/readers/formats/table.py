"""What a file holds before a mapping gives it a meaning: columns, shapes and remarks, as plain values.

A table crosses from the confined child process as JSON, so nothing in it is code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.readers.formats.fault import Unreadable

Shapes = npt.NDArray[np.object_]
#: (stable word, sentence).
Remark = tuple[str, str]


@dataclass(frozen=True)
class Wanted:
    """What a mapping asks a format for.

    Attributes
    ----------
    layers : names of the layer, any of them; empty = the only one there is.
    geometry : columns that may hold the shape in a table of text; empty = whichever looks like it.
    no_geometry : a table without shapes is asked for.
    encoding : of formats that do not say it themselves; empty = found out.
    """

    layers: tuple[str, ...] = ()
    geometry: tuple[str, ...] = ()
    no_geometry: bool = False
    encoding: str = ""


@dataclass
class Table:
    """One layer of a file.

    Attributes
    ----------
    file, layer, format : where it comes from; the format by its content.
    columns : name → values as delivered, of equal length; missing ones are None.
    shapes : (n,) geometries with the numbers as written, None where there is none.
    crs : what the data say of their system (authority code or WKT); None = nothing.
    longitude_first : nothing said means longitude and latitude, as in GeoJSON.
    faults : row → (word, why its shape cannot be used).
    raw : row → its shape as delivered, of those that cannot be used.
    remarks : what is to be told of the table as a whole.
    record : word for a row of this format, counted from ``first``.
    """

    file: str
    layer: str
    format: str
    columns: dict[str, list[Any]]
    shapes: Shapes
    crs: str | None = None
    longitude_first: bool = False
    faults: dict[int, Remark] = field(default_factory=dict)
    raw: dict[int, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    record: str = "feature"
    first: int = 0

    def __len__(self) -> int:
        return len(self.shapes)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "columns": {name: [_value(v) for v in values] for name, values in self.columns.items()},
            "shapes": shapely.to_wkb(self.shapes, hex=True, include_srid=False, flavor="iso").tolist(),
            "raw": {str(row): shape for row, shape in self.raw.items()},
            "faults": {str(row): list(fault) for row, fault in self.faults.items()},
        }

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> Table:
        """The table that a child process told of."""
        texts = np.array(told["shapes"], dtype=object)
        with np.errstate(invalid="ignore"):  # a coordinate may be no number; that is looked for later
            shapes = shapely.from_wkb(texts) if len(texts) else np.empty(0, dtype=object)
        return cls(
            **{name: told[name] for name in _PLAIN if name != "remarks"},
            columns=dict(told["columns"]),
            shapes=shapes,
            raw={int(row): shape for row, shape in told["raw"].items()},
            faults={int(row): (word, text) for row, (word, text) in told["faults"].items()},
            remarks=[(word, text) for word, text in told["remarks"]],
        )


_PLAIN = ("file", "layer", "format", "crs", "longitude_first", "remarks", "record", "first")


def _value(value: Any) -> Any:  # noqa: PLR0911 (a table of kinds)
    """A value that JSON can hold: numbers that are none become None, bytes become hexadecimal text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, np.generic):
        return _value(value.item())
    if isinstance(value, list | tuple | np.ndarray):
        return [_value(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _value(v) for k, v in value.items()}
    return str(value)


def columns_of_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows of names and values as columns, in the order in which the names first came."""
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    return {str(name): [row.get(name) for row in listed] for name in names}


def chosen_layer(layers: list[str], wanted: tuple[str, ...], file: str) -> str:
    """The layer that is asked for, whatever its capitals and its prefix.

    Raises
    ------
    Unreadable : there is none, or several where no name was asked for.
    """
    if not wanted:
        if len(layers) == 1:
            return layers[0]
        raise Unreadable(
            "layer",
            f"{file} holds {len(layers)} layers ({', '.join(layers[:8])}); "
            f"say in the mapping which one is meant (layer = …)",
        )
    names = {_bare(name): name for name in reversed(layers)}
    for name in wanted:
        if _bare(name) in names:
            return names[_bare(name)]
    raise Unreadable(
        "layer",
        f"{file} has no layer {' or '.join(wanted)}; it has {', '.join(layers[:8]) or 'none'}",
    )


def _bare(name: str) -> str:
    return name.rpartition(":")[2].casefold()
