"""The worst answer about an application, for lists and maps.

The newest run of an application is marked ``latest``. What people see differs from the stored outcomes in one
point: ``needs_manual`` because of ``overall_assessment`` is an answer of its own, since the building then exceeds
the building right (byggeretten) and the municipality weighs it as a whole (helhedsvurdering), whereas other
``needs_manual`` only say that somebody has to look.
"""

from __future__ import annotations

from typing import Final

#: Answers as they are shown, worst first.
ANSWERS: Final = (
    "fail",
    "needs_dispensation",
    "overall_assessment",
    "needs_other_consent",
    "needs_manual",
    "pass",
    "not_applicable",
)
#: Answers that stand against the building as it is drawn.
BREACHES: Final = ("fail", "needs_dispensation", "overall_assessment")

_ANSWER: Final = "CASE WHEN f.reason = 'overall_assessment' THEN f.reason ELSE f.outcome END"
_ORDER: Final = "ARRAY[" + ", ".join(f"'{answer}'" for answer in ANSWERS) + "]::varchar[]"


def answer_of(outcome: str, reason: str) -> str:
    """The shown answer of one finding."""
    return reason if reason == "overall_assessment" else outcome


def worst_sql(application: str) -> str:
    """SQL of the worst answer about an application (a column such as ``a.id``); NULL = not checked yet."""
    return (
        f"(SELECT ({_ORDER})[min(array_position({_ORDER}, ({_ANSWER})::varchar))] FROM permits_finding f "
        f"WHERE f.application_id = {application} AND f.latest)"
    )


def breaches_sql(application: str) -> str:
    """SQL of the number of findings that stand against what is drawn."""
    listed = ", ".join(f"'{answer}'" for answer in BREACHES)
    return (
        "(SELECT count(*) FROM permits_finding f "
        f"WHERE f.application_id = {application} AND f.latest AND {_ANSWER} IN ({listed}))"
    )


def is_unchecked(application: int) -> bool:
    """Whether no run has answered an application yet."""
    from permits.models.findings import Finding

    return not Finding.objects.filter(application_id=application, latest=True).exists()
