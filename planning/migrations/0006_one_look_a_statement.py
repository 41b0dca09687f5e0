"""Keys of versions and objects are looked at once a statement; shapes get an index that takes rows faster."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from geodata.ledger.history import guarded, object_guards


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("ledger", "0007_statements"),
        ("planning", "0005_one_open"),
    ]

    operations = [
        # Altered by hand: Django's own way takes the index of open versions along with the key.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="plan",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="planversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="planning.plan",
                    ),
                ),
                migrations.AlterField(
                    model_name="zone",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="zoneversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="planning.zone",
                    ),
                ),
            ]
        ),
        guarded("planning", [("Plan", "PlanVersion"), ("Zone", "ZoneVersion")], object_guards),
        migrations.AlterField(
            model_name="planversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(spatial_index=False, srid=25832),
        ),
        migrations.AlterField(
            model_name="zoneversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(spatial_index=False, srid=25832),
        ),
        migrations.AddIndex(
            model_name="planversion",
            index=django.contrib.postgres.indexes.SpGistIndex(models.F("geometry"), name="plan_space"),
        ),
        migrations.AddIndex(
            model_name="zoneversion",
            index=django.contrib.postgres.indexes.SpGistIndex(models.F("geometry"), name="zone_space"),
        ),
    ]
