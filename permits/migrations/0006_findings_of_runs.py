"""Whether findings have their run is looked at once a statement: a key looks at each of a million rows by itself."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION findings_have_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT run_id FROM fresh) f
        WHERE NOT EXISTS (SELECT FROM permits_run r WHERE r.id = f.run_id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a finding is of a run that is not there';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER findings_have_runs AFTER INSERT ON permits_finding
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION findings_have_runs();

CREATE FUNCTION finding_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING MESSAGE = 'a finding stays with its run';
END $$;
CREATE TRIGGER finding_stays BEFORE UPDATE OF run_id ON permits_finding
    FOR EACH ROW WHEN (OLD.run_id <> NEW.run_id) EXECUTE FUNCTION finding_stays();

CREATE FUNCTION runs_have_no_findings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone JOIN permits_finding f ON f.run_id = gone.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a run that has findings stays';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER runs_have_no_findings AFTER DELETE ON permits_run
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION runs_have_no_findings();
"""
REVERSE = """
DROP TRIGGER findings_have_runs ON permits_finding;
DROP TRIGGER finding_stays ON permits_finding;
DROP TRIGGER runs_have_no_findings ON permits_run;
DROP FUNCTION findings_have_runs();
DROP FUNCTION finding_stays();
DROP FUNCTION runs_have_no_findings();
"""


class Migration(migrations.Migration):
    dependencies = [("permits", "0005_rulesets")]

    operations = [
        migrations.AlterField(
            model_name="finding",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="permits.run",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
