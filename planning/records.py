"""Plans as plain records, streamed out of the database for whoever hands them on.

One query, one server-side cursor: the size of the answer does not matter to memory. The order is that of
``objekt_id`` and therefore the same whatever order the rows were stored in; a plan is directly followed by its
parts (delområder, byggefelter, byggelinjer, rammer), so that a whole plan can be dealt with at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

import shapely
from django.db import connections

from planning.models.plans import Level

#: States that the public sees by default: proposal and adopted. Drafts (K…) are never handed on.
PUBLIC_STATUSES: Final = ("F", "V")
#: States that a part of a plan may be in to be told of at all; a repealed part leaves a hole in its plan.
_PART_STATUSES: Final = ("A", "F", "V")
#: Levels that are plans of their own; the others belong to one.
PLAN_LEVELS: Final = (Level.MUNICIPAL_PLAN.value, Level.LOCAL_PLAN.value)
#: FKG ``off_kode`` of what everybody may see.
_EVERYBODY: Final = 1
_BATCH: Final = 2_000


class LimitRecord(NamedTuple):
    """A provision (bestemmelse): ``value`` in m, storeys, per cent or code of use; None unless state is ``value``."""

    matter: str
    state: str
    value: float | None = None
    per: str = ""
    use_code: int | None = None  # None = every use
    clause: str = ""


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """One plan or part of a plan as one revision knows it; None = the register has nothing recorded.

    Attributes
    ----------
    objekt_id, register, register_id : identity; the first is the same in every database.
    root : ``objekt_id`` of the plan it belongs to; its own for a plan, None when that plan is not known here.
    level, status : values of ``Level`` and ``PlanStatus``.
    register_updated_at : the register's own time of this version (datoopdt), with zone.
    revision : revision that brought this version, None for a record that was never stored.
    register_fields : every other field of the register under its own name.
    geometry : (Multi)Polygon in EPSG:25832, grid metres.
    """

    objekt_id: UUID
    register: str
    register_id: str
    level: str
    status: str
    geometry: Any
    root: UUID | None = None
    municipality: str | None = None
    parent_register_id: str | None = None
    plan_type: str | None = None
    number: str | None = None
    title: str | None = None
    part_number: str | None = None
    proposed_on: date | None = None
    hearing_from: date | None = None
    hearing_to: date | None = None
    adopted_on: date | None = None
    published_on: date | None = None
    in_force_on: date | None = None
    repealed_on: date | None = None
    register_updated_at: datetime | None = None
    document_url: str | None = None
    use_general: int | None = None
    use_specific: tuple[int, ...] = ()
    zone_code: int | None = None
    is_complex: bool | None = None
    field_state: str | None = None
    limits: tuple[LimitRecord, ...] = ()
    register_fields: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """A plan with its parts, ordered by ``objekt_id``; ``plan`` is None for parts whose plan is not known here."""

    plan: PlanRecord | None
    parts: tuple[PlanRecord, ...] = ()


_COLUMNS: Final = (
    "register", "register_id", "level", "status", "municipality", "parent_register_id", "plan_type", "number",
    "title", "part_number", "proposed_on", "hearing_from", "hearing_to", "adopted_on", "published_on",
    "in_force_on", "repealed_on", "register_updated_at", "document_url", "use_general", "zone_code",
    "is_complex", "field_state",
)  # fmt: skip

#: The limits come from the rows that the rules read, so that the very same number leaves the house.
_SELECT: Final = """
SELECT o.objekt_id, root.objekt_id, {columns}, v.use_specific,
       (SELECT json_agg(json_build_array(l.matter, l.state, l.value, l.per, l.use_code, l.clause)
                        ORDER BY l.matter, l.use_code NULLS FIRST)
          FROM planning_limit l WHERE l.version_id = v.versions_id),
       v.register_fields, born.revision, ST_AsBinary(v.geometry)
  FROM planning_planversion v
  JOIN planning_plan o ON o.id = v.object_id
  JOIN ledger_change born ON born.id = v.change_from_id
  LEFT JOIN ledger_change gone ON gone.id = v.change_to_id
  LEFT JOIN LATERAL (
       SELECT p.objekt_id, p.register_id, p.municipality_id, pv.status, pv.off_kode
         FROM planning_plan p
         JOIN planning_planversion pv ON pv.object_id = p.id AND pv.level = ANY(%(plan_levels)s::text[])
         JOIN ledger_change pborn ON pborn.id = pv.change_from_id
         LEFT JOIN ledger_change pgone ON pgone.id = pv.change_to_id
        WHERE {parent_alive}
          AND p.register = o.register
          AND p.register_id = CASE WHEN v.level = ANY(%(plan_levels)s::text[]) THEN o.register_id
                                   ELSE v.parent_register_id END
        ORDER BY p.id = o.id DESC, p.id LIMIT 1) root ON true
 WHERE {alive} AND v.off_kode = %(everybody)s
   AND v.status = ANY(CASE WHEN v.level = ANY(%(plan_levels)s::text[])
                           THEN %(statuses)s::text[] ELSE %(part_statuses)s::text[] END)
   AND (root.objekt_id IS NULL OR (root.status = ANY(%(statuses)s::text[]) AND root.off_kode = %(everybody)s))
   {chosen}
 ORDER BY root.objekt_id NULLS LAST, v.level = ANY(%(plan_levels)s::text[]) DESC, o.objekt_id
