"""Who may do what: the one table of roles and verbs, and the one question asked of it.

A verb is what an action is recorded as (``room.verb_object``), or a kind of reading that not everybody has. A verb
that is not in the table is nobody's: a new action has to be entered here, or only the terminal can do it. What a
person may do follows from the memberships in the municipality it concerns and from nothing else; there is no
superuser of the site.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from geodata.accounts.models import Membership, Role

Person = AbstractBaseUser | AnonymousUser

APPLICANT = Role.APPLICANT  # ansøger
ADVISER = Role.ADVISER  # rådgiver
CASE_WORKER = Role.CASE_WORKER  # sagsbehandler
PLANNER = Role.PLANNER  # planlægger
LEAD = Role.LEAD  # teamleder
CLERK = Role.REGISTER_CLERK  # registermedarbejder
ADMINISTRATOR = Role.ADMINISTRATOR  # administrator
AUDITOR = Role.AUDITOR  # revisor

_APPLYING: Final = (APPLICANT, ADVISER)
_OFFICE: Final = (CASE_WORKER, PLANNER, LEAD)

#: verb → roles that may do it in their municipality.
MAY: Final[dict[str, frozenset[Role]]] = {
    verb: frozenset(roles)
    for verb, roles in {
        # reading
        "permits.read_own_applications": (*_APPLYING, *_OFFICE),
        "permits.read_applications": (*_OFFICE, AUDITOR),
        "ledger.read_audit": (LEAD, ADMINISTRATOR, AUDITOR),
        "ledger.read_imports": (*_OFFICE, CLERK, ADMINISTRATOR, AUDITOR),
        "ledger.read_quarantine": (CLERK, ADMINISTRATOR),
        # applications (ansøgninger); a draft is told by whoever has a role there, and by visitors
        "permits.start_draft": (*_APPLYING, *_OFFICE),
        "permits.change_draft": (*_APPLYING, *_OFFICE),
        "permits.discard_draft": (*_APPLYING, *_OFFICE),
        "permits.submit_draft": (*_APPLYING, CASE_WORKER, LEAD),
        "permits.submit_application": (*_APPLYING, CASE_WORKER, LEAD),
        "permits.withdraw_application": (*_APPLYING, CASE_WORKER, LEAD),
        "permits.check_applications": _OFFICE,
        "permits.mark_affected": (LEAD, ADMINISTRATOR),
        "permits.correct_input": (CASE_WORKER, LEAD),
        "permits.withdraw_correction": (CASE_WORKER, LEAD),
        "permits.accept_finding": (CASE_WORKER, LEAD),
        "permits.override_finding": (CASE_WORKER, LEAD),
        "permits.withdraw_judgement": (CASE_WORKER, LEAD),
        "permits.make_task": (CASE_WORKER, LEAD),
        "permits.finish_task": (CASE_WORKER, LEAD),
        "permits.assign_case": (CASE_WORKER, LEAD),
        "permits.record_event": (CASE_WORKER, LEAD),
        "permits.decide_case": (CASE_WORKER, LEAD),
        # rule sets (regelsæt)
        "permits.read_rulesets": (LEAD, ADMINISTRATOR, AUDITOR),
        "permits.sign_ruleset": (LEAD, ADMINISTRATOR),
        # plans (planer)
        "planning.edit_plan": (PLANNER, LEAD),
        "planning.publish_plan": (PLANNER, LEAD),
        # registers (registre)
        "geodata.import_delivery": (CLERK, ADMINISTRATOR),
        "geodata.cancel_import": (CLERK, ADMINISTRATOR),
        "geodata.check_geodata": (CLERK, ADMINISTRATOR),
        "geodata.resume_import": (CLERK, ADMINISTRATOR),
        "geodata.retry_quarantine": (CLERK, ADMINISTRATOR),
        # properties (ejendomme)
        "lookup.contest_value": (*_APPLYING, *_OFFICE, CLERK, ADMINISTRATOR),
        "lookup.answer_contest": (CASE_WORKER, LEAD),
        "lookup.read_log": (LEAD, ADMINISTRATOR, AUDITOR),
        "lookup.export_looks": (ADMINISTRATOR, AUDITOR),
        # people (brugere)
        "accounts.grant_role": (ADMINISTRATOR,),
        "accounts.revoke_role": (ADMINISTRATOR,),
    }.items()
}

#: Verbs that may concern no municipality (a register of the whole country): the role may then be held in any.
NATIONAL: Final = frozenset(verb for verb in MAY if verb.startswith("geodata.")) | {"ledger.read_imports"}


def roles_of(user: Person | None, municipality: str | None) -> frozenset[Role]:
    """The roles that somebody has in a municipality (None: in any); none for strangers and closed accounts."""
    if user is None or not user.is_authenticated or not user.is_active:
        return frozenset()
    held = Membership.objects.filter(user_id=user.pk)
    if municipality is not None:
        held = held.filter(municipality_id=municipality)
    return frozenset(Role(role) for role in held.values_list("role", flat=True))


def allowed(user: Person | None, verb: str, municipality: str | None) -> bool:
    """Whether somebody may do a thing in a municipality.

    Parameters
    ----------
    user : who asks; a visitor may do nothing that is in the table.
    verb : e.g. ``permits.submit_application``; an unknown one is allowed to nobody.
    municipality : four-digit code; None = it concerns no municipality, which only :data:`NATIONAL` verbs may.
    """
    return Rights(user, municipality).may(verb)


class Rights:
    """What somebody may do in a municipality; the roles are read once, when the first verb is asked about.

    Parameters
    ----------
    held : gives the roles, for who has read them already.
    """

    def __init__(
        self,
        user: Person | None,
        municipality: str | None,
        held: Callable[[], frozenset[Role]] | None = None,
    ) -> None:
        self._municipality = municipality
        self._held = held or (lambda: roles_of(user, municipality))

    @cached_property
    def _roles(self) -> frozenset[Role]:
        return self._held()

    def may(self, verb: str) -> bool:
        """See :func:`allowed`."""
        if self._municipality is None and verb not in NATIONAL:
            return False
        may = MAY.get(verb, frozenset())
        return bool(may) and bool(may & self._roles)


def require(user: Person | None, verb: str, municipality: str | None) -> None:
    """Refuse what is not allowed.

    Raises
    ------
    PermissionDenied : with a sentence that the page shows.
    """
    if not allowed(user, verb, municipality):
        raise PermissionDenied(refusal(verb, municipality))


def refusal(verb: str, municipality: str | None) -> str:
    """Why somebody may not do this, naming the roles that may."""
    roles = ", ".join(str(role.label).lower() for role in Role if role in MAY.get(verb, ()))
    if not roles:
        return _("Nobody may do this on the site.")
    if municipality is None:
        return _("Only these roles may do this: %(roles)s.") % {"roles": roles}
    return _("Only these roles of municipality %(code)s may do this: %(roles)s.") % {
        "code": municipality,
        "roles": roles,
    }


def guard(
    *, verb: str, acting_user: AbstractBaseUser | None, municipality: str | None, **_arguments: object
) -> None:
    """Asked before every action; None as the acting user is the system itself, at the terminal or in a job.

    Raises
    ------
    PermissionDenied : the person has no role that may do this.
    """
    if acting_user is not None:
        require(acting_user, verb, municipality)
