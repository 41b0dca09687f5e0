"""Lighter indexes of objects: ids are asked for whole, municipalities lie together."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("ledger", "0009_statement_key"),
        ("planning", "0006_one_look_a_statement"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="plan",
            name="planning_pl_registe_2353c8_idx",
        ),
        migrations.RemoveIndex(
            model_name="plan",
            name="planning_pl_municip_ac6968_idx",
        ),
        migrations.RemoveIndex(
            model_name="zone",
            name="planning_zo_registe_5297c1_idx",
        ),
        migrations.RemoveIndex(
            model_name="zone",
            name="planning_zo_municip_b9ee70_idx",
        ),
        migrations.AddIndex(
            model_name="plan",
            index=django.contrib.postgres.indexes.HashIndex(fields=["register_id"], name="plan_register"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["municipality"], name="plan_municip"),
        ),
        migrations.AddIndex(
            model_name="zone",
            index=django.contrib.postgres.indexes.HashIndex(fields=["register_id"], name="zone_register"),
        ),
        migrations.AddIndex(
            model_name="zone",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["municipality"], name="zone_municip"),
        ),
    ]
