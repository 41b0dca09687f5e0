"""Addresses of the site. Each room declares its own pages; this file only says where they hang."""

from django.urls import URLPattern, URLResolver, include, path

from config.health import health
from geodata.checks.views import faults

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("permits.review.urls")),
    path("ansoeg/", include("permits.portal.urls")),
    path("ejendom/", include("geodata.property_lookup.urls")),
    path("api/property/", include("geodata.property_lookup.api")),
    path("konto/", include("geodata.accounts.urls")),
    path("audit/", include("geodata.ledger.audit.urls")),
    path("api/faults", faults, name="faults"),
    path("imports/", include("geodata.ledger.pages.urls")),
    path("tiles/", include("tileserver.urls")),
    path("register/", include("gml.feed.urls")),
    path("ogc/", include("gml.ogc.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("health", health, name="health"),
]
