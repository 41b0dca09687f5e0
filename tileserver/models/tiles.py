"""The cache of vector tiles: a tile of one revision never changes, so it is computed once."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class CachedTile(models.Model):
    """One tile of a public layer as it was at one revision, compressed."""

    layer = models.CharField(max_length=40)
    z = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    #: Epoch and definition of the layer: after a restore, or when its SQL changes, a revision means another tile.
    edition = models.CharField(max_length=24)
    revision = models.BigIntegerField()
    truncated = models.BooleanField(default=False)
    body = models.BinaryField()  # gzip of the MVT, or PNG
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["layer", "z", "x", "y", "edition", "revision"], name="tile_once"),
        ]

    def __str__(self) -> str:
        return f"{self.layer}/{self.z}/{self.x}/{self.y} r{self.revision}"
