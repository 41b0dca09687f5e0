"""The map layers of this room: parcels, boundaries by kind, buildings, outlines of municipalities.

Only what a finished revision knows is drawn, and only what the register marks as visible for everybody.
"""

from __future__ import annotations

from geodata.registry import Layer, layers

_KNOWN = (
    "JOIN ledger_change c ON c.id = v.change_from_id AND c.revision IS NOT NULL WHERE v.change_to_id IS NULL"
)
_PUBLIC = f"{_KNOWN} AND v.off_kode = 1"

MUNICIPALITIES = Layer(
    id="municipalities",
    title_da="Kommunegrænser",
    title_en="Municipal boundaries",
    sql=f"SELECT v.object_id AS id, v.geometry AS geom, v.name FROM geodata_municipalityoutlineversion v {_PUBLIC}",
    columns=("name",),
    themes=("municipality_outline",),
    min_zoom=5,
    max_zoom=14,
)

PARCELS = Layer(
    id="parcels",
    title_da="Jordstykker",
    title_en="Parcels",
    sql=(
        "SELECT v.object_id AS id, v.geometry AS geom, v.parcel_number, v.district_name, v.registered_m2, "
        f"v.is_road FROM geodata_parcelversion v {_PUBLIC}"
    ),
    columns=("parcel_number", "district_name", "registered_m2", "is_road"),
    themes=("parcel",),
    min_zoom=13,
    max_zoom=18,
)

#: Boundaries inside one property are none for the rules and are left out.
EDGES = Layer(
    id="edges",
    title_da="Skel",
    title_en="Boundaries",
    sql=(
        "SELECT v.id, v.geometry AS geom, v.kind, v.ambiguous, v.sigma_m, v.width_across_m "
        f"FROM geodata_edge v {_KNOWN} AND NOT v.inner"
    ),
    columns=("kind", "ambiguous", "sigma_m", "width_across_m"),
    themes=("parcel", "boundary_line", "edge"),
    min_zoom=15,
    max_zoom=18,
    geometry="line",
)

BUILDINGS = Layer(
    id="buildings",
    title_da="Bygninger",
    title_en="Buildings",
    sql=(
        "SELECT v.object_id AS id, v.geometry AS geom, v.building_type, "
        f"v.roof_high_m FROM geodata_buildingversion v {_PUBLIC}"
    ),
    columns=("building_type", "roof_high_m"),
    themes=("building",),
    min_zoom=13,
    max_zoom=18,
)

#: What the quality checks have found, as points to click on; the faulty places themselves stand in ``/api/faults``.
FAULTS = Layer(
    id="faults",
    title_da="Fejl i data",
    title_en="Faults in the data",
    sql=(
        "SELECT f.id, ST_PointOnSurface(f.geometry) AS geom, f.kind, f.label, f.measured "
        "FROM checks_fault f WHERE f.public AND f.geometry IS NOT NULL"
    ),
    columns=("kind", "label", "measured"),
    themes=("fault",),
    min_zoom=11,
    max_zoom=18,
    geometry="point",
)


def register() -> None:
    """Declare them, bottom first; called once, when the app is ready."""
    for layer in (MUNICIPALITIES, PARCELS, EDGES, BUILDINGS, FAULTS):
        layers.register(layer.id, layer)
