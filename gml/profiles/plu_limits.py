"""Limits of a plan as dimensioning indications, each named after its field in the register.

A number that is not recorded, or a matter that the plan does not regulate, gives nothing at all: a receiver must
never take a gap for a zero. A percentage keeps its denominator in the name, since it means nothing without.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gml.writer import escape
from planning.limits import DENOMINATORS, FIELDS, MATTERS
from planning.records import LimitRecord, PlanRecord


class Indication(NamedTuple):
    """One number or text of a plan. ``kind`` is Measure, Real, Integer or Character; ``uom`` for Measure only."""

    kind: str
    reference: str
    value: str
    uom: str = ""


#: Denominator → code of ``bebygpctaf``.
_CODES: Final = {name: code for code, name in DENOMINATORS.items()}
#: Matter of a provision → kind and unit.
_MATTERS: Final = {"max_height": ("Measure", "m"), "max_storeys": ("Real", ""), "plot_ratio": ("Real", "")}
#: Other fields of the register: kind, unit, flag by which the plan says that it is silent on the matter.
_OTHERS: Final = {
    "eareal": ("Measure", "m2", "iomfangreg"),
    "bygm2": ("Measure", "m2", "iomfangreg"),
    "m3_m2": ("Real", "", "iomfangreg"),
    "minuds": ("Measure", "m2", "iudstykreg"),
    "maxuds": ("Measure", "m2", "iudstykreg"),
    "maxboligenhed": ("Integer", "", "iomfangreg"),
    "boligenhed": ("Integer", "", "iomfangreg"),
    "udstykantal": ("Integer", "", "iudstykreg"),
    "udsantal": ("Integer", "", "iudstykreg"),
    "minmiljo": ("Integer", "", ""),
    "maxmiljo": ("Integer", "", ""),
}
#: Field → name and place (1…10, for one specific use) of every number that is looked for, and their order.
_PLACES: Final = {name + place: (name, place) for name in _OTHERS for place in ("", *map(str, range(1, 11)))}
_RANK: Final = {field: rank for rank, field in enumerate(_PLACES)}
#: Flags that say that the number stands for the area as a whole.
_WHOLE: Final = {"eareal": "earealh", "bygm2": "bygm2h", "m3_m2": "m3_m2h"}
_TEXTS: Final = ("sforhold", "bevarbest")
#: Environmental classes run from 1 to 7; zero is an empty field.
_CLASSES: Final = {"minmiljo": (1.0, 7.0), "maxmiljo": (1.0, 7.0)}
_TRUE: Final = frozenset({"true", "t", "1", "1.0", "ja", "j", "yes", "y"})

Warn = Callable[[str], None]


def number_text(value: float) -> str:
    """Shortest decimal text that reads back as the same number; whole numbers without a fraction."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def indications(record: PlanRecord, warn: Warn) -> Iterator[Indication]:
    """What a plan area limits, in a fixed order.

    Parameters
    ----------
    record : plan area with its provisions (values in m, storeys, per cent) and its other register fields.
    warn : called with a sentence when something recorded cannot be written.

    Yields
    ------
    Indication. Heights in m, areas in m²; ``bebygpct:af=1…4`` names what the percentage is of, ``af=unknown``
    that the register does not say; ``:anvspec=1110`` that the number holds for one specific use only.
    """
    yield from _provisions(record.limits)
    fields = record.register_fields
    if not fields or record.is_complex or raised(fields, "kompleks"):
        return
    for field in sorted(fields.keys() & _PLACES.keys(), key=_RANK.__getitem__):
        raw = fields[field]
        if raw is None or raw == "":
            continue
        name, place = _PLACES[field]
        kind, unit, silence = _OTHERS[name]
        value = plain_number(raw)
        use = plain_number(fields.get("anvspec" + place)) if place else None
        low, high = _CLASSES.get(name, (0.0, math.inf))
        if value is None or not low <= value <= high:
            warn(f"{field} is {raw!r}, which is not a number of its kind: left out")
        elif silence and raised(fields, silence):
            warn(f"{field} has a number although {silence} says that it is not regulated: left out")
        elif place and use is None:
            warn(f"{field} belongs to no specific use: left out")
        else:
            whole = ":h=1" if raised(fields, _WHOLE.get(name, "") + place) else ""
            suffix = f":anvspec={number_text(use)}" if use is not None else ""
            text = number_text(value)
            exact = "Real" if kind == "Integer" and not text.isdecimal() else kind
            yield Indication(exact, name + whole + suffix, text, unit)
    for name in _TEXTS:
        if text := str(fields.get(name) or "").strip():
            yield Indication("Character", name, text)


def _told(limit: LimitRecord) -> tuple[str, float, str, int] | None:
    """What makes the text of a provision, None when it says nothing that can be written."""
    if limit.state != "value" or limit.value is None or limit.matter not in _MATTERS:
        return None
    if not math.isfinite(limit.value):
        return None
    return limit.matter, limit.value, limit.per, -1 if limit.use_code is None else limit.use_code


def _provisions(limits: tuple[LimitRecord, ...]) -> list[Indication]:
    """Provisions in their order."""
    found = sorted([_provision(*key) for limit in limits if (key := _told(limit)) is not None])
    return [indication for _, indication in found]


