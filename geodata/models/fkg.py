"""All FKG themes in two tables, and the list of themes as reference data that the database checks them by."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class FkgCode(models.Model):
    """A value of a published code list."""

    list = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "code"], name="fkg_code_once")]

    def __str__(self) -> str:
        return f"{self.list} {self.code}"


class FkgThemeRow(models.Model):
    """A theme of the list (tema)."""

    code = models.CharField(max_length=4, primary_key=True)
    title = models.CharField(max_length=120)
    geometry_type = models.CharField(max_length=20)  # as GeometryType() answers
    geometry_required = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class FkgColumnRow(models.Model):
    """A column of a theme and what may stand in it; bounds as text, which ISO days compare rightly as."""

    theme = models.ForeignKey(FkgThemeRow, on_delete=models.CASCADE, related_name="columns")
    name = models.CharField(max_length=60)
    type = models.CharField(max_length=10)
    length = models.IntegerField(null=True)
    low = models.CharField(max_length=40, null=True)
    high = models.CharField(max_length=40, null=True)
    allowed = models.JSONField(null=True)  # list of texts
    required = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "name"], name="fkg_column_once")]

    def __str__(self) -> str:
        return f"{self.theme_id} {self.name}"


class ThemeObject(ObjectBase):
    """A thing of an FKG theme (objekt)."""

    theme = models.ForeignKey(FkgThemeRow, on_delete=models.PROTECT, related_name="+")


class ThemeVersion(VersionBase):
    """What is said of it; the theme's own columns lie in ``attributes``, missing ones left out."""

    object = models.ForeignKey(
        ThemeObject, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    theme = models.ForeignKey(FkgThemeRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    attributes = models.JSONField(default=dict)
    geometry = gis.GeometryField(srid=25832, dim=2, null=True, spatial_index=False)

    class Meta:
        constraints = version_constraints("theme", "GEOMETRY")
        indexes = [
            models.Index(fields=["theme"], condition=models.Q(change_to=None), name="theme_open"),
            space_index("theme"),
        ]
