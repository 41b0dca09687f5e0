"""Addresses under the name space of our ids: lists of values, registers and municipalities, ids of plans."""

from django.urls import path, re_path

from gml.codelists import views

app_name = "codes"
_LISTS = r"codelist/[A-Za-z]+|register|kommune"
_ID = r"[0-9a-f]{8}-[0-9a-f-]{27}(?:\.[a-z]+)?"
urlpatterns = [
    path("codelist", views.index, name="index"),
    re_path(rf"^(?P<path>{_LISTS})/(?P<name>[^/]+)$", views.value, name="value"),
    re_path(rf"^(?P<path>(?:{_LISTS})(?:\.(?:html|json|xml))?)$", views.code_list, name="list"),
    re_path(rf"^(?P<name>{_ID})$", views.identifier, name="identifier"),
]
