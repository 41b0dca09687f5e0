"""What every delivery is checked for before it is stored; what fails is set aside with its reason.

The checks look at whole columns at once. Nothing is mended that could mean something: only the wrapping of a
single shape into its multi kind and the loss of z, which the themes do not keep.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from django.db import models

from geodata.crs import DENMARK, GRID
from geodata.ledger.themes import themes
from geodata.readers.delivery import Delivery, Rejected

Kind = Literal["polygon", "line", "point", "multipoint", "any"]
Shapes = npt.NDArray[np.object_]

#: shapely's type ids: the single kind that is wrapped, and the kind that is stored.
_SINGLE: Final = {
    "polygon": shapely.GeometryType.POLYGON,
    "line": shapely.GeometryType.LINESTRING,
    "multipoint": shapely.GeometryType.POINT,
}
_STORED: Final = {
    "polygon": shapely.GeometryType.MULTIPOLYGON,
    "line": shapely.GeometryType.MULTILINESTRING,
    "point": shapely.GeometryType.POINT,
    "multipoint": shapely.GeometryType.MULTIPOINT,
}
_WRAP: Final = {
    "polygon": shapely.multipolygons,
    "line": shapely.multilinestrings,
    "multipoint": shapely.multipoints,
}
#: Bounds of whole numbers: four bytes, eight bytes.
_LARGEST: Final = (2.0**31, 2.0**63)
_MOST_WARNED: Final = 5


def no_original(_: int) -> bytes:
    """Of records whose bytes are not kept."""
    return b""


def checked(
    delivery: Delivery,
    kind: Kind,
    *,
    record: Callable[[int], str],
    original: Callable[[int], bytes] = no_original,
    faults: Mapping[int, str | tuple[str, str]] | None = None,
    may_lack_geometry: bool = False,
    abroad: bool = False,
) -> Delivery:
    """The delivery with only the records that can be stored; the others stand in ``rejected``.

    Parameters
    ----------
    delivery : as read; the index of its frame is the number of each record in the file.
    kind : what the theme stores; ``any`` takes every kind, for data that are only looked at.
    record : number → how the record is called in messages (``feature 6``).
    original : number → the record's bytes as delivered; only asked for those that are set aside.
    faults : number → why its geometry could not be read, also as (reason, why).
    may_lack_geometry : a missing geometry is no fault.
    abroad : the shapes are in a system of their own outside Denmark, which is not asked after.

    Returns
    -------
    Delivery whose register ids are present and unique and whose shapes are valid, finite, in Denmark, without z,
    and of the multi kind for areas and lines.
    """
    frame = delivery.frame
    number = frame.index.to_numpy()
    shapes = np.asarray(frame.geometry.array, dtype=object)
    shapes = _promoted(shapes, kind)
    reason = np.full(len(frame), "", dtype=object)
    explanation = np.full(len(frame), "", dtype=object)
    place = np.full(len(frame), "", dtype=object)

    def put(where: npt.NDArray[np.bool_], word: str, text: Shapes | str, at: Shapes | str = "") -> None:
        fresh = where & (reason == "")
        for target, value in ((reason, word), (explanation, text), (place, at)):
            target[fresh] = value[fresh] if isinstance(value, np.ndarray) else value

    ids = frame["register_id"].astype("string").str.strip()
    put(
        (ids.isna() | (ids == "")).to_numpy(dtype=bool),
        "no_register_id",
        "the record has no id of its register",
    )
    for at, why in (faults or {}).items():
        word, text = ("unreadable_geometry", why) if isinstance(why, str) else why
        put(number == at, word, f"{text}; draw it again in the source")
    kinds = shapely.get_type_id(shapes)
    lacking = (kinds == -1) | shapely.is_empty(shapes)
    if may_lack_geometry:
        # A register writes "no place" as an empty shape of any kind, which no column of one kind would take.
        shapes = shapes.copy()
        shapes[lacking] = None
    else:
        put(lacking, "no_geometry", "the record has no geometry, so there is no place to put it")
    there = ~lacking
    fitting = np.ones(len(kinds), dtype=bool) if kind == "any" else kinds == _STORED[kind]
    if kind != "any":
        put(there & ~fitting, "wrong_geometry_kind", _kinds_found(shapes, kind))
    bounds = shapely.bounds(shapes)
    finite = np.isfinite(bounds).all(axis=1)
    put(there & ~finite, "not_finite", "a coordinate is no number that can be measured with")
    sound = there & finite & fitting
    crossing = np.full(len(shapes), "", dtype=object)
    valid = np.ones(len(shapes), dtype=bool)
    valid[sound] = shapely.is_valid(shapes[sound])
    bad = sound & ~valid
    crossing[bad] = shapely.is_valid_reason(shapes[bad])
    if bad.any():
        put(bad, "invalid_geometry", _mend(crossing), _spot(crossing))
    beyond = (
        (not abroad)
        & sound
        & (
            (bounds[:, 0] < DENMARK[0])
            | (bounds[:, 1] < DENMARK[1])
            | (bounds[:, 2] > DENMARK[2])
            | (bounds[:, 3] > DENMARK[3])
        )
    )
    put(
        beyond,
        "outside_denmark",
        f"it lies outside Denmark in {GRID}; check the coordinate system and the units",
        _corner(bounds, beyond),
    )
    if shapely.has_z(shapes).any():
        shapes = shapely.force_2d(shapes)
    twice, repeated = _duplicates(ids, reason == "", frame, shapes, delivery.speaks_for)
    put(
        twice,
        "duplicate_register_id",
        "several records carry this id and say different things; keep the right one",
    )
    for column, row, why in _misfits(delivery.theme, frame, (*delivery.speaks_for, "register_id")):
        put(np.arange(len(frame)) == row, "unstorable_value", f"{column} {why}; mend it in the source")
    fine = (reason == "") & ~repeated
    rejected = [
        Rejected(record(int(number[i])), reason[i], explanation[i], place[i], original(int(number[i])))
        for i in np.flatnonzero(reason != "")
    ]
    kept = gpd.GeoDataFrame(
        frame.drop(columns="geometry").assign(register_id=ids.astype(object))[fine],
        geometry=gpd.GeoSeries(shapes[fine], index=frame.index[fine], crs=frame.crs if abroad else GRID),
    )
    warnings = list(delivery.warnings)
    if repeated.any():
        warnings.append(f"{int(repeated.sum())} records stand in the file twice, word for word; taken once")
    return replace(delivery, frame=kept, rejected=[*delivery.rejected, *rejected], warnings=warnings)


def _misfits(theme: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    """Values that the store could not hold: (column, row, what is wrong)."""
    fields = {f.column: f for f in themes[theme].versions._meta.concrete_fields}
    fields["register_id"] = themes[theme].objects._meta.get_field("register_id")  # type: ignore[assignment]
    for column in columns:
        if column not in frame.columns:
            continue
        field = fields.get(column)
        if field is None:
            continue  # a packed column; the theme's own list has checked it
        values = frame[column]
        if isinstance(field, models.FloatField | models.IntegerField) and not isinstance(
            field, models.JSONField
        ):
            number = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
            most = (
                np.inf
                if isinstance(field, models.FloatField)
                else _LARGEST[isinstance(field, models.BigIntegerField)]
            )
            for row in np.flatnonzero(np.isinf(number) | (np.abs(number) >= most)):
                yield column, int(row), f"is {number[row]:g}, which is too large"
        elif isinstance(field, models.CharField | models.JSONField):
            texts = [_as_text(v) for v in values.tolist()]
            if not _bad_text("".join(filter(None, texts)), None) and _short(texts, field):
                continue  # one look at all of them; each is looked at only to tell which
            for place, text in enumerate(texts):
                if text is not None and (why := _bad_text(text, getattr(field, "max_length", None))):
                    yield column, place, why


def _short(texts: list[str | None], field: models.Field[Any, Any]) -> bool:
    longest = getattr(field, "max_length", None)
    return longest is None or max((len(text) for text in texts if text is not None), default=0) <= longest


def _as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else None


def _bad_text(text: str, longest: int | None) -> str:
    if "\x00" in text or "\\u0000" in text:
        return "holds a character of code 0, which no text can have"
    if any("\ud800" <= letter <= "\udfff" for letter in text) if not text.isascii() else False:
        return "holds half a character (a lone surrogate)"
    if longest is not None and len(text) > longest:
        return f"has {len(text)} letters; at most {longest} can be stored"
    return ""


def _promoted(shapes: Shapes, kind: Kind) -> Shapes:
    if kind in ("point", "any"):
        return shapes
    single = (shapely.get_type_id(shapes) == _SINGLE[kind]) & ~shapely.is_empty(shapes)
    if not single.any():
        return shapes
    shapes = shapes.copy()
    shapes[single] = _WRAP[kind](shapes[single], indices=np.arange(int(single.sum())))
    return shapes


def _kinds_found(shapes: Shapes, kind: Kind) -> Shapes:
    names = {-1: "nothing", **{int(t): t.name for t in shapely.GeometryType if int(t) >= 0}}
    expected = _STORED[kind].name
    texts = np.array(
        [f"its geometry is a {names[k]}; expected {expected}" for k in range(-1, 8)], dtype=object
    )
    return np.asarray(texts[shapely.get_type_id(shapes) + 1], dtype=object)


def _mend(why: Shapes) -> Shapes:
    words = pd.Series(why, dtype="string").str.replace(r"\[.*\]", "", regex=True).str.strip().str.lower()
    return np.asarray(
        (words + " of a ring; draw it again so that it does not touch or cross itself").astype(object)
    )


def _spot(why: Shapes) -> Shapes:
    """The coordinates that GEOS names, ``684610.3 6158450.1``."""
    return np.asarray(pd.Series(why, dtype="string").str.extract(r"\[(.*)\]")[0].fillna("").astype(object))


def _corner(bounds: npt.NDArray[np.float64], asked: npt.NDArray[np.bool_]) -> Shapes:
    text = np.full(len(bounds), "", dtype=object)
    known = asked & np.isfinite(bounds).all(axis=1)
    text[known] = [f"{x:.6g} {y:.6g}" for x, y in bounds[known, :2]]
    return text


def _duplicates(
    ids: pd.Series,
    open_rows: npt.NDArray[np.bool_],
    frame: gpd.GeoDataFrame,
    shapes: Shapes,
    columns: tuple[str, ...],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Records of one id that contradict each other, and records that only repeat an earlier one."""
    contradicting = np.zeros(len(ids), dtype=bool)
    repeated = np.zeros(len(ids), dtype=bool)
    several = (ids.duplicated(keep=False) & ids.notna()).to_numpy(dtype=bool) & open_rows
    rows = np.flatnonzero(several)
    if not len(rows):
        return contradicting, repeated
    said = frame.iloc[rows][[c for c in (*columns, "municipality") if c in frame.columns]]
    content = said.assign(wkb=shapely.to_wkb(shapely.normalize(shapes[rows]), hex=True))
    # As text, so that two unknown values are the same and lists and dicts can be compared.
    words = [repr(row) for row in content.itertuples(index=False, name=None)]
    table = pd.DataFrame({"id": ids.iloc[rows].to_numpy(), "content": words})
    differing = table.groupby("id")["content"].transform("nunique").to_numpy() > 1
    contradicting[rows[differing]] = True
    again = table.duplicated(["id", "content"]).to_numpy() & ~differing
    repeated[rows[again]] = True
    return contradicting, repeated


