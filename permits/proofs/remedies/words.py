"""Remedies in words: what to change, what that settles and what it leaves, in two voices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.remedy import Remedy
from permits.proofs.trace import Trace
from permits.proofs.words import Language, Voice, Words, say
from permits.rulebook import discover
from permits.rules.parts.boundary import outlines

#: Where something is moved to, from east around by north, each an eighth of the circle.
_WINDS: Final = (
    N_("east"),
    N_("north-east"),
    N_("north"),
    N_("north-west"),
    N_("west"),
    N_("south-west"),
    N_("south"),
    N_("south-east"),
)
_TITLES: Final = {
    "move": N_("Move %(what)s %(amount)s to the %(wind)s"),
    "cut": N_("Take %(amount)s off %(what)s"),
    "lower": N_("Make %(what)s %(amount)s lower"),
    "reduce": N_("Build %(amount)s less floor in %(what)s"),
    "fewer_storeys": N_("Build %(amount)s less in %(what)s"),
}
_ONE_STOREY: Final = N_("Build one storey less in %(what)s")
_DETAILS: Final = {
    "move": N_("The arrow on the map shows the way, and the outline where the building then stands."),
    "cut": N_("The piece is shown on the map. The footprint is then %(footprint)s."),
    "lower": N_("Roof, walls and height become lower by as much."),
    "reduce": N_("Where in the building the floor goes is for you to choose."),
    "fewer_storeys": N_("The floor area becomes smaller in proportion; the height was left as it is stated."),
}
_PLANNER: Final = {
    "move": N_("By %(east)s east and %(north)s north in EPSG:25832."),
    "cut": N_("Footprint %(before)s − %(amount)s = %(footprint)s."),
}


def words(
    remedy: Remedy, world: World, voice: Voice = "applicant", language: Language | None = None
) -> Words:
    """Say a remedy.

    Danish: sådan kan det overholdes.

    Parameters
    ----------
    world : the World that the remedy is about.
    voice : ``applicant`` or ``planner``.
    language : ``da`` or ``en``; the active one by default.

    Returns
    -------
    The title says what to change; the verdict what that settles; the details how, and what is left. Every number is
    one of the remedy. The planner also hears coordinates, and how it was proved.
    """
    with override(language or get_language() or "da"):
        trace = _trace(remedy, world)
        one = remedy.kind == "fewer_storeys" and remedy.amount == 1
        title = say(trace, gettext(_ONE_STOREY if one else _TITLES[remedy.kind]))
        details = [say(trace, gettext(_DETAILS[remedy.kind]))]
        if len(remedy.buildings) > 1:
            details.append(gettext("What is built together with it goes along."))
        if remedy.boxed:
            details.append(
                gettext(
                    "No roof is drawn, so the building was measured as a box. With a drawn roof less may do."
                )
            )
        if remedy.leaves:
            details.append(gettext("What is left after that: %(rules)s.") % {"rules": named(remedy.leaves)})
        settles = gettext("Then this holds: %(rules)s.") % {"rules": named(remedy.settles)}
        if voice == "applicant":
            return Words(title, settles, tuple(details))
        formula = (say(trace, gettext(_PLANNER[remedy.kind])),) if remedy.kind in _PLANNER else ()
        details.append(
            gettext(
                "Proved: with this change all rules were run again, this finding passes and no other is worse. A "
                "centimetre, a tenth of a square metre or a storey less does not do."
            )
            if remedy.kind != "cut"
            else gettext(
                "Proved: with this change all rules were run again, this finding passes and no other is worse."
            )
        )
        return Words(title, settles, tuple(details), formula)


def named(keys: Sequence[Key]) -> str:
    """Names of the rules of some findings in the active language, each once."""
    danish = (get_language() or "da").startswith("da")
    known = discover()
    rules = [known[key.rule] for key in keys if key.rule in known]
    return "; ".join(dict.fromkeys(rule.name_da if danish else rule.name_en for rule in rules))


def _trace(remedy: Remedy, world: World) -> Trace:
    """The numbers that may be said."""
    trace = Trace(
        rule=remedy.key.rule,
        site=int(world.column("sites", "site")[0]),
        building=remedy.key.building,
        outcome="pass",
        reason="",
        flags=(),
        ruleset="",
    )
    rows = world.rows("buildings", np.array(remedy.buildings, dtype=np.int64))
    trace.add("what", _building(world, int(rows[0])))
    trace.add("amount", remedy.amount, remedy.unit)
    trace.add("east", remedy.change.dx, "m")
    trace.add("north", remedy.change.dy, "m")
    eighth = round(math.atan2(remedy.change.dy, remedy.change.dx) / (math.pi / 4.0)) % 8
    trace.add("wind", _WINDS[eighth])
    if remedy.outline is not None and remedy.piece is not None:
        trace.add("footprint", remedy.outline.area, "m²")
        trace.add("before", remedy.outline.area + remedy.piece.area, "m²")
    trace.show("footprint", outlines(world)[0][rows[0]], remedy.buildings[0])
    return trace


def _building(world: World, row: int) -> str:
    """What people call it: the building where there is only one, else by its name."""
    if int(world.column("buildings", "proposed").sum()) <= 1:
        return N_("the building")
    return gettext("building %(name)s") % {"name": world.column("buildings", "name")[row]}
