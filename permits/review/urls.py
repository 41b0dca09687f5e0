"""Addresses of the reviewer's pages."""

from django.urls import path

from permits.review import corrections, views

app_name = "review"
urlpatterns = [
    path("", views.applications, name="applications"),
    path("sager/<uuid:public_id>/", views.application, name="application"),
    path("sager/<uuid:public_id>/evidence.json", views.evidence, name="evidence"),
    path("sager/<uuid:public_id>/rettelser/", corrections.correct, name="correct"),
    path("sager/<uuid:public_id>/rettelser/<int:correction>/fortryd/", corrections.withdraw, name="withdraw"),
]
