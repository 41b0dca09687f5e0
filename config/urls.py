"""Addresses of the site. Each room declares its own pages; this file only says where they hang."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
