"""History is written once: guards on changes, objects and versions."""

import django.db.models.deletion
from django.db import migrations, models

from geodata.ledger.history import guarded


class Migration(migrations.Migration):
    dependencies = [
        ("geodata", "0003_history"),
        ("planning", "0002_views"),
    ]

    operations = [
        migrations.AlterField(
            model_name="planversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="planning.plan",
            ),
        ),
        migrations.AlterField(
            model_name="zoneversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="planning.zone",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.UniqueConstraint(fields=("object", "change_from"), name="plan_once_a_change"),
        ),
        migrations.AddConstraint(
            model_name="zoneversion",
            constraint=models.UniqueConstraint(fields=("object", "change_from"), name="zone_once_a_change"),
        ),
        guarded("planning", [("Plan", "PlanVersion"), ("Zone", "ZoneVersion")]),
    ]
