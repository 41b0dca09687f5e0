"""References to changes are checked for a whole statement at once; a key would look one change up per row."""

import django.db.models.deletion
from django.db import migrations, models

from geodata.ledger.history import guarded, key_guards


class Migration(migrations.Migration):
    dependencies = [
        ("geodata", "0004_change_keys"),
        ("accounts", "0002_rate_limits"),
        ("ledger", "0006_originals_follow"),
        ("planning", "0003_history"),
    ]

    operations = [
        migrations.AlterField(
            model_name="plan",
            name="created_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="municipality",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.municipality",
            ),
        ),
        migrations.AlterField(
            model_name="planversion",
            name="change_from",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.AlterField(
            model_name="planversion",
            name="change_to",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.AlterField(
            model_name="zone",
            name="created_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.AlterField(
            model_name="zone",
            name="municipality",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.municipality",
            ),
        ),
        migrations.AlterField(
            model_name="zoneversion",
            name="change_from",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.AlterField(
            model_name="zoneversion",
            name="change_to",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["municipality"], name="planning_pl_municip_ac6968_idx"),
        ),
        migrations.AddIndex(
            model_name="zone",
            index=models.Index(fields=["municipality"], name="planning_zo_municip_b9ee70_idx"),
        ),
        guarded("planning", [("Plan", "PlanVersion"), ("Zone", "ZoneVersion")], key_guards),
    ]
