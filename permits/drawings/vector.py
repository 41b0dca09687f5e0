"""Layers of features by fiona, with one GDAL driver allowed; runs in the child process.

What the formats have in common: every other driver is taken out of GDAL first, so that no content can choose
its own (VRT, WMS, anything that reaches for the network); the files lie in the process's own folder, so that
no path of theirs can name another (``/vsicurl/``, ``/vsizip/``).
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import fiona
from fiona.errors import FionaError

from permits.drawings.columns import meanings, value
from permits.drawings.drawing import Parsed
from permits.drawings.features import Features

#: More features than this are not measured.
MAX_FEATURES: Final = 50_000
_NOWHERE: Final = ("undefined", "unknown", "unnamed")
_CURVED: Final = ("Curve", "Surface", "Circular")


def only_allowed(driver: str) -> None:
    """Take every other driver out of GDAL; for the child process only, inside a ``fiona.Env``.

    fiona registers all drivers again whenever it opens something, so GDAL is told to skip them each time.
    """
    for path in (Path(fiona.__file__).parent.parent / "fiona.libs").glob("libgdal*"):
        gdal = ctypes.CDLL(str(path))
        gdal.GDALGetDriver.restype = ctypes.c_void_p
        gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
        gdal.GDALGetDriverShortName.argtypes = gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
        entries = [gdal.GDALGetDriver(number) for number in range(gdal.GDALGetDriverCount())]
        names = {gdal.GDALGetDriverShortName(entry): entry for entry in entries}
        del names[driver.encode()]
        gdal.CPLSetConfigOption(b"GDAL_SKIP", b",".join(names))
        for entry in names.values():
            gdal.GDALDeregisterDriver(entry)


def read(
    path: Path,
    driver: str,
    parsed: Parsed,
    *,
    record: tuple[str, int] = ("feature", 0),
    cut: bool = False,
    encoding: str | None = None,
    settings: Mapping[str, str] | None = None,
    **options: Any,
) -> int:
    """Read all features of all layers that have a geometry.

    Parameters
    ----------
    path : the file, in this process's own folder.
    driver : name of the only GDAL driver that is allowed.
    parsed : filled with shapes, faults, ``crs`` (WKT) and ``facts``: ``layers`` (their number) and ``unnamed``.
    record : what a feature is called in a place, and the number of the first one.
    cut : names of columns are cut, see :func:`permits.drawings.columns.meanings`.
    settings, options : of GDAL, of the driver.

    Returns
    -------
    How many features there were, those that could not be used among them.
    """
    logging.getLogger("fiona").setLevel(logging.CRITICAL)
    with fiona.Env(CPL_DEBUG="OFF", **dict(settings or {})):
        only_allowed(driver)
        layers = _Layers(path, driver, parsed, record, cut)
        return layers.read(encoding, options)


class _Layers:
    """Walks the layers of one file."""

    def __init__(self, path: Path, driver: str, parsed: Parsed, record: tuple[str, int], cut: bool) -> None:
        self.path, self.driver, self.parsed, self.record, self.cut = path, driver, parsed, record, cut
        self.features = Features(parsed)
        self.systems: dict[str, str | None] = {}
        self.count = 0
        self.bare: list[str] = []

    def read(self, encoding: str | None, options: dict[str, Any]) -> int:
        try:
            names = fiona.listlayers(str(self.path), **options)
        except (FionaError, ValueError) as error:
            self.parsed.fault("structure_of_file", found=_short(error))
            return 0
        for name in names:
            if not self._layer(name, encoding, options):
                return self.count
        self._conclude()
        return self.count

    def _layer(self, name: str, encoding: str | None, options: dict[str, Any]) -> bool:
        """Read one layer; False when nothing more is to be read."""
        try:
            with fiona.open(
                str(self.path), layer=name, enabled_drivers=[self.driver], encoding=encoding, **options
            ) as source:
                geometry = str(source.schema["geometry"])
                if geometry == "None":
                    self.bare.append(name)
                    return True
                if any(word in geometry for word in _CURVED):
                    self.parsed.fault("curves_by_reader", "warning", where={"layer": name})
                return self._features(name, source)
        except UnicodeDecodeError as error:
            self.parsed.fault("encoding_of_text", found=error.encoding, where={"layer": name})
        except (FionaError, ValueError, TypeError, OverflowError) as error:
            # A layer that breaks off half way is not half a drawing.
            self.parsed.fault("truncated", found=_short(error), where={"layer": name})
        return True

    def _features(self, name: str, source: Any) -> bool:
        columns = meanings(source.schema["properties"], cut=self.cut)
        word, first = self.record
        number = first - 1
        for number, feature in enumerate(source, first):
            self.count += 1
            if self.count > MAX_FEATURES:
                self.parsed.fault("too_many_features", found=self.count, expected=MAX_FEATURES)
                return False
            said = {
                columns[key]: value(columns[key], v)
                for key, v in feature.properties.items()
                if key in columns
            }
            said = {key: v for key, v in said.items() if v is not None}
            drawn = None if feature.geometry is None else feature.geometry.__geo_interface__
            where = {"layer": name[:120], word: number}
            self.features.add(drawn, said, where, name)
        if number >= first:
            self.systems[name] = _system(source)
        return True

    def _conclude(self) -> None:
        parsed = self.parsed
        if not self.systems and not parsed.faults:
            if self.bare:
                parsed.fault("no_geometry", found=", ".join(self.bare)[:200])
            else:
                parsed.fault("empty")
        named = {crs for crs in self.systems.values() if crs}
        if len(named) > 1 or (named and None in self.systems.values()):
            parsed.fault("crs_differs", found=", ".join(sorted(self.systems))[:200])
        elif named:
            parsed.crs = named.pop()
        parsed.facts["layers"] = len(self.systems)
        unnamed: dict[str, int] = {}
        for shape in parsed.shapes:
            if shape.layer is not None:
                unnamed[shape.layer] = unnamed.get(shape.layer, 0) + 1
        parsed.facts["unnamed"] = unnamed


def _system(source: Any) -> str | None:
    """WKT of the layer's system; ``None`` where nobody knows it."""
    wkt = str(source.crs_wkt or "")
    name = wkt.partition('"')[2].partition('"')[0].casefold()
    return None if not wkt or name.startswith(_NOWHERE) else wkt


def _short(error: object) -> str:
    return " ".join(str(error).replace(str(Path.cwd()), "").split())[:120]
