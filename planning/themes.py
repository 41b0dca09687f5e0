"""The themes of this room: plans (with the rows of limits made from each new version) and zones."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from geodata.ledger.themes import Theme, themes
from planning.delivered import PROPOSALS, part
from planning.models.plans import Level, Plan, PlanVersion
from planning.models.zones import Zone, ZoneVersion

#: ``limits`` is a list of {matter, use_code, state, value, per, clause}, as planning.limits reads it.
_SPREAD = """
INSERT INTO planning_limit (version_id, matter, use_code, state, value, per, clause)
SELECT v.versions_id, l.matter, l.use_code, l.state, l.value, coalesce(l.per, ''), coalesce(l.clause, '')
FROM planning_planversion v,
     jsonb_to_recordset(v.limits)
         AS l(matter text, use_code int, state text, value float8, per text, clause text)
WHERE v.change_from_id = %s AND v.limits IS NOT NULL
"""


def spread_limits(cursor: Any, change: int) -> None:
    """One row in ``planning_limit`` for each entry of ``limits`` of the versions that a change opened."""
    cursor.execute(_SPREAD, [change])


def register() -> None:
    """Declare them; called once, when the app is ready."""
    themes.register(
        "plan",
        Theme(
            "plan",
            "plan",
            Plan,
            PlanVersion,
            rank={"plandata/wfs": 1, "plandata/extract": 2},
            after_open=(spread_limits,),
            parts_of=("level", "status"),
            part=part,
            title=_("Plans"),
            part_titles={
                Level.MUNICIPAL_PLAN.value: _("Municipal plans"),
                Level.FRAMEWORK.value: _("Municipal plan frameworks"),
                Level.LOCAL_PLAN.value: _("Local plans"),
                Level.SUB_AREA.value: _("Sub-areas"),
                Level.BUILDING_FIELD.value: _("Building fields"),
                Level.BUILDING_LINE.value: _("Building lines"),
                PROPOSALS: _("Proposals for plans"),
            },
        ),
    )
    themes.register("zone", Theme("zone", "zone", Zone, ZoneVersion, title=_("Zones")))
