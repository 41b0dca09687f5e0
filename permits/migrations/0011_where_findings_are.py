"""The newest findings of an application are found by their keys, not by an index of all findings."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
UPDATE permits_lookedat k SET first_finding = f.first, last_finding = f.last
FROM (
    SELECT application_id, run_id, min(id) AS first, max(id) AS last FROM permits_finding WHERE latest GROUP BY 1, 2
) f
WHERE f.application_id = k.application_id AND f.run_id = k.run_id;
UPDATE permits_run r SET first_finding = f.first, last_finding = f.last
FROM (SELECT run_id, min(id) AS first, max(id) AS last FROM permits_finding GROUP BY run_id) f WHERE f.run_id = r.id
"""
REVERSE = """
UPDATE permits_finding f SET latest = false WHERE NOT EXISTS (
    SELECT FROM permits_lookedat k WHERE k.application_id = f.application_id AND k.run_id = f.run_id)
"""
RUNS = """
CREATE OR REPLACE FUNCTION runs_have_no_findings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone JOIN permits_finding f ON f.run_id = gone.id
        WHERE f.id BETWEEN gone.first_finding AND coalesce(gone.last_finding, f.id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a run that has findings stays';
    END IF;
    RETURN NULL;
END $$;
"""
RUNS_BEFORE = """
CREATE OR REPLACE FUNCTION runs_have_no_findings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone JOIN permits_finding f ON f.run_id = gone.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a run that has findings stays';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("permits", "0010_application_sent_in")]

    operations = [
        migrations.AddField("lookedat", "first_finding", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField("lookedat", "last_finding", models.BigIntegerField(db_default=-1, default=-1)),
        migrations.AddField("run", "first_finding", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField("run", "last_finding", models.BigIntegerField(null=True)),
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RemoveIndex("finding", "finding_latest"),
        migrations.RemoveField("finding", "latest"),
        migrations.AlterField(
            "finding",
            "run",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="permits.run",
            ),
        ),
        migrations.RunSQL(RUNS, RUNS_BEFORE),
    ]
