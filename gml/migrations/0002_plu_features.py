"""Features of the published plans, for the collections of ``/ogc/``."""

import django.contrib.gis.db.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gml", "0001_published")]

    operations = [
        migrations.CreateModel(
            name="PluFeature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("local_id", models.CharField(db_collation="C", max_length=80)),
                ("plan", models.UUIDField(db_index=True)),
                ("properties", models.JSONField()),
                ("geometry", django.contrib.gis.db.models.fields.GeometryField(null=True, srid=25832)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "local_id"), name="plu_feature_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PluState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("epoch", models.PositiveIntegerField()),
                ("revision", models.BigIntegerField()),
                ("extents", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="plu_state_once")],
            },
        ),
    ]
