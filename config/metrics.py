"""``/metrics``: counts and durations in Prometheus form.

Requests are named by view, never by address. The processes of the site count in files of one folder
(``PROMETHEUS_MULTIPROC_DIR``, set by ``config.serving``), so that whichever is asked answers for all. Jobs, queue,
workers and registers are asked of the database when somebody looks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from secrets import compare_digest

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config import watching

REQUESTS = Counter("planvaerk_requests_total", "Requests that were answered.", ["view", "method", "status"])
SECONDS = Histogram(
    "planvaerk_request_seconds",
    "Seconds from a request to the end of its answer.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
ERRORS = Counter(
    "planvaerk_errors_total", "Requests that failed, by kind of the exception.", ["view", "kind"]
)


class FromDatabase(Collector):
    """What stands in the database; one that does not answer is told by ``planvaerk_database_up`` alone."""

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("planvaerk_database_up", "1: the database answers.", value=1)
        try:
            found = list(_asked())
        except (DatabaseError, InterfaceError):
            up = GaugeMetricFamily("planvaerk_database_up", "1: the database answers.", value=0)
            found = []
        return [up, *found]


def _asked() -> Iterable[Metric]:
    jobs = GaugeMetricFamily("planvaerk_jobs", "Background jobs.", labels=["kind", "state"])
    for kind, state, number in watching.jobs():
        jobs.add_metric([kind, state], number)
    yield jobs
    waiting = watching.queue()
    yield GaugeMetricFamily("planvaerk_queue_jobs", "Jobs that nobody has begun.", value=waiting.length)
    yield GaugeMetricFamily(
        "planvaerk_queue_oldest_seconds", "How long the oldest has waited.", value=waiting.oldest_s
    )
    workers = watching.workers()
    yield GaugeMetricFamily("planvaerk_workers", "Workers that are known.", value=workers.known)
    if workers.silent_s is not None:
        yield GaugeMetricFamily(
            "planvaerk_worker_silent_seconds", "Since the last sign of life.", value=workers.silent_s
        )
    ages = GaugeMetricFamily(
        "planvaerk_source_age_seconds", "Since a register delivered.", labels=["source", "theme"]
    )
    for source in watching.sources():
        if source.age_s is not None:
            ages.add_metric([source.source, source.theme], source.age_s)
    yield ages
    yield GaugeMetricFamily("planvaerk_revision", "The last finished change.", value=watching.revision() or 0)


def _may_read(request: HttpRequest) -> bool:
    """By the token where one is set; without one, from the machine itself, of a site with no proxy in front."""
    if token := settings.METRICS_TOKEN:
        return compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    in_front = settings.ALLAUTH_TRUSTED_PROXY_COUNT or settings.CSRF_TRUSTED_ORIGINS
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"))
    return not in_front and not passed_on and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


@transaction.non_atomic_requests  # a database that is away is one of the figures
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures (text/plain, version 0.0.4); 403 without ``PLANVAERK_METRICS_TOKEN`` from anywhere but here."""
    if not _may_read(request):
        raise PermissionDenied(_("The figures are for the machine itself, or for who holds the token."))
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(REGISTRY)
    registry = CollectorRegistry()
    registry.register(FromDatabase())
    return HttpResponse(text + generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