def joined(deliveries: list[Delivery]) -> list[Delivery]:
    """Deliveries of the same theme and source as one, in the order in which they first came."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault((delivery.theme, delivery.source), []).append(delivery)
    return [group[0] if len(group) == 1 else _one(group) for group in groups.values()]


def _one(group: list[Delivery]) -> Delivery:
    columns = tuple(dict.fromkeys(c for d in group for c in d.speaks_for))
    frame = pd.concat([d.frame for d in group], ignore_index=True)
    whole = replace(
        group[0],
        frame=gpd.GeoDataFrame(frame, geometry="geometry", crs=group[0].frame.crs or GRID)
        if group[0].has_geometry
        else frame,
        speaks_for=columns,
        rejected=[r for d in group for r in d.rejected],
        warnings=list(dict.fromkeys(w for d in group for w in d.warnings)),
        as_of=max((d.as_of for d in group if d.as_of), default=None),
    )
    if not whole.has_geometry:
        return whole
    ids = frame["register_id"].astype("string")
    contradicting, repeated = _duplicates(
        ids,
        np.ones(len(frame), dtype=bool),
        whole.frame,
        np.asarray(whole.frame.geometry.array, dtype=object),
        columns,
    )
    extra = [
        Rejected(
            str(ids.iloc[i]),
            "duplicate_register_id",
            "two files say different things of it; keep the right one",
        )
        for i in np.flatnonzero(contradicting)
    ]
    return replace(whole, frame=whole.frame[~contradicting & ~repeated], rejected=[*whole.rejected, *extra])


def shorten(things: list[str]) -> str:
    """A list for a message: the first few, and how many more."""
    rest = len(things) - _MOST_WARNED
    return ", ".join(things[:_MOST_WARNED]) + (f" and {rest} more" if rest > 0 else "")
