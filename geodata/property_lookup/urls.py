"""Addresses of the property look-up, below ``/ejendom/``."""

from django.urls import path

from geodata.property_lookup.pages import contests, looks, showing

app_name = "lookup"
urlpatterns = [
    path("", showing.search, name="search"),
    path("formaal/", showing.state_purpose, name="purpose"),
    path("opslag/", looks.looks, name="looks"),
    path("opslag/csv/", looks.export_looks, name="export_looks"),
    path("indsigelser/", contests.contests, name="contests"),
    path("indsigelser/<int:contest>/svar/", contests.answer, name="answer"),
    path("<str:district>/<str:number>/", showing.page, name="property"),
    path("<str:district>/<str:number>/indsigelse/", contests.contest, name="contest"),
]
