"""Addresses of the pages about imports."""

from django.urls import path

from geodata.ledger.pages import changing, showing

app_name = "imports"
urlpatterns = [
    path("", showing.imports, name="list"),
    path("upload/", changing.upload, name="upload"),
    path("<int:run>/", showing.detail, name="detail"),
    path("<int:run>.json", showing.as_json, name="json"),
    path("<int:run>/cancel/", changing.cancel, name="cancel"),
    path("<int:run>/resume/", changing.resume, name="resume"),
    path("<int:run>/quarantine/<int:record>/retry/", changing.retry, name="retry"),
]
