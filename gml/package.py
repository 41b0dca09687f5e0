"""Upload package of the national profile: a zip of layers, each as GeoJSON and as zipped shape, with a receipt."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import geopandas as gpd
import pyogrio
import shapely

from geodata.crs import GRID
from gml.profiles.plandata import Broken, broken, layer, properties
from planning.records import PlanGroup, PlanRecord

#: Time of every entry, so that the same plans give the same bytes.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_DBF_DAY: Final = "1980-01-01"
#: What a shapefile holds: letters of a name, bytes of a text.
_LONGEST_NAME: Final = 10
_LONGEST_TEXT: Final = 254
_CRS: Final = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}


@dataclass
class Packed:
    """What a package holds, and what was kept back with the rules that it breaks."""

    layers: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    kept_back: list[tuple[str, tuple[Broken, ...]]] = field(default_factory=list)
    other: int = 0
    #: Field of a layer → texts that the shapefile holds cut.
    cut: dict[str, int] = field(default_factory=dict)

    def receipt(self) -> dict[str, Any]:
        """As it stands in the package: records a layer, SHA-256 of each file, what was kept back and why."""
        return {
            "layers": self.layers,
            "sha256": self.files,
            "kept_back": [
                {"record": name, "rules": [f"{rule.rule}: {rule.said}" for rule in rules]}
                for name, rules in self.kept_back
            ],
            "not_of_the_register": self.other,
            "cut_in_shape": self.cut,
        }


def pack(groups: Iterable[PlanGroup], out: IO[bytes] | None) -> Packed:
    """Write plans as the register takes them; a plan of which anything breaks a rule stays back as a whole.

    Danish: indberetningspakke til Plandata.dk.

    Parameters
    ----------
    groups : public plans with their parts, geometry in EPSG:25832.
    out : where the zip goes; None = nothing is written, only the rules are tried.
    """
    packed = Packed()
    rows: dict[str, list[tuple[PlanRecord, dict[str, Any]]]] = {}
    for group in groups:
        taken, faults = [], []
        for record in (group.plan, *group.parts):
            if record is None:
                continue
            name = layer(record)
            if name is None:
                packed.other += 1
                continue
            said = properties(record, group.plan)
            rules = tuple(broken(record, said))
            if rules:
                faults.append((f"{record.level} {record.register_id}", rules))
            taken.append((name, record, said))
        packed.kept_back += faults
        if not faults:
            for name, record, said in taken:
                rows.setdefault(name, []).append((record, said))
    packed.layers = {name: len(found) for name, found in sorted(rows.items())}
    if out is not None and rows:
        _write(rows, packed, out)
    return packed


def write_package(groups: Iterable[PlanGroup], target: Path | None) -> Packed:
    """:func:`pack` into a file that is whole or not there at all; None = only the rules are tried."""
    if target is None:
        return pack(groups, None)
    with tempfile.NamedTemporaryFile(
        prefix=".export-", suffix=".zip.part", dir=target.parent, delete=False
    ) as draft:
        try:
            packed = pack(groups, draft)
            draft.flush()
            if packed.layers:
                Path(draft.name).chmod(0o644)
                Path(draft.name).replace(target)
        finally:
            Path(draft.name).unlink(missing_ok=True)
    return packed


def _write(rows: dict[str, list[tuple[PlanRecord, dict[str, Any]]]], packed: Packed, out: IO[bytes]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
            packed.files[name] = hashlib.sha256(data).hexdigest()

        for name, found in sorted(rows.items()):
            put(f"{name}.geojson", _geojson(name, found))
            put(f"{name}.zip", _shape(name, found, packed))
        receipt = json.dumps(packed.receipt(), ensure_ascii=False, indent=1, sort_keys=True).encode()
        archive.writestr(zipfile.ZipInfo("receipt.json", _EPOCH), receipt, zipfile.ZIP_DEFLATED)


def _geojson(name: str, found: list[tuple[PlanRecord, dict[str, Any]]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "id": f"{name}.{record.register_id}",
            "geometry": json.loads(shapely.to_geojson(record.geometry)),
            "geometry_name": "geometri",
            "properties": dict(sorted(said.items())),
        }
        for record, said in found
    ]
    collection = {"type": "FeatureCollection", "name": name, "crs": _CRS, "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _shape(name: str, found: list[tuple[PlanRecord, dict[str, Any]]], packed: Packed) -> bytes:
    """Shapefile in a zip; what the format cuts (names to ten letters, texts to 254 bytes) is whole in the GeoJSON."""
    columns = sorted({column for _, said in found for column in said})
    frame = gpd.GeoDataFrame(
        {
            short: [_plain(said.get(column), f"{name}.{column}", packed) for _, said in found]
            for column, short in _short(columns).items()
        },
        geometry=[record.geometry for record, _ in found],
        crs=GRID,
    ).infer_objects()
    with tempfile.TemporaryDirectory(prefix="planvaerk-") as folder:
        path = Path(folder) / f"{name}.shp"
        pyogrio.write_dataframe(
            frame, path, encoding="UTF-8", geometry_type="MultiPolygon", promote_to_multi=True,
            DBF_DATE_LAST_UPDATE=_DBF_DAY,
        )  # fmt: skip
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.writestr(zipfile.ZipInfo(part.name, _EPOCH), part.read_bytes(), zipfile.ZIP_DEFLATED)
        return whole.getvalue()


def _short(columns: list[str]) -> dict[str, str]:
    """Field → its name in a shapefile: ten letters, and a number at the end where two would be the same."""
    found: dict[str, str] = {}
    for column in columns:
        short, number = column[:_LONGEST_NAME], 0
        while short in found.values():
            number += 1
            short = f"{column[: _LONGEST_NAME - 1 - len(str(number))]}_{number}"
        found[column] = short
    return found


def _plain(value: Any, name: str, packed: Packed) -> Any:
    """Booleans as the register's letters, since a shapefile knows none; texts no longer than it holds."""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, str) and len(data := value.encode()) > _LONGEST_TEXT:
        packed.cut[name] = packed.cut.get(name, 0) + 1
        return data[:_LONGEST_TEXT].decode(errors="ignore")
    return value
