"""DAI, the areas of nature and environment (Danmarks Miljøportal): one layer a file, with FKG's envelope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.checks.delivery import joined
from geodata.crs import GRID
from geodata.fkg.catalogue import state_theme
from geodata.fkg.check import fitted
from geodata.readers.delivery import Delivery
from geodata.readers.files import unpacked
from geodata.readers.geojson import Features, read_geojson
from geodata.readers.moments import days
from geodata.readers.refusal import CannotRead

#: Register and source are the layer: everything of one layer is not everything of its theme.
REGISTER: Final = "dai"


@dataclass(frozen=True)
class Layer:
    """A layer of the register: the theme that holds it, and what of it is known from a real delivery.

    ``fields`` : field of the layer → column of the theme. ``sort`` says what the layer is where one theme holds
    several.
    """

    view: str
    fields: tuple[tuple[str, str], ...] = ()
    sort: str | None = None
    verified: bool = False


#: By the names of the service; fields of layers without a sample are those that its documentation names.
LAYERS: Final = {
    "fredede_omr": Layer(
        "fredning",
        (
            ("Fred_navn", "name"),
            ("Fred_tnavn", "designation"),
            ("Fred_tkode", "designation_code"),
            ("Reg_nr", "reference"),
            ("Aar_fredn", "year"),
        ),
        verified=True,
    ),
    "bes_naturtyper": Layer(
        "beskyttet_natur", (("Natyp_navn", "designation"), ("Natyp_kode", "designation_code"))
    ),
    "bes_vandloeb": Layer("beskyttet_vandloeb"),
    "habitat_omr": Layer("natura2000", sort="Habitatområde"),
    "fugle_bes_omr": Layer("natura2000", sort="Fuglebeskyttelsesområde"),
    "ramsar_omr": Layer("natura2000", sort="Ramsarområde"),
    "aa_bes_linjer": Layer("soe_aa_linje", sort="Åbeskyttelseslinje"),
    "soe_bes_linjer": Layer("soe_aa_linje", sort="Søbeskyttelseslinje"),
    "skovbyggelinjer": Layer("skovbyggelinje"),
    "kirkebyggelinjer": Layer("kirkebyggelinje"),
    "natur_vildt_reservat": Layer("reservat"),
}
#: ``Temakode`` of layers, as far as one has been seen.
_CODES: Final = {"2009": "fredede_omr"}
#: Envelope fields of DAI → columns of the envelope.
_ENVELOPE: Final = {
    "CVR_kode": "cvr_kode",
    "Bruger_id": "bruger_id",
    "Oprindkode": "oprindkode",
    "Statuskode": "statuskode",
    "Off_kode": "off_kode",
}
_RANGES: Final = {"oprindkode": (0, 12), "statuskode": (0, 4), "off_kode": (1, 3)}
#: The year of a conservation order that nobody knows is -1 or 0.
_FIRST_YEAR: Final = 1801


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Protected areas and protection lines out of GeoJSON files, one layer each, also zipped.

    Danish: fredede områder, beskyttede naturtyper, Natura 2000, å-, sø-, skovbygge- og kirkebyggelinjer.

    Raises
    ------
    CannotRead : a file is no GeoJSON of one of the layers, or does not say of which.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_layer(read_geojson(file)) for file in files]
    return joined(found)


def layer_of(features: Features) -> str:
    """Which layer of the register a file holds: by ``Temakode``, the ids of its features, or its name.

    Raises
    ------
    CannotRead : nothing in it says so, or two things.
    """
    said = features.properties
    codes = set(said["Temakode"].dropna().astype(str)) if "Temakode" in said.columns else set()
    found = {_CODES[code] for code in codes if code in _CODES}
    prefixes = {str(i).rpartition(":")[2].split(".")[0] for i in features.ids if isinstance(i, str)}
    found |= prefixes & set(LAYERS)
    if not found:
        words = re.split(r"[^a-z_]+", features.name.lower())
        found = {layer for layer in LAYERS for word in words if word.strip("_").endswith(layer)}
    if len(found) != 1:
        what = (
            f"the layers {', '.join(sorted(found))} at once"
            if found
            else "none of the layers that are stored"
        )
        raise CannotRead(
            f"{features.name} names {what}. Name the file after its layer ({', '.join(LAYERS)}), or deliver it as "
            f"the service gives it, with the ids of its features"
        )
    return found.pop()


def _layer(features: Features) -> Delivery:
    said = features.properties
    if "Objekt_id" not in said.columns:
        raise CannotRead(
            f"{features.name} has no field Objekt_id (it has {', '.join(map(str, said.columns[:6])) or 'none'}); "
            f"expected a layer of DAI with its envelope"
        )
    name = layer_of(features)
    layer = LAYERS[name]
    theme = state_theme(layer.view)
    columns: dict[str, Any] = {
        target: _text(said, field) for field, target in layer.fields if field in said.columns
    }
    if "year" in columns:
        year = pd.to_numeric(columns["year"], errors="coerce")
        columns["year"] = year.where(year >= _FIRST_YEAR).astype(object).where(year >= _FIRST_YEAR, None)
    if "Link" in said.columns:
        columns["link"] = _text(said, "Link")
    if layer.sort is not None:
        columns["designation"] = layer.sort
    speaks = tuple(columns)
    envelope, warnings = _envelope(features.name, said)
    frame = gpd.GeoDataFrame(
        pd.DataFrame(
            {
                "register_id": _text(said, "Objekt_id").astype("string").str.lower().astype(object),
                "municipality": None,
                **envelope,
                **columns,
            },
            index=said.index,
        ),
        geometry=gpd.GeoSeries(features.geometry, index=said.index, crs=GRID),
    )
    if not layer.verified:
        warnings.append(
            f"{features.name}: the layer {name} is unverified: no delivery of it has been read before"
        )
    source = f"{REGISTER}/{name}"
    return fitted(
        Delivery(theme.id, source, source, frame, speaks, warnings=[*features.warnings, *warnings]),
        record=lambda n: f"feature {n} ({name} {said['Objekt_id'][n]})",
        original=features.original,
        faults=features.faults,
    )


def _envelope(file: str, said: pd.DataFrame) -> tuple[dict[str, Any], list[str]]:
    """Columns of the envelope that the layer fills; codes that are none are left out and told."""
    columns: dict[str, Any] = {}
    warnings: list[str] = []
    for field, target in _ENVELOPE.items():
        if field not in said.columns:
            continue
        text = _text(said, field)
        if target == "bruger_id":
            columns[target] = text
            continue
        low, high = _RANGES.get(target, (1, 99_999_999))
        number = pd.to_numeric(text, errors="coerce")
        fits = number.between(low, high) & (number == number.round())
        wrong = int((text.notna() & ~fits).sum())
        if wrong:
            warnings.append(f"{file}: {wrong} values of {field} are no such code and were left out")
        columns[target] = number.where(fits)
    for field, target in (("Gyldig_fra", "gyldig_fra"), ("Gyldig_til", "gyldig_til")):
        if field in said.columns:
            columns[target] = days(_text(said, field))
    turned = np.array(
        [
            a is not None and b is not None and b < a
            for a, b in zip(
                columns.get("gyldig_fra", [None] * len(said)),
                columns.get("gyldig_til", [None] * len(said)),
                strict=True,
            )
        ],
        dtype=bool,
    )
    if turned.any():
        warnings.append(
            f"{file}: {int(turned.sum())} records end before they begin; their days were left out"
        )
        for target in ("gyldig_fra", "gyldig_til"):
            columns[target] = columns[target].where(~turned, None)
    return columns, warnings


def _text(said: pd.DataFrame, name: str) -> pd.Series:
    text = said[name].astype("string").str.strip()
    return text.astype(object).where(text.notna() & (text != ""), None)
