"""Addresses of the applicant's pages: one for each step of an application."""

from django.urls import URLPattern, URLResolver, path

from permits.portal.pages import answering, beginning, drawing, layers, sending

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", beginning.start, name="start"),
    path("begin/", beginning.begin, name="begin"),
    path("<uuid:public_id>/what/", beginning.what, name="what"),
    path("<uuid:public_id>/where/", beginning.where, name="where"),
    path("<uuid:public_id>/applies/", beginning.applies, name="applies"),
    path("<uuid:public_id>/drawing/", drawing.drawing, name="drawing"),
    path("<uuid:public_id>/layers/", layers.layers, name="layers"),
    path("<uuid:public_id>/measures/", drawing.measures, name="measures"),
    path("<uuid:public_id>/answer/", answering.answer, name="answer"),
    path("<uuid:public_id>/use/", answering.use, name="use"),
    path("<uuid:public_id>/parties/", sending.parties, name="parties"),
    path("<uuid:public_id>/review/", sending.review, name="review"),
    path("<uuid:public_id>/submit/", sending.submit, name="submit"),
    path("<uuid:public_id>/receipt/", sending.receipt, name="receipt"),
    path("<uuid:public_id>/receipt.pdf", sending.receipt_pdf, name="receipt_pdf"),
    path("<uuid:public_id>/discard/", beginning.discard, name="discard"),
]
