"""Theme areas of the cadastre (JordstykkeTemaflade): what a register area takes of each parcel, as GeoJSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.checks.delivery import joined, shorten
from geodata.crs import GRID
from geodata.fkg.catalogue import state_theme
from geodata.fkg.check import fitted
from geodata.models.base import Origin
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.files import unpacked
from geodata.readers.geojson import Features, read_geojson
from geodata.readers.moments import days
from geodata.readers.parts import put_together
from geodata.readers.refusal import CannotRead

REGISTER: Final = "matriklen"
SOURCE: Final = "matriklen/temaflade"
#: ``tematype`` → view of the theme. Only beach protection was read from a real delivery.
_VIEWS: Final = {
    "strandbeskyttelse": "strandbeskyttelse",
    "klitfredning": "klitfredning",
    "fredskov": "fredskov",
}
_VERIFIED: Final = frozenset({"strandbeskyttelse"})
_COLUMNS: Final = {
    "parcel_register_id": "jordstykkeLokalId",
    "case_register_id": "senesteSagLokalId",
    "area_register_id": "temaFladeID",
    "designation": "tematype",
}


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Theme areas (strandbeskyttelse, klitfredning, fredskov) out of GeoJSON files, also zipped.

    Raises
    ------
    CannotRead : a file is no GeoJSON of theme areas, or none of its kinds is stored.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            for file in files:
                found += _areas(read_geojson(file))
    return joined(found)


def _areas(features: Features) -> list[Delivery]:
    said = features.properties
    missing = {"id.lokalId", "tematype"} - set(said.columns)
    if missing:
        raise CannotRead(
            f"{features.name} has no field {', '.join(sorted(missing))} (it has "
            f"{', '.join(map(str, said.columns[:6])) or 'none'}); expected JordstykkeTemaflade of the cadastre"
        )
    kind = said["tematype"].astype("string").str.strip().str.lower()
    unknown = [
        Rejected(
            f"feature {n}",
            "unknown_kind",
            f"tematype {said['tematype'][n]!r} is not stored; expected {', '.join(sorted(_VIEWS))}",
            original=features.original(int(n)),
        )
        for n in said.index[~kind.isin(list(_VIEWS)).to_numpy()]
    ]
    deliveries = [
        _kind(features, name, np.flatnonzero((kind == name).fillna(False)))
        for name in _VIEWS
        if (kind == name).any()
    ]
    if not deliveries:
        listed = shorten(sorted(kind.dropna().unique()))
        raise CannotRead(
            f"{features.name} holds no kind of theme area that is stored (it holds {listed or 'none'}); "
            f"expected {', '.join(sorted(_VIEWS))}"
        )
    deliveries[0].rejected[:0] = unknown  # type: ignore[index]
    return deliveries


def _kind(features: Features, kind: str, rows: np.ndarray) -> Delivery:
    said = features.properties.iloc[rows]
    ids = said["id.lokalId"].astype("string").str.strip()
    columns = pd.DataFrame(
        {target: _text(said, name) for target, name in _COLUMNS.items()}, index=said.index, dtype=object
    )
    columns["gyldig_fra"] = days(_text(said, "virkningFra")).astype(object)
    whole = put_together(ids, columns, features.geometry[rows])
    frame = gpd.GeoDataFrame(
        columns.assign(
            register_id=ids.astype(object), municipality=None, oprindkode=int(Origin.CADASTRAL_MAP)
        )[whole.keep],
        geometry=gpd.GeoSeries(whole.geometry[whole.keep], index=said.index[whole.keep], crs=GRID),
    )
    warnings = [*features.warnings]
    if whole.warning:
        warnings.append(f"{features.name}: {whole.warning}")
    if kind not in _VERIFIED:
        warnings.append(
            f"{features.name}: {kind} is unverified: no delivery of this kind has been read before"
        )
    # A part alone would say less than the object, so its bytes are not offered for another try.
    parts = set(rows[whole.several].tolist())
    return fitted(
        Delivery(state_theme(_VIEWS[kind]).id, SOURCE, REGISTER, frame, tuple(_COLUMNS), warnings=warnings),
        record=lambda n: f"feature {n} ({kind} {ids[n]})",
        original=lambda n: b"" if n in parts else features.original(n),
        faults={**features.faults, **{int(rows[at]): why for at, why in whole.faults.items()}},
    )


def _text(said: pd.DataFrame, name: str) -> pd.Series:
    """A column as text; numbers that an export made of ids lose their ``.0``."""
    if name not in said.columns:
        return pd.Series(None, said.index, dtype=object)
    text = said[name].astype("string").str.strip().str.replace(r"\.0$", "", regex=True)
    return text.astype(object).where(text.notna() & (text != ""), None)
