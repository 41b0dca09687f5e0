"""Rules of the building regulations and of the property: they hold where no plan speaks of the same matter."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from geodata.property_lookup.answers import Answer, State
from permits.applies.figures import EVERYWHERE, HOUSES, REGISTERED, ROAD_SIDE, SUMMER_HOUSES, Figure
from permits.applies.land import Land
from permits.applies.plans import MATTERS, limits_of
from permits.applies.rules import about_rules, no_zone, told
from permits.rulebook import Rule

RURAL: Final = "planning_act.rural_zone"
ROAD: Final = "br18.road_side"
#: Rule of the regulations → the rule about plans that goes before it.
_PLAN_FIRST: Final = {
    "br18.height": "plan.height",
    "br18.summer_house_height": "plan.height",
    "br18.storeys": "plan.storeys",
    "br18.plot_ratio": "plan.plot_ratio",
}


def answers(land: Land) -> list[Answer]:
    """One answer for each rule of the regulations, and for the permit in landzone."""
    apart = {RURAL: _rural, ROAD: _road}
    mine = {*apart, *EVERYWHERE, *HOUSES, *SUMMER_HOUSES}
    return [apart.get(rule.id, _answer)(land, rule) for rule in about_rules() if rule.id in mine]


def _answer(land: Land, rule: Rule) -> Answer:
    if rule.id in EVERYWHERE:
        return _yes(land, rule, [EVERYWHERE[rule.id]])
    zones = land.zones()
    summer, house = SUMMER_HOUSES.get(rule.id), HOUSES.get(rule.id)
    if not zones:
        if summer is None or house is None:
            return no_zone(rule)
        return _yes(land, rule, [house, summer])
    mine = [summer if zone == "summer_house" else house for zone in sorted(zones)]
    said = list(dict.fromkeys(figure for figure in mine if figure is not None))
    if not said:
        return told(rule, State.NO)
    return _yes(land, rule, said)


def _yes(land: Land, rule: Rule, figures: list[Figure]) -> Answer:
    value, unit = figures[0].first(land.ruleset)
    text = " ".join(_sentence(land, figure, figures) for figure in figures)
    clause = land.ruleset.clause(figures[0].numbers[0][1]) if figures[0].numbers else ""
    before = _PLAN_FIRST.get(rule.id)
    if before is not None:
        said = limits_of(land, MATTERS[before][0])
        if (said["state"] == "value").any():
            text = _("The plan decides where it has a number; elsewhere: %(text)s") % {"text": text}
        elif (said["state"] == "not_recorded").any():
            text = _("Read the plan first; where it says nothing: %(text)s") % {"text": text}
    return told(rule, State.YES, text, value=value, unit=unit, source=clause)


def _sentence(land: Land, figure: Figure, beside: list[Figure]) -> str:
    """A figure in words, and where it holds when another says the same with another number."""
    said = figure.said(land.ruleset)
    alike = sum(other.text == figure.text for other in beside) > 1
    if not alike or figure not in SUMMER_HOUSES.values():
        return said
    return _("In an area for summer houses: %(said)s") % {"said": said[:1].lower() + said[1:]}


def _road(land: Land, rule: Rule) -> Answer:
    """Distance or height toward the road, by the form that the rule has on the day."""
    figure = ROAD_SIDE.get(land.ruleset.word(f"{ROAD}.form"))
    if figure is None:
        words = _(
            "What the regulation asks toward the road on that day is not settled; its text has to be read."
        )
        return told(rule, State.NOT_ANSWERED, words, code="not_settled")
    return _yes(land, rule, [figure])


def _rural(land: Land, rule: Rule) -> Answer:
    zones = land.zones()
    if not zones:
        return no_zone(rule)
    if "rural" not in zones:
        return told(rule, State.NO)
    figure = REGISTERED[RURAL]
    value, unit = figure.first(land.ruleset)
    return told(rule, State.YES, figure.said(land.ruleset), value=value, unit=unit)