"""

#: Which plans, and by the indexes, since hardly any object belongs to them: a plan has the number of one that is
#: asked for, a part names it.
_CHOSEN: Final = """
   AND (root.register_id = ANY(%(plans)s::text[]) OR root.objekt_id::text = ANY(%(plans)s::text[]))
   AND v.object_id IN (
       WITH wanted AS (SELECT register_id FROM planning_plan
                       WHERE register_id = ANY(%(plans)s::text[]) OR objekt_id = ANY(%(objects)s::uuid[]))
       SELECT id FROM planning_plan WHERE register_id IN (SELECT register_id FROM wanted)
       UNION
       SELECT object_id FROM planning_planversion
        WHERE parent_register_id IN (SELECT register_id FROM wanted))
"""

_OWN: Final = {"register": "o.register", "register_id": "o.register_id", "municipality": "o.municipality_id"}


def _alive(born: str, gone: str, version: str, known: int | None) -> str:
    """SQL condition that a version is held: by the last revision, or by revision ``known``."""
    if known is None:
        return f"{version}.change_to_id IS NULL AND {born}.revision IS NOT NULL"
    return f"{born}.revision <= %(known)s AND ({gone}.revision IS NULL OR {gone}.revision > %(known)s)"


def plan_records(
    *,
    municipality: str | None = None,
    plan_ids: Iterable[str] | None = None,
    statuses: Sequence[str] = PUBLIC_STATUSES,
    known: int | None = None,
    using: str = "default",
) -> Iterator[PlanRecord]:
    """Stream public plans and their parts, ordered by ``objekt_id`` of the plan; the plan comes before its parts.

    Danish: kommuneplan, kommuneplanramme, lokalplan, delområde, byggefelt, byggelinje.

    Parameters
    ----------
    municipality : four-digit code; the municipality of the plan decides, that of a part only when its plan is
        not known here. None = all.
    plan_ids : ``objekt_id`` or register's id (planid) of plans; their parts come along. None = all.
    statuses : states of the plans wanted, of ``F``, ``V`` and ``A``.
    known : revision whose knowledge is asked for; None = what is known now.

    Yields
    ------
    PlanRecord with geometry in EPSG:25832. Parts whose plan is not known here have ``root`` None and come last.

    Raises
    ------
    ValueError : a draft state is asked for.

    Notes
    -----
    Not public: drafts, and what FKG ``off_kode`` keeps to authorities. A part keeps its own state, so that
    repealed parts of a valid plan are told of.
    """
    if unknown := set(statuses) - set(_PART_STATUSES):
        raise ValueError(f"plans in state {', '.join(sorted(unknown))} are not handed on")
    chosen = []
    if municipality is not None:
        chosen.append("AND coalesce(root.municipality_id, o.municipality_id) = %(municipality)s")
    if plan_ids is not None:
        chosen.append(_CHOSEN)
    query = _SELECT.format(
        columns=", ".join(_OWN.get(name, f"v.{name}") for name in _COLUMNS),
        alive=_alive("born", "gone", "v", known),
        parent_alive=_alive("pborn", "pgone", "pv", known),
        chosen=" ".join(chosen),
    )
    plans = [p.strip().lower() if len(p.strip()) == 36 else p.strip() for p in plan_ids or ()]
    values = {
        "municipality": municipality,
        "plans": plans,
        "objects": [identity for identity in map(_uuid, plans) if identity],
        "statuses": list(statuses),
        "part_statuses": list(_PART_STATUSES),
        "plan_levels": list(PLAN_LEVELS),
        "everybody": _EVERYBODY,
        "known": known,
    }
    # A named cursor: the server keeps the answer and hands it over in batches.
    with connections[using].chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(_BATCH):
            shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
            for row, shape in zip(rows, shapes, strict=True):
                yield _record(row, shape)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _record(row: Sequence[Any], shape: Any) -> PlanRecord:
    own = dict(zip(_COLUMNS, row[2 : 2 + len(_COLUMNS)], strict=True))
    specific, limits, fields, revision = row[2 + len(_COLUMNS) : -1]
    return PlanRecord(
        objekt_id=row[0],
        root=row[1],
        use_specific=tuple(specific or ()),
        limits=tuple(LimitRecord(*entry) for entry in _json(limits) or ()),
        register_fields=_json(fields) or {},
        revision=revision,
        geometry=shape,
        **own,
    )


def _json(value: Any) -> Any:
    """Django hands jsonb over as text on a raw cursor."""
    if isinstance(value, str):
        return json.loads(value)
    return value


def grouped(records: Iterable[PlanRecord]) -> Iterator[PlanGroup]:
    """Gather a stream of :func:`plan_records` into plans with their parts; parts without a plan come one by one."""
    for root, members in groupby(records, key=lambda record: record.root):
        if root is None:
            yield from (PlanGroup(None, (record,)) for record in members)
            continue
        rows = list(members)
        own = [row for row in rows if row.objekt_id == root]
        yield PlanGroup(own[0] if own else None, tuple(row for row in rows if row.objekt_id != root))


def plan_groups(
    *,
    municipality: str | None = None,
    plan_ids: Iterable[str] | None = None,
    statuses: Sequence[str] = PUBLIC_STATUSES,
    known: int | None = None,
    using: str = "default",
) -> Iterator[PlanGroup]:
    """:func:`plan_records`, a plan with its parts at a time."""
    return grouped(
        plan_records(
            municipality=municipality, plan_ids=plan_ids, statuses=statuses, known=known, using=using
        )
    )
