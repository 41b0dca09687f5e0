"""Where failed sign-ins are counted: a table that all processes of the site share (Django's database cache)."""

from django.db import migrations

# UNLOGGED: the counters need not survive a crash.
FORWARD = """
CREATE UNLOGGED TABLE accounts_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX accounts_cache_expires ON accounts_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, "DROP TABLE accounts_cache;")]
