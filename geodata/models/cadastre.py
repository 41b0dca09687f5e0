"""The cadastre (Matriklen): parcels, boundary lines, and the edges that rules measure to."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

from geodata.ledger.models import Change
from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class Parcel(ObjectBase):
    """A parcel (jordstykke)."""


class ParcelVersion(VersionBase):
    """What the cadastre says of a parcel."""

    object = models.ForeignKey(
        Parcel, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    cadastral_district = models.IntegerField(null=True)  # ejerlavskode
    district_name = models.CharField(max_length=100, null=True)  # ejerlavsnavn
    parcel_number = models.CharField(max_length=20, null=True)  # matrikelnummer
    property_number = models.BigIntegerField(null=True)  # samlet fast ejendom (BFE)
    registered_m2 = models.FloatField(null=True)  # registreret areal, road included
    road_m2 = models.FloatField(null=True)  # heraf vej
    common_land = models.BooleanField(null=True)  # fælleslod
    is_road = models.BooleanField(null=True)  # litra 7000… or "udskilt vej"
    geometry = gis.MultiPolygonField(srid=25832, spatial_index=False)

    class Meta:
        constraints = version_constraints("parcel", "MULTIPOLYGON")
        indexes = [
            models.Index(fields=["cadastral_district", "parcel_number"]),
            models.Index(fields=["property_number"]),
            space_index("parcel"),
        ]


class BoundaryLine(ObjectBase):
    """A line of the cadastral map (matrikelskel)."""


class BoundaryLineVersion(VersionBase):
    """What the cadastre says of a boundary line."""

    object = models.ForeignKey(
        BoundaryLine, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    line_class = models.CharField(max_length=60, null=True)  # featureType: skel, vejskel, vandskel …
    sigma_m = models.FloatField(null=True)  # from the accuracy class of its points
    geometry = gis.MultiLineStringField(srid=25832, spatial_index=False)

    class Meta:
        constraints = version_constraints("boundary_line", "MULTILINESTRING")
        indexes = [space_index("boundary_line")]


class EdgeKind(models.TextChoices):
    """What lies on the other side of a stretch of boundary."""

    PARCEL = "parcel", "Nabo"
    ROAD = "road", "Vej"
    PATH = "path", "Sti"
    WATER = "water", "Vand"
    UNKNOWN = "unknown", "Ukendt"


class Edge(models.Model):
    """A stretch of a parcel's boundary (skel) of one kind; derived, and derived again when its ground changes.

    ``inner`` marks what is no boundary for the rules: lines between adjoining parcels of one property, and lines of
    roads that a parcel holds without a parcel of their own (``kind_src`` taken_up_road).
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="edges")
    change_from = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="+")
    change_to = models.ForeignKey(Change, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=EdgeKind.choices)
    kind_src = models.CharField(max_length=40)
    sigma_m = models.FloatField()
    neighbour = models.ForeignKey(Parcel, null=True, on_delete=models.SET_NULL, related_name="+")
    width_across_m = models.FloatField(null=True)
    inner = models.BooleanField(default=False)
    ambiguous = models.BooleanField(default=False)
    geometry = gis.LineStringField(srid=25832)

    class Meta:
        indexes = [models.Index(fields=["parcel"], condition=models.Q(change_to=None), name="edge_open")]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.kind}"
