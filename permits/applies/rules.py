"""What all families share: which rules there are, and what their answers are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geodata.property_lookup.answers import Answer, State
from permits.rulebook import Rule, discover


def about_rules() -> list[Rule]:
    """All rules, by id."""
    return list(discover().values())


def key_of(rule: Rule) -> str:
    """Key of the answer about a rule."""
    return f"rules.{rule.id}"


def title_of(rule: Rule) -> str:
    """Name of a rule in the active language."""
    return rule.name_da if (get_language() or "da").startswith("da") else rule.name_en


def told(rule: Rule, state: State, said: str = "", **more: Any) -> Answer:
    """The answer about a rule; ``more`` are other columns of an answer."""
    return Answer(key_of(rule), title_of(rule), state, said, **more)


def no_zone(rule: Rule) -> Answer:
    """The answer where the zone decides and is not known."""
    return told(rule, State.NOT_ANSWERED, _("The zone of the land is not known."), code="not_delivered")


def drawing_asked(rule: Rule) -> Answer:
    """The answer about a rule of which nothing is known but what it says of a drawing, as of an installed package."""
    return told(rule, State.NOT_ANSWERED, _("A drawing is needed to answer this."), code="no_drawing")
