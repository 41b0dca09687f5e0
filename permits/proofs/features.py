"""What explanations of registered lines, zones and objects share: where it lies, who decides, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from geodata.shapes import mended
from permits.engine.world import World
from permits.proofs.parts import building_row
from permits.proofs.plans import ready
from permits.proofs.proof import Explanation
from permits.proofs.routes import route_of
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, closing, formula, say, spoken
from permits.rulebook import Ruleset
from permits.rules.parts.features import things

#: How far around what is built a feature is drawn, in metres beside the distance to it.
_AROUND_M: Final = 25.0

MUNICIPALITY: Final = N_("the municipality")
_VERDICTS: Final = {
    "dispensation": N_("%(what)s lies in %(zone)s. It takes a dispensation."),
    "consent": N_("%(what)s lies in %(zone)s. It takes a permit under another act."),
    "weigh": N_("%(what)s lies in %(zone)s. A person has to weigh it."),
    "text": N_("%(what)s lies in %(zone)s. A text outside the data says what is allowed there."),
    "near": N_("%(what)s is %(measured)s from %(zone)s. Closer than %(limit)s a person looks at it."),
    "apart": N_("%(what)s is %(measured)s from %(zone)s; %(limit)s is enough."),
    "allowed": N_("%(what)s lies in %(zone)s, and that is allowed there."),
    "outside": N_("%(what)s does not lie in %(zone)s, or an exemption holds."),
    "open": N_("What follows from %(zone)s cannot be answered."),
}


@dataclass(frozen=True)
class Speech:
    """What one rule says.

    Attributes
    ----------
    rule : its id.
    zones : register kind (or the empty word for all) → what it is called in a sentence.
    act : paragraph by which somebody decides.
    authority : who decides.
    unit : of the rule's numbers.
    verdicts : outcome, or outcome and reason (``needs_manual.assessment``), or ``pass.measured`` where there is a
        number → sentence, in place of the usual one.
    notes : sentences for those who hear that something is needed; their numbers stand in ``numbers``.
    numbers : name → (value, or name of a number of the rule set; unit) of what the notes say.
    more : puts more into the trace.
    """

    rule: str
    zones: Mapping[str, str]
    act: str
    authority: str = MUNICIPALITY
    unit: str = "m"
    verdicts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    numbers: Mapping[str, tuple[float | str, str]] = field(default_factory=dict)
    more: Callable[[Trace, World, Mapping[str, Any], Ruleset], None] | None = None


def explained(speech: Speech) -> Explanation:
    """The explanation of a rule by what it says."""

    def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
        _fill(trace, ready(world), finding, ruleset, speech)

    def words(trace: Trace, voice: Voice, title: str) -> Words:
        return _words(trace, voice, title, speech)

    return Explanation(rule=speech.rule, trace=trace, words=words, unit=speech.unit)


def _fill(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset, speech: Speech) -> None:
    row = building_row(world, trace.building)
    ground = world.column("sites", "geometry")[world.column("sites", "site") == trace.site]
    shape = world.column("buildings", "geometry")[row] if row >= 0 else next(iter(ground), None)
    what = N_("The building") if row >= 0 else N_("The ground that is touched")
    trace.add("what", what if row >= 0 or shape is not None else N_("The work"))
    trace.show("footprint", shape, trace.building)
    at = np.flatnonzero(world.column("features", "feature") == int(finding["feature"]))
    kind = str(world.column("features", "kind")[at[0]]) if len(at) and int(finding["feature"]) >= 0 else ""
    trace.add("zone", speech.zones.get(kind, next(iter(speech.zones.values()))))
    trace.add("law", speech.act)
    trace.add("authority", speech.authority)
    for name in ("measured", "limit", "margin"):
        if np.isfinite(float(finding[name])):
            trace.add(name, float(finding[name]), speech.unit)
    if kind and shape is not None:
        _show(trace, world, int(at[0]), shape)
    for name, (value, unit) in speech.numbers.items():
        if isinstance(value, str):
            clause = ruleset.clause(value)
            trace.add(name, ruleset.number(value), unit, clause=clause, source=ruleset.name)
        else:
            trace.add(name, value, unit)
    if speech.more is not None:
        speech.more(trace, world, finding, ruleset)
    if trace.reason == "missing_data":
        _missing(trace, world, row, speech)


def _show(trace: Trace, world: World, at: int, shape: Any) -> None:
    """The feature around what is built, as far as it can be drawn."""
    drawn = world.column("features", "geometry")[at : at + 1]
    whole = mended(drawn)[0] if shapely.get_dimensions(drawn)[0] > 1 else drawn[0]
    if whole is None or not np.isfinite(shapely.bounds([whole, shape])).all():
        return
    reach = shapely.buffer(shapely.envelope(shape), shapely.distance(whole, shape) + _AROUND_M)
    trace.show("feature", shapely.intersection(whole, reach), int(world.column("features", "feature")[at]))


def _missing(trace: Trace, world: World, row: int, speech: Speech) -> None:
    """What is missing: a register, an outline, or a value."""
    silent = world.is_word("layers", "state", "not_answered") & np.isin(
        world.column("layers", "kind"), [*speech.zones, *_ASKED.get(speech.rule, ())]
    )
    what = things(world)
    mine = (what.building == trace.building) & (what.site == trace.site)
    lacking = {
        N_("A register that decides has not been read in for the land, or for what lies near it."): bool(
            silent.any()
        ),
        N_("The outline of what is built is missing or cannot be measured."): any(
            shape is None for shape in what.shape[mine]
        ),
        N_("The zone that the building lies in is not known."): row >= 0
        and world.column("buildings", "zone")[row] == ""
        and speech.rule in _ZONED,
    }
    found = [text for text, is_so in lacking.items() if is_so]
    for place, text in enumerate(found or [N_("A value that decides is not stated.")]):
        trace.add(f"missing_{place}", text)


#: Rules that other layers than register kinds decide, and rules that the zone decides.
_ASKED: Final = {
    "planning_act.rural_zone": ("zones",),
    "planning_act.framework": ("plans",),
    "planning_act.local_plan_duty": ("plans",),
}
_ZONED: Final = (
    "nature.forest_line",
    "planning_act.coastal_zone",
    "planning_act.framework",
    "planning_act.rural_zone",
)


def _usual(trace: Trace) -> str:
    """The usual sentence for an outcome."""
    measured = trace.knows("measured", "limit")
    if trace.outcome == "needs_manual":
        key = {"assessment": "near" if measured else "weigh", "legal_text": "text"}.get(trace.reason, "open")
        return _VERDICTS[key]
    if trace.outcome == "pass":
        return _VERDICTS["apart" if measured else "allowed"]
    names = {"needs_dispensation": "dispensation", "needs_other_consent": "consent"}
    return _VERDICTS[names.get(trace.outcome, "outside")]


def _words(trace: Trace, voice: Voice, title: str, speech: Speech) -> Words:
    """Say it: where it lies, what is missing, who decides, what the law says besides."""
    own = speech.verdicts
    more = "measured" if trace.outcome == "pass" and trace.knows("measured", "limit") else trace.reason
    text = own.get(f"{trace.outcome}.{more}", own.get(trace.outcome, _usual(trace)))
    lines = [spoken(str(v.value)) for name, v in trace.values.items() if name.startswith("missing_")]
    lines += [spoken(str(v.value)) for name, v in trace.values.items() if name.startswith("told_")]
    # Where the way to somebody else is known it says so itself, see put_route.
    if trace.outcome not in ("pass", "not_applicable") and route_of(trace.rule, trace.outcome) is None:
        lines.append(say(trace, gettext("Who decides: %(authority)s, %(law)s.")))
    if trace.outcome != "not_applicable":
        lines += [say(trace, spoken(note)) for note in speech.notes]
    lines += closing(trace)
    verdict = say(trace, spoken(text))
    verdict = verdict[:1].upper() + verdict[1:]
    if voice == "applicant":
        return Words(title, verdict, tuple(lines))
    return Words(title, verdict, tuple(lines), formula(trace), say(trace, gettext("Paragraph: %(law)s.")))
