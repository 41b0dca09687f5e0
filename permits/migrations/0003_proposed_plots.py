"""New plots of a subdivision; like all of an application, each municipality sees its own."""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.db import migrations, models

from geodata.accounts.tenancy import policies_sql

FORWARD, REVERSE = policies_sql(("permits_proposedplot",))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("permits", "0002_tenants"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProposedPlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("registered_m2", models.FloatField(null=True)),
                ("road_m2", models.FloatField(default=0.0)),
                ("kind", models.CharField(blank=True, max_length=30)),
                ("geometry", django.contrib.gis.db.models.fields.GeometryField(null=True, srid=25832)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plots",
                        to="permits.application",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
