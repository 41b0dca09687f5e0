"""Tiles that were made before: kept per revision, computed once however many ask at the same time."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection, transaction
from prometheus_client import Counter

from geodata.registry import Layer
from tileserver.models.tiles import CachedTile
from tileserver.vector import BUFFER, EXTENT, LABELLED, Tile, draw

#: Level 6 is within a few per cent of the best and three times as fast.
_LEVEL = 6
TILES = Counter(
    "planvaerk_tiles_total", "Tiles that were asked for: kept ones, and new ones.", ["layer", "found"]
)


@dataclass(frozen=True)
class Stored:
    """A tile ready to be sent: gzip of the MVT, and what it is an answer to."""

    body: bytes
    revision: int
    truncated: bool


@lru_cache(maxsize=256)
def definition(layer: Layer) -> str:
    """Eight letters that change when the layer's SQL, columns or cap change."""
    text = repr(
        (
            layer.sql,
            layer.columns,
            layer.feature_cap,
            layer.generalised,
            LABELLED.get(layer.id),
            EXTENT,
            BUFFER,
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def packed(tile: Tile) -> bytes:
    """The tile compressed; the same bytes for the same tile."""
    return gzip.compress(tile.body, _LEVEL, mtime=0)


def lookup(layer: Layer, z: int, x: int, y: int, edition: str, revision: int) -> Stored | None:
    """The tile as kept, or None."""
    row = (
        CachedTile.objects.filter(layer=layer.id, z=z, x=x, y=y, edition=edition, revision=revision)
        .values_list("body", "truncated")
        .first()
    )
    return None if row is None else Stored(bytes(row[0]), revision, row[1])


def fetch(layer: Layer, z: int, x: int, y: int, edition: str, revision: int) -> Stored:
    """A tile of a public layer, from the cache or computed and kept.

    Parameters
    ----------
    layer, z, x, y : which tile.
    edition : epoch and definition of the layer.
    revision : the layer's revision as the caller read it; where a writer was faster the answer carries its
        own, newer one.

    Notes
    -----
    The first of several simultaneous requests computes, the others wait for its lock and then read. Older
    revisions of the same tile are removed, so the table does not grow with time.
    """
    kept = lookup(layer, z, x, y, edition, revision)
    TILES.labels(layer.id, "new" if kept is None else "kept").inc()
    if kept is not None:
        return kept
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))",
                [f"tile {layer.id} {edition}", f"{z}/{x}/{y}"],
            )
        kept = lookup(layer, z, x, y, edition, revision)
        if kept is not None:
            return kept
        tile = draw(layer, z, x, y)
        body = packed(tile)
        place = CachedTile.objects.filter(layer=layer.id, z=z, x=x, y=y)
        place.exclude(edition=edition, revision__gte=tile.revision).delete()
        CachedTile.objects.bulk_create(
            [
                CachedTile(
                    layer=layer.id,
                    z=z,
                    x=x,
                    y=y,
                    edition=edition,
                    revision=tile.revision,
                    truncated=tile.truncated,
                    body=body,
                )
            ],
            ignore_conflicts=True,
        )
    return Stored(body, tile.revision, tile.truncated)
