"""Addresses of the register feed."""

from django.urls import path

from gml.feed import atom, views

app_name = "register"
urlpatterns = [
    path("", views.index, name="index"),
    path("manifest.json", views.manifest, name="manifest"),
    path("changes", views.change_feed, name="changes"),
    path("plans/<uuid:name>.gml", views.plan, name="plan"),
    path("plans/<uuid:name>/<int:revision>.gml", views.version, name="version"),
    path("atom.xml", atom.service, name="atom"),
    path("atom/plans.xml", atom.plans, name="atom_plans"),
    path("opensearch.xml", atom.opensearch, name="opensearch"),
]
