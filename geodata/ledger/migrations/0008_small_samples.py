"""Within an import a small sample is enough for the planner; the server's own vacuum takes a full one later."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_statements")]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION ledger_analyze(regclass) SET default_statistics_target = 20",
            "ALTER FUNCTION ledger_analyze(regclass) RESET default_statistics_target",
        )
    ]
