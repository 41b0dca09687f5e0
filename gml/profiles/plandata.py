"""The national profile: plans under Plandata's own field names, held to the register's published rules.

Danish: indberetning til Plandata.dk (planloven § 54 b). A layer a kind of plan and a state, as the register's own
WFS serves them, so that whoever reads the register reads this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import numpy as np
import shapely

from gml.profiles.plu_limits import plain_number, raised
from gml.profiles.plu_text import web_address
from planning.limits import DENOMINATORS, FIELDS, SILENCE, SLOTS
from planning.models.plans import Level
from planning.records import PlanRecord

#: Level → stem of the layer and code of the object.
_KINDS: Final = {
    Level.LOCAL_PLAN.value: ("theme_pdk_lokalplan", 20),
    Level.SUB_AREA.value: ("theme_pdk_lokalplandelomraade", 30),
    Level.BUILDING_FIELD.value: ("theme_pdk_byggefelt", 30),
    Level.MUNICIPAL_PLAN.value: ("theme_pdk_kommuneplan_oversigt", 11),
    Level.FRAMEWORK.value: ("theme_pdk_kommuneplanramme", 10),
}
_STATES: Final = {"F": "forslag", "V": "vedtaget", "A": "aflyst"}
_FIELD_TYPE: Final = 30.4
_DATES: Final = {
    "proposed_on": "datoforsl",
    "hearing_from": "datostart",
    "hearing_to": "datoslut",
    "adopted_on": "datovedt",
    "published_on": "datopub",
    "in_force_on": "datoikraft",
    "repealed_on": "datoaflyst",
}
#: Dates without which a state is not taken.
_NEEDED: Final = {
    "F": ("datoforsl", "datostart", "datoslut"),
    "V": ("datovedt", "datoikraft"),
    "A": ("datoaflyst",),
}
_PLACES: Final = range(1, 11)
_CODES: Final = {name: code for code, name in DENOMINATORS.items()}
_FIELD_STATES: Final = {"yes": (True, False), "no": (False, True), "contradictory": (True, True)}
_LONGEST: Final = {"plannr": 30, "plannavn": 130, "doklink": 254, "delnr": 5}
#: Polygons below this are not taken, m².
_SMALLEST_M2: Final = 1.0


class Broken(NamedTuple):
    """A rule of the register that a record does not keep: short word and sentence."""

    rule: str
    said: str


def layer(record: PlanRecord) -> str | None:
    """Name of the register's layer; None for what the register does not hold (byggelinjer, drafts)."""
    if record.level not in _KINDS or record.status not in _STATES:
        return None
    return f"{_KINDS[record.level][0]}_{_STATES[record.status]}"


def properties(record: PlanRecord, plan: PlanRecord | None) -> dict[str, Any]:
    """A plan or part under the register's field names.

    Parameters
    ----------
    record : the plan or part; its provisions come from the rows that the rules read.
    plan : the plan that it belongs to; itself for a plan.

    Returns
    -------
    Field → value as JSON has it: dates YYYYMMDD as numbers, booleans, numbers. What the register delivered and has
    no place in the model stands as it was; empty fields are left out.
    """
    found: dict[str, Any] = {name: value for name, value in record.register_fields.items() if not _ours(name)}
    found |= {
        "planid": _number(record.register_id),
        "komnr": _number(record.municipality),
        "objektkode": _KINDS[record.level][1],
        "plantype": _FIELD_TYPE if record.level == Level.BUILDING_FIELD.value else _number(record.plan_type),
        "plannr": record.number,
        "plannavn": record.title,
        "doklink": web_address(record.document_url or "") or record.document_url,
        "status": record.status,
        "anvgen": record.use_general,
        "zone": record.zone_code,
        "kompleks": record.is_complex,
        "datoopdt": _moment(record.register_updated_at),
    }
    found |= {column: _day(getattr(record, name)) for name, column in _DATES.items()}
    if record.level in (Level.SUB_AREA.value, Level.BUILDING_FIELD.value):
        found |= {
            "lokplan_id": _number(record.parent_register_id),
            "lp_plannr": plan.number if plan else record.number,
            "lp_plannavn": plan.title if plan else record.title,
            "delnr": record.part_number,
        }
        del found["plannr"], found["plannavn"]
    elif record.level == Level.FRAMEWORK.value:
        found["komplan_id"] = _number(record.parent_register_id)
    if record.level == Level.BUILDING_FIELD.value:
        only, indicative = _FIELD_STATES.get(record.field_state or "", (False, False))
        found |= {"bygkunifelt": only, "bygvejledende": indicative}
    found |= _provisions(record)
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _ours(name: str) -> bool:
    """Whether a field is told by the model, so that what was once delivered no longer counts."""
    return name in _TOLD


