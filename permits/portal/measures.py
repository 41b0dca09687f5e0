"""The measures of a drawing as a form: what was read, confirmed or corrected by the applicant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import shapely
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from permits.drawings.vocabulary import KINDS
from permits.proofs.corrections import WORDS
from permits.proofs.words import number

#: Has a role and no kind, so it stands for its own kind in the form.
_WALL: Final = "wall"
#: Column, label, unit, hint, lowest and highest value. Bounds are wider than anything that is built.
_NUMBERS: Final = (
    ("height_m", N_("Height"), "m", N_("From the ground to the highest part of the roof"), 0.1, 200.0),
    ("storeys", N_("Storeys"), "", N_("Usable attic included, basement left out"), 0.0, 60.0),
    ("floor_m2", N_("Floor area"), "m²", N_("All storeys together"), 0.0, 1e6),
    (
        "eaves_m",
        N_("Overhang of the eaves"),
        "m",
        N_("How far the roof reaches out beyond the wall"),
        0.0,
        10.0,
    ),
)
_INTEGERS: Final = (("dwellings", N_("Dwellings"), 0, 1000),)


@dataclass
class Field:
    """One number of one building; ``shown`` is what stands in the box."""

    name: str
    label: str
    unit: str
    hint: str
    shown: str
    error: str = ""


@dataclass
class Building:
    """One building of the form."""

    number: int
    name: str
    footprint: str
    kind: str
    kind_name: str
    kinds: list[tuple[str, str]]
    fields: list[Field] = field(default_factory=list)
    error: str = ""


def form(rows: list[dict[str, Any]], given: Mapping[str, str] | None = None) -> list[Building]:
    """The form for some buildings; with ``given`` the boxes hold what was typed."""
    buildings = []
    for place, row in enumerate(rows):
        kind_name = f"{place}-kind"
        wall = row.get("role") == _WALL
        kind = (given or {}).get(kind_name, _WALL if wall else row["kind"])
        one = Building(
            number=place + 1,
            name=row["name"] or str(place + 1),
            footprint=number(shapely.from_wkt(row["wkt"]).area, "m²"),
            kind=kind,
            kind_name=kind_name,
            kinds=[*([(_WALL, _("wall").capitalize())] if wall else []), *kinds()],
        )
        for column, label, unit, hint in (
            *((c, lab, u, h) for c, lab, u, h, _low, _high in _NUMBERS),
            *((c, lab, "", "") for c, lab, _low, _high in _INTEGERS),
        ):
            name = f"{place}-{column}"
            shown = (given or {}).get(name, _shown(row.get(column))) if given else _shown(row.get(column))
            one.fields.append(Field(name, _(label), unit, _(hint) if hint else "", shown))
        buildings.append(one)
    return buildings


def kinds() -> list[tuple[str, str]]:
    """Kinds of buildings with their names in the active language."""
    return [(kind, _(WORDS[kind]).capitalize()) for kind in KINDS if kind in WORDS]


def _shown(value: Any) -> str:
    if value is None or value == -1:
        return ""
    text = f"{float(value):.3f}".rstrip("0").rstrip(".")
    return text.replace(".", get_format("DECIMAL_SEPARATOR"))


def read(rows: list[dict[str, Any]], given: Mapping[str, str]) -> tuple[list[dict[str, Any]], list[Building]]:
    """The rows as corrected, and the form with what is wrong; nothing is wrong where no field has an error.

    Notes
    -----
    An empty box is "not known". The comma of Danish numbers and a point are both understood. A height that is
    corrected no longer belongs to the roof that was drawn, which moves up or down with it. Another kind brings its
    own role; where the kind is left as it is, the role stays the one that the drawing states.
    """
    told = form(rows, given)
    changed = []
    for place, (row, one) in enumerate(zip(rows, told, strict=True)):
        new = dict(row)
        if one.kind in KINDS and one.kind != row["kind"]:
            new["kind"], new["role"] = one.kind, KINDS[one.kind]
        elif one.kind not in dict(one.kinds):
            one.error = _("Choose what kind of building it is.")
        for column, _label, unit, _hint, low, high in _NUMBERS:
            new[column] = _number(_of(one, f"{place}-{column}"), low, high, unit)
        for column, _label, low, high in _INTEGERS:
            value = _number(_of(one, f"{place}-{column}"), low, high, "")
            new[column] = -1 if value is None else round(value)
        changed.append(new)
    return changed, told


def _of(building: Building, name: str) -> Field:
    return next(f for f in building.fields if f.name == name)


def _number(box: Field, low: float, high: float, unit: str) -> float | None:
    text = box.shown.strip().removesuffix("m²").removesuffix("m2").removesuffix("m").strip()
    if not text:
        return None
    try:
        value = float(text.replace(" ", "").replace(",", "."))
    except ValueError:
        box.error = _("Write a number, such as 4,5.")
        return None
    if not math.isfinite(value) or not low <= value <= high:
        box.error = _("Write a number from %(low)s to %(high)s.") % {
            "low": number(low, unit),
            "high": number(high, unit),
        }
        return None
    return value


def wrong(told: list[Building]) -> list[tuple[str, str]]:
    """All errors with the box that each belongs to, for the list above the form."""
    return [
        pair
        for one in told
        for pair in (
            *([(one.kind_name, f"{one.name}: {one.error}")] if one.error else []),
            *((f.name, f"{one.name}, {f.label}: {f.error}") for f in one.fields if f.error),
        )
    ]


def raised(
    facets: list[dict[str, Any]], old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Roofs that go up or down with a corrected height."""
    by = [_less(b.get("height_m"), a.get("height_m")) for a, b in zip(old, new, strict=True)]
    return [{**facet, "c": facet["c"] + by[facet["building"]]} for facet in facets]


def _less(new: float | None, old: float | None) -> float:
    return 0.0 if new is None or old is None else new - old
