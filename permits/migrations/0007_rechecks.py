"""Where checks looked, and what they have been held against."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0006_findings_of_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="LookedAt",
            fields=[
                ("application_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("run_id", models.BigIntegerField()),
                ("ruleset", models.CharField(max_length=60)),
                (
                    "box",
                    django.contrib.gis.db.models.fields.PolygonField(
                        null=True, spatial_index=False, srid=25832
                    ),
                ),
                ("affected", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("affected", True)),
                        fields=["application_id"],
                        name="looked_affected",
                    ),
                    models.Index(fields=["ruleset"], name="looked_ruleset"),
                    django.contrib.postgres.indexes.SpGistIndex(
                        models.F("box"), condition=models.Q(("box__isnull", False)), name="looked_space"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecheckState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.BigIntegerField()),
                ("valid_on", models.DateField()),
                ("answered", models.JSONField(default=list)),
                ("rulesets", models.JSONField(default=dict)),
                ("engine_version", models.CharField(max_length=40)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="recheck_state_once")
                ],
            },
        ),
    ]
