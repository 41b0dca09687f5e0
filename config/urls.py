"""Addresses of the site. Each room declares its own pages; this file only says where they hang."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import health
from config.accessibility.page import accessibility, known_defects
from config.metrics import metrics
from config.openapi import openapi
from geodata.checks.views import faults

#: Where the ids and code lists of exported plans are to be found on this site.
_IDS = urlsplit(settings.REGISTER_NAMESPACE).path.strip("/")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("permits.review.urls")),
    path("apply/", include("permits.portal.urls")),
    path("ejendom/", include("geodata.property_lookup.urls")),
    path("api/property/", include("geodata.property_lookup.api")),
    path("konto/", include("geodata.accounts.urls")),
    path("audit/", include("geodata.ledger.audit.urls")),
    path("api/openapi.json", openapi, name="openapi"),
    path("api/", include("permits.api")),
    path("api/cases/", include("permits.review.api")),
    path("api/faults", faults, name="faults"),
    path("imports/", include("geodata.ledger.pages.urls")),
    path("register/", include("gml.urls")),
    path("tiles/", include("tileserver.urls")),
    path("ogc/", include("gml.ogc.urls")),
    path(f"{_IDS}/" if _IDS else "", include("gml.codelists.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("tilgaengelighed/", accessibility, name="accessibility"),
    path("tilgaengelighed/mangler.json", known_defects, name="known_defects"),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("health/worker", health.worker, name="health_worker"),
    path("health/sources", health.sources, name="health_sources"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler429 = "config.problems.too_many"  # asked for by allauth
handler500 = "config.problems.server_error"
