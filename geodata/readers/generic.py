"""Any layer by a mapping file: tables become a delivery; what cannot be stored is set aside with its reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.contrib.gis.db import models as gis

from geodata.checks.delivery import checked, joined, shorten
from geodata.fkg.catalogue import shared_themes
from geodata.fkg.check import fitted
from geodata.ledger.themes import ENVELOPE, themes
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.foreign import tables_of
from geodata.readers.formats.table import Remark, Shapes, Table
from geodata.readers.formats.text import FORMULA
from geodata.readers.mapping import FieldRule, LayerMapping
from geodata.readers.moments import iso_texts
from geodata.readers.placing import placed, without_impossible
from geodata.readers.refusal import CannotRead

#: Columns that every theme has beside its own.
_COMMON: Final = ("municipality", *ENVELOPE)
_FLAGS: Final = {
    "true": True, "ja": True, "yes": True, "j": True, "1": True, "t": True,
    "false": False, "nej": False, "no": False, "n": False, "0": False, "f": False,
}  # fmt: skip
_MIXED: Final = {0: "points", 1: "lines", 2: "areas"}


def read(paths: Sequence[Path], *, municipality: str | None = None, mapping: LayerMapping) -> list[Delivery]:
    """The records of one layer, out of files of any readable format, also zipped.

    Raises
    ------
    CannotRead : a file cannot be used, fields that the mapping requires are missing, or the data lie abroad.
    """
    with _named():
        if mapping.abroad:
            raise CannotRead(
                f"the mapping {mapping.id} is for data abroad (abroad = true), which can be checked "
                f"(check_geodata --mapping) but not stored",
                "outside_denmark",
            )
        return _look(paths, mapping)


def look(paths: Sequence[Path], mapping: LayerMapping) -> list[Delivery]:
    """The same without the promise to store: data abroad stay in their own system of metres.

    Raises
    ------
    CannotRead : as :func:`read`.
    """
    with _named():
        return _look(paths, mapping)


@contextmanager
def _named() -> Iterator[None]:
    """Put the stable word of a fault behind its sentence, as the remarks have it."""
    try:
        yield
    except CannotRead as error:
        if not error.word:
            raise
        raise CannotRead(f"{str(error).rstrip('.')} [{error.word}]", error.word) from None


def _look(paths: Sequence[Path], mapping: LayerMapping) -> list[Delivery]:
    _known_columns(mapping)
    found = [_delivery(table, mapping) for path in paths for table in tables_of(path, mapping.wanted())]
    return joined(found) if len(found) > 1 else found


def _known_columns(mapping: LayerMapping) -> None:
    if mapping.theme not in themes:
        near = [t for t in themes if t.startswith(mapping.theme[:4])] or [t for t in themes if "_" not in t]
        raise CannotRead(
            f"the mapping {mapping.id} names the theme {mapping.theme!r}; known are {shorten(sorted(near))}"
        )
    theme = themes[mapping.theme]
    unknown = [rule.column for rule in mapping.fields if rule.column not in (*theme.attributes, *_COMMON)]
    if unknown:
        raise CannotRead(
            f"the mapping {mapping.id} fills {', '.join(unknown)}, which the theme {mapping.theme} does not have "
            f"(it has {', '.join(theme.attributes)})"
        )


def kind_of(mapping: LayerMapping) -> str:
    """Kind of shape that a mapping's records must have: its own word, else the theme's."""
    if mapping.kind:
        return mapping.kind
    code = themes[mapping.theme].code
    if code:
        return shared_themes()[code].geometry
    field = themes[mapping.theme].versions._meta.get_field("geometry")
    for model, kind in (
        (gis.MultiPolygonField, "polygon"),
        (gis.MultiLineStringField, "line"),
        (gis.MultiPointField, "multipoint"),
    ):
        if isinstance(field, model):
            return kind
    return "point" if isinstance(field, gis.PointField) else "polygon"


def _delivery(table: Table, mapping: LayerMapping) -> Delivery:
    if not len(table):
        raise CannotRead(
            f"{table.file} holds no features; an empty file says nothing and ends nothing. Check what made it",
            "empty",
        )
    remarks = list(table.remarks)
    columns = _columns(table, mapping, remarks)
    without_impossible(table)
    shapes, system, said = placed(table, mapping)
    remarks += said
    _mixed(table, remarks)
    _formulas(table, remarks)
    values, wrong = _mapped(columns, mapping, len(table), remarks, table.file)
    values["register_id"] = _keys(columns, mapping, table, shapes, remarks)
    values.setdefault("municipality", pd.Series([None] * len(table), dtype=object))
    own = themes[mapping.theme].attributes
    if mapping.sigma_m is not None and "sigma_m" in own and "sigma_m" not in values:
        values["sigma_m"] = pd.Series([mapping.sigma_m] * len(table), dtype=object)
    values["off_kode"] = values.get("off_kode", pd.Series([mapping.visibility] * len(table), dtype=object))
    if not mapping.verified:
        remarks.insert(
            0,
            (
                "unverified",
                f"the mapping {mapping.id} is unverified: it was written from descriptions, without a sample",
            ),
        )
    frame = gpd.GeoDataFrame(pd.DataFrame(values), geometry=gpd.GeoSeries(shapes, crs=system))
    delivery = Delivery(
        theme=mapping.theme,
        source=mapping.source,
        register=mapping.register,
        frame=frame,
        speaks_for=tuple(name for name in values if name in own),
        warnings=[f"{text} [{word}]" for word, text in remarks],
    )
    return _checked(delivery, table, mapping, wrong)


def _checked(delivery: Delivery, table: Table, mapping: LayerMapping, wrong: dict[int, str]) -> Delivery:
    def record(number: int) -> str:
        return f"{table.record} {number + table.first}"

    def original(number: int) -> bytes:
        return _as_feature(table, mapping, number)

    bad = sorted(wrong)
    delivery = replace(
        delivery,
        frame=delivery.frame.drop(index=bad),
        rejected=[Rejected(record(n), "unfit_value", wrong[n], "", original(n)) for n in bad],
    )
    faults = {n: fault for n, fault in table.faults.items() if n not in wrong}
    kind: Any = kind_of(mapping)
    if themes[mapping.theme].code and not mapping.abroad:
        return fitted(delivery, record=record, original=original, faults=faults)
    return checked(
        delivery,
        "any" if kind == "none" else kind,
        record=record,
        original=original,
        faults=faults,
        may_lack_geometry=kind == "none",
        abroad=mapping.abroad,
    )


def _as_feature(table: Table, mapping: LayerMapping, number: int) -> bytes:
    """A record as a collection of its own in GeoJSON, whatever its format was, so that it can be mended alone."""
    shape = table.shapes[number]
    geometry: Any = table.raw.get(number)
    if geometry is None and shape is not None and np.isfinite(shapely.bounds(shape)).all():
        geometry = json.loads(shapely.to_geojson(shape))
    feature = {
        "type": "Feature",
        "properties": {name: values[number] for name, values in table.columns.items()},
        "geometry": geometry,
    }
    document: dict[str, Any] = {"type": "FeatureCollection", "features": [feature]}
    if name := table.crs or (None if table.longitude_first else mapping.crs):
        document["crs"] = {"type": "name", "properties": {"name": name}}
    return json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass")


# --- columns -----------------------------------------------------------------------------------------------------


def _columns(table: Table, mapping: LayerMapping, remarks: list[Remark]) -> Callable[[str], list[Any] | None]:
    """Look-up of the data's fields, whatever their capitals; ``a.b`` looks into JSON that stands in ``a``."""
    by_name = {name.casefold(): name for name in reversed(list(table.columns))}
    asked = {n.casefold() for rule in mapping.fields for n in rule.names} | {
        n.casefold() for n in mapping.key
    }

    @cache
    def opened(outer: str) -> tuple[dict[str, Any], ...]:
        return tuple(_document(v) for v in table.columns[by_name[outer]])

    def find(name: str) -> list[Any] | None:
        key = name.casefold()
        if key in by_name:
            return table.columns[by_name[key]]
        outer, dot, inner = key.partition(".")
        if dot and outer in by_name and any(inner in document for document in opened(outer)):
            return [document.get(inner) for document in opened(outer)]
        return None

    missing = [name for name in mapping.key if find(name) is None]
    missing += [
        " or ".join(rule.names)
        for rule in mapping.fields
        if rule.names and rule.required and all(find(n) is None for n in rule.names)
    ]
    if missing:
        has = shorten(list(table.columns)) or "none"
        raise CannotRead(
            f"{table.file} has no field {', no field '.join(missing)} (it has {has})", "missing_field"
        )
    absent = [
        rule.column
        for rule in mapping.fields
        if rule.names and not rule.required and all(find(n) is None for n in rule.names)
    ]
    if absent:
        remarks.append(
            ("missing_field", f"{table.file} says nothing of {', '.join(absent)}: it has no such field")
        )
    outer = {name.partition(".")[0] for name in asked}
    rest = [name for name in table.columns if name.casefold() not in asked | outer]
    if rest:
        remarks.append(("left_out", f"{table.file}: fields that the mapping does not name: {shorten(rest)}"))
    return find


