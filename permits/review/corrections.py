"""Corrected inputs on the case page: what may be corrected, what has been, and the two things to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geodata.accounts.permissions import require
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import Refused
from permits.actions.correct_input import CannotCorrect, correct_input
from permits.actions.withdraw_correction import withdraw_correction
from permits.engine.inputs import INPUTS, Input
from permits.engine.overrides import KEYS
from permits.engine.stored_corrections import targets
from permits.engine.world import World
from permits.models.applications import Application, ApplicationState
from permits.models.corrections import Correction
from permits.proofs.corrections import WORDS
from permits.proofs.words import number
from permits.review.access import may, open_municipality


@dataclass(frozen=True)
class Choice:
    """A row that a form offers, or a word."""

    value: str
    label: str


@dataclass(frozen=True)
class Form:
    """The form of one input: which rows it is about, and by what it may be replaced."""

    name: str
    title: str
    unit: str
    targets: tuple[Choice, ...]
    choices: tuple[Choice, ...]

    @property
    def id(self) -> str:
        """For labels."""
        return self.name.replace(".", "-")


@dataclass(frozen=True)
class Row:
    """A correction in the list, newest first."""

    id: int
    title: str
    about: str
    value: str
    original: str
    reason: str
    by: str
    at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str


@dataclass(frozen=True)
class Corrections:
    """Everything about corrections on the page of one application."""

    rows: tuple[Row, ...]
    forms: tuple[Form, ...]  # empty for those who may not correct

    @property
    def standing(self) -> int:
        """How many are not withdrawn."""
        return sum(row.withdrawn_at is None for row in self.rows)


class _Named(NamedTuple):
    """Rows of a frame by the name that stays the same, and by what people call them."""

    targets: list[str]
    labels: list[str]


def corrections(application: Application, world: World, *, may_correct: bool) -> Corrections:
    """The corrections of an application, and forms for more.

    Parameters
    ----------
    world : World of the application; corrected or not.
    may_correct : whether the reader is offered forms, and told who corrected.
    """
    named = {table: _Named(targets(world, table).tolist(), _labels(world, table)) for table in KEYS}
    names = {
        (table, target): label
        for table, rows in named.items()
        for target, label in zip(rows.targets, rows.labels, strict=True)
    }
    made = Correction.objects.filter(application=application, withdraws=None).order_by("-id")
    rows = tuple(
        _row(each, names, may_correct) for each in made.select_related("made_by", "withdrawal__made_by")
    )
    open_ = may_correct and application.state == ApplicationState.SUBMITTED
    return Corrections(rows, tuple(_forms(world, named)) if open_ else ())


def _row(made: Correction, names: dict[tuple[str, str], str], named: bool) -> Row:
    given = INPUTS[f"{made.table}.{made.column}"]
    gone: Correction | None = getattr(made, "withdrawal", None)
    return Row(
        id=made.pk,
        title=given.title,
        about=names.get((made.table, made.target), _("no longer part of the case")),
        value=_said(given, made.value, made.word),
        original=_said(given, made.original, made.original_word),
        reason=made.reason,
        by=str(made.made_by) if named and made.made_by else "",
        at=made.made_at,
        withdrawn_by=str(gone.made_by) if named and gone and gone.made_by else "",
        withdrawn_at=gone.made_at if gone else None,
        withdrawn_reason=gone.reason if gone else "",
    )


def _said(given: Input, value: float | None, word: str) -> str:
    if given.choices:
        return _(WORDS.get(word, word)) if word else _("unknown")
    return number(math.nan if value is None else value, given.unit)


def _labels(world: World, table: str) -> list[str]:
    """What people call the rows of a frame; stretches of boundary by length and side of the plot."""
    rows = getattr(world, table)
    if table == "sites":
        return [_("the whole case")] * len(rows)
    if table == "parcels":
        return [str(label) for label in rows["label"]]
    if table == "buildings":
        return [
            str(name) if new else _("%(name)s (stands already)") % {"name": str(name)[:36]}
            for name, new in zip(rows["name"], rows["proposed"], strict=True)
        ]
    sides = [
        _("north"),
        _("north-east"),
        _("east"),
        _("south-east"),
        _("south"),
        _("south-west"),
        _("west"),
        _("north-west"),
    ]
    labels = []
    for line, kind in zip(rows["geometry"], rows["kind"], strict=True):
        (x0, y0), (x1, y1) = line.coords[0][:2], line.coords[-1][:2]
        # The plot lies on the left, so what lies beyond is on the right of the line.
        bearing = math.degrees(math.atan2(y1 - y0, -(x1 - x0))) % 360.0
        labels.append(
            _("%(side)s, %(length)s: %(kind)s")
            % {
                "side": _("all round") if line.is_closed else sides[round(bearing / 45.0) % 8],
                "length": number(line.length, "m"),
                "kind": _(WORDS.get(str(kind), str(kind))),
            }
        )
    return labels


def _forms(world: World, named: Mapping[str, _Named]) -> list[Form]:
    forms = []
    for given in INPUTS.values():
        table = getattr(world, given.table)
        rows = np.arange(len(table))
        if given.name == "edges.width_across_m":
            rows = np.flatnonzero(table["kind"] == "road")
        if not len(rows):
            continue
        keys, names = named[given.table]
        values = world.column(given.table, given.column).tolist()
        offered = [Choice(str(keys[at]), _with_value(given, names[at], values[at])) for at in rows]
        words = tuple(Choice(word, _(WORDS[word])) for word in given.choices)
        forms.append(Form(given.name, given.title, given.unit, tuple(offered), words))
    return forms


def _with_value(given: Input, name: str, value: Any) -> str:
    if given.name == "edges.kind":
        return name
    said = _said(given, None if given.choices else float(value), str(value) if given.choices else "")
    return _("%(name)s: now %(value)s") % {"name": name, "value": said}


def opened(request: HttpRequest, public_id: UUID, verb: str) -> tuple[str, int]:
    """Municipality and id of the application, for a person who may do this; the tenant is open in the request."""
    code = open_municipality(request)
    with tenant(code):
        found = Application.objects.filter(public_id=public_id).exclude(state=ApplicationState.DRAFT).first()
    if found is None or code is None:
        raise Http404(_("There is no such application, or you may not see it."))
    require(request.user, verb, code)
    return code, found.pk


def _back(request: HttpRequest, public_id: UUID, told: str, *, wrong: bool = False) -> HttpResponse:
    (messages.error if wrong else messages.success)(request, told, extra_tags="corrections")
    return redirect(reverse("review:application", args=[public_id]) + "#corrections")


@require_POST
def correct(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct one input; the rules are run before the page comes back."""
    code, application = opened(request, public_id, "permits.correct_input")
    said = request.POST
    try:
        correct_input(
            application,
            said.get("input", ""),
            said.get("target", ""),
            said.get("value", ""),
            said.get("reason", ""),
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=code,
            as_of=localdate(),
        )
    except (CannotCorrect, Refused) as error:
        return _back(request, public_id, str(error), wrong=True)
    return _back(request, public_id, _("Corrected. The rules have been run again."))


@require_POST
def withdraw(request: HttpRequest, public_id: UUID, correction: int) -> HttpResponse:
    """Take a correction back; the rules are run before the page comes back."""
    code, application = opened(request, public_id, "permits.withdraw_correction")
    try:
        withdraw_correction(
            application,
            correction,
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=code,
            as_of=localdate(),
            reason=request.POST.get("reason", ""),
        )
    except (CannotCorrect, Refused) as error:
        return _back(request, public_id, str(error), wrong=True)
    return _back(request, public_id, _("The correction is withdrawn. The rules have been run again."))


def may_correct(request: HttpRequest) -> bool:
    """Whether the reader may correct inputs of the municipality that the request is about."""
    return may(request, "permits.correct_input")
