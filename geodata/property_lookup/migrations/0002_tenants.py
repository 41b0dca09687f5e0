"""Each municipality sees its own; and rows are written once, also by the owner."""

from django.db import migrations

from geodata.accounts.tenancy import policies_sql

TABLES = ("lookup_contest", "lookup_contestanswer", "lookup_look")
POLICY, NO_POLICY = policies_sql(TABLES)
KEPT = """
CREATE FUNCTION lookup_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
GUARD = """
CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION lookup_kept();
DO $$
DECLARE who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', who);
        END IF;
    END LOOP;
END $$;
"""
GUARDS = KEPT + "".join(GUARD.format(table=table) for table in TABLES)
NO_GUARDS = (
    "".join(f"DROP TRIGGER {table}_kept ON {table};" for table in TABLES) + "DROP FUNCTION lookup_kept();"
)


class Migration(migrations.Migration):
    dependencies = [("lookup", "0001_initial")]

    operations = [
        migrations.RunSQL(POLICY, NO_POLICY),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