@lru_cache(maxsize=8192)
def _provision(matter: str, value: float, per: str, use: int) -> tuple[tuple[int, int], Indication]:
    """Its place among the others, and the indication."""
    kind, unit = _MATTERS[matter]
    name = FIELDS[matter]  # type: ignore[index]
    if matter == "plot_ratio":
        name += f":af={_CODES.get(per, 'unknown')}"
    if use >= 0:
        name += f":anvspec={use}"
    return (list(_MATTERS).index(matter), use), Indication(kind, name, number_text(float(value)), unit)


def raised(fields: Mapping[str, Any], name: str) -> bool:
    """Whether a flag of the register is raised; absent and empty are no."""
    return str(fields.get(name, "")).strip().lower() in _TRUE


def plain_number(raw: Any) -> float | None:
    """A number of the register, with point or comma; None = it is none, or not finite."""
    try:
        value = float(raw.replace(",", ".") if isinstance(raw, str) else raw)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def indication_xml(found: Indication, warn: Warn) -> str:
    """One ``plu:dimensioningIndication`` element."""
    if found.kind != "Character":
        return _number_xml(found)
    return _XML.format(found.kind, escape(found.reference), "", escape(found.value, warn))


_XML: Final = (
    "<plu:dimensioningIndication><plu:DimensioningIndication{0}Value><plu:indicationReference>{1}"
    "</plu:indicationReference><plu:value{2}>{3}</plu:value></plu:DimensioningIndication{0}Value>"
    "</plu:dimensioningIndication>"
)


@lru_cache(maxsize=8192)
def _number_xml(found: Indication) -> str:
    unit = f' uom="{found.uom}"' if found.uom else ""
    return _XML.format(found.kind, escape(found.reference), unit, escape(found.value))


def limits_and_fields(
    numbers: Iterable[tuple[str, str]], general: int | None, *, use_not_regulated: bool
) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """Provisions and register fields out of dimensioning indications: the way back of :func:`indications`.

    Parameters
    ----------
    numbers : reference and value of each indication, in their order.
    general : general use (anvgen), None = not recorded.
    use_not_regulated : the plan says that it does not regulate use.

    Returns
    -------
    Provisions as they are stored (every matter once, not recorded where nothing is said), the other fields of the
    register, and the references that have no place among either.
    """
    told: dict[tuple[str, int | None], tuple[float, str]] = {}
    fields: dict[str, Any] = {}
    lost: list[str] = []
    places = _Places()
    for reference, text in numbers:
        name, _, rest = reference.partition(":")
        options = dict(part.partition("=")[::2] for part in rest.split(":") if part)
        told_use = options.get("anvspec")
        use = int(told_use) if told_use and told_use.isdecimal() else None
        value = plain_number(text)
        if name in _TEXTS and text.strip():
            fields.setdefault(name, text.strip())
        elif value is None or value < 0.0 or (told_use is not None and use is None):
            # Nothing is limited to less than nothing; a number for a use that cannot be told is none for the whole.
            lost.append(reference)
        elif name in _BY_FIELD:
            matter = _BY_FIELD[name]
            code = options.get("af", "")
            per = DENOMINATORS.get(int(code), "") if code.isdecimal() and matter == "plot_ratio" else ""
            if told.setdefault((matter, use), (value, per)) != (value, per):
                lost.append(reference)
        elif name not in _OTHERS or (place := places.of(name, use)) is None or name + place in fields:
            lost.append(reference)
        else:
            fields[name + place] = int(value) if value == int(value) and abs(value) < 1e15 else value
            if options.get("h") == "1" and name in _WHOLE:
                fields[_WHOLE[name] + place] = True
    fields |= places.uses()
    return _stored(told, general, use_not_regulated), fields, lost


def _stored(
    told: Mapping[tuple[str, int | None], tuple[float, str]], general: int | None, silent: bool
) -> list[dict[str, Any]]:
    rows = []
    for matter in MATTERS:
        if matter == "use":
            state = "not_regulated" if silent else "not_recorded" if general is None else "value"
            rows.append(
                _row(matter, None, state, float(general) if state == "value" and general else None, "")
            )
        elif (matter, None) not in told:
            rows.append(_row(matter, None, "not_recorded", None, ""))
    rows += [_row(matter, use, "value", value, per) for (matter, use), (value, per) in told.items()]
    return rows


def _row(matter: str, use: int | None, state: str, value: float | None, per: str) -> dict[str, Any]:
    return {"matter": matter, "use_code": use, "state": state, "value": value, "per": per, "clause": ""}


class _Places:
    """Places 1…10 of specific uses, given out so that each field finds its uses in the order they came in."""

    def __init__(self) -> None:
        self._uses: list[int] = []
        self._next: dict[str, int] = {}

    def of(self, name: str, use: int | None) -> str | None:
        """Suffix of the field for this use; empty for the area as a whole, None when all places are taken."""
        if use is None:
            return ""
        begin = self._next.get(name, 0)
        try:
            at = self._uses.index(use, begin)
        except ValueError:
            if len(self._uses) >= _MOST_PLACES:
                return None
            self._uses.append(use)
            at = len(self._uses) - 1
        self._next[name] = at + 1
        return str(at + 1)

    def uses(self) -> dict[str, int]:
        """The fields ``anvspecN``."""
        return {f"anvspec{place}": use for place, use in enumerate(self._uses, 1)}


_MOST_PLACES: Final = 10
#: Field of the register → matter of the provisions.
_BY_FIELD: Final = {FIELDS[matter]: matter for matter in _MATTERS}  # type: ignore[index]
