"""Views of what holds now and of everything that was known, theme by theme."""

from django.db import migrations

from geodata.ledger.views import history_views

VIEWS = [
    history_views(
        "parcel",
        "geodata_parcel",
        "geodata_parcelversion",
        (
            "cadastral_district",
            "district_name",
            "parcel_number",
            "property_number",
            "registered_m2",
            "road_m2",
            "common_land",
            "is_road",
        ),
    ),
    history_views(
        "boundary_line",
        "geodata_boundaryline",
        "geodata_boundarylineversion",
        ("line_class", "sigma_m"),
    ),
    history_views(
        "building",
        "geodata_building",
        "geodata_buildingversion",
        ("bbr_id", "building_type", "basis", "roof_low_m", "roof_high_m"),
    ),
    history_views(
        "building_record",
        "geodata_buildingrecord",
        "geodata_buildingrecordversion",
        (
            "use_code",
            "year",
            "floor_m2",
            "dwelling_m2",
            "business_m2",
            "built_m2",
            "garage_m2",
            "carport_m2",
            "storeys",
            "listed_code",
            "parcel_register_id",
        ),
    ),
    history_views(
        "municipality_outline",
        "geodata_municipalityoutline",
        "geodata_municipalityoutlineversion",
        ("name", "tolerance_m"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("geodata", "0001_initial"), ("ledger", "0002_revisions")]

    operations = [migrations.RunSQL(forward, reverse) for forward, reverse in VIEWS]
