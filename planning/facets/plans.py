"""Plans that lie on a parcel, level by level, with what each says on every matter. Two queries.

A limit has three states: a value, "does not regulate", and "not recorded", which is answered by reading the plan; its
PDF prevails over the fields. A framework binds the municipality and never an owner, a proposal nobody yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import shapely
from django.db import connection
from django.utils.translation import gettext_noop as N_

from geodata import shapes
from geodata.property_lookup.answers import Answer, Asker, State, Words, localized, silent
from geodata.property_lookup.place import Place
from planning.delivered import theme_of
from planning.limits import MATTERS
from planning.models.plans import Level
from planning.uses import GENERAL_USES

_PLANS: Final = """
SELECT v.versions_id, o.register, o.register_id, v.level, v.status, concat_ws(' ', v.number, v.part_number), v.title,
    v.document_url, coalesce(v.in_force_on, v.published_on, v.adopted_on), coalesce(v.hearing_from, v.proposed_on),
    v.field_state, c.recorded_at::date, ST_AsBinary(v.geometry)
FROM planning_planversion v JOIN planning_plan o ON o.id = v.object_id JOIN ledger_change c ON c.id = v.change_from_id
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.status IN ('F', 'V')
    AND ST_Intersects(v.geometry, ST_GeomFromWKB(%s, 25832))
ORDER BY o.register_id, o.id
"""
_LIMITS: Final = """
SELECT version_id, matter, use_code, state, value, per, clause FROM planning_limit WHERE version_id = ANY(%s)
ORDER BY use_code NULLS FIRST
"""
#: What is asked of every parcel, in the order of the page: level, in question or adopted, title.
_ASKED: Final = (
    (Level.LOCAL_PLAN, N_("Local plan")),
    (Level.SUB_AREA, N_("Sub-area")),
    (Level.BUILDING_FIELD, N_("Building field")),
    (Level.BUILDING_LINE, N_("Building line")),
    (Level.FRAMEWORK, N_("Municipal plan framework")),
    (Level.MUNICIPAL_PLAN, N_("Municipal plan")),
)
_PROPOSAL: Final = N_("Proposal for a plan")
_MATTERS: Final = {
    "max_height": (N_("Height at most"), "m", 2),
    "max_storeys": (N_("Storeys at most"), "", 1),
    "plot_ratio": (N_("Plot ratio at most"), "%", 1),
    "use": (N_("Use"), "", 0),
    "building_field": (N_("Building fields and lines"), "", 0),
}
_PER: Final = {
    "area": N_("of the area as a whole"),
    "property": N_("of each property"),
    "plot": N_("of each plot"),
    "parcel": N_("of each parcel"),
}
_FIELDS: Final = {
    "yes": (State.YES, N_("Nothing may be built outside it")),
    "no": (State.NO, N_("Indicative; it does not bind")),
}


@dataclass(frozen=True)
class PlanHere:
    """A plan area that lies on the parcel, and how much of the parcel it covers (0–1)."""

    version: Any
    register: str
    register_id: str
    level: str
    status: str
    number: str
    title: str | None
    document: str | None
    in_force: date | None
    proposed: date | None
    field_state: str | None
    recorded: date
    share: float

    @property
    def day(self) -> date:
        """Day from which it counts; of a proposal the day it was put forward."""
        return (self.proposed if self.status == "F" else self.in_force) or self.recorded

    @property
    def link(self) -> str:
        """Address of its PDF; only web addresses are handed on."""
        return self.document if (self.document or "").startswith(("https://", "http://")) else ""  # type: ignore[return-value]


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Which plans lie on the parcel, and what each says on height, storeys, plot ratio, use and building fields.

    An area has to overlap by as much as counts for rules; a plan that only touches the boundary is none. A level of
    plan that was not delivered for the municipality is not answered, whatever is known of it.
    """
    say = Words()
    here = _here(place)
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, [[plan.version for plan in here]])
        said: dict[Any, list[Any]] = {}
        for version, *limit in cursor.fetchall():
            said.setdefault(version, []).append(limit)
    found: list[Answer] = []
    for level, title in _ASKED:
        mine = [plan for plan in here if plan.level == level.value and plan.status == "V"]
        kind = say[title]
        found += _told(say, mine, said, kind) or [_nothing(say, f"plans.{level.value}", kind, place, level)]
    proposals = [plan for plan in here if plan.status == "F"]
    kind = say[_PROPOSAL]
    found += _told(say, proposals, said, kind) or [_nothing(say, "plans.proposal", kind, place, None)]
    # What is there comes first; what is not, and what nobody has answered, stands together behind it.
    return sorted(found, key=lambda answer: not answer.group)


