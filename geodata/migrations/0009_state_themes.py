"""Themes of the state's registers beside FKG's: rows of the list, the check that knows them, their views."""

from django.db import migrations

from geodata.fkg.catalogue import state_themes
from geodata.fkg.database import CHECK, load, views


class Migration(migrations.Migration):
    dependencies = [("geodata", "0008_object_indexes")]

    operations = [
        migrations.RunSQL(CHECK, migrations.RunSQL.noop),
        migrations.RunPython(load, migrations.RunPython.noop),
        *(migrations.RunSQL(forward, reverse) for forward, reverse in views(state_themes().values())),
    ]