def _document(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return {str(k).casefold(): v for k, v in value.items()} if isinstance(value, dict) else {}


def _mapped(
    find: Callable[[str], list[Any] | None],
    mapping: LayerMapping,
    count: int,
    remarks: list[Remark],
    file: str,
) -> tuple[dict[str, pd.Series], dict[int, str]]:
    """Columns of the theme, and row → why a value of it cannot be used."""
    values: dict[str, pd.Series] = {}
    wrong: dict[int, list[str]] = {}
    for rule in mapping.fields:
        name = next((n for n in rule.names if find(n) is not None), None)
        if name is None and rule.value is None:
            continue
        given = [rule.value] * count if name is None else find(name) or []
        made, bad = _converted(pd.Series(given, dtype=object), rule)
        values[rule.column] = made
        for row in np.flatnonzero(bad).tolist():
            text = f"{name} is {given[row]!r}; expected {_expected(rule)}. Mend it in the source"
            wrong.setdefault(row, []).append(text)
        codes = rule.codes
        told = (
            [] if codes is None else [str(v) for v in given if v not in (None, "") and not _listed(v, rule)]
        )
        unknown = list(dict.fromkeys(told))
        if unknown:
            remarks.append(
                (
                    "unknown_code",
                    f"{file}: {name} has codes that the mapping does not know: {shorten(unknown)}",
                )
            )
    return values, {row: "; ".join(texts) for row, texts in wrong.items()}


def _listed(value: Any, rule: FieldRule) -> bool:
    word = _word(value).zfill(rule.pad)
    return (word.lower() if rule.lower else word) in (rule.codes or {})


def _expected(rule: FieldRule) -> str:
    if rule.codes is not None:
        return f"one of {', '.join(list(rule.codes)[:8])}"
    if rule.pattern:
        return f"text like {rule.pattern}"
    return {"text": "text", "day": "a day such as 2026-03-02", "flag": "yes or no"}.get(
        rule.convert, f"a {rule.convert}"
    )


def _converted(given: pd.Series, rule: FieldRule) -> tuple[pd.Series, Any]:
    """Values as the theme has them (missing ones None) and which of them could not be made."""
    there = given.notna().to_numpy(dtype=bool)
    words = given.map(lambda v: _word(v) if v is not None else None)
    there = there & (words.notna() & (words != "")).to_numpy(dtype=bool)
    words = _prepared(words, rule)
    bad = np.zeros(len(given), dtype=bool)
    if rule.pattern:
        bad = there & ~words.astype("string").str.fullmatch(rule.pattern).fillna(False).to_numpy(dtype=bool)
    if rule.codes is not None:
        made = words.map(rule.codes).astype(object)
        unknown = there & made.isna().to_numpy(dtype=bool)
        if rule.otherwise is None:
            bad |= unknown
        else:
            made[unknown] = rule.otherwise
    elif rule.convert in ("integer", "number"):
        number = pd.to_numeric(words, errors="coerce").to_numpy(dtype="float64", na_value=np.nan) * rule.scale
        bad |= there & ~np.isfinite(number)
        if rule.convert == "integer":
            bad |= there & (number != np.round(number))
        made = pd.Series(number, index=given.index, dtype="float64")
    elif rule.convert == "flag":
        made = words.map(lambda v: _FLAGS.get(str(v).strip().lower()))
        bad |= there & made.isna().to_numpy(dtype=bool)
    elif rule.convert in ("day", "moment"):
        made = iso_texts(words, day=rule.convert == "day")
        bad |= there & made.isna().to_numpy(dtype=bool)
    elif rule.convert == "uuid":
        text = words.astype("string").str.strip().str.strip("{}").str.lower()
        good = (
            text.str.fullmatch(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
            .fillna(False)
            .to_numpy(dtype=bool)
        )
        bad |= there & ~good
        made = text
    else:
        made = words if rule.convert == "text" else given
    made = made.astype(object)
    made[~there | bad] = None
    if rule.convert == "integer" and rule.codes is None:
        made = made.map(lambda v: None if v is None or v != v else int(v)).astype(object)  # noqa: PLR0124
    return made.where(made.notna(), None), bad


def _prepared(words: pd.Series, rule: FieldRule) -> pd.Series:
    if rule.pad:
        words = words.map(lambda v: v.zfill(rule.pad) if isinstance(v, str) and v.isdigit() else v)
    if rule.lower:
        words = words.map(lambda v: v.lower() if isinstance(v, str) else v)
    return words


def _word(value: Any) -> str:
    """A value as text, a whole number without its point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip()


def _keys(
    find: Callable[[str], list[Any] | None],
    mapping: LayerMapping,
    table: Table,
    shapes: Shapes,
    remarks: list[Remark],
) -> pd.Series:
    if not mapping.key:
        remarks.append(
            ("no_own_key", f"{table.file}: the source has no own key; a hash of each shape stands for it")
        )
        # Shapes that cannot be measured are set aside for that; their key is nobody's.
        with np.errstate(invalid="ignore"):
            wkb = shapely.to_wkb(shapely.normalize(shapely.set_precision(shapes, 0.001, mode="pointwise")))
        hashes = [f"#{n}" if w is None else f"#{_short_hash(w)}" for n, w in enumerate(wkb)]
        hashed = pd.Series(hashes, dtype=object)
        # Several records of one shape are several things all the same.
        again = hashed.groupby(hashed).cumcount()
        return hashed.where(again == 0, hashed + "-" + (again + 1).astype(str))
    parts = [[None if v is None else _word(v) for v in find(name) or []] for name in mapping.key]
    whole = [
        None if any(p in (None, "") for p in row) else ":".join(map(str, row))
        for row in zip(*parts, strict=True)
    ]
    return pd.Series(whole, dtype=object)


def _short_hash(content: bytes) -> str:
    return blake2b(content, digest_size=10).hexdigest()


# --- what is told of the whole -------------------------------------------------------------------------------------


def _mixed(table: Table, remarks: list[Remark]) -> None:
    dimension = shapely.get_dimensions(table.shapes)
    found = Counter(_MIXED[int(d)] for d in dimension if d >= 0)
    if len(found) > 1:
        listed = ", ".join(f"{count} {name}" for name, count in found.most_common())
        remarks.append(("mixed_geometry", f"{table.file} mixes kinds of shapes ({listed})"))
    collections = int((shapely.get_type_id(table.shapes) == shapely.GeometryType.GEOMETRYCOLLECTION).sum())
    if collections:
        remarks.append(("mixed_geometry", f"{table.file} has {collections} collections of several shapes"))


def _formulas(table: Table, remarks: list[Remark]) -> None:
    rows = sorted(
        {
            row
            for values in table.columns.values()
            for row, value in enumerate(values)
            if isinstance(value, str) and FORMULA.match(value)
        }
    )
    if rows:
        named = shorten([f"{table.record} {row + table.first}" for row in rows])
        remarks.append(
            (
                "formula_injection",
                f"{table.file}: texts that a spreadsheet would run as formulas ({named}); they are kept as text, and "
                f"whoever writes a table has to make them harmless",
            )
        )
