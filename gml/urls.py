"""Addresses of register exchange, under ``/register/``."""

from django.urls import path

from gml.validate.page import validate_page

app_name = "register"
urlpatterns = [
    path("validate", validate_page, name="validate"),
]
