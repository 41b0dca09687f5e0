"""Addresses of register exchange, under ``/register/``: the feed and the page of the validator."""

from django.urls import path

from gml.feed import atom, views
from gml.metadata import views as metadata
from gml.validate.page import validate_page

app_name = "register"
urlpatterns = [
    path("validate", validate_page, name="validate"),
    path("", views.index, name="index"),
    path("manifest.json", views.manifest, name="manifest"),
    path("changes", views.change_feed, name="changes"),
    path("key.json", views.key, name="key"),
    path("bulk/<slug:scope>.gml", views.bulk_file, name="bulk"),
    path("plans/<uuid:name>.gml", views.plan, name="plan"),
    path("plans/<uuid:name>/<int:revision>.gml", views.version, name="version"),
    path("atom.xml", atom.service, name="atom"),
    path("atom/plans.xml", atom.plans, name="atom_plans"),
    path("opensearch.xml", atom.opensearch, name="opensearch"),
    path("metadata/data.xml", metadata.data_record, name="data_record"),
    path("metadata/service.xml", metadata.service_record, name="service_record"),
    path("catalogue.jsonld", metadata.catalogue, name="catalogue"),
]
