"""The steps of an application, one question a page, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from permits.models.drafts import Draft


@dataclass(frozen=True)
class Step:
    """One page: its name in addresses, what it is called, and what it asks."""

    name: str
    title: Promise | str
    question: Promise | str


STEPS: Final = (
    Step("what", _("What"), _("What do you want to do?")),
    Step("where", _("Where"), _("Where will you build?")),
    Step("applies", _("What applies here"), _("What applies on the property")),
    Step("drawing", _("Drawing"), _("Where on the property will it stand?")),
    Step("measures", _("Measures"), _("Are these measures right?")),
    Step("answer", _("Answer"), _("What the rules say about your drawing")),
    Step("parties", _("Who"), _("Who applies?")),
    Step("review", _("Review"), _("Look it over and send it in")),
)
NAMES: Final = tuple(step.name for step in STEPS)
#: Steps that only tell: nothing has to be answered there.
_TOLD: Final = ("applies", "answer")


@dataclass(frozen=True)
class Place:
    """Where an applicant is on the way."""

    step: Step
    number: int
    count: int
    back: str
    steps: tuple[tuple[Step, str, bool], ...]  # step, address (empty = not yet), is this one


def done(draft: Draft, name: str) -> bool:
    """Whether a step has been answered."""
    if name in _TOLD:
        return all(done(draft, before) for before in NAMES[: NAMES.index(name)])
    if name == "drawing":
        return bool(draft.buildings)
    return name != "review" and bool(draft.answers.get(name))


def first_open(draft: Draft, before: str = "review") -> str:
    """The first step that has to be answered before another one can be."""
    asked = NAMES[: NAMES.index(before)]
    return next((name for name in asked if not done(draft, name)), before)


def after(name: str) -> str:
    """The step after another."""
    return NAMES[NAMES.index(name) + 1]


def address(draft: Draft, name: str) -> str:
    """Where a step of a draft is."""
    return reverse(f"portal:{name}", args=[draft.public_id])


def place(draft: Draft, name: str) -> Place:
    """Where an applicant is: number, way back, and the steps that can be gone to."""
    at = NAMES.index(name)
    reached = NAMES.index(first_open(draft))
    return Place(
        step=STEPS[at],
        number=at + 1,
        count=len(STEPS),
        back=address(draft, NAMES[at - 1]) if at else reverse("portal:start"),
        steps=tuple(
            (step, address(draft, step.name) if number <= reached else "", number == at)
            for number, step in enumerate(STEPS)
        ),
    )
