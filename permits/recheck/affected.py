"""Which applications something can have changed for, since what they have been held against.

A check reads what lies in its box: the box of its land, its drawing and the ground it touches, as far around as a
rule reaches (:func:`permits.engine.features.reaches`). So what has come, gone or been changed since is held against
these boxes, as it was before and as it is now; what did not exist before is met as well. Beside the boxes, an
application is affected by the plans that it lies in: a plan's fields elsewhere, and all that stands in a plan whose
percentage is of the area as a whole. What the registers of a municipality have answered counts on its land and beside
it, as far as a rule reaches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from geodata.fkg.catalogue import state_theme
from permits.engine.features import MORE_M, UNSURE_M, reaches, themes_by_kind

#: What reads terrain reads it under its shapes.
_TERRAIN: Final = state_theme("terraen_flise").code
#: Versions that a change opened or closed.
_TOUCHED: Final = "(v.change_from_id = ANY(%(changes)s) OR v.change_to_id = ANY(%(changes)s))"
_APPLICATIONS: Final = "SELECT DISTINCT l.application_id FROM permits_lookedat l JOIN "

#: As far as :mod:`permits.engine.features` reads: the reach of the rules, and how exact the feature itself is.
_THEMES: Final = f"""
SELECT DISTINCT l.application_id
FROM unnest(%(themes)s::text[], %(reaches)s::float8[], %(sigmas)s::float8[]) AS r(theme, reach, sigma)
JOIN geodata_themeversion v ON v.theme_id = r.theme CROSS JOIN LATERAL (
    SELECT r.reach + {MORE_M} + least(coalesce((v.attributes->>'sigma_m')::float8, r.sigma), {UNSURE_M}) AS m
) AS far JOIN permits_lookedat l ON l.box && ST_Expand(v.geometry, far.m) AND ST_DWithin(l.box, v.geometry, far.m)
"""
#: Plans that a change touched, or that came into force or ended since, and the plans they belong to.
_PLANS: Final = """
WITH RECURSIVE touched AS (
    SELECT v.versions_id, v.geometry, v.parent_register_id FROM planning_planversion v WHERE {which}
    UNION
    SELECT v.versions_id, v.geometry, v.parent_register_id FROM touched t
    JOIN planning_plan o ON o.register_id = t.parent_register_id JOIN planning_planversion v ON v.object_id = o.id
        AND (v.change_to_id IS NULL OR v.change_to_id = ANY(%(changes)s))
)
SELECT l.application_id FROM touched t
JOIN permits_lookedat l ON l.box && t.geometry AND ST_Intersects(l.box, t.geometry)
"""
#: What stands, or land that is counted, in a plan whose percentage is of the area as a whole.
_TOTALS: Final = """
SELECT l.application_id FROM planning_planversion p
JOIN planning_limit m ON m.version_id = p.versions_id AND m.matter = 'plot_ratio' AND m.per = 'area'
JOIN permits_lookedat l ON l.box && p.geometry AND ST_Intersects(l.box, p.geometry)
WHERE p.change_to_id IS NULL AND EXISTS (
    SELECT FROM {table} v WHERE v.geometry && p.geometry AND ST_Intersects(v.geometry, p.geometry) AND {touched})
"""
#: Cases within reach of a municipality's outline, of which no land lies in it; own ones are taken out before shapes
#: of thousands of corners are asked.
_ACROSS: Final = """
SELECT l.application_id FROM geodata_municipalityoutlineversion v
JOIN geodata_municipalityoutline o ON o.id = v.object_id
CROSS JOIN LATERAL (SELECT %(far)s + coalesce(v.tolerance_m, 0.0) AS m) AS far
CROSS JOIN LATERAL (
    SELECT a.application_id, a.box FROM permits_lookedat a
    WHERE a.box && ST_Expand(v.geometry, far.m) AND NOT EXISTS (
        SELECT FROM permits_applicationparcel i JOIN geodata_parcel p ON p.id = i.parcel_id
        WHERE i.application_id = a.application_id AND p.municipality_id = o.municipality_id)
    OFFSET 0
) AS l
WHERE {which} AND ST_DWithin(l.box, v.geometry, far.m)
"""
_DATES: Final = (
    "v.change_to_id IS NULL AND ("
    + " OR ".join(
        f"(v.{name} > %(since)s AND v.{name} <= %(until)s)"
        for name in (
            "in_force_on",
            "published_on",
            "adopted_on",
            "proposed_on",
            "hearing_from",
        )
    )
    # The day it ends is the last or the first day without it, by what a plan says: both are looked at.
    + " OR (v.repealed_on >= %(since)s AND v.repealed_on <= %(until)s))"
)
_VALIDITY: Final = (
    "v.change_to_id IS NULL AND ((v.gyldig_fra::date > %(since)s AND v.gyldig_fra::date <= %(until)s) "
    "OR (v.gyldig_til::date >= %(since)s AND v.gyldig_til::date < %(until)s))"
)


@dataclass(frozen=True)
class Between:
    """From one state of knowledge and validity to a later one.

    ``changes`` are the ids of the changes in between; ``since`` and ``until`` the days as of which was read.
    """

    changes: list[int]
    since: date
    until: date


def changes_between(before: int, after: int) -> list[int]:
    """Changes with a revision after the one and up to the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM ledger_change WHERE revision > %s AND revision <= %s ORDER BY id", [before, after]
        )
        return [row[0] for row in cursor.fetchall()]


