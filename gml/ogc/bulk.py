"""All published plans, or those of a municipality, as one GML document: the files of the feed one after the other."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gml.models.published import PublishedState

_MEMBER: Final = b"<gml:featureMember>"
_LAST: Final = b"</gml:FeatureCollection>"
_BATCH: Final = 100

#: What stands of each plan at a state of the feed.
_STANDING: Final = """
SELECT id, municipality, sha256, size FROM (
    SELECT DISTINCT ON (plan) plan, id, municipality, sha256, size, gone FROM gml_publishedplan
    WHERE epoch = %s AND revision <= %s ORDER BY plan, revision DESC) newest
WHERE NOT gone ORDER BY plan
"""


@dataclass
class Bulk:
    """Files that make one document: their rows in order, digest of all, and how many bytes it has."""

    rows: list[int]
    digest: str
    size: int


def documents(state: PublishedState) -> dict[str, Bulk]:
    """Municipality → its document; an empty key is that of all plans."""
    found: dict[str, list[tuple[Any, ...]]] = {"": []}
    around = 0
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [state.epoch, state.revision])
        for row in cursor.fetchall():
            found[""].append(row)
            if row[1]:
                found.setdefault(row[1], []).append(row)
        if found[""]:
            cursor.execute("SELECT content FROM gml_publishedplan WHERE id = %s", [found[""][0][0]])
            text = gzip.decompress(bytes(cursor.fetchone()[0]))
            around = text.index(_MEMBER) + len(text) - text.rindex(_LAST)
    return {
        key: Bulk(
            [row[0] for row in rows],
            hashlib.sha256("".join(row[2] for row in rows).encode()).hexdigest(),
            # What stands around the features stands there once.
            sum(row[3] - around for row in rows) + around,
        )
        for key, rows in sorted(found.items())
    }


def written(bulk: Bulk) -> Iterator[bytes]:
    """The document piece by piece, one plan at a time in memory."""
    head = False
    for start in range(0, len(bulk.rows), _BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT content FROM gml_publishedplan WHERE id = ANY(%s) ORDER BY plan",
                [bulk.rows[start : start + _BATCH]],
            )
            files = cursor.fetchall()
        for (content,) in files:
            text = gzip.decompress(bytes(content))
            begin, end = text.index(_MEMBER), text.rindex(_LAST)
            if not head:
                yield text[:begin]
                head = True
            yield text[begin:end]
    if head:
        yield _LAST + b"\n"
