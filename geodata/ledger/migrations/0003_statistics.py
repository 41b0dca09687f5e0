"""Let an import refresh the planner's statistics: only the owner of a table may, and imports run as ``worker``."""

from django.db import migrations

ANALYZE = """
CREATE FUNCTION ledger_analyze(changed regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('ANALYZE %s', changed);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_revisions")]

    operations = [migrations.RunSQL(ANALYZE, "DROP FUNCTION ledger_analyze(regclass);")]