def by_place(between: Between) -> set[int]:
    """Applications whose box meets what changed, or what began or ended in between.

    Danish: sager, der berøres af en ændret plan, et ændret register eller en ændret matrikel.
    """
    reach = reaches()
    looked = {
        theme.code: (reach[kind], theme.sigma_m) for kind, of in themes_by_kind().items() for theme in of
    }
    looked[_TERRAIN] = (0.0, 0.0)
    values: dict[str, Any] = {
        "changes": between.changes,
        "since": between.since,
        "until": between.until,
        "themes": list(looked),
        "reaches": [far for far, _ in looked.values()],
        "sigmas": [sigma for _, sigma in looked.values()],
    }
    found: set[int] = set()
    if between.changes:
        found |= _asked(_queries(_TOUCHED, dated=False), values)
    if between.until != between.since:
        found |= _asked(_queries("", dated=True), values)
    return found


def _queries(touched: str, *, dated: bool) -> list[str]:
    """One query for each sort of thing that a check reads."""
    themes = f"{_THEMES} WHERE {_VALIDITY if dated else touched}"
    plans = _PLANS.format(which=_DATES if dated else touched)
    if dated:
        return [themes, plans]
    plain = [
        f"{_APPLICATIONS} {table} v ON l.box && v.geometry AND ST_Intersects(l.box, v.geometry) WHERE {touched}"
        for table in (
            "planning_zoneversion",
            "geodata_parcelversion",
            "geodata_buildingversion",
            "geodata_buildingrecordversion",
            "geodata_edge",
        )
    ]
    counted = [
        _TOTALS.format(table=table, touched=touched)
        for table in ("geodata_parcelversion", "geodata_buildingversion", "geodata_buildingrecordversion")
    ]
    return [themes, plans, *plain, *counted]


def by_municipality(municipalities: Iterable[str | None]) -> set[int]:
    """Applications on land of municipalities (None = all) or within reach of it; those that the tenant may see."""
    asked = set(municipalities)
    with connection.cursor() as cursor:
        if None in asked:
            cursor.execute("SELECT application_id FROM permits_lookedat")
        else:
            cursor.execute(
                "SELECT application_id FROM permits_lookedat WHERE application_id IN ("
                "SELECT a.id FROM permits_application a WHERE a.municipality_id = ANY(%(codes)s) UNION "
                "SELECT l.application_id FROM permits_applicationparcel l "
                "JOIN geodata_parcel p ON p.id = l.parcel_id WHERE p.municipality_id = ANY(%(codes)s))",
                {"codes": sorted(asked - {None})},
            )
        found = {row[0] for row in cursor.fetchall()}
    if None not in asked:
        beside = _ACROSS.format(which="v.change_to_id IS NULL AND o.municipality_id = ANY(%(codes)s)")
        found |= _asked([beside], {"codes": sorted(asked - {None}), "far": _farthest()})
    return found


def by_border(between: Between) -> set[int]:
    """Applications near an outline of a municipality that changed, none of whose land lies in it.

    Danish: sager nær en ændret kommunegrænse. What is across a border counts as far as the municipality there has had
    its registers answered.
    """
    return _asked([_ACROSS.format(which=_TOUCHED)], {"changes": between.changes, "far": _farthest()})


def _farthest() -> float:
    return max(reaches().values(), default=0.0)


def by_ruleset(names: Iterable[str]) -> set[int]:
    """Applications that were checked by these rule sets, or for which none could be used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_id FROM permits_lookedat WHERE ruleset = ANY(%s)", [[*sorted(set(names)), ""]]
        )
        return {row[0] for row in cursor.fetchall()}


def _asked(queries: Iterable[str], values: dict[str, Any]) -> set[int]:
    found: set[int] = set()
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query, values)
            found.update(row[0] for row in cursor.fetchall())
    return found
