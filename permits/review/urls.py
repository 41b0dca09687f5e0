"""Addresses of the reviewer's pages."""

from django.urls import path

from permits.review import check_again, corrections, rulesets, views

app_name = "review"
urlpatterns = [
    path("", views.applications, name="applications"),
    path("sager/<uuid:public_id>/", views.application, name="application"),
    path("sager/<uuid:public_id>/evidence.json", views.evidence, name="evidence"),
    path("sager/<uuid:public_id>/kontrol/", check_again.check_again, name="check_again"),
    path("regelsaet/", rulesets.rulesets, name="rulesets"),
    path("regelsaet/<str:name>/", rulesets.ruleset, name="ruleset"),
    path("regelsaet/<str:name>/underskriv/", rulesets.sign, name="sign_ruleset"),
    path("sager/<uuid:public_id>/rettelser/", corrections.correct, name="correct"),
    path("sager/<uuid:public_id>/rettelser/<int:correction>/fortryd/", corrections.withdraw, name="withdraw"),
]
