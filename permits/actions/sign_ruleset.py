"""Verb: sign a municipality's own rule set, so that its numbers may be used."""

from __future__ import annotations

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.engine.ruleset_files import RulesetFile, own
from permits.models.rulesets import RulesetSignature
from permits.signing import latest_signatures


class CannotSign(ValueError):
    """The set cannot be signed as it is; the message says why, in the language that is active."""


def sign_ruleset(name: str, *, sha256: str, acting_user: User, municipality: str) -> RulesetSignature:
    """Sign (underskriv) the file of a rule set as it stands.

    Parameters
    ----------
    name : what the set calls itself.
    sha256 : hash of what the person has read; another file has the same name by now when it differs.
    acting_user : who signs; always a person, never the system.
    municipality : code of the municipality that the set belongs to.

    Returns
    -------
    The signature. From now on cases that name the set are reckoned with it, from its first day on.

    Raises
    ------
    CannotSign : there is no such set of this municipality, it has faults, it was changed since it was read, or it is
        signed already.
    django.core.exceptions.PermissionDenied : the person has no role that may sign.
    geodata.ledger.action.Refused : a guard says no; nothing is written.
    """
    with recorded(
        "permits.sign_ruleset",
        acting_user=acting_user,
        municipality=municipality,
        subject=name,
        name=name,
    ) as recorder:
        found = _checked(name, sha256, municipality)
        signature = RulesetSignature.objects.create(
            municipality_id=municipality,
            name=name,
            sha256=found.sha256,
            content=found.text,
            signed_by=acting_user,
        )
        recorder.detail = {
            "signature": signature.pk,
            "sha256": found.sha256,
            "valid_from": found.valid_from,
            "valid_to": found.valid_to,
            "numbers": len(found.numbers),
        }
    return signature


def _checked(name: str, sha256: str, municipality: str) -> RulesetFile:
    found = next((one for one in own() if one.name == name and one.municipality == municipality), None)
    if found is None:
        raise CannotSign(_("The municipality has no rule set of its own called %(name)s.") % {"name": name})
    if not found.usable:
        raise CannotSign(_("The rule set has errors; they have to be mended first."))
    if found.sha256 != sha256:
        raise CannotSign(
            _("The file was changed since you opened the page. Read it once more before you sign.")
        )
    signed = latest_signatures(municipality).get(name)
    if signed is not None and signed.sha256 == sha256:
        raise CannotSign(_("The rule set is signed already."))
    return found
