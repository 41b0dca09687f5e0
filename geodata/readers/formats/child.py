"""What runs in the confined child process: the datasets of a delivery, each as a table or with its fault."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.table import Wanted
from geodata.readers.refusal import CannotRead

#: What a file is by its content (:func:`geodata.readers.files.sniff`) → the module that reads it, loaded when asked.
FORMATS: Final = {
    "json": "geojson",
    "xml": "gml",
    "Shapefile": "shapefile",
    "GeoPackage or SQLite": "geopackage",
    "FlatGeobuf": "flatgeobuf",
    "Parquet": "geoparquet",
    "text": "text",
}
#: Formats that GDAL has a hand in.
_BY_GDAL: Final = ("gml", "shapefile", "geopackage", "flatgeobuf")


def read(_data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Tables of all datasets and the faults of those that cannot be used, all in one go.

    Parameters
    ----------
    options : ``datasets`` (list of path and kind) and ``wanted``.
    """
    said = options["wanted"]
    wanted = Wanted(tuple(said["layers"]), tuple(said["geometry"]), said["no_geometry"], said["encoding"])
    tables, refused = [], []
    for number, (path, kind) in enumerate(options["datasets"]):
        name = FORMATS[kind]
        if name in _BY_GDAL:
            _plain_pyogrio()
            from geodata.readers.formats.gdal import only_allowed

            only_allowed()
        reader = importlib.import_module(f"geodata.readers.formats.{name}")
        try:
            given = _linked(Path(path), number) if name == "gml" else Path(path)
            tables.append(reader.read(given, wanted).plain())
        except (Unreadable, CannotRead) as error:
            refused.append([Path(path).name, error.word, str(error)])
    return {"tables": tables, "refused": refused}


def _plain_pyogrio() -> None:
    """Load pyogrio without the tables that it looks for: they take longer to load than a small file to read."""
    hidden = [name for name in ("geopandas", "pandas", "pyarrow") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden, cast("ModuleType", None)))
    importlib.import_module("pyogrio")
    for name in hidden:
        del sys.modules[name]


def _linked(path: Path, number: int) -> Path:
    """The file by a link in this process's own folder: GDAL leaves a schema of its own beside GML that it lists."""
    home = Path.cwd() / str(number)
    home.mkdir()
    link = home / path.name
    link.symlink_to(path)
    return link
