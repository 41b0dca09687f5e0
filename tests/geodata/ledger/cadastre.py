"""Made files of the cadastre for the import tests: the parcel table with EWKB, squares on a grid."""

from __future__ import annotations

import json
from pathlib import Path

import shapely

from tests.geodata.imports import collection, feature, square


def parcel_table(path: Path, count: int, *, shift: float = 0.0, number: str = "a", across: int = 50) -> Path:
    """Write ``count`` parcels of 20 × 20 m that adjoin each other."""
    lines = ["tema;fields;geom"]
    for n in range(count):
        x, y = 600_000 + 20 * (n % across) + shift, 6_200_000 + 20 * (n // across)
        shape = shapely.set_srid(shapely.box(x, y, x + 20, y + 20), 25832)
        said = {
            "featureID": str(1000 + n),
            "matrikelnr": f"{n}{number}",
            "ejerlavkode": 70_354,
            "kommunekode": "0999",
            "sfeejendomsnr": 5_000_000 + n,
        }
        lines.append(f"jordstykke;{json.dumps(said)};{shapely.to_wkb(shape, hex=True, include_srid=True)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def buildings(path: Path, count: int, **options: object) -> Path:
    """Write ``count`` buildings as GeoJSON."""
    features = [
        feature(square(700_000 + 30 * n, 6_170_000, 12), id_lokalid=f"b{n}", bygningstype="Bygning")
        for n in range(count)
    ]
    return collection(path, *features, **options)  # type: ignore[arg-type]
