"""The audit trail as a chain per municipality: each row carries the hash of the row before it."""

from django.db import migrations, models

#: What a row says, in one canonical text (jsonb has one spelling), chained to the row before. Columns are named,
#: so that a column added later does not change the hash of the rows that are there.
HASH = """
CREATE FUNCTION ledger_audit_hash(entry ledger_auditrow, previous text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        previous,
        coalesce(entry.municipality_id, ''),
        entry.sequence,
        entry.id,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        entry.verb,
        entry.acting_user_id,
        entry.subject,
        entry.change_id,
        entry.detail
    )::text, 'UTF8')), 'hex')
$$;
"""

#: The head of a chain is locked until commit, so two writers of one municipality stand in line and no number is
#: used twice or left out (a sequence of the database would leave holes at a rollback). The function belongs to
#: the owner: writers may not touch the heads themselves, and the policy on the rows does not come into it.
CHAIN = """
CREATE FUNCTION ledger_chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    head ledger_audithead;
    mine text := coalesce(NEW.municipality_id, '');
BEGIN
    INSERT INTO ledger_audithead (chain, sequence, hash) VALUES (mine, 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM ledger_audithead WHERE chain = mine FOR UPDATE;
    NEW.at := clock_timestamp();  -- whoever writes cannot date a row back
    NEW.sequence := head.sequence + 1;
    NEW.previous := head.hash;
    NEW.hash := ledger_audit_hash(NEW, head.hash);
    UPDATE ledger_audithead SET sequence = NEW.sequence, hash = NEW.hash WHERE chain = mine;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_chain_audit() FROM PUBLIC;
"""

#: Rows written before there was a chain are taken into it in the order of their ids. FORCE would hide them from
#: the owner, and comes back before anybody else can look: it all happens in one transaction.
ADOPT = """
ALTER TABLE ledger_auditrow NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
    entry ledger_auditrow;
    head ledger_audithead;
BEGIN
    FOR entry IN SELECT * FROM ledger_auditrow ORDER BY id LOOP
        INSERT INTO ledger_audithead (chain, sequence, hash)
            VALUES (coalesce(entry.municipality_id, ''), 0, '') ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM ledger_audithead WHERE chain = coalesce(entry.municipality_id, '');
        entry.sequence := head.sequence + 1;
        UPDATE ledger_auditrow SET sequence = entry.sequence, previous = head.hash,
            hash = ledger_audit_hash(entry, head.hash) WHERE id = entry.id RETURNING hash INTO head.hash;
        UPDATE ledger_audithead SET sequence = entry.sequence, hash = head.hash WHERE chain = head.chain;
    END LOOP;
END $$;
ALTER TABLE ledger_auditrow FORCE ROW LEVEL SECURITY;
"""

TRIGGER = """
CREATE TRIGGER chain BEFORE INSERT ON ledger_auditrow FOR EACH ROW EXECUTE FUNCTION ledger_chain_audit();
"""

#: The owner checks all chains at once, and says so first (`app.audit`): where a place gives all three roles
#: the same name, a page that never says so still sees its own municipality only.
READING = """
CREATE POLICY audit_by_owner ON ledger_auditrow FOR SELECT TO CURRENT_USER
    USING (current_setting('app.audit', true) = 'on');
DO $$
DECLARE who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('REVOKE ALL ON ledger_audithead FROM %I', who);
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_statistics")]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", models.CharField(max_length=4, primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField("auditrow", "sequence", models.BigIntegerField(db_default=0, editable=False)),
        migrations.AddField(
            "auditrow", "previous", models.CharField(db_default="", editable=False, max_length=64)
        ),
        migrations.AddField(
            "auditrow", "hash", models.CharField(db_default="", editable=False, max_length=64)
        ),
        migrations.RunSQL(HASH, "DROP FUNCTION ledger_audit_hash(ledger_auditrow, text);"),
        migrations.RunSQL(CHAIN, "DROP FUNCTION ledger_chain_audit();"),
        migrations.RunSQL(ADOPT, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER chain ON ledger_auditrow;"),
        migrations.RunSQL(READING, "DROP POLICY audit_by_owner ON ledger_auditrow;"),
        migrations.AddConstraint(
            "auditrow",
            models.UniqueConstraint(
                fields=("municipality", "sequence"), name="audit_number_once", nulls_distinct=False
            ),
        ),
    ]
