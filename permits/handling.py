"""What the verbs of case handling share: the case locked, the finding they are about, who may be given work."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from geodata.accounts.models import Role, User
from permits.models.applications import Application, ApplicationState
from permits.models.findings import Finding
from permits.models.handling import About, Judgement

_LENGTH: Final = 500
#: Who a case or a task may be given to.
WORKERS: Final = (Role.CASE_WORKER, Role.PLANNER, Role.LEAD)
#: Answers that a case worker may decide instead of the one that was found.
INSTEAD: Final = (
    "pass",
    "not_applicable",
    "needs_other_consent",
    "overall_assessment",
    "needs_dispensation",
    "fail",
)


class CannotHandle(ValueError):
    """It makes no sense; the message, in the person's language, says why. Nothing is stored."""


def locked(application: int) -> Application:
    """The case, and nobody else handles it until the transaction ends; the tenant is open.

    Raises
    ------
    CannotHandle : it is not there, is a draft or has been withdrawn.
    """
    found = (
        Application.objects.select_for_update(of=("self",))
        .filter(pk=application, state=ApplicationState.SUBMITTED)
        .first()
    )
    if found is None:
        raise CannotHandle(_("Only applications that have been sent in can be handled."))
    return found


def finding_of(application: int, finding: int) -> Finding:
    """A finding of the newest check of a case.

    Raises
    ------
    CannotHandle : it belongs to another case, or a later check has taken its place.
    """
    found = Finding.objects.newest_of(application).filter(pk=finding).first()
    if found is None:
        raise CannotHandle(_("A later check has taken the place of this finding. Read the new one first."))
    return found


def as_it_is(finding: Finding) -> dict[str, Any]:
    """The columns of :class:`permits.models.handling.About` from a finding."""
    return {
        "run_id": finding.run_id,
        "finding_id": finding.pk,
        "rule": finding.rule,
        "building": finding.building,
        "area": finding.area,
        "feature": finding.feature,
        "outcome": finding.outcome,
        "outcome_reason": finding.reason,
        "measured": finding.measured,
        "limit": finding.limit,
    }


def copied(about: About) -> dict[str, Any]:
    """The columns of :class:`permits.models.handling.About` from a row that has them."""
    return {field.name: getattr(about, field.name) for field in About._meta.get_fields()}


def not_judged_yet(finding: Finding) -> None:
    """A finding is judged once; who thinks otherwise takes the judgement back first.

    Raises
    ------
    CannotHandle : somebody has accepted or overridden it.
    """
    if Judgement.objects.filter(finding_id=finding.pk, withdraws=None, withdrawal=None).exists():
        raise CannotHandle(_("This finding has been judged already. Undo that first."))


def said(text: str, missing: str = "") -> str:
    """Words of a person with their spaces put in order.

    Raises
    ------
    CannotHandle : too long, or empty where ``missing`` says that something is wanted.
    """
    words = " ".join(text.replace("\x00", "").split())
    if missing and not words:
        raise CannotHandle(missing)
    if len(words) > _LENGTH:
        raise CannotHandle(_("The text is too long; write at most 500 characters."))
    return words


def worker(person: int | None, municipality: str) -> User | None:
    """Somebody who handles cases there; None = nobody.

    Raises
    ------
    CannotHandle : the person does not work with cases of the municipality.
    """
    if person is None:
        return None
    found = workers(municipality).filter(pk=person).first()
    if found is None:
        raise CannotHandle(_("This person does not work with cases here."))
    return found


def workers(municipality: str) -> QuerySet[User]:
    """Those whom a case or a task may be given to (queryset of users, by name)."""
    return (
        User.objects.filter(
            is_active=True, memberships__municipality_id=municipality, memberships__role__in=WORKERS
        )
        .distinct()
        .order_by("display_name", "username")
    )
