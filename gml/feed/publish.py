"""Bring the feed up to date: every plan that changed since is written once more, or told to be gone.

A reader of the feed sees a revision only when all of it is there. What is published is never changed: a plan that
changes gets a new file, and the one before keeps its address.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from geodata.ledger.models import Change, Epoch
from gml.locks import PUBLISH
from gml.models.published import PublishedPlan, PublishedState
from gml.profiles import inspire_plu
from gml.writer import Output
from planning.records import PLAN_LEVELS, PlanGroup, plan_groups

_BATCH: Final = 200
#: So many plans at most are written while somebody waits for a page; more are for the command.
WHILE_WAITING: Final = 400

#: As text, since it is asked with every answer of the feed, and Django takes longer to write it than it takes to run.
_STATE: Final = """
SELECT * FROM gml_publishedstate WHERE epoch = (SELECT coalesce(max(number), 0) FROM ledger_epoch)
"""
#: Plans that a change after one revision and up to another touched: they themselves, or what belongs to them.
_TOUCHED: Final = """
SELECT DISTINCT coalesce(root.objekt_id, o.objekt_id) FROM planning_planversion v
JOIN planning_plan o ON o.id = v.object_id
JOIN ledger_change c ON c.id IN (v.change_from_id, v.change_to_id)
    AND c.revision > %(after)s AND c.revision <= %(upto)s
LEFT JOIN planning_plan root ON root.register = o.register
    AND root.register_id = v.parent_register_id AND v.level <> ALL(%(plan_levels)s::text[])
"""
_EVERY: Final = """
SELECT DISTINCT o.objekt_id FROM planning_planversion v JOIN planning_plan o ON o.id = v.object_id
WHERE v.level = ANY(%(plan_levels)s::text[]) UNION SELECT plan FROM gml_publishedplan WHERE latest AND NOT gone
"""


@dataclass(frozen=True)
class Published:
    """Up to where the feed is now, and what this time changed; ``waiting`` plans are left for the command."""

    epoch: int
    revision: int
    changed: int = 0
    gone: int = 0
    waiting: int = 0


def state() -> PublishedState | None:
    """Up to where the feed is; None = nothing was ever published, or the epoch has ended since."""
    return next(iter(PublishedState.objects.raw(_STATE)), None)


def publish(
    *, most: int | None = None, progress: Callable[[int, int], object] | None = None
) -> Published | None:
    """Publish what changed since the last time (offentliggørelse i registerfeed).

    Parameters
    ----------
    most : do nothing and say how many wait where more plans than this have changed; None = however many.
    progress : called with (done, of).

    Returns
    -------
    None where somebody else publishes just now.

    Notes
    -----
    Killed half way it leaves files that no reader sees yet; the next time goes on from there.
    """
    last = Change.objects.filter(revision__isnull=False).order_by("-revision").first()
    upto = (last.revision or 0) if last else 0
    at = (last.recorded_at if last else None) or datetime(1970, 1, 1, tzinfo=UTC)
    before = state()
    if before is not None and before.revision >= upto:
        return Published(before.epoch, before.revision)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PUBLISH])
        if not cursor.fetchone()[0]:
            return None
    epoch = _epoch()
    asked = _asked(before, upto)
    if most is not None and len(asked) > most:
        return Published(epoch, before.revision if before else 0, waiting=len(asked))
    changed = gone = done = 0
    for start in range(0, len(asked), _BATCH):
        names = asked[start : start + _BATCH]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH])
            new, lost = _one_batch(names, epoch, upto, at)
        changed, gone, done = changed + new, gone + lost, done + len(names)
        if progress is not None:
            progress(done, len(asked))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH])
        now = state()
        # Another publisher may have come further meanwhile.
        if now is None or now.revision < upto:
            PublishedState.objects.update_or_create(
                id=1, defaults={"epoch": epoch, "revision": upto, "recorded_at": at}
            )
    return Published(epoch, upto, changed, gone)


def touched_since(epoch: int, revision: int) -> list[UUID]:
    """Plans that changed after a revision, they themselves or what belongs to them; also those that are gone.

    Raises
    ------
    LookupError : the register was restored since, or has not come so far.
    """
    last = Change.objects.filter(revision__isnull=False).order_by("-revision").first()
    upto = (last.revision or 0) if last else 0
    if epoch != _epoch() or revision > upto:
        raise LookupError(
            f"the cursor {epoch}.{revision} is of another epoch than {_epoch()}, or ahead of revision {upto}: the "
            "register was restored since. Export everything, without --since"
        )
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"after": revision, "upto": upto, "plan_levels": list(PLAN_LEVELS)})
        return sorted(row[0] for row in cursor.fetchall())


def _epoch() -> int:
    return Epoch.objects.order_by("-number").values_list("number", flat=True).first() or 0


def _asked(before: PublishedState | None, upto: int) -> list[UUID]:
    values: dict[str, Any] = {
        "after": before.revision if before else 0,
        "upto": upto,
        "plan_levels": list(PLAN_LEVELS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVERY if before is None else _TOUCHED, values)
        return sorted(row[0] for row in cursor.fetchall())


def _one_batch(names: Collection[UUID], epoch: int, revision: int, at: datetime) -> tuple[int, int]:
    """Write some plans; answers how many are new or changed, and how many are gone."""
    held = {row.plan: row for row in PublishedPlan.objects.filter(plan__in=names, latest=True)}
    made: list[PublishedPlan] = []
    seen: set[UUID] = set()
    for group in plan_groups(plan_ids=[str(name) for name in names], known=revision):
        if group.plan is None:
            continue
        row = _written(group, epoch, revision, at)
        if row is None:
            continue
        seen.add(row.plan)
        old = held.get(row.plan)
        if old is None or old.gone or old.sha256 != row.sha256 or old.epoch != epoch:
            made.append(row)
    lost = [
        PublishedPlan(
            plan=name, epoch=epoch, revision=revision, gone=True, recorded_at=at,
            municipality=old.municipality, number=old.number, title=old.title,
        )
        for name, old in held.items()
        if name not in seen and not (old.gone and old.epoch == epoch)
    ]  # fmt: skip
    _put((*made, *lost), epoch, revision)
    return len(made), len(lost)


def _put(rows: Iterable[PublishedPlan], epoch: int, revision: int) -> None:
    fresh = list(rows)
    names = [row.plan for row in fresh]
    # What an earlier attempt at this very revision left, and no reader has seen.
    PublishedPlan.objects.filter(plan__in=names, epoch=epoch, revision=revision).delete()
    PublishedPlan.objects.filter(plan__in=names, latest=True).update(latest=False)
    PublishedPlan.objects.bulk_create(fresh)


def _written(group: PlanGroup, epoch: int, revision: int, at: datetime) -> PublishedPlan | None:
    """A plan as a file; None where nothing of it can be written."""
    assert group.plan is not None
    stream = io.BytesIO()
    out = Output(stream)
    summary = inspire_plu.write([group], out, namespace=settings.REGISTER_NAMESPACE)
    if not summary.plans:
        return None
    plain = stream.getvalue()
    return PublishedPlan(
        plan=group.plan.objekt_id,
        epoch=epoch,
        revision=revision,
        municipality=group.plan.municipality or "",
        number=group.plan.number or "",
        title=group.plan.title or "",
        sha256=hashlib.sha256(plain).hexdigest(),
        size=len(plain),
        features=sum(summary.features.values()),
        content=gzip.compress(plain, 6, mtime=0),
        recorded_at=at,
    )
