"""What case workers make of findings and cases, the clock of a case, and the worst answer kept beside a check."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from geodata.accounts.tenancy import policies_sql

POLICY, NO_POLICY = policies_sql(("permits_judgement", "permits_task", "permits_caseevent"))
GUARD = """
CREATE FUNCTION permits_handling_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'judgements and events of a case are written once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER permits_judgement_kept BEFORE UPDATE OR DELETE ON permits_judgement
    FOR EACH ROW EXECUTE FUNCTION permits_handling_kept();
CREATE TRIGGER permits_caseevent_kept BEFORE UPDATE OR DELETE ON permits_caseevent
    FOR EACH ROW EXECUTE FUNCTION permits_handling_kept();
DO $$
DECLARE who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON permits_judgement, permits_caseevent FROM %I', who);
            EXECUTE format('REVOKE DELETE, TRUNCATE ON permits_task FROM %I', who);
        END IF;
    END LOOP;
END $$;
"""
NO_GUARD = """
DROP TRIGGER permits_judgement_kept ON permits_judgement;
DROP TRIGGER permits_caseevent_kept ON permits_caseevent;
DROP FUNCTION permits_handling_kept();
"""
#: The worst answers of checks that were made before they were kept.
ANSWERS = """
UPDATE permits_lookedat l SET answer = f.answer, breaches = f.breaches FROM (
    SELECT application_id,
        (ARRAY['fail', 'needs_dispensation', 'overall_assessment', 'needs_other_consent', 'needs_manual', 'pass',
               'not_applicable'])[min(place)] AS answer,
        count(*) FILTER (WHERE place <= 3) AS breaches
    FROM (
        SELECT application_id, array_position(
            ARRAY['fail', 'needs_dispensation', 'overall_assessment', 'needs_other_consent', 'needs_manual', 'pass',
                  'not_applicable'],
            (CASE WHEN reason = 'overall_assessment' THEN reason ELSE outcome END)::text) AS place
        FROM permits_finding WHERE latest
    ) placed GROUP BY application_id
) f WHERE f.application_id = l.application_id;
UPDATE permits_lookedat SET answer = 'not_applicable' WHERE answer = '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("permits", "0008_drafts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("informed", "Fully informed"),
                            ("waiting", "Waiting for the applicant"),
                            ("resumed", "The applicant has answered"),
                            ("exempt", "Not covered by the service goal"),
                            ("assigned", "Assigned"),
                        ],
                        max_length=10,
                    ),
                ),
                ("happened_on", models.DateField()),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("simple", "Simple structures"),
                            ("single_family", "Single-family houses and the like"),
                            ("industry", "Industry and storage buildings"),
                            ("business", "Multi-storey, commercial"),
                            ("dwellings", "Multi-storey, dwellings"),
                        ],
                        max_length=15,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.BigIntegerField()),
                ("finding_id", models.BigIntegerField()),
                ("rule", models.CharField(max_length=60)),
                ("building", models.BigIntegerField()),
                ("area", models.BigIntegerField(default=-1)),
                ("feature", models.BigIntegerField(default=-1)),
                ("outcome", models.CharField(max_length=20)),
                ("outcome_reason", models.CharField(blank=True, max_length=20)),
                ("measured", models.FloatField(null=True)),
                ("limit", models.FloatField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("overridden", "Overridden")], max_length=10
                    ),
                ),
                ("instead", models.CharField(blank=True, max_length=20)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.BigIntegerField()),
                ("finding_id", models.BigIntegerField()),
                ("rule", models.CharField(max_length=60)),
                ("building", models.BigIntegerField()),
                ("area", models.BigIntegerField(default=-1)),
                ("feature", models.BigIntegerField(default=-1)),
                ("outcome", models.CharField(max_length=20)),
                ("outcome_reason", models.CharField(blank=True, max_length=20)),
                ("measured", models.FloatField(null=True)),
                ("limit", models.FloatField(null=True)),
                ("text", models.CharField(max_length=500)),
                ("due_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("done_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="application",
            name="assigned_to",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="clock",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="application",
            name="days_left",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="lookedat",
            name="answer",
            field=models.CharField(db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="lookedat",
            name="breaches",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["municipality", "due_on", "id"], name="application_due"),
        ),
        migrations.AddField(
            model_name="caseevent",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="permits.application"
            ),
        ),
        migrations.AddField(
            model_name="caseevent",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caseevent",
            name="municipality",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.municipality"
            ),
        ),
        migrations.AddField(
            model_name="caseevent",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="judgement",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgements",
                to="permits.application",
            ),
        ),
        migrations.AddField(
            model_name="judgement",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="judgement",
            name="municipality",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.municipality"
            ),
        ),
        migrations.AddField(
            model_name="judgement",
            name="withdraws",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="withdrawal",
                to="permits.judgement",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="permits.application"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="done_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="given_to",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="municipality",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.municipality"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="sought",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower(
                    django.db.models.functions.text.Concat(
                        "number",
                        models.Value("\n"),
                        "title",
                        models.Value("\n"),
                        "address",
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="caseevent",
            index=models.Index(fields=["application", "id"], name="case_event_of"),
        ),
        migrations.AddIndex(
            model_name="judgement",
            index=models.Index(fields=["application", "id"], name="judgement_of"),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("instead", ""), ("kind", "accepted")),
                    models.Q(("kind", "overridden"), models.Q(("instead", ""), _negated=True)),
                    _connector="OR",
                ),
                name="judgement_instead",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdraws__isnull", False),
                    ("kind", "accepted"),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="judgement_has_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["application", "id"], name="task_of"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="task_has_text"
            ),
        ),
        migrations.RunSQL(POLICY, NO_POLICY),
        migrations.RunSQL(GUARD, NO_GUARD),
        migrations.RunSQL(ANSWERS, migrations.RunSQL.noop),
    ]
