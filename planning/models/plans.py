"""Plans and what they regulate.

One table for every level of plan (kommuneplan, ramme, lokalplan, delområde, byggefelt, byggelinje): they share
identity, life cycle and geometry, and differ in level and parent. A limit is a row of its own, in one of three
states; an empty register field is ``not_recorded`` and never "no limit".
"""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models

from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class Level(models.TextChoices):
    """Level of a plan area."""

    MUNICIPAL_PLAN = "municipal_plan", "Kommuneplan"
    FRAMEWORK = "framework", "Kommuneplanramme"
    LOCAL_PLAN = "local_plan", "Lokalplan"
    SUB_AREA = "sub_area", "Delområde"
    BUILDING_FIELD = "building_field", "Byggefelt"
    BUILDING_LINE = "building_line", "Byggelinje"


class PlanStatus(models.TextChoices):
    """Plandata's states of a plan."""

    DRAFT_PROPOSAL = "KF", "Kladde til forslag"
    PROPOSAL = "F", "Forslag"
    DRAFT_ADOPTED = "KV", "Kladde til vedtaget"
    ADOPTED = "V", "Vedtaget"
    DRAFT_REPEALED = "KA", "Kladde til aflyst"
    REPEALED = "A", "Aflyst"


class Plan(ObjectBase):
    """A plan or a part of one."""


class PlanVersion(VersionBase):
    """What a plan says."""

    object = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    level = models.CharField(max_length=20, choices=Level.choices)
    parent_register_id = models.CharField(max_length=120, null=True)  # lokplan_id
    plan_type = models.CharField(max_length=10, null=True)  # plantype 20.1 …
    number = models.CharField(max_length=60, null=True)  # plannr
    title = models.CharField(max_length=254, null=True)  # plannavn
    part_number = models.CharField(max_length=20, null=True)  # delnr
    status = models.CharField(max_length=2, choices=PlanStatus.choices)
    status_src = models.CharField(max_length=10, null=True)  # column | date: where the state comes from
    proposed_on = models.DateField(null=True)  # datoforsl
    hearing_from = models.DateField(null=True)  # datostart
    hearing_to = models.DateField(null=True)  # datoslut
    adopted_on = models.DateField(null=True)  # datovedt
    published_on = models.DateField(null=True)  # datopub
    in_force_on = models.DateField(null=True)  # datoikraft
    repealed_on = models.DateField(null=True)  # datoaflyst
    register_updated_at = models.DateTimeField(null=True)  # datoopdt
    document_url = models.CharField(max_length=254, null=True)  # doklink; the PDF prevails
    use_general = models.IntegerField(null=True)  # anvgen
    use_specific = ArrayField(models.IntegerField(), null=True)  # anvspec1…10
    zone_code = models.IntegerField(null=True)  # zone
    is_complex = models.BooleanField(null=True)  # kompleks
    field_state = models.CharField(max_length=15, null=True)  # yes | no | undeclared | contradictory
    limits = models.JSONField(null=True)  # as read; the rows of Limit are made from it
    register_fields = models.JSONField(null=True)  # every other field as delivered, so that nothing is lost
    geometry = gis.MultiPolygonField(srid=25832, spatial_index=False)

    class Meta:
        constraints = [
            *version_constraints("plan", "MULTIPOLYGON"),
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="plan_level"),
            models.CheckConstraint(condition=models.Q(status__in=PlanStatus.values), name="plan_status"),
        ]
        indexes = [models.Index(fields=["parent_register_id"]), space_index("plan")]


class LimitState(models.TextChoices):
    """What a plan says on a matter."""

    VALUE = "value", "Reguleret"
    NOT_REGULATED = "not_regulated", "Ikke reguleret"
    NOT_RECORDED = "not_recorded", "Ikke registreret"


class Limit(models.Model):
    """A provision (bestemmelse) of one plan version on one matter, optionally for one specific use."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="provisions")
    matter = models.CharField(max_length=20)
    use_code = models.IntegerField(null=True)
    state = models.CharField(max_length=15, choices=LimitState.choices)
    value = models.FloatField(null=True)
    per = models.CharField(max_length=10, default="", db_default="")
    clause = models.CharField(max_length=60, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "matter", "use_code"], nulls_distinct=False, name="limit_once"
            ),
            models.CheckConstraint(condition=models.Q(state__in=LimitState.values), name="limit_state"),
            models.CheckConstraint(
                condition=models.Q(
                    matter__in=["max_height", "max_storeys", "plot_ratio", "use", "building_field"]
                ),
                name="limit_matter",
            ),
            models.CheckConstraint(
                condition=models.Q(per__in=["", "area", "property", "plot", "parcel"]), name="limit_per"
            ),
            models.CheckConstraint(
                condition=~models.Q(matter__in=["max_height", "max_storeys", "plot_ratio"])
                | models.Q(state="value", value__isnull=False)
                | (~models.Q(state="value") & models.Q(value__isnull=True)),
                name="limit_value_with_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter} {self.state} {self.value}"
