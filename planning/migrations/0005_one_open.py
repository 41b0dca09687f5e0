"""One open version an object: altering the key had taken the partial unique index along with the key's own."""

from django.db import migrations

from geodata.ledger.history import one_open


class Migration(migrations.Migration):
    dependencies = [("planning", "0004_change_keys")]

    operations = [one_open("planning", ["PlanVersion", "ZoneVersion"])]
