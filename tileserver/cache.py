"""Tiles that were made before: kept per revision, computed once however many ask at the same time."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection, transaction
from prometheus_client import Counter

from geodata.registry import Layer
from tileserver.models.tiles import CachedTile
from tileserver.vector import BUFFER, EPOCH, EXACT_FROM, EXTENT, LABELLED, REVISION, Tile, draw

#: Level 6 is within a few per cent of the best and three times as fast.
_LEVEL = 6
TILES = Counter(
    "planvaerk_tiles_total", "Tiles that were asked for: kept ones, and new ones.", ["layer", "found"]
)


@dataclass(frozen=True)
class Stored:
    """A tile ready to be sent: gzip of the MVT, or a PNG, and what it is an answer to."""

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
            EXACT_FROM,
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def packed(tile: Tile) -> bytes:
    """The tile compressed; the same bytes for the same tile."""
    return gzip.compress(tile.body, _LEVEL, mtime=0)


def lookup(name: str, place: tuple[int, int, int], edition: str, revision: int) -> Stored | None:
    """The tile as kept, or None."""
    z, x, y = place
    row = (
        CachedTile.objects.filter(layer=name, z=z, x=x, y=y, edition=edition, revision=revision)
        .values_list("body", "truncated")
        .first()
    )
    return None if row is None else Stored(bytes(row[0]), revision, row[1])


@dataclass(frozen=True)
class Now:
    """What a public layer is now, and one of its tiles as far as it is kept."""

    edition: str
    revision: int
    kept: Stored | None


def now(layer: Layer, z: int, x: int, y: int, *, look: bool = True) -> Now:
    """Edition and revision of a layer and its tile, by one query, which is most of the time of a kept tile.

    Parameters
    ----------
    look : False reads no tile, for those who may only want to know whether theirs still holds.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.edition, n.revision, k.body, k.truncated "
            f"FROM (SELECT concat({EPOCH}, '-', %s::text) AS edition, {REVISION} AS revision) n "
            "LEFT JOIN tileserver_cachedtile k ON %s AND k.layer = %s AND k.z = %s AND k.x = %s AND k.y = %s "
            "AND k.edition = n.edition AND k.revision = n.revision",
            [definition(layer), list(layer.themes), look, layer.id, z, x, y],
        )
        edition, revision, body, truncated = cursor.fetchone()
    if body is None:
        return Now(edition, revision, None)
    TILES.labels(layer.id, "kept").inc()
    return Now(edition, revision, Stored(bytes(body), revision, truncated))


def fetch(layer: Layer, z: int, x: int, y: int, edition: str, revision: int) -> Stored:
    """A tile of a public layer, from the cache or computed and kept.

    Parameters
    ----------
    layer, z, x, y : which tile.
    edition : epoch and definition of the layer.
    revision : the layer's revision as the caller read it; where a writer was faster the answer carries its
        own, newer one.
    """

    def make() -> Stored:
        tile = draw(layer, z, x, y)
        return Stored(packed(tile), tile.revision, tile.truncated)

    return once(layer.id, (z, x, y), edition, revision, make)


def once(
    name: str, place: tuple[int, int, int], edition: str, revision: int, make: Callable[[], Stored]
) -> Stored:
    """What is kept of a tile, else what ``make`` gives, which is then kept.

    Parameters
    ----------
    name : of the layer.
    place : zoom, column, row.

    Notes
    -----
    The first of several simultaneous requests computes, the others wait for its lock and then read. Older
    revisions of the same tile are removed, so the table does not grow with time.
    """
    kept = lookup(name, place, edition, revision)
    TILES.labels(name, "new" if kept is None else "kept").inc()
    if kept is not None:
        return kept
    z, x, y = place
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))",
                [f"tile {name} {edition}", f"{z}/{x}/{y}"],
            )
        kept = lookup(name, place, edition, revision)
        if kept is not None:
            return kept
        made = make()
        held = CachedTile.objects.filter(layer=name, z=z, x=x, y=y)
        held.exclude(edition=edition, revision__gte=made.revision).delete()
        CachedTile.objects.bulk_create(
            [
                CachedTile(
                    layer=name,
                    z=z,
                    x=x,
                    y=y,
                    edition=edition,
                    revision=made.revision,
                    truncated=made.truncated,
                    body=made.body,
                )
            ],
            ignore_conflicts=True,
        )
    return made
