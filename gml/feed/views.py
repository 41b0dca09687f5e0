"""``/register/``: the feed of plans for whoever harvests them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.ledger.audit.chain import heads
from geodata.problems import Fault, problem
from gml.feed import bulk, changes
from gml.feed.cursor import read_cursor
from gml.feed.publish import WHILE_WAITING, publish, state
from gml.feed.sending import send, send_file
from gml.feed.signing import ALGORITHM, public_key, signature
from gml.models.published import PublishedBulk, PublishedPlan, PublishedState

#: Media type of GML in the INSPIRE register of media types.
GML: Final = "application/gml+xml"
#: A version that the state tells of; in an epoch that has ended all of them were told of.
_VERSION: Final = """
SELECT p.id, p.content, p.size, p.sha256, p.recorded_at FROM gml_publishedstate s
JOIN LATERAL (SELECT * FROM gml_publishedplan WHERE plan = %(plan)s AND revision = %(revision)s
              ORDER BY epoch DESC LIMIT 1) p ON p.epoch <> s.epoch OR p.revision <= s.revision
WHERE s.epoch = (SELECT coalesce(max(number), 0) FROM ledger_epoch)
"""


def up_to_date() -> PublishedState | None:
    """The state of the feed after publishing what little has changed; None = the command has to publish first."""
    publish(most=WHILE_WAITING)
    return state()


def not_yet() -> HttpResponse:
    """What a harvester is told before the first publication."""
    response = problem(503, "The register is being published.", detail="Ask again in a minute.")
    response["Retry-After"] = "60"
    return response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What there is to harvest, for people."""
    now = up_to_date()
    context: dict[str, Any] = {"state": now, "namespace": settings.REGISTER_NAMESPACE}
    if now is not None:
        rows = PublishedPlan.objects.filter(
            latest=True, gone=False, epoch=now.epoch, revision__lte=now.revision
        )
        context["municipalities"] = list(
            rows.values("municipality").annotate(plans=Count("id"), size=Sum("size")).order_by("municipality")
        )
        context["newest"] = rows.defer("content").order_by("-revision", "plan")[:20]
    return render(request, "register/index.html", context)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What stands now: counts, the digest of all plans, and the head of the audit chain."""
    now = up_to_date()
    if now is None:
        return not_yet()
    digest, count = changes.digest(now)
    document = {
        "cursor": f"{now.epoch}.{now.revision}",
        "epoch": now.epoch,
        "revision": now.revision,
        "recorded_at": now.recorded_at.isoformat(),
        "plans": count,
        "digest": {"algorithm": "sha256 over lines of 'plan sha256' in order of plans", "value": digest},
        "audit_heads": _heads(),
        "changes": request.build_absolute_uri(reverse("register:changes")),
        "namespace": settings.REGISTER_NAMESPACE,
        "bulk": _bulk(request, now),
    }
    document["signature"] = signature(document, settings.REGISTER_KEY)
    response = JsonResponse(document)
    response["Cache-Control"] = "public, no-cache"
    return response


def _bulk(request: HttpRequest, now: PublishedState) -> dict[str, Any] | None:
    """The bulk files and the cursor that goes on from them; None = there are none."""
    rows = bulk.current(now)
    if not rows:
        return None
    return {
        # Whoever begins there misses nothing: a file that was written later tells of more.
        "cursor": f"{now.epoch}.{min(row.revision for row in rows)}",
        "files": [
            {
                "municipality": None if row.scope in (bulk.ALL, bulk.NONE) else row.scope,
                "scope": row.scope,
                "plans": row.plans,
                "bytes": row.size,
                "sha256": row.sha256,
                "href": request.build_absolute_uri(reverse("register:bulk", args=[row.scope])),
            }
            for row in rows
        ],
    }


@require_safe
def bulk_file(request: HttpRequest, scope: str) -> HttpResponseBase:
    """All plans of a municipality (or ``all``) as one file, as of the last time they were gathered."""
    row = PublishedBulk.objects.filter(scope=scope).first()
    if row is None and scope == bulk.ALL:
        return not_yet()  # other pages name this one, and it is a matter of time
    if row is None:
        raise Http404(_("There is no such bulk file."))
    try:
        return send_file(
            request,
            path=bulk.path_of(row),
            size=row.size,
            sha256=row.sha256,
            media_type=GML,
            changed_at=row.recorded_at,
        )
    except FileNotFoundError:
        return not_yet()


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The public key of the register; 404 where its manifests are not signed."""
    if not settings.REGISTER_KEY:
        raise Http404(_("The manifests of this register are not signed."))
    return JsonResponse({"algorithm": ALGORITHM, "public_key": public_key(settings.REGISTER_KEY)})


