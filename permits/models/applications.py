"""Applications: what somebody wants to build, and where. Personal data: under row-level security."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models.functions import Concat, Lower, Now
from django.utils.translation import gettext_lazy as _

from geodata.accounts.models import Municipality
from geodata.models.cadastre import Parcel


class Work(models.TextChoices):
    """Kind of work (byggearbejdets art)."""

    NEW = "new", _("New building")
    EXTENSION = "extension", _("Extension")
    CONVERSION = "conversion", _("Conversion")
    DEMOLITION = "demolition", _("Demolition")
    SUBDIVISION = "subdivision", _("Subdivision")
    TERRAIN = "terrain", _("Terrain work")


class ApplicationState(models.TextChoices):
    """Where an application is on its way; the case handling comes with its own states."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Application(models.Model):
    """An application (ansøgning) for building work on one property."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    number = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    work = models.CharField(max_length=15, choices=Work.choices)
    state = models.CharField(
        max_length=12, choices=ApplicationState.choices, default=ApplicationState.SUBMITTED
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="applications"
    )
    address = models.CharField(max_length=200, blank=True)
    applied_on = models.DateField()
    ruleset = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )  # named; empty = by applied_on
    landzone_permit = models.BooleanField(default=False)
    ground_z_m = models.FloatField(null=True)  # level ground until the terrain raster answers
    datum_m = models.FloatField(null=True)  # niveauplan
    area = gis.GeometryField(srid=25832, null=True)  # ground touched by terrain work
    created_at = models.DateTimeField(db_default=Now())
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # case worker
    # The clock of the service goal as its events have it (permits.service_goal), for lists to sort by.
    clock = models.CharField(max_length=10, blank=True, default="", db_default="")
    due_on = models.DateField(null=True)
    days_left = models.IntegerField(null=True)
    # What words of a search are held against; an index could not serve under a policy.
    sought = models.GeneratedField(
        expression=Lower(
            Concat(
                "number",
                models.Value("\n"),
                "title",
                models.Value("\n"),
                "address",
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "number"], name="application_number"),
        ]
        indexes = [
            models.Index(fields=["municipality", "-applied_on", "-id"]),
            models.Index(fields=["municipality", "due_on", "id"], name="application_due"),
            # Counting by it asks the policy once and looks at no row.
            models.Index(
                fields=["municipality", "id"],
                name="application_sent_in",
                condition=~models.Q(state="draft"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ApplicationParcel(models.Model):
    """A parcel of the property that an application is about."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="parcels")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "parcel"], name="application_parcel_once"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.parcel_id}"


class Drawing(models.Model):
    """An uploaded drawing (tegning), kept as it came."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="drawings")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    notes = models.JSONField(default=list)
    uploaded_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.file_name


class ProposedBuilding(models.Model):
    """A building of an application, as read from its drawing; columns as in the World."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="buildings")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    drawing = models.ForeignKey(Drawing, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=15)
    kind = models.CharField(max_length=30)
    replaces = models.CharField(max_length=60, blank=True)
    demolished = models.BooleanField(default=False)
    dwellings = models.IntegerField(null=True)
    storeys = models.FloatField(null=True)
    height_m = models.FloatField(null=True)
    levels_absolute = models.BooleanField(default=False)
    floor_m2 = models.FloatField(null=True)
    basement_m2 = models.FloatField(null=True)
    basement_ceiling_m = models.FloatField(null=True)
    attic_m2 = models.FloatField(null=True)
    eaves_m = models.FloatField(null=True)
    wall_low_m = models.FloatField(null=True)
    integrated = models.BooleanField(default=False)
    openings = models.SmallIntegerField(default=-1)
    basis = models.CharField(max_length=10, default="wall")
    sigma_m = models.FloatField(default=0.0)
    footprint = gis.GeometryField(srid=25832, null=True)
    roof = models.JSONField(default=list)  # facets: [{"wkt", "a", "b", "c", "reference"}]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "name"], name="proposed_building_once"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.name}"


class ProposedPlot(models.Model):
    """A new plot (grund) of a subdivision (udstykning), as applied for."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="plots")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    registered_m2 = models.FloatField(null=True)  # as it will be registered; without it the drawn area
    road_m2 = models.FloatField(default=0.0)  # road inside it
    kind = models.CharField(max_length=30, blank=True)  # building kind it is meant for, empty = by the zone
    geometry = gis.GeometryField(srid=25832, null=True)

    def __str__(self) -> str:
        return f"{self.application_id} {self.registered_m2}"
