"""Plan areas as they meet sites, with their limits and uses, out of the database.

Each plan is read once, however many sites it lies on: its areas all share one and the same shape.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.conf import settings

from geodata import shapes
from geodata.frames import read_columns
from geodata.lookup import Columns, Pairs, stacked, taken
from permits.engine.area_totals import area_totals
from permits.engine.nearby import STANDS, Boxes, at, meeting, near

#: Accuracy of a plan's lines by how they were made (FKG ``oprindkode``), metres; our reckoning. A plan map is drawn
#: to the millimetre at 1:1000, and nobody says of most plans how.
SIGMA_PLAN: Final = (
    "CASE v.oprindkode WHEN 3 THEN 0.1 WHEN 2 THEN 0.5 WHEN 1 THEN 0.5 WHEN 4 THEN 0.5 ELSE 1.0 END::float8"
)
#: Editions of the building regulations by the day a plan was adopted; older ones counted in ways not known here.
_EDITION: Final = (
    "CASE WHEN v.adopted_on >= '2018-01-01' THEN 'BR18' WHEN v.adopted_on >= '2016-01-01' THEN 'BR15' "
    "WHEN v.adopted_on >= '2010-06-30' THEN 'BR10' WHEN v.adopted_on IS NOT NULL THEN 'BR08-' ELSE '' END"
)
#: First day in force.
_SINCE: Final = "coalesce(v.in_force_on, v.published_on, v.adopted_on)"
_PLAN: Final = (
    "uuid_send(v.versions_id) AS versions_id, v.register_id, v.level, "
    "concat_ws(' ', v.number, v.part_number) AS number, v.title, v.document_url AS document, "
    "v.parent_register_id, v.status, coalesce(v.hearing_from, v.proposed_on) AS published, "
    f"{_SINCE} AS in_force, v.repealed_on AS repealed, "
    "coalesce(v.is_complex, false) AS complex, v.field_state, v.use_general AS use, v.use_specific, "
    "coalesce(f.register_fields->>'calc_ruleset', "
    f"CASE WHEN v.municipality_id = ANY(%s) THEN {_EDITION} ELSE '' END) AS calc_ruleset, {SIGMA_PLAN} AS sigma_m"
)
#: The rest of the plan ``v``.
_REST: Final = "JOIN planning_planversion f ON f.versions_id = v.versions_id"
#: States that a rule may have to do with: proposal, adopted, repealed.
_TOLD: Final = "v.status IN ('F', 'V', 'A')"
_FIELDS: Final = "v.level IN ('building_field', 'building_line')"
#: Many names in one text, which goes over several times faster than a list of them.
_SEPARATOR: Final = "\x1f"
_NAMES: Final = "ANY(string_to_array(%s, chr(31)))"
#: What an area of the World has of its plan.
_KEPT: Final = (
    "level", "number", "title", "document", "repealed", "complex", "field_state", "use", "calc_ruleset",
    "sigma_m", "geometry",
)  # fmt: skip


def plan_areas(
    where: shapes.Shapes, owner: shapes.Ints, boxes: Boxes, known: int | None
) -> tuple[Columns, Columns, Columns]:
    """Plan areas that meet sites, what they limit and what they allow.

    Parameters
    ----------
    where : land, footprints and ground of the sites.
    owner : site of each.
    boxes : of the shapes.
    known : revision of knowledge; None = the last one.

    Returns
    -------
    Columns of the World's ``areas``, ``limits`` and ``uses``, ordered by site.

    Notes
    -----
    A plan whose binding field lies on other land lets nobody build on this one. So fields and lines of the plans on
    a site that lie beside it are areas of it as well, one of each sort: where they lie makes no difference. The local
    plan of a field (byggefelt) in a sub-area (delområde) is that of the sub-area.
    """
    edition = sorted(settings.PLAN_TIME_RULES)
    plans = near(
        "plan",
        _PLAN,
        boxes,
        known,
        joins=f"{_REST} WHERE v.level <> 'municipal_plan' AND {_TOLD}",
        params=[edition],
    )
    site, plan = meeting(plans["geometry"], where, owner)
    plans, plan = _only(plans, plan)
    above = plans["parent_register_id"].copy()
    if len(plan):
        plans, above, site, plan = _with_fields_elsewhere(plans, site, plan, edition, known)
    area = np.arange(len(plan))
    limits = _limits(plans, plan)
    land, floor = _totals(plans, plan, limits, known)
    proposal = plans["status"] == "F"
    columns = {
        **{name: plans[name] for name in _KEPT},
        "proposal": proposal,
        "in_force": np.where(proposal, np.datetime64("NaT", "s"), plans["in_force"]),
        "published": np.where(proposal, plans["published"], np.datetime64("NaT", "s")),
        "plan": plans["object_id"],
        "land_m2": land,
        "floor_m2": floor,
    }
    areas = {
        "area": area,
        "site": site,
        "parent": Pairs(site, plans["register_id"][plan]).find(site, above[plan]),
        **taken(columns, plan),
    }
    return areas, limits, _uses(plans, plan)


def _only(plans: Columns, plan: shapes.Ints) -> tuple[Columns, shapes.Ints]:
    """The plans that are pointed to, and the pointers to them."""
    used, place = np.unique(plan, return_inverse=True)
    return taken(plans, used), np.asarray(place, dtype=np.int64)


def _with_fields_elsewhere(
    plans: Columns, site: shapes.Ints, plan: shapes.Ints, edition: list[str], known: int | None
) -> tuple[Columns, npt.NDArray[np.object_], shapes.Ints, shapes.Ints]:
    """Add the fields and lines of the plans on each site that lie beside it; and say what each plan belongs to.

    Returns plans, the local plan that each belongs to, and the pairs of sites and plans.
    """
    local = plans["level"] == "local_plan"
    field = np.isin(plans["level"], ("building_field", "building_line"))
    names = plans["register_id"][local]
    seen = dict(
        zip(
            plans["register_id"][plans["level"] == "sub_area"],
            plans["parent_register_id"][plans["level"] == "sub_area"],
            strict=True,
        )
    )
    # What a field belongs to and what was not met: mostly a local plan.
    unseen = set(plans["parent_register_id"][field].tolist()) - set(plans["register_id"].tolist()) - {None}
    if not len(names) and not unseen:
        above = _above(plans, seen)
        return plans, above, site, plan
    parts, fields = _family(names, sorted(unseen), known)
    of_part = dict(zip(parts["register_id"], parts["parent_register_id"], strict=True)) | seen
    found = _beside(plans, site, plan, fields, of_part)
    if found is None:
        return plans, _above(plans, of_part), site, plan
    its_site, key = found
    index = {key: row for row, key in enumerate(plans["object_id"].tolist())}
    missing = sorted(set(key.tolist()) - index.keys())
    if missing:
        more = read_columns(
            f"SELECT v.object_id, {_PLAN}, ST_AsBinary(v.geometry) AS geometry FROM {at('plan', known)} v {_REST} "
            "WHERE v.object_id = ANY(%s) ORDER BY v.object_id",
            [edition, np.array(missing, dtype=np.int64)],
        )
        index |= {key: len(index) + row for row, key in enumerate(more["object_id"].tolist())}
        plans = stacked(plans, more)
    row = np.array([index[k] for k in key.tolist()], dtype=np.int64)
    return plans, _above(plans, of_part), np.concatenate([site, its_site]), np.concatenate([plan, row])


def _above(plans: Columns, of_part: dict[Any, Any]) -> npt.NDArray[np.object_]:
    """Name of what each plan belongs to; fields and lines in a sub-area belong to its local plan."""
    above = plans["parent_register_id"].copy()
    for row in np.flatnonzero(np.isin(plans["level"], ("building_field", "building_line"))).tolist():
        above[row] = of_part.get(above[row], above[row])
    return above


def _family(names: npt.NDArray[np.object_], unseen: list[str], known: int | None) -> tuple[Columns, Columns]:
    """Sub-areas of local plans (and those of the names given), and the fields and lines of all of them."""
    plan = at("plan", known)
    part = f"SELECT v.register_id, v.parent_register_id FROM {plan} v WHERE v.level = 'sub_area' AND "
    # By arrays of names, whose number the planner sees; what joins tell it is a guess of thousands.
    parts = read_columns(f"{part} v.parent_register_id = {_NAMES}", [_SEPARATOR.join(names)])
    if unseen:
        parts = stacked(parts, read_columns(f"{part} v.register_id = {_NAMES}", [_SEPARATOR.join(unseen)]))
    parents = sorted({*names.tolist(), *parts["register_id"].tolist()})
    fields = read_columns(
        # Name by name, which OFFSET holds the planner to: it takes their fields for a large part of the table.
        "SELECT f.* FROM unnest(string_to_array(%s, chr(31))) AS n(name) CROSS JOIN LATERAL ("
        f"SELECT v.object_id, v.parent_register_id, v.level, v.status, v.field_state, {_SINCE} AS since "
        f"FROM {plan} v WHERE v.parent_register_id = n.name AND {_FIELDS} AND {_TOLD} OFFSET 0) f",
        [_SEPARATOR.join(parents)],
    )
    return parts, fields


def _beside(
    plans: Columns, site: shapes.Ints, plan: shapes.Ints, fields: Columns, of_part: dict[Any, Any]
) -> tuple[shapes.Ints, shapes.Ints] | None:
    """Site and object of one field or line of each sort that belongs to a plan on the site and does not meet it.

    Of a sort are those of one plan, level, status and field state; the one longest in force stands for it.
    """
    if not len(fields["object_id"]):
        return None
    belongs = np.array([of_part.get(name, name) for name in fields["parent_register_id"]], dtype=object)
    named = {name: code for code, name in enumerate(dict.fromkeys(belongs.tolist()))}
    sorts = [
        pd.factorize(fields[name], sort=True, use_na_sentinel=False)[0]
        for name in ("level", "status", "field_state")
    ]
    of = np.array([named[name] for name in belongs], dtype=np.int64)
    # What has no date has always been in force; as a number it comes first.
    order = np.lexsort((fields["object_id"], fields["since"].astype(np.int64), *sorts[::-1], of))
    sort = np.stack([of, *sorts])[:, order]
    fresh = np.append(True, (sort[:, 1:] != sort[:, :-1]).any(axis=0))
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(order)) - 1
    # Each site with each sort of each of its local plans.
    local = plans["level"][plan] == "local_plan"
    wanted = np.array([named.get(name, -1) for name in plans["register_id"][plan[local]]], dtype=np.int64)
    i, group = shapes.pairs(wanted, sort[0][first])
    its_site, candidate = site[local][i], first[group]
    met = Pairs(site, plans["object_id"][plan])
    key = fields["object_id"][order]
    kept_site, kept_key, kept_group = [], [], []
    # Step by step over those that meet the site itself, all sites at once.
    while len(its_site):
        here = met.find(its_site, key[candidate]) >= 0
        kept_site.append(its_site[~here])
        kept_key.append(key[candidate[~here]])
        kept_group.append(group[~here])
        more = here & (candidate < last[group])
        its_site, candidate, group = its_site[more], candidate[more] + 1, group[more]
    if not sum(map(len, kept_site)):
        return None
    of_site, chosen, of_group = (np.concatenate(x) for x in (kept_site, kept_key, kept_group))
    order = np.lexsort((of_group, of_site))
    return of_site[order], chosen[order]


def _limits(plans: Columns, plan: shapes.Ints) -> Columns:
    said = read_columns(
        "SELECT u.row - 1 AS row, l.matter, l.state, l.value, l.per, l.clause "
        "FROM unnest(%s::uuid[]) WITH ORDINALITY AS u(version, row) "
        "JOIN planning_limit l ON l.version_id = u.version WHERE l.use_code IS NULL ORDER BY l.id",
        [np.frombuffer(b"".join(plans["versions_id"].tolist()), dtype="V16")],
    )
    area, limit = shapes.pairs(plan, said.pop("row"))
    return {"area": area, **taken(said, limit)}


def _uses(plans: Columns, plan: shapes.Ints) -> Columns:
    codes = [found or [] for found in plans["use_specific"].tolist()]
    of = np.repeat(np.arange(len(codes)), [len(found) for found in codes])
    area, use = shapes.pairs(plan, of)
    code = np.array([code for found in codes for code in found], dtype=np.int64)
    return {"area": area, "code": code[use]}


def _totals(
    plans: Columns, plan: shapes.Ints, limits: Columns, known: int | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Land and floor of each plan with a percentage of the area."""
    land, floor = np.full((2, len(plans["object_id"])), np.nan)
    asked = limits["area"][(limits["per"] == "area") & (limits["state"] == "value")]
    rows = np.unique(plan[asked])
    if len(rows):
        records = f"(SELECT * FROM {at('building_record', known)} AS r WHERE {STANDS})"
        versions = np.array([UUID(bytes=version) for version in plans["versions_id"][rows]], dtype=object)
        views = [at("parcel", known), at("building", known), records]
        land[rows], floor[rows] = area_totals(
            plans["geometry"][rows], versions, plans["calc_ruleset"][rows], *views
        )
    return land, floor