def _heads() -> dict[str, dict[str, Any]]:
    """The last row of each audit chain; ``-`` is that of no municipality."""
    return {head.chain or "-": {"sequence": head.sequence, "hash": head.hash} for head in heads()}


@require_safe
def change_feed(request: HttpRequest) -> HttpResponse:
    """New versions and tombstones after a cursor: ``?since=1.4711&limit=500``; without ``since`` from zero."""
    faults = [
        Fault(name, "unknown_parameter", "known are since and limit")
        for name in request.GET
        if name not in ("since", "limit")
    ]
    limit, written, since = request.GET.get("limit", "500"), request.GET.get("since", ""), None
    if not (limit.isascii() and limit.isdigit() and len(limit) < 7 and 1 <= int(limit) <= changes.MOST):
        faults.append(Fault("limit", "out_of_range", f"a whole number from 1 to {changes.MOST}"))
    if written not in ("", "0"):
        try:
            since = read_cursor(written)
        except ValueError as error:
            faults.append(Fault("since", "no_cursor", str(error)))
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    now = up_to_date()
    if now is None:
        return not_yet()
    try:
        page = changes.page(now, since, int(limit))
    except changes.Outdated as error:
        return problem(410, "The cursor is of before a restore.", detail=str(error))
    document = {
        "cursor": str(page.cursor),
        "more": page.more,
        "changes": [_change(request, row) for row in page.changes],
    }
    response = JsonResponse(document)
    response["Cache-Control"] = "public, no-cache"
    return response


def _change(request: HttpRequest, row: PublishedPlan) -> dict[str, Any]:
    told: dict[str, Any] = {
        "plan": str(row.plan),
        "revision": row.revision,
        "recorded_at": row.recorded_at.isoformat(),
        "state": "gone" if row.gone else "current",
        "municipality": row.municipality or None,
        "number": row.number or None,
        "title": row.title or None,
    }
    if not row.gone:
        address = reverse("register:version", args=[row.plan, row.revision])
        told |= {"sha256": row.sha256, "bytes": row.size, "href": request.build_absolute_uri(address)}
    return told


@require_safe
def plan(request: HttpRequest, name: UUID) -> HttpResponse:
    """A plan as it stands; 410 where it has been withdrawn."""
    now = up_to_date()
    if now is None:
        return not_yet()
    rows = PublishedPlan.objects.filter(plan=name, epoch=now.epoch, revision__lte=now.revision)
    return _file(request, rows.order_by("-revision").first(), for_ever=False)


@require_safe
@transaction.non_atomic_requests  # one question, since harvesters ask it for every plan
def version(request: HttpRequest, name: UUID, revision: int) -> HttpResponse:
    """A plan as one revision published it; the answer never changes."""
    found = next(iter(PublishedPlan.objects.raw(_VERSION, {"plan": name, "revision": revision})), None)
    if found is None:
        raise Http404(_("There is no such version of a plan."))
    return _file(request, found, for_ever=True)


def _file(request: HttpRequest, row: PublishedPlan | None, *, for_ever: bool) -> HttpResponse:
    if row is None:
        raise Http404(_("There is no such plan in the register."))
    if row.content is None:
        return problem(410, "The plan has been withdrawn from the register.")
    return send(
        request,
        packed=bytes(row.content),
        size=row.size,
        sha256=row.sha256,
        media_type=GML,
        changed_at=row.recorded_at,
        for_ever=for_ever,
    )
