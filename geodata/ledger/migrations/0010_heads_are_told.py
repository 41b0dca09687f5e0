"""What the manifest of the register tells of the audit trail, for those who may not read the heads themselves."""

from django.db import migrations

#: The heads stay the owner's: nobody else may write them, or lock them. Hash and number are told in public, so that
#: whoever keeps a manifest can prove later that nothing before it was changed.
HEADS = """
CREATE FUNCTION ledger_audit_heads() RETURNS TABLE (chain text, sequence bigint, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT chain::text, sequence, hash::text FROM ledger_audithead ORDER BY chain
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_statement_key")]

    operations = [migrations.RunSQL(HEADS, "DROP FUNCTION ledger_audit_heads()")]
