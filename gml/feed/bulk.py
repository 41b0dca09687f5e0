"""Bulk files: all plans of a municipality, and of all, as one file each.

A bulk file is put together of the very bytes of the plans' own files, so it is what an export of them would be, and
can be taken apart again. It is written beside its place and moved there whole; a municipality of which nothing
changed keeps its file.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from gml.feed.pieces import HEAD_END, TAIL
from gml.feed.publish import state
from gml.locks import BULK_FILES
from gml.models.published import PublishedBulk, PublishedState

#: Scope of the file of all municipalities; no municipality has this code.
ALL: Final = "all"
#: Scope of the file of plans whose municipality is not known.
NONE: Final = "none"
_FETCH: Final = 200
_NAME: Final = re.compile(rf"({ALL}|{NONE}|\d{{4}})-[0-9a-f]{{64}}\.gml")


@dataclass(frozen=True)
class Gathered:
    """What a run wrote, and what it left as it was."""

    written: int
    kept: int


def folder() -> Path:
    """Where bulk files lie."""
    return Path(settings.VAR) / "register"


def path_of(row: PublishedBulk) -> Path:
    """Place of a bulk file; it may be gone on a server that has never gathered."""
    return folder() / f"{row.scope}-{row.sha256}.gml"


def gather() -> Gathered | None:
    """Bring the bulk files up to what is published (samlefiler pr. kommune).

    Returns
    -------
    None where nothing is published yet, or somebody else gathers just now.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Held until the end: two would write the same files for nothing.
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [BULK_FILES])
        now = state()
        if not cursor.fetchone()[0] or now is None:
            return None
        folder().mkdir(parents=True, exist_ok=True)
        for draft in folder().glob(".*.part"):  # of a run that was killed, since nobody else writes now
            draft.unlink(missing_ok=True)
        held = {row.scope: row for row in PublishedBulk.objects.all()}
        wanted = _wanted(now)
        written = 0
        for scope, (digest, plans) in wanted.items():
            row = held.get(scope)
            if row is not None and row.digest == digest and path_of(row).is_file():
                PublishedBulk.objects.filter(pk=row.pk).update(epoch=now.epoch, revision=now.revision)
                continue
            sha256, size = _write(now, scope)
            PublishedBulk.objects.update_or_create(
                scope=scope,
                defaults={
                    "epoch": now.epoch, "revision": now.revision, "digest": digest, "sha256": sha256, "size": size,
                    "plans": plans, "recorded_at": now.recorded_at,
                },
            )  # fmt: skip
            written += 1
        PublishedBulk.objects.exclude(scope__in=wanted).delete()
        # Not the files that were current until now: somebody may be half way through one.
        kept = {path_of(row).name for row in (*held.values(), *PublishedBulk.objects.all())}
        # While the lock is held: whoever gathers next writes files that no row names yet.
        for file in folder().iterdir():
            if _NAME.fullmatch(file.name) and file.name not in kept:
                file.unlink(missing_ok=True)
    return Gathered(written, len(wanted) - written)


def current(now: PublishedState) -> list[PublishedBulk]:
    """Bulk files that belong together and to this epoch; they may be some revisions old."""
    return list(PublishedBulk.objects.filter(epoch=now.epoch, revision__lte=now.revision).order_by("scope"))


#: The newest of each plan up to a revision.
_PLANS: Final = """
SELECT DISTINCT ON (plan) plan, municipality, sha256, gone{content} FROM gml_publishedplan
WHERE epoch = %(epoch)s AND revision <= %(revision)s ORDER BY plan, revision DESC
"""


def _wanted(now: PublishedState) -> dict[str, tuple[str, int]]:
    """Digest and number of plans of each scope."""
    sums: dict[str, tuple[hashlib._Hash, int]] = {ALL: (hashlib.sha256(), 0)}
    with connection.cursor() as cursor:
        cursor.execute(_PLANS.format(content=""), {"epoch": now.epoch, "revision": now.revision})
        for plan, municipality, sha256, gone in cursor.fetchall():
            if gone:
                continue
            for scope in (ALL, municipality or NONE):
                digest, count = sums.setdefault(scope, (hashlib.sha256(), 0))
                digest.update(f"{plan} {sha256}\n".encode())
                sums[scope] = digest, count + 1
    return {scope: (digest.hexdigest(), count) for scope, (digest, count) in sums.items() if count}


def _contents(now: PublishedState, scope: str) -> Iterator[bytes]:
    """Files of the plans of a scope, in order of plans, a few at a time."""
    chosen = "" if scope == ALL else "AND municipality = %(municipality)s"
    query = (
        f"SELECT content FROM ({_PLANS.format(content=', content')}) p WHERE NOT gone {chosen} ORDER BY plan"
    )
    values: dict[str, Any] = {
        "epoch": now.epoch,
        "revision": now.revision,
        "municipality": "" if scope == NONE else scope,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(_FETCH):
            for (content,) in rows:
                yield gzip.decompress(bytes(content))


def _write(now: PublishedState, scope: str) -> tuple[str, int]:
    """Write the file of a scope under the name of its content; answers SHA-256 and size."""
    found, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(prefix=f".{scope}-", suffix=".part", dir=folder())
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:

            def put(data: bytes | memoryview) -> None:
                nonlocal size
                stream.write(data)
                found.update(data)
                size += len(data)

            begun = False
            for content in _contents(now, scope):
                start = content.index(HEAD_END) + len(HEAD_END)
                put(memoryview(content)[0 if not begun else start : len(content) - len(TAIL)])
                begun = True
            put(TAIL)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(0o644)
        draft.replace(folder() / f"{scope}-{found.hexdigest()}.gml")
    finally:
        draft.unlink(missing_ok=True)
    return found.hexdigest(), size
