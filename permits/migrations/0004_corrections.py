"""Corrected inputs: each municipality its own, and written once by everybody, the owner included."""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from geodata.accounts.tenancy import policies_sql

POLICY, NO_POLICY = policies_sql(("permits_correction",))
GUARD = """
CREATE FUNCTION permits_correction_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a correction is written once; withdraw it by a row of its own'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER permits_correction_kept BEFORE UPDATE OR DELETE ON permits_correction
    FOR EACH ROW EXECUTE FUNCTION permits_correction_kept();
DO $$
DECLARE who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON permits_correction FROM %I', who);
        END IF;
    END LOOP;
END $$;
"""
NO_GUARD = (
    "DROP TRIGGER permits_correction_kept ON permits_correction; DROP FUNCTION permits_correction_kept();"
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("permits", "0003_proposed_plots"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=20)),
                ("column", models.CharField(max_length=20)),
                ("target", models.CharField(max_length=130)),
                (
                    "place",
                    django.contrib.gis.db.models.fields.PointField(
                        null=True, spatial_index=False, srid=25832
                    ),
                ),
                ("value", models.FloatField(null=True)),
                ("word", models.CharField(blank=True, max_length=30)),
                ("original", models.FloatField(null=True)),
                ("original_word", models.CharField(blank=True, max_length=30)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="permits.application",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                (
                    "withdraws",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="permits.correction",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["application", "id"], name="permits_cor_applica_91a541_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdraws__isnull", False),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="correction_has_reason",
                    )
                ],
            },
        ),
        migrations.RunSQL(POLICY, NO_POLICY),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
