"""Where a check looked, and up to which knowledge all checks have been held against what changed since."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.indexes import SpGistIndex
from django.db import models
from django.db.models.functions import Now


class LookedAt(models.Model):
    """Where the newest check of an application looked: the box of its land, its drawing and the ground it touches;
    where its findings are, and the worst of them, for lists and maps.

    Each of its findings looked there, at the layers that its rule needs and as far around as the rule reaches. Keys
    and numbers only, like findings; the application's own policy decides who may follow the key.
    """

    application_id = models.BigIntegerField(primary_key=True)
    run_id = models.BigIntegerField()
    # Between these keys its findings are; those of others may be there too.
    first_finding = models.BigIntegerField(default=0, db_default=0)
    last_finding = models.BigIntegerField(default=-1, db_default=-1)
    ruleset = models.CharField(max_length=60)  # name; empty = none that may be used
    box = gis.PolygonField(srid=25832, null=True, spatial_index=False)
    affected = models.BooleanField(
        default=False, db_default=False
    )  # something it looked at has changed since
    answer = models.CharField(
        max_length=20, default="", db_default=""
    )  # the worst one, as people see it (permits.outcomes)
    breaches = models.IntegerField(default=0, db_default=0)  # findings that stand against what is drawn

    class Meta:
        indexes = [
            models.Index(
                fields=["application_id"], condition=models.Q(affected=True), name="looked_affected"
            ),
            models.Index(fields=["ruleset"], name="looked_ruleset"),
            SpGistIndex(models.F("box"), name="looked_space", condition=models.Q(box__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"application {self.application_id}"


class RecheckState(models.Model):
    """What the checks that stand have been held against; one row (sammenhold af afgjorte regelkontroller)."""

    revision = models.BigIntegerField()  # knowledge
    valid_on = models.DateField()  # validity
    answered = models.JSONField(default=list)  # [theme, municipality or null], what registers have answered
    rulesets = models.JSONField(default=dict)  # see permits.recheck.state.State
    engine_version = models.CharField(max_length=40)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="recheck_state_once", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"up to revision {self.revision}"
