"""GeoJSON as registers and their users write it, feature by feature, nothing passed over.

GDAL's reader takes a wrong number for a missing shape and says nothing; here every feature that cannot be
used is named with its fault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata.readers.files import sniff
from geodata.readers.place import to_grid
from geodata.readers.refusal import CannotRead

if TYPE_CHECKING:  # the confined process reads by this module and makes no tables
    import pandas as pd

_GEOMETRIES: Final = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
)  # fmt: skip


@dataclass(frozen=True)
class Features:
    """A feature collection as columns.

    Attributes
    ----------
    name : name of the file.
    properties : one row a feature, the properties as delivered (empty values are None); the index is the
        number of the feature in the file, from 0.
    geometry : shapes in EPSG:25832 with z as delivered, None where there is none or it cannot be read.
    ids : the features' own ids, None where they have none.
    faults : number of the feature → what is wrong with its geometry.
    warnings : about the collection.
    """

    name: str
    properties: pd.DataFrame
    geometry: npt.NDArray[np.object_]
    ids: list[Any]
    features: list[Any] = field(repr=False)
    faults: Mapping[int, str]
    warnings: tuple[str, ...]

    def original(self, number: int) -> bytes:
        """The feature as delivered."""
        return json.dumps(self.features[number], ensure_ascii=False).encode(errors="surrogatepass")


@dataclass(frozen=True)
class Collection:
    """A feature collection as written, before anybody asks where its numbers lie.

    ``crs`` is the file's own word for its system; None = it has none, which means longitude and latitude.
    """

    rows: list[dict[str, Any]]
    shapes: npt.NDArray[np.object_]
    faults: dict[int, str]
    features: list[Any]
    crs: str | None
    warnings: tuple[str, ...]


def read_geojson(path: Path) -> Features:
    """Read a feature collection, or a list of records with properties, into EPSG:25832.

    Raises
    ------
    CannotRead : not GeoJSON, cut off, not UTF-8, nested too deep, or in a system that contradicts the numbers.
    """
    import pandas as pd

    found = read_collection(path)
    return Features(
        name=path.name,
        properties=pd.DataFrame(found.rows, index=pd.RangeIndex(len(found.rows)), dtype=object),
        geometry=to_grid(found.shapes, found.crs, what=path.name),
        ids=[f.get("id") for f in found.features],
        features=found.features,
        faults=found.faults,
        warnings=found.warnings,
    )


def read_collection(path: Path, *, bare: bool = False) -> Collection:
    """Read a feature collection as it stands; ``bare``: a geometry alone is taken as one feature.

    Raises
    ------
    CannotRead : not GeoJSON, cut off, not UTF-8, nested too deep.
    """
    kind = sniff(path)
    if kind != "json":
        raise CannotRead(
            f"{path.name} is {_article(kind)}, not GeoJSON; deliver the register's GeoJSON export",
            "not_what_it_says",
        )
    document = _as_collection(_parse(path), bare)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        found = document.get("type") if isinstance(document, dict) else type(document).__name__
        raise CannotRead(
            f"{path.name} holds {found!r}; expected a GeoJSON FeatureCollection", "not_what_it_says"
        )
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise CannotRead(f"{path.name} holds no features; check the query that made it", "empty")
    if not all(isinstance(f, dict) and f.get("type") == "Feature" for f in features):
        raise CannotRead(
            f"{path.name}: an entry of its features is no Feature; write the file again", "syntax"
        )
    shapes, faults = _shapes([f.get("geometry") for f in features])
    return Collection(
        rows=[f.get("properties") if isinstance(f.get("properties"), dict) else {} for f in features],
        shapes=shapes,
        faults=faults,
        features=features,
        crs=_declared(document),
        warnings=_count(document, len(features)),
    )


def _is_record(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("properties"), dict)


def _as_collection(document: Any, bare: bool) -> Any:
    """A single feature, records without shapes, or a geometry alone where that is allowed, in a collection."""
    if isinstance(document, list) and document and all(_is_record(entry) for entry in document):
        # Answers of a service that were kept without their shapes: each is a feature that lacks its place.
        records = [
            {"type": "Feature", "geometry": e.get("geometry"), "properties": e["properties"]}
            for e in document
        ]
        return {"type": "FeatureCollection", "features": records}
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return {"type": "FeatureCollection", "features": [document], "crs": document.get("crs")}
    if bare and kind in _GEOMETRIES:
        feature = {"type": "Feature", "properties": {}, "geometry": document}
        return {"type": "FeatureCollection", "features": [feature]}
    return document


def _article(kind: str) -> str:
    return {"empty": "empty", "text": "a text file", "binary": "a binary file"}.get(kind, f"a {kind} file")


def _parse(path: Path) -> Any:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotRead(
            f"{path.name}: byte {error.start} is not UTF-8, as GeoJSON must be (Latin-1, perhaps). "
            f"Write the file again as UTF-8",
            "encoding",
        ) from None
    try:
        return json.loads(text)
    except RecursionError:
        raise CannotRead(f"{path.name} is nested too deep to be GeoJSON", "nesting") from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) - 1
        raise CannotRead(
            f"{path.name}: {error.msg} in line {error.lineno}, character {error.pos}"
            f"{'; the file is cut off' if cut else ''}. Nothing of it was taken; fetch it again",
            "truncated" if cut else "syntax",
        ) from None


def _declared(document: Mapping[str, Any]) -> str | None:
    crs = document.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return str(name) if name else str(crs)


def _count(document: Mapping[str, Any], held: int) -> tuple[str, ...]:
    said = document.get("numberReturned")
    if isinstance(said, int) and said != held:
        return (f"the file says that it holds {said} features and holds {held}",)
    return ()


def _shapes(geometries: list[Any]) -> tuple[npt.NDArray[np.object_], dict[int, str]]:
    texts = np.array([None if g is None else json.dumps(g) for g in geometries], dtype=object)
    shapes = np.full(len(texts), None, dtype=object)
    given = np.array([t is not None for t in texts], dtype=bool)
    shapes[given] = shapely.from_geojson(texts[given], on_invalid="ignore")
    failed = np.flatnonzero(given & (shapes == None))  # noqa: E711 (elementwise)
    return shapes, {int(i): _fault(geometries[i]) for i in failed}


def _fault(geometry: Any) -> str:
    """Why a geometry could not be built; only asked for those that failed."""
    if not isinstance(geometry, dict) or "coordinates" not in geometry:
        return "the geometry has no coordinates"
    coordinates = geometry["coordinates"]
    kind = geometry.get("type")
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
    for polygon in polygons if isinstance(polygons, list) else []:
        for number, ring in enumerate(polygon if isinstance(polygon, list) else []):
            if not isinstance(ring, list) or len(ring) < 4:
                return f"ring {number} has fewer than four positions"
            if ring[0] != ring[-1]:
                return f"ring {number} is open: it begins at {ring[0]} and ends at {ring[-1]}"
    return f"the coordinates are not numbers as a {kind} has them"
