"""Addresses of the applicant's pages; the steps of an application come here."""

from django.urls import URLPattern, URLResolver

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = []
