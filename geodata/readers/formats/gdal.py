"""A layer by GDAL, with one driver only: every other driver is taken out of the child process first."""

from __future__ import annotations

import ctypes
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio
import shapely

from geodata.native import gdal_library
from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.table import Table, Wanted, chosen_layer

#: Drivers that may be used at all; nothing here reaches for the network, a database server or another program.
ALLOWED: Final = ("GPKG", "ESRI Shapefile", "FlatGeobuf", "GML")
_CURVES: Final = ("Curve", "Surface", "Circular")


def only_allowed() -> None:
    """Take every other driver out of GDAL, so that no content can choose its own; for the child process only."""
    path = gdal_library()
    if path is None:
        return
    gdal = ctypes.CDLL(path)
    gdal.GDALGetDriver.restype = gdal.GDALGetDriverByName.restype = ctypes.c_void_p
    gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
    gdal.GDALGetDriverShortName.argtypes = gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    for number in reversed(range(gdal.GDALGetDriverCount())):
        driver = gdal.GDALGetDriver(number)
        if gdal.GDALGetDriverShortName(driver).decode() not in ALLOWED:
            gdal.GDALDeregisterDriver(driver)


def layers_of(path: Path) -> list[tuple[str, str | None]]:
    """Layers with their geometry type (None = no geometry).

    Raises
    ------
    Unreadable : GDAL cannot open the file.
    """
    try:
        return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    except pyogrio.errors.GeometryError as error:
        raise Unreadable(
            "unsupported", f"{path.name}: {_short(error)}; deliver the shapes as areas, lines or points"
        ) from None
    except pyogrio.errors.DataSourceError as error:
        raise Unreadable(
            "structure", f"{path.name} cannot be opened ({_short(error)}); fetch it again"
        ) from None


def read_layer(path: Path, layer: str, kind: str, *, encoding: str | None = None, **options: Any) -> Table:
    """All features of a layer.

    Raises
    ------
    Unreadable : damaged, or of a kind of geometry that cannot be read.
    """
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            meta, _, wkb, values = pyogrio.raw.read(
                path, layer=layer, encoding=encoding, datetime_as_string=True, **options
            )
        except pyogrio.errors.GeometryError as error:
            raise Unreadable(
                "unsupported", f"{path.name}: {_short(error)}; deliver the shapes as areas, lines or points"
            ) from None
        except (
            pyogrio.errors.DataSourceError,
            pyogrio.errors.DataLayerError,
            pyogrio.errors.FeatureError,
        ) as error:
            raise Unreadable(
                "truncated", f"{path.name}: the layer {layer} breaks off ({_short(error)}); fetch it again"
            ) from None
        except UnicodeDecodeError as error:
            raise Unreadable(
                "encoding", f"{path.name}: its text is not {error.encoding}; name its encoding in the mapping"
            ) from None
    shapes, faults = _shapes(wkb, len(values[0]) if len(values) else 0)
    table = Table(
        file=path.name,
        layer=layer,
        format=kind,
        columns={str(n): _plain(v) for n, v in zip(meta["fields"], values, strict=True)},
        shapes=shapes,
        crs=meta["crs"],
        faults={row: ("unreadable_geometry", text) for row, text in faults.items()},
    )
    said = dict.fromkeys(_short(w.message) for w in heard if issubclass(w.category, RuntimeWarning))
    said = {text: None for text in said if "successfully parsed" not in text}
    table.remarks += [("gdal", f"{path.name}: {text}") for text in said]
    if any(word in str(meta["geometry_type"]) for word in _CURVES):
        table.remarks.append(("curves", f"{path.name}: curves were drawn as short straight pieces"))
    return table


def _shapes(wkb: Any, count: int) -> tuple[Any, dict[int, str]]:
    if wkb is None:
        return np.full(count, None, dtype=object), {}
    there = np.array([w is not None for w in wkb], dtype=bool)
    shapes = np.full(len(wkb), None, dtype=object)
    with np.errstate(invalid="ignore"):  # a coordinate may be no number; that is looked for later
        shapes[there] = shapely.from_wkb(wkb[there], on_invalid="ignore")
    broken = np.flatnonzero(there & shapely.is_missing(shapes))
    return shapes, {int(i): "its shape is damaged" for i in broken}


def _plain(values: Any) -> list[Any]:
    listed: list[Any] = values.tolist()
    if values.dtype.kind == "f":
        # Whole numbers with gaps come as 7.0; a gap is None.
        whole = bool(np.all(np.isnan(values) | (values == np.round(values))))
        return [None if v != v else int(v) if whole and abs(v) < 2**53 else v for v in listed]  # noqa: PLR0124
    return listed


def _short(error: object) -> str:
    return " ".join(str(error).split("; It might")[0].split())[:200]


def geometry_layer(path: Path, wanted: Wanted) -> str:
    """The layer that is asked for, among those with geometry.

    Raises
    ------
    Unreadable : there is none.
    """
    layers = layers_of(path)
    there = [name for name, kind in layers if kind is not None or wanted.no_geometry]
    if layers and not there:
        raise Unreadable(
            "no_geometry",
            f"{path.name}: none of its layers has a geometry ({', '.join(name for name, _ in layers[:8])}); "
            f"deliver the layer with its shapes",
        )
    return chosen_layer(there, wanted.layers, path.name)
