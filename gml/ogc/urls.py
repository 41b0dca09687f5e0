"""Addresses of OGC API Features."""

from django.urls import path

from gml.ogc import views

app_name = "ogc"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("conformance", views.conformance, name="conformance"),
    path("api", views.api, name="api"),
    path("collections", views.collections, name="collections"),
    path("collections/<slug:key>", views.collection, name="collection"),
    path("collections/<slug:key>/items", views.items, name="items"),
    path("collections/<slug:key>/items/<str:name>", views.item, name="item"),
    path("collections/<slug:key>/queryables", views.asked_for, name="queryables"),
]