def _here(place: Place) -> list[PlanHere]:
    with connection.cursor() as cursor:
        cursor.execute(_PLANS, [place.wkb])
        rows = cursor.fetchall()
    drawn = np.array([shapely.from_wkb(bytes(row[-1])) for row in rows], dtype=object)
    ground = np.full(len(rows), place.geometry, dtype=object)
    share = shapes.overlap(drawn, ground).area_m2 / place.geometry.area if len(rows) else []
    return [
        PlanHere(*[*row[:-1], min(float(part), 1.0)])
        for row, part in zip(rows, share, strict=True)
        if part > 0.0
    ]


def _nothing(say: Words, key: str, title: str, place: Place, level: Level | None) -> Answer:
    return silent(key, title, place.told.get(theme_of(level)), none=say[N_("None lies on the parcel.")])


def _told(say: Words, plans: Iterable[PlanHere], said: dict[Any, list[Any]], level: str) -> list[Answer]:
    found = []
    for plan in plans:
        kind = (
            level if plan.status == "V" else f"{say[dict(_ASKED)[Level(plan.level)]]} ({say[N_('proposal')]})"
        )
        group = " ".join(filter(None, (kind, plan.number, plan.title)))
        found.append(_lies(say, plan, group, kind))
        # A municipal plan limits through its frameworks, which are asked about by themselves.
        if plan.level != Level.MUNICIPAL_PLAN.value:
            found += limit_answers(say, plan, said.get(plan.version, []), group)
    return found


def _about(say: Words, plan: PlanHere) -> dict[str, Any]:
    words = say[N_("Read the plan (PDF)")] if plan.link else ""
    return {"source": plan.register, "as_of": plan.day, "link": plan.link, "link_title": words}


def _key(plan: PlanHere, name: str) -> str:
    return f"plans.{plan.register}:{plan.register_id}.{name}"


def _lies(say: Words, plan: PlanHere, group: str, kind: str) -> Answer:
    said = say[N_("%(share)s %% of the parcel")] % {"share": localized(plan.share * 100, 1)}
    if plan.level == Level.FRAMEWORK.value:
        said += "; " + say[N_("binds the municipality, not an owner")]
    if plan.status == "F":
        said += "; " + say[N_("a proposal that does not bind yet")]
    code = "proposal" if plan.status == "F" else ""
    return Answer(
        _key(plan, "lies"),
        kind,
        State.YES,
        said,
        round(plan.share * 100, 3),
        "%",
        code,
        group,
        **_about(say, plan),
    )


def limit_answers(say: Words, plan: PlanHere, limits: Iterable[Any], group: str) -> list[Answer]:
    """What a plan says on each matter: value, "does not regulate", or "not recorded: read the plan".

    Parameters
    ----------
    say : the texts in the language of the answers.
    limits : rows of (matter, use code, state, value, per, clause); a matter without a row is not recorded.
    """
    rows = list(limits)
    about = {"group": group, **_about(say, plan)}
    found = []
    for matter in MATTERS:
        mine = [row for row in rows if row[0] == matter]
        if matter == "building_field" and plan.level == Level.BUILDING_FIELD.value:
            found.append(_field(say, plan, about))
            continue
        if not any(row[1] is None for row in mine):
            mine.insert(0, (matter, None, "not_recorded", None, "", ""))
        found += [_limit(say, plan, about, row) for row in mine]
    return found


def _field(say: Words, plan: PlanHere, about: dict[str, Any]) -> Answer:
    title, key = say[_MATTERS["building_field"][0]], _key(plan, "building_field")
    if plan.field_state in _FIELDS:
        state, words = _FIELDS[plan.field_state]
        return Answer(key, title, state, say[words], plan.field_state, **about)
    words = say[N_("Whether it binds is not recorded: read the plan.")]
    return Answer(key, title, State.NOT_ANSWERED, words, code="not_recorded", **about)


def _limit(say: Words, plan: PlanHere, about: dict[str, Any], row: Any) -> Answer:
    matter, use, state, value, per, clause = row
    name, unit, decimals = _MATTERS[matter]
    title = say[name] + (" " + say[N_("for use %(code)s")] % {"code": use} if use is not None else "")
    key = _key(plan, matter if use is None else f"{matter}.{use}")
    if state == "not_regulated":
        return Answer(key, title, State.NO, say[N_("The plan does not regulate it.")], code=state, **about)
    if state != "value" or value is None:
        words = say[N_("Not recorded: read the plan.")]
        return Answer(key, title, State.NOT_ANSWERED, words, code="not_recorded", **about)
    if matter == "use":
        code = int(value)
        words = say[GENERAL_USES[code]] if code in GENERAL_USES else str(code)
        return Answer(key, title, State.YES, words, code, code="value", **about)
    said = f"{localized(value, decimals)} {unit}".strip()
    if matter == "plot_ratio" and per not in _PER:
        words = say[N_("%(value)s, but not recorded of what: read the plan.")] % {"value": said}
        return Answer(key, title, State.NOT_ANSWERED, words, value, unit, "per_not_recorded", **about)
    if per in _PER:
        said += f" {say[_PER[per]]}"
    if clause:
        said += f" ({clause})"
    return Answer(key, title, State.YES, said, value, unit, per or "value", **about)
