"""An application may name a rule set; who has signed one is kept, and nobody on the site may change or remove it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from geodata.accounts.tenancy import policies_sql

FORWARD, REVERSE = policies_sql(("permits_rulesetsignature",))
ONLY_APPEND = """
DO $$
DECLARE who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('REVOKE UPDATE, DELETE ON permits_rulesetsignature FROM %I', who);
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("permits", "0004_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="ruleset",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.CreateModel(
            name="RulesetSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.TextField()),
                ("signed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["municipality", "name", "-id"], name="ruleset_signed")],
            },
        ),
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(ONLY_APPEND, migrations.RunSQL.noop),
    ]
