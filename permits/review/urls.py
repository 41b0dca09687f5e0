"""Addresses of the reviewer's pages."""

from django.urls import path

from permits.review import check_again, corrections, handle, printed, rulesets, views

app_name = "review"
urlpatterns = [
    path("", views.applications, name="applications"),
    path("sager/<uuid:public_id>/", views.application, name="application"),
    path("sager/<uuid:public_id>/evidence.json", views.evidence, name="evidence"),
    path("sager/<uuid:public_id>/udskrift/", printed.printed, name="print"),
    path("sager/<uuid:public_id>/kontrol/", check_again.check_again, name="check_again"),
    path("regelsaet/", rulesets.rulesets, name="rulesets"),
    path("regelsaet/<str:name>/", rulesets.ruleset, name="ruleset"),
    path("regelsaet/<str:name>/underskriv/", rulesets.sign, name="sign_ruleset"),
    path("sager/<uuid:public_id>/rettelser/", corrections.correct, name="correct"),
    path("sager/<uuid:public_id>/rettelser/<int:correction>/fortryd/", corrections.withdraw, name="withdraw"),
    path("sager/<uuid:public_id>/fund/<int:finding>/tiltraed/", handle.accept, name="accept"),
    path("sager/<uuid:public_id>/fund/<int:finding>/tilsidesaet/", handle.override, name="override"),
    path("sager/<uuid:public_id>/fund/<int:finding>/opgave/", handle.task, name="task"),
    path("sager/<uuid:public_id>/vurdering/<int:judgement>/fortryd/", handle.withdraw, name="unjudge"),
    path("sager/<uuid:public_id>/opgave/<int:task>/udfoert/", handle.finish, name="finish_task"),
    path("sager/<uuid:public_id>/tildel/", handle.assign, name="assign"),
    path("sager/<uuid:public_id>/haendelse/", handle.event, name="event"),
]
