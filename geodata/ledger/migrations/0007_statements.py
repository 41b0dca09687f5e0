"""Statements: no key to look up per row, no statistics of columns that no query asks by."""

import django.db.models.deletion
from django.db import migrations, models

#: Of shapes and documents they cost more than all the rest of an import's refresh.
STATISTICS = """
ALTER TABLE ledger_statement ALTER COLUMN geometry SET STATISTICS 0, ALTER COLUMN attributes SET STATISTICS 0;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_originals_follow")]

    operations = [
        migrations.AlterField(
            model_name="statement",
            name="change",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.change",
            ),
        ),
        migrations.RunSQL(STATISTICS, migrations.RunSQL.noop),
    ]
