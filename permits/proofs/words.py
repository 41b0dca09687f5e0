"""From trace to sentences: two voices, two languages, no number that the trace does not have.

Sentences are gettext messages with named places, ``%(limit)s``; they hold no digits themselves. A place is
filled from the trace, with the unit and, in Danish, the decimal comma. So a sentence cannot say a number that
was not measured or looked up.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.utils.translation import get_language, gettext, gettext_noop

from permits.proofs.trace import Trace, Value

#: ``applicant`` hears plain words, ``planner`` paragraph and formula.
Voice = Literal["applicant", "planner"]
Language = Literal["da", "en"]

#: Decimals by unit; one more is shown where rounding would hide something.
_DECIMALS: Final = {
    "m": 2,
    "m²": 1,
    "%": 1,
    "percentage_points": 1,
    "dB": 1,
    "storeys": 0,
    "weeks": 0,
    "years": 0,
    "": 1,
}
#: Units that are words: one of it, and more.
_UNITS: Final = {
    "storeys": (gettext_noop("storey"), gettext_noop("storeys")),
    "weeks": (gettext_noop("week"), gettext_noop("weeks")),
    "years": (gettext_noop("year"), gettext_noop("years")),
    "percentage_points": (gettext_noop("percentage point"), gettext_noop("percentage points")),
}
_PLACE: Final = re.compile(r"%\((\w+)\)s")


#: English sentence → Danish, of installed packages, whose sentences no catalogue of this project holds.
DANISH: Final[dict[str, str]] = {}


def spoken(text: str) -> str:
    """A message id in the active language: by the catalogues, else by what an installed package says of it."""
    found = gettext(text)
    if found == text and (get_language() or "da").startswith("da"):
        return DANISH.get(text, text)
    return found


@dataclass(frozen=True)
class Words:
    """What is said about one finding.

    Attributes
    ----------
    title : name of the rule.
    verdict : one sentence with the answer.
    details : sentences that explain it, in order.
    formula : the calculation with numbers put in, planner only.
    law : paragraphs, planner and applicant alike.
    """

    title: str
    verdict: str
    details: tuple[str, ...] = ()
    formula: tuple[str, ...] = ()
    law: str = ""

    def text(self) -> str:
        """All of it as lines of plain text."""
        return "\n".join(
            line for line in (self.title, self.verdict, *self.details, *self.formula, self.law) if line
        )


def number(value: float, unit: str = "", language: str | None = None) -> str:
    """A number as people read it: unit behind it, decimal comma in Danish.

    Parameters
    ----------
    value : the number, in ``unit``.
    unit : ``m``, ``m²``, ``%``, ``storeys``, ``weeks``, ``years``,
        ``percentage_points`` (the difference of two percentages) or empty.
    language : ``da`` or ``en``; the active one by default.

    Returns
    -------
    Text with as few decimals as say the number: two for metres, one more where two would hide a difference
    (2.499 m is not "2.50 m").

    Examples
    --------
    Complies: ``number(2.5, "m", "da")`` is "2,50 m". Breaches: ``number(2.499, "m", "da")`` is "2,499 m".
    Unknown: ``number(nan, "m", "da")`` is "ukendt".
    """
    speech = language or get_language() or "da"
    if math.isnan(value):
        return gettext("unknown")
    decimals = _DECIMALS.get(unit, 2)
    while decimals < 3 and abs(round(value, decimals) - value) > 0.0005:
        decimals += 1
    text = f"{value:.{decimals}f}"
    if unit == "" and "." in text:
        text = text.rstrip("0").rstrip(".")
    if float(text) == 0.0:
        text = text.lstrip("-")
    if speech.startswith("da"):
        text = text.replace(".", ",")
    one, more = _UNITS.get(unit, (unit, unit))
    shown = gettext(one if text.lstrip("-") == "1" else more) if unit in _UNITS else unit
    return f"{text} {shown}".strip()


def said(value: Value) -> str:
    """One value of a trace in the active language."""
    if isinstance(value.value, str):
        return spoken(value.value) if value.value else ""
    return number(value.value, value.unit)


def say(trace: Trace, template: str) -> str:
    """Fill the places of a translated sentence from the trace.

    Raises
    ------
    KeyError : the sentence names a value that the trace does not have.
    """
    return _PLACE.sub(lambda place: said(trace.values[place.group(1)]), template)


def formula(trace: Trace) -> tuple[str, ...]:
    """The steps of the trace with its numbers put in: ``limit = 1,4 × 2,50 m = 3,50 m``."""
    lines = []
    for step in trace.steps:
        filled = re.sub(
            r"\b[a-z_]{2,}\b",
            lambda m: said(trace.values[m.group()]) if m.group() in trace.values else m.group(),
            step.formula,
        )
        value = trace.values.get(step.result)
        result = f" = {said(value)}" if value is not None else ""
        lines.append(f"{spoken(LABELS.get(step.result, step.result))} = {filled}{result}")
    return tuple(lines)


#: Names of values in formulas, for people; rules add theirs by ``LABELS.update`` in their explain module.
LABELS: Final[dict[str, str]] = {
    "limit": gettext_noop("limit"),
    "measured": gettext_noop("measured"),
    "margin": gettext_noop("margin"),
    "distance": gettext_noop("distance"),
    "counted_distance": gettext_noop("counted distance"),
}

#: What is never measured here, whatever the answers say.
_NOT_CHECKED: Final = (
    gettext_noop("Easements and other rights registered on the property (servitutter)"),
    gettext_noop("Fire safety and distance for fire"),
    gettext_noop("Structures and foundations"),
    gettext_noop("Drains, sewers and rain water"),
    gettext_noop("Parking and access"),
    gettext_noop("Energy and indoor climate"),
    gettext_noop("Ventilation, acoustics and installations"),
    gettext_noop("Looks, materials and colours that a plan may set in its text"),
    gettext_noop("Agreements between neighbours and the rules of owners' associations"),
)


def not_checked() -> tuple[str, ...]:
    """What no answer of the engine covers, in the active language; stands under every proof."""
    return tuple(gettext(line) for line in _NOT_CHECKED)


_OUTCOMES: Final = {
    "pass": gettext_noop("The rule is met."),
    "fail": gettext_noop("The rule is broken."),
    "needs_dispensation": gettext_noop("A limit of the plan is broken; it takes a dispensation."),
    "needs_other_consent": gettext_noop("It takes a permit or consent under another act."),
    "needs_manual": gettext_noop("A person has to look at it."),
    "not_applicable": gettext_noop("The rule is not about this."),
}
_REASONS: Final = {
    "overall_assessment": gettext_noop("The municipality weighs the matter as a whole (overall assessment)."),
    "assessment": gettext_noop("A person weighs what was found."),
    "missing_data": gettext_noop("Something that decides is missing, so the rule cannot be answered."),
    "ambiguous_boundary": gettext_noop("The kind of the boundary decides, and it is not known."),
    "legal_text": gettext_noop("A text outside the data decides and has to be read."),
}
_FLAGS: Final = {
    "near_line": gettext_noop("Something touches a line by so little that it does not count."),
    "overlapping_plans": gettext_noop("Two plans of one level differ here."),
    "within_tolerance": gettext_noop(
        "The number is closer to the limit than the positions are exact; a survey would settle it."
    ),
}


def closing(trace: Trace) -> tuple[str, ...]:
    """Sentences that follow from outcome, reason and flags alone, for the end of the details."""
    lines = []
    if trace.outcome == "needs_manual":
        lines.append(gettext(_REASONS[trace.reason]))
    lines.extend(gettext(_FLAGS[flag]) for flag in trace.flags)
    return tuple(lines)


def plain(trace: Trace, title: str, **more: Any) -> Words:
    """Words for a finding that needs no explaining of its own: outcome, reason and flags."""
    return Words(title=title, verdict=gettext(_OUTCOMES[trace.outcome]), details=closing(trace), **more)
