"""The change feed: what was published after a cursor, in order, page by page; and the proof that it is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from gml.feed.cursor import Cursor
from gml.models.published import PublishedPlan, PublishedState

MOST: Final = 1000
#: The newest of each plan up to the state, since a later revision may be on its way in.
_DIGEST: Final = """
SELECT encode(sha256(convert_to(lines, 'UTF8')), 'hex'), plans
FROM (SELECT coalesce(string_agg(plan || ' ' || sha256 || E'\\n', '' ORDER BY plan), '') AS lines, count(*) AS plans
      FROM (SELECT DISTINCT ON (plan) plan, sha256, gone FROM gml_publishedplan
            WHERE epoch = %s AND revision <= %s ORDER BY plan, revision DESC) newest
      WHERE NOT gone) standing
"""


class Outdated(LookupError):
    """The cursor is of before a restore; the message says how to begin anew."""


@dataclass(frozen=True)
class Page:
    """Some changes, the cursor to go on from, and whether more follow at once."""

    changes: list[PublishedPlan]
    cursor: Cursor
    more: bool


def page(state: PublishedState, since: Cursor | None, limit: int) -> Page:
    """Changes after a cursor (None = from zero), each plan as it became, the oldest first.

    Raises
    ------
    Outdated : the cursor is of another epoch, or ahead of what there is.
    """
    at = since or Cursor(state.epoch, 0)
    if at.epoch != state.epoch or at.revision > state.revision:
        raise Outdated(
            f"the cursor {at} is of another epoch than {state.epoch}, or ahead of revision {state.revision}: the "
            "register was restored since. Begin from zero, and keep what has the same sha256"
        )
    rows = PublishedPlan.objects.defer("content").filter(epoch=state.epoch, revision__lte=state.revision)
    rows = rows.order_by("revision", "plan")
    found: list[PublishedPlan] = []
    if at.after is not None:
        # The rest of a revision is asked for by itself: the index leads straight to it.
        found += rows.filter(revision=at.revision, plan__gt=at.after)[: limit + 1]
    found += rows.filter(revision__gt=at.revision)[: limit + 1 - len(found)]
    if len(found) <= limit:
        return Page(found, Cursor(state.epoch, state.revision), more=False)
    last = found[limit - 1]
    # Past the plan within its revision, so that a page never has to hold a whole revision.
    return Page(found[:limit], Cursor(state.epoch, last.revision, last.plan), more=True)


def digest(state: PublishedState) -> tuple[str, int]:
    """SHA-256 over ``plan sha256`` of all plans that stand, one a line in order of plans; and how many they are.

    Whoever has followed the feed works out the same from the files kept, and knows by it that none is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, [state.epoch, state.revision])
        found, count = cursor.fetchone()
    return str(found), int(count)
