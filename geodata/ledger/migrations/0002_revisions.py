"""Revisions given at the end of a change, in the order of commits; who may touch the audit trail."""

from django.db import migrations

from geodata.accounts.tenancy import policies_sql

#: The lock is held until commit, so that revision order is commit order; every statement of a VOLATILE function
#: sees what was committed before it, so the maximum is read after the lock was won. A clock that was set back
#: cannot make time run backwards.
FINISH = """
CREATE FUNCTION ledger_finish_change(finished bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last_revision bigint;
    last_time timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(4711, 1);
    SELECT revision, recorded_at INTO last_revision, last_time
        FROM ledger_change WHERE revision IS NOT NULL ORDER BY revision DESC LIMIT 1;
    UPDATE ledger_change SET
        revision = coalesce(last_revision, 0) + 1,
        recorded_at = greatest(clock_timestamp(), coalesce(last_time, '-infinity') + interval '1 microsecond'),
        epoch_id = (SELECT max(number) FROM ledger_epoch)
    WHERE id = finished AND revision IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'change % does not exist or has its revision already', finished;
    END IF;
    RETURN coalesce(last_revision, 0) + 1;
END $$;
INSERT INTO ledger_epoch (number) VALUES (1);
"""

ONLY_APPEND = """
DO $$
DECLARE who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('REVOKE UPDATE, DELETE ON ledger_auditrow FROM %I', who);
        END IF;
    END LOOP;
END $$;
"""

# Rows without a municipality may be written by anybody and are read by the owner alone.
TABLES = ("ledger_auditrow", "ledger_importoriginal")
FORWARD, REVERSE = policies_sql(TABLES, open_for_nobodys_rows=True)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(FINISH, "DROP FUNCTION ledger_finish_change(bigint); DELETE FROM ledger_epoch;"),
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(ONLY_APPEND, migrations.RunSQL.noop),
    ]
