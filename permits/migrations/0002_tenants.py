"""Applications and what belongs to them are personal data: each municipality sees its own."""

from django.db import migrations

from geodata.accounts.tenancy import policies_sql

TABLES = (
    "permits_application",
    "permits_applicationparcel",
    "permits_drawing",
    "permits_proposedbuilding",
)
FORWARD, REVERSE = policies_sql(TABLES)


class Migration(migrations.Migration):
    dependencies = [("permits", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
