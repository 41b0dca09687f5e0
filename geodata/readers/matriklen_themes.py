"""What a district's cadastral map holds beside parcels and boundary lines: forest reserve, roads, points.

Danish: fredskov og fredskovlinjer, optaget vej, stormfald, skelpunkter. Each kind is a theme of the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.crs import GRID
from geodata.fkg.catalogue import VALIDITY, state_theme
from geodata.fkg.check import fitted
from geodata.models.base import Origin
from geodata.readers.delivery import Delivery
from geodata.readers.moments import days
from geodata.readers.parts import put_together

#: Element of the GML → view of its theme.
VIEWS: Final = {
    "OptagetVej": "optaget_vej",
    "FredskovLinie": "fredskovlinje",
    "Fredskov": "fredskov",
    "Stormfald": "stormfald",
    "SkelPunkt": "skelpunkt",
}
#: Field of an element → column of its theme.
_FIELDS: Final = {
    "OptagetVej": {"jordstykkeID": "parcel_register_id", "featureType": "course"},
    "FredskovLinie": {
        "temaFladeId": "area_register_id",
        "matrikelSkelID": "line_register_id",
        "forloeb": "course",
    },
    "Fredskov": {
        "jordstykkeID": "parcel_register_id",
        "featureID": "area_register_id",
        "temaOmfang": "designation",
    },
    "Stormfald": {
        "jordstykkeID": "parcel_register_id",
        "temaOmfang": "extent",
        "sf_Registrering": "reference",
        "sf_Betalingsdato": "paid_on",
        "sf_Ophoersdato": "ends_on",
    },
    "SkelPunkt": {"dq_Punktklasse": "point_class", "dq_ProdMetode": "method"},
}
_DAYS: Final = ("paid_on", "ends_on")


def theme_of(
    path: Path,
    name: str,
    said: pd.DataFrame,
    shapes: Any,
    *,
    homes: Mapping[str, str],
    sigma_m: Mapping[str, float],
    faults: Mapping[int, str],
    original: Callable[[int], bytes],
) -> Delivery:
    """The features of one kind.

    Parameters
    ----------
    said : leaf elements of each feature and its ``gml_id``; the index is its number in the file.
    shapes : in EPSG:25832.
    homes : parcel's register id → municipality; where all are of one, that is said of the other features too.
    sigma_m : accuracy (m) by class of point (punktklasse).
    """
    fields = _FIELDS[name]
    columns = pd.DataFrame(
        {target: _column(said, field) for field, target in fields.items()}, index=said.index, dtype=object
    )
    for target in set(_DAYS) & set(columns):
        columns[target] = days(columns[target]).map(lambda day: None if day is None else day.isoformat())
    if name == "SkelPunkt":
        known = columns["point_class"].map(sigma_m)
        columns["sigma_m"] = known.astype(object).where(known.notna(), None)
    ids = _ids(name, said)
    only = set(homes.values())
    everywhere = next(iter(only)) if len(only) == 1 else None
    home = _column(said, "jordstykkeID").map(homes)
    columns["register_id"] = ids.astype(object)
    columns["municipality"] = home.astype(object).where(home.notna(), everywhere)
    columns["oprindkode"] = int(Origin.CADASTRAL_MAP)
    whole = put_together(ids, columns, shapes) if name == "Fredskov" else None
    keep = np.ones(len(said), dtype=bool) if whole is None else whole.keep
    placed = shapes if whole is None else whole.geometry
    parts = set() if whole is None else set(said.index[whole.several].tolist())
    theme = state_theme(VIEWS[name])
    speaks = [*fields.values(), *(["sigma_m"] if name == "SkelPunkt" else [])]
    delivery = Delivery(
        theme.id,
        "matriklen/gml",
        "matriklen",
        gpd.GeoDataFrame(
            columns[keep], geometry=gpd.GeoSeries(placed[keep], index=said.index[keep], crs=GRID)
        ),
        tuple(column for column in speaks if column not in VALIDITY),
        warnings=[f"{path.name}: {name}: {whole.warning}"] if whole is not None and whole.warning else [],
    )
    own = {} if whole is None else {int(said.index[at]): why for at, why in whole.faults.items()}
    return fitted(
        delivery,
        record=lambda n: f"{name} {ids[n]} (feature {n})",
        original=lambda n: b"" if n in parts else original(n),
        faults={**{n: why for n, why in faults.items() if n in said.index}, **own},
    )


def _ids(name: str, said: pd.DataFrame) -> pd.Series:
    """Register ids: the feature's own; an area's on a parcel as the theme areas of the register call it."""
    if name == "Fredskov":
        return (
            _column(said, "jordstykkeID").astype("string") + "_" + _column(said, "featureID").astype("string")
        )
    if name == "Stormfald":  # no featureID; the number in its gml:id is the registration's and the parcel's
        return _column(said, "gml_id").astype("string").str.extract(r"stormfald\.(.+)$")[0].astype("string")
    return _column(said, "featureID").astype("string")


def _column(said: pd.DataFrame, name: str) -> pd.Series:
    if name not in said.columns:
        return pd.Series(None, said.index, dtype=object)
    return said[name].astype(object).where(said[name].notna(), None)
