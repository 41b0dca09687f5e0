"""Views of plans and zones: what holds now, and everything that was known."""

from django.db import migrations

from geodata.ledger.views import history_views

FORWARD, REVERSE = history_views(
    "plan",
    "planning_plan",
    "planning_planversion",
    (
        "level",
        "parent_register_id",
        "plan_type",
        "number",
        "title",
        "part_number",
        "status",
        "status_src",
        "proposed_on",
        "hearing_from",
        "hearing_to",
        "adopted_on",
        "published_on",
        "in_force_on",
        "repealed_on",
        "register_updated_at",
        "document_url",
        "use_general",
        "use_specific",
        "zone_code",
        "is_complex",
        "field_state",
        "limits",
    ),
)

ZONE_FORWARD, ZONE_REVERSE = history_views("zone", "planning_zone", "planning_zoneversion", ("zone_code",))


class Migration(migrations.Migration):
    dependencies = [("planning", "0001_initial"), ("ledger", "0002_revisions")]

    operations = [migrations.RunSQL(FORWARD, REVERSE), migrations.RunSQL(ZONE_FORWARD, ZONE_REVERSE)]