_TOLD: Final = frozenset(
    {
        "planid", "komnr", "objektkode", "plantype", "plannr", "plannavn", "doklink", "status", "planstatus",
        "anvgen", "anvendelsegenerel", "zone", "zonestatus", "kompleks", "datoopdt", "bebygpctaf", "ianvreg",
        "iomfangreg", "lokplan_id", "lp_plannr", "lp_plannavn", "delnr", "komplan_id", "bygkunifelt",
        "bygvejledende", "fid",
        *_DATES.values(), *FIELDS.values(), *(f"anvspec{n}" for n in _PLACES),
        *(slot.format(n) for slot in SLOTS.values() for n in _PLACES),
    }
)  # fmt: skip


def _provisions(record: PlanRecord) -> dict[str, Any]:
    """Provisions in the register's fields and slots; a matter that is not regulated raises its flag."""
    found: dict[str, Any] = {}
    uses = _places(record)
    silent: dict[str, list[bool]] = {}
    for limit in record.limits:
        if limit.matter in SILENCE and limit.use_code is None:
            silent.setdefault(SILENCE[limit.matter], []).append(limit.state == "not_regulated")
        if limit.state != "value" or limit.value is None or limit.matter not in SLOTS:
            continue
        if limit.use_code is None:
            found[FIELDS[limit.matter]] = limit.value
        elif limit.use_code in uses:
            found[SLOTS[limit.matter].format(uses[limit.use_code])] = limit.value
        if limit.matter == "plot_ratio" and limit.per:
            found["bebygpctaf"] = _CODES[limit.per]
    found |= {flag: all(said) for flag, said in silent.items()}
    return found | {f"anvspec{place}": use for use, place in uses.items()}


def _places(record: PlanRecord) -> dict[int, int]:
    """Specific use → its place 1…10: that of the delivery where it is known, since other slots go by it."""
    found: dict[int, int] = {}
    for place in _PLACES:
        use = _number(record.register_fields.get(f"anvspec{place}"))
        if use is not None:
            found.setdefault(int(use), place)
    free = [place for place in _PLACES if place not in found.values()]
    codes = [*record.use_specific, *(row.use_code for row in record.limits if row.use_code is not None)]
    for code in dict.fromkeys(codes):
        if code not in found and free:
            found[code] = free.pop(0)
    return found


def _number(value: Any) -> float | int | None:
    number = plain_number(value)
    return int(number) if number is not None and number.is_integer() else number


def _day(day: date | None) -> int | None:
    return None if day is None else int(day.strftime("%Y%m%d"))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def broken(record: PlanRecord, said: Mapping[str, Any]) -> Iterator[Broken]:
    """Rules of the register that a record does not keep; empty = it can leave.

    Notes
    -----
    Geometry: valid, no node twice in a row, no ring that touches itself, no polygon under 1 m². Attributes: lengths,
    dates of the state, a use and a specific use of every local plan, the denominator of a percentage, a zone only
    where zone is regulated. Whether it lies inside the municipality is asked by the register.
    """
    yield from _geometry(record.geometry)
    for name, most in _LONGEST.items():
        if len(str(said.get(name, ""))) > most:
            yield Broken("length", f"{name} has more than {most} letters")
    for name in ("plannavn",) if "lokplan_id" not in said else ():
        if not said.get(name):
            yield Broken("missing", f"{name} is empty")
    if web_address(str(said.get("doklink", ""))) is None:
        yield Broken("document", "doklink is no address of a PDF")
    if record.level in (Level.LOCAL_PLAN.value, Level.MUNICIPAL_PLAN.value):
        for name in _NEEDED[record.status]:
            if name not in said:
                yield Broken("dates", f"a plan in state {record.status} needs {name}")
    if record.level == Level.LOCAL_PLAN.value and not (said.get("anvgen") and said.get("anvspec1")):
        yield Broken("use", "a local plan needs a general use and a specific one")
    if "bebygpct" in said and "bebygpctaf" not in said:
        yield Broken("denominator", "bebygpct says nothing without bebygpctaf")
    if raised(said, "izonereg") and "zone" in said:
        yield Broken("zone", "izonereg says that zone is not regulated, and zone has a value")


def _geometry(shape: Any) -> Iterator[Broken]:
    if shape is None or shape.is_empty:
        yield Broken("geometry", "there is no area")
        return
    if not shapely.is_valid(shape):
        yield Broken("geometry", str(shapely.is_valid_reason(shape)))
        return
    parts = shapely.get_parts(shape)
    if (shapely.area(parts) < _SMALLEST_M2).any():
        yield Broken("geometry", "a polygon is smaller than 1 m²")
    rings = shapely.get_rings(parts)
    if (
        shapely.get_num_points(rings) != shapely.get_num_points(shapely.remove_repeated_points(rings, 0.0))
    ).any():
        yield Broken("geometry", "a node stands twice")
    if not shapely.is_simple(rings).all() or _touching(parts):
        yield Broken("geometry", "an outline touches itself")


def _touching(parts: Any) -> bool:
    """Whether the rings of one polygon share a node."""
    for part in parts:
        rings = np.asarray(shapely.get_rings(part), dtype=object)
        if shapely.intersects(rings[0], rings[1:]).any():
            return True
    return False
