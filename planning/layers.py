"""The map layers of this room: plans by level.

Drafts (kladder) are the municipality's own and repealed plans are history: neither is drawn for everybody.
"""

from __future__ import annotations

from geodata.registry import Layer, layers
from planning.models.plans import Level


def _plans(
    key: str, level: Level, title_da: str, title_en: str, *, min_zoom: int, max_zoom: int = 17
) -> Layer:
    return Layer(
        id=key,
        title_da=title_da,
        title_en=title_en,
        sql=(
            "SELECT v.object_id AS id, v.geometry AS geom, coalesce(v.number, v.part_number) AS number, v.title, "
            "v.status, v.use_general FROM planning_planversion v "
            "JOIN ledger_change c ON c.id = v.change_from_id AND c.revision IS NOT NULL "
            f"WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.level = '{level.value}' "
            "AND v.status IN ('V', 'F')"
        ),
        columns=("number", "title", "status", "use_general"),
        themes=("plan",),
        min_zoom=min_zoom,
        max_zoom=max_zoom,
    )


FRAMEWORKS = _plans(
    "frameworks", Level.FRAMEWORK, "Kommuneplanrammer", "Municipal plan frameworks", min_zoom=10, max_zoom=16
)
LOCAL_PLANS = _plans("local_plans", Level.LOCAL_PLAN, "Lokalplaner", "Local plans", min_zoom=10)
SUB_AREAS = _plans("sub_areas", Level.SUB_AREA, "Delområder", "Sub-areas", min_zoom=13)
BUILDING_FIELDS = _plans(
    "building_fields", Level.BUILDING_FIELD, "Byggefelter", "Building fields", min_zoom=14, max_zoom=18
)


def register() -> None:
    """Declare them, bottom first; called once, when the app is ready."""
    for layer in (FRAMEWORKS, LOCAL_PLANS, SUB_AREAS, BUILDING_FIELDS):
        layers.register(layer.id, layer)
