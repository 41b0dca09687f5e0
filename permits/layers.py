"""The map layers of this room: applications and what they want to build.

Personal data: row-level security answers for the municipality that the request may see, and no other. Nothing
of it is stored in the tile cache.
"""

from __future__ import annotations

from geodata.registry import Layer, layers
from permits.outcomes import worst_sql

#: One point per application: on its buildings, else on the ground it touches, else on its parcels.
APPLICATIONS = Layer(
    id="applications",
    title_da="Ansøgninger",
    title_en="Applications",
    sql=(
        "SELECT a.id, place.geom, a.public_id::text AS public_id, a.number, a.title, "
        f"{worst_sql('a.id')} AS outcome "
        "FROM permits_application a CROSS JOIN LATERAL (SELECT ST_Centroid(coalesce("
        "(SELECT ST_Collect(b.footprint) FROM permits_proposedbuilding b "
        "WHERE b.application_id = a.id AND b.footprint IS NOT NULL AND NOT b.demolished), "
        "a.area, "
        "(SELECT ST_Collect(v.geometry) FROM permits_applicationparcel p "
        "JOIN geodata_parcelversion v ON v.object_id = p.parcel_id AND v.change_to_id IS NULL "
        "WHERE p.application_id = a.id))) AS geom) AS place "
        "WHERE a.state <> 'draft'"
    ),
    columns=("public_id", "number", "title", "outcome"),
    themes=(),
    min_zoom=8,
    max_zoom=18,
    geometry="point",
    public=False,
)

PROPOSALS = Layer(
    id="proposals",
    title_da="Ansøgt byggeri",
    title_en="Proposed buildings",
    sql=(
        "SELECT b.id, b.footprint AS geom, a.public_id::text AS public_id, b.name, b.kind, b.demolished, "
        f"{worst_sql('a.id')} AS outcome "
        "FROM permits_proposedbuilding b JOIN permits_application a ON a.id = b.application_id "
        "WHERE a.state <> 'draft' AND b.footprint IS NOT NULL"
    ),
    columns=("public_id", "name", "kind", "demolished", "outcome"),
    themes=(),
    min_zoom=14,
    max_zoom=18,
    public=False,
)


def register() -> None:
    """Declare them, bottom first; called once, when the app is ready."""
    for layer in (PROPOSALS, APPLICATIONS):
        layers.register(layer.id, layer)
