"""Verb: put a value in place of what a register or a drawing says, and run the rules on the case again."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.crs import GRID_SRID
from geodata.ledger.action import recorded
from permits.engine.assess import assess
from permits.engine.from_database import world_of
from permits.engine.inputs import INPUTS, Input
from permits.engine.stored_corrections import targets
from permits.models.applications import Application, ApplicationState
from permits.models.corrections import Correction

_REASON_LENGTH = 500


class CannotCorrect(ValueError):
    """The correction makes no sense; the message, in the person's language, says why. Nothing is stored."""


def correct_input(
    application: int,
    name: str,
    target: str,
    value: float | str,
    reason: str,
    *,
    acting_user: User | None,
    municipality: str,
    as_of: date,
) -> Correction:
    """Correct one input (rettet oplysning) of an application and assess that application again, all or nothing.

    Danish: officialprincippet; the case worker sees to it that the case is rightly informed.

    Parameters
    ----------
    application : id; it has been sent in.
    name : name in :data:`permits.engine.inputs.INPUTS`, such as ``edges.kind``.
    target : which row, see ``Correction.target``.
    value : number in the unit of the input, or one of its words.
    reason : why, in words; it stands in the proof of every answer that reads the input.
    municipality : the tenant.
    as_of : day as of which plans and registers are read.

    Returns
    -------
    The correction; what the register or the drawing says stands in it as ``original``.

    Raises
    ------
    CannotCorrect : no such input or row, a value out of bounds, or no reason.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.correct_input",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: {name}",
        application=application,
    ) as recorder:
        given = INPUTS.get(name)
        if given is None:
            raise CannotCorrect(_("This cannot be corrected."))
        why = in_order(reason)
        if not why:
            raise CannotCorrect(_("Say why; the reason stands in the answer."))
        new = _read(given, value)
        lock_submitted(application)
        world = world_of([application], as_of=as_of)
        found = np.flatnonzero(targets(world, given.table) == target)
        if not len(found):
            raise CannotCorrect(_("What was to be corrected is no longer part of the case."))
        row = getattr(world, given.table).iloc[found[0]]
        middle = row["geometry"].interpolate(0.5, normalized=True) if given.table == "edges" else None
        made = Correction.objects.create(
            application_id=application,
            municipality_id=municipality,
            table=given.table,
            column=given.column,
            target=target,
            place=None if middle is None else Point(middle.x, middle.y, srid=GRID_SRID),
            value=new if isinstance(new, float) else None,
            word=new if isinstance(new, str) else "",
            original=None if given.choices else _number(row[given.column]),
            original_word=str(row[given.column]) if given.choices else "",
            reason=why,
            made_by=acting_user,
        )
        run, _findings = assess([application], as_of=as_of)
        recorder.detail = {
            "application": application,
            "correction": made.pk,
            "input": name,
            "target": target,
            "original": made.original_word if given.choices else made.original,
            "value": new,
            "run": run.pk,
        }
    return made


def lock_submitted(application: int) -> None:
    """Wait until nobody else corrects this application.

    Raises
    ------
    CannotCorrect : it is not there, is a draft or has been withdrawn.
    """
    rows = Application.objects.select_for_update().filter(pk=application, state=ApplicationState.SUBMITTED)
    if not rows.exists():
        raise CannotCorrect(_("Only applications that have been sent in can be corrected."))


def in_order(reason: str) -> str:
    """A reason with its spaces put in order.

    Raises
    ------
    CannotCorrect : it is too long; nobody's words are cut off.
    """
    why = " ".join(reason.replace("\x00", "").split())
    if len(why) > _REASON_LENGTH:
        raise CannotCorrect(_("The reason is too long."))
    return why


def _read(given: Input, value: float | str) -> float | str:
    if given.choices:
        if value not in given.choices:
            raise CannotCorrect(_("Choose one of the words offered."))
        return str(value)
    try:
        number = float(value.replace(",", ".").strip() if isinstance(value, str) else value)
    except ValueError:
        raise CannotCorrect(_("Write a number, such as 4,5.")) from None
    if not (math.isfinite(number) and given.low <= number <= given.high):
        raise CannotCorrect(
            _("The number has to lie between %(low)s and %(high)s %(unit)s.")
            % {"low": f"{given.low:g}", "high": f"{given.high:.0f}", "unit": given.unit}
        )
    return number


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
