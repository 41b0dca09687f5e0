"""Words for answers and names of rules, the same in list, panel, filter and receipt."""

from __future__ import annotations

from typing import Final, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from permits.rulebook import Rule, discover

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


def language() -> Literal["da", "en"]:
    """The active language, of the two that proofs and names of rules are told in."""
    return "en" if (get_language() or "da").startswith("en") else "da"


def name_of(rule: Rule) -> str:
    """Name of a rule in the active language."""
    return rule.name_da if language() == "da" else rule.name_en


def title_of(rule: str) -> str:
    """Name of the rule with this id in the active language; the id where there is no such rule any more."""
    known = discover().get(rule)
    return rule if known is None else name_of(known)
