"""Words for answers, the same in list, panel and filter."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

#: Filter and tag for applications that no run has answered yet.
UNCHECKED: Final = "unchecked"

LABELS: Final = {
    "fail": _("Not allowed"),
    "needs_dispensation": _("Needs a dispensation"),
    "overall_assessment": _("Overall assessment"),
    "needs_other_consent": _("Needs another consent"),
    "needs_manual": _("A case worker must look"),
    "pass": _("Complies"),
    "not_applicable": _("Does not apply"),
    UNCHECKED: _("Not checked yet"),
}


def label(answer: str) -> str:
    """Words for an answer; one that is not known is said as it is."""
    return str(LABELS.get(answer, answer))
