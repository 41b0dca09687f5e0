"""The states of rule sets (regelsæt): draft, signed, in force.

A shipped set has its state from its file. A municipality's own set is a draft until a person signs it, and again when
its file is no longer what was signed; signed, it is in force from its first day on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from permits.engine.ruleset_files import RulesetFile, every
from permits.models.rulesets import RulesetSignature


class State(models.TextChoices):
    """Where a rule set is on its way (kladde, underskrevet, i kraft)."""

    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed, not yet in force")
    IN_FORCE = "in_force", _("In force")


@dataclass(frozen=True)
class Standing:
    """A rule set and where it stands; ``signature`` is the newest one of its name, also when it no longer counts."""

    file: RulesetFile
    state: State
    signature: RulesetSignature | None = None

    @property
    def changed(self) -> bool:
        """Whether it was signed once and is another file by now."""
        return self.signature is not None and self.signature.sha256 != self.file.sha256

    @property
    def signable(self) -> bool:
        """Whether it waits for somebody to sign it."""
        return self.file.own and self.file.usable and self.state == State.DRAFT


def latest_signatures(municipality: str) -> dict[str, RulesetSignature]:
    """The newest signature of each name; the tenant must be open."""
    found = (
        RulesetSignature.objects.filter(municipality_id=municipality)
        .order_by("name", "-pk")
        .distinct("name")
        .select_related("signed_by")
    )
    return {signature.name: signature for signature in found}


def standings(municipality: str | None, day: date) -> list[Standing]:
    """The rule sets that concern a municipality: shipped ones by their first day, then its own.

    Parameters
    ----------
    municipality : code, its tenant open; None = shipped sets alone.
    day : today; a set that is signed and begins later is not in force.

    Returns
    -------
    Also files that cannot be used; one that does not even say whose it is concerns every municipality.
    """
    signed = latest_signatures(municipality) if municipality else {}
    found = [
        Standing(one, *_state(one, signed.get(one.name), day))
        for one in every()
        if not one.own or (municipality and one.municipality in (municipality, ""))
    ]
    return sorted(found, key=lambda s: (s.file.own, s.file.valid_from or date.min, s.file.name, s.file.file))


def _state(
    one: RulesetFile, signature: RulesetSignature | None, day: date
) -> tuple[State, RulesetSignature | None]:
    if not one.own:
        signature = None
        signed = one.status == "in_force"
    else:
        signed = one.usable and signature is not None and signature.sha256 == one.sha256
    if not signed:
        return State.DRAFT, signature
    return (State.IN_FORCE if one.valid_from is None or one.valid_from <= day else State.SIGNED), signature
