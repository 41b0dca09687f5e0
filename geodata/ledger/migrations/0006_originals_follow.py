"""Originals go with their quarantined records, also where the session may not see them (a foreign key may)."""

from django.db import migrations, models

FORWARD = """
DO $$
DECLARE old text;
BEGIN
    SELECT conname INTO STRICT old FROM pg_constraint
        WHERE conrelid = 'ledger_importoriginal'::regclass AND contype = 'f'
        AND confrelid = 'ledger_quarantinedrecord'::regclass;
    EXECUTE format('ALTER TABLE ledger_importoriginal DROP CONSTRAINT %I, ADD CONSTRAINT %I FOREIGN KEY (record_id) '
        'REFERENCES ledger_quarantinedrecord (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED', old, old);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_import_runs")]

    operations = [
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.AddField("importrun", "yes", models.BooleanField(default=False)),
    ]
