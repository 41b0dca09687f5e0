"""Rule sets (regelsæt) as pages: which there are, where each stands, every number with its source, and signing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from geodata.accounts.permissions import allowed, require
from geodata.accounts.tenancy import tenant
from geodata.accounts.whose import municipality_of
from geodata.ledger.action import Refused
from permits.actions.sign_ruleset import CannotSign, sign_ruleset
from permits.engine.ruleset_files import RulesetFile, shipped
from permits.proofs.words import number
from permits.review.access import authority_name
from permits.review.labels import language, name_of
from permits.rulebook import Rule, discover
from permits.signing import Standing, standings

READ: Final = "permits.read_rulesets"
SIGN: Final = "permits.sign_ruleset"
_UNITS: Final = {"_m": "m", "_m2": "m²", "_pct": "%"}

CONFIDENCES: Final = {
    "sure": gettext_lazy("The text itself was read"),
    "likely": gettext_lazy("Guidance or a secondary source"),
    "setting": gettext_lazy("A choice, not law"),
    "unverified": gettext_lazy("Not verified"),
}


@dataclass(frozen=True)
class Number:
    """One number as the page shows it; ``national`` is what the newest national set has, where that differs."""

    key: str
    rule: str
    value: str
    national: str
    clause: str
    source: str
    confidence: str


def _refused(request: HttpRequest) -> HttpResponse | None:
    """The way to the sign-in page for visitors; others need a role.

    Raises
    ------
    PermissionDenied : signed in without a role that may see this.
    """
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
    code = municipality_of(request)
    if code is None:
        raise PermissionDenied(_("You have no role in any municipality."))
    require(request.user, READ, code)
    return None


def title(one: RulesetFile) -> str:
    """What a set is called in the active language; its file where it does not say."""
    return (one.title_da if language() == "da" else one.title_en) or one.name or one.file


def _said(key: str, entry: Any) -> str:
    value = entry.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    unit = next((unit for ending, unit in _UNITS.items() if key.endswith(ending)), "")
    return number(float(value), unit)


def _rule_of(key: str, rules: dict[str, Rule]) -> str:
    rule = rules.get(key.rpartition(".")[0])
    return "" if rule is None else name_of(rule)


def numbers(one: RulesetFile) -> list[Number]:
    """The numbers of a set in the order of its file, compared with the newest national set when it is an own one."""
    rules = discover()
    in_force = (one for one in shipped() if one.status == "in_force")
    newest = max(in_force, key=lambda national: national.valid_from or date.min)
    national = newest.numbers if one.own else {}
    return [
        Number(
            key=key,
            rule=_rule_of(key, rules),
            value=_said(key, entry),
            national=_said(key, national[key])
            if key in national and national[key]["value"] != entry.get("value")
            else "",
            clause=str(entry.get("clause", "")),
            source=str(entry.get("source", "")),
            confidence=str(CONFIDENCES.get(str(entry.get("confidence", "")), entry.get("confidence", ""))),
        )
        for key, entry in one.numbers.items()
    ]


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(
        request, template, context | {"authority": authority_name(request, municipality_of(request))}
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def rulesets(request: HttpRequest) -> HttpResponse:
    """All sets that concern the municipality for which the person speaks, and where each stands."""
    if (away := _refused(request)) is not None:
        return away
    code = municipality_of(request)
    with tenant(code):
        found = [(standing, title(standing.file)) for standing in standings(code, localdate())]
    return _answer(request, "review/rulesets.html", {"rows": found})


def _standing(code: str | None, name: str) -> Standing:
    with tenant(code):
        found = [s for s in standings(code, localdate()) if s.file.name == name]
    if not found:
        raise Http404(_("There is no such rule set."))
    # Where two files have the name, the one that was shipped comes first and is whole.
    return found[0]


@require_safe
def ruleset(request: HttpRequest, name: str) -> HttpResponse:
    """One set: its numbers with clause, source and confidence, its faults, who signed it, and the button."""
    if (away := _refused(request)) is not None:
        return away
    code = municipality_of(request)
    standing = _standing(code, name)
    context = {
        "standing": standing,
        "title": title(standing.file),
        "numbers": numbers(standing.file),
        "may_sign": standing.signable and allowed(request.user, SIGN, code),
    }
    return _answer(request, "review/ruleset.html", context)


@require_POST
def sign(request: HttpRequest, name: str) -> HttpResponse:
    """Sign the set as the person has read it."""
    if (away := _refused(request)) is not None:
        return away
    code = municipality_of(request)
    try:
        sign_ruleset(
            name,
            sha256=request.POST.get("sha256", ""),
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=str(code),
        )
    except (CannotSign, Refused) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The rule set is signed."))
    return redirect("review:ruleset", name=name)
