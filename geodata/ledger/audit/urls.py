"""Address of the audit trail."""

from django.urls import path

from geodata.ledger.audit.page import audit

urlpatterns = [path("", audit, name="audit")]
