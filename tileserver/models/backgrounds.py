"""Tiles of background maps, kept for some days so that the service is not asked for each of them again."""

from __future__ import annotations

from django.db import models


class BackgroundTile(models.Model):
    """One picture of a background map; it ends, whether somebody asks for it or not."""

    background = models.CharField(max_length=30)
    z = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    edition = models.CharField(max_length=8)  # changes with the address in the settings
    content_type = models.CharField(max_length=20)
    body = models.BinaryField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["background", "z", "x", "y"], name="background_tile_once"),
        ]

    def __str__(self) -> str:
        return f"{self.background}/{self.z}/{self.x}/{self.y}"
