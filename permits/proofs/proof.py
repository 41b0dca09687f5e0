"""Proofs: why a finding says what it says, for one site at a time and on demand.

Each rule has a module :mod:`permits.proofs.explain` ``.<rule>`` with a module-level ``EXPLANATION``; they are
found by walking the folder, like the rules themselves. Installed packages bring theirs by entry points
(:mod:`permits.extensions`); beside ``EXPLANATION`` such a module may have ``DANISH``, its sentences in Danish.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import override

from permits.engine.overrides import overridden
from permits.engine.ruleset_files import every
from permits.engine.rulesets import choose, load
from permits.engine.world import World
from permits.extensions import Extension, extensions, modules
from permits.proofs.corrections import put_corrections
from permits.proofs.ground import put_ground
from permits.proofs.no_ruleset import without_ruleset
from permits.proofs.routes import Route, put_route, route_of
from permits.proofs.trace import Evidence, Trace, start
from permits.proofs.words import DANISH, Language, Voice, Words, not_checked, plain
from permits.rulebook import Ruleset, discover


@dataclass(frozen=True)
class Explanation:
    """How one rule explains itself.

    Attributes
    ----------
    rule : id of the rule.
    trace : fills a trace that :func:`permits.proofs.trace.start` has begun, from the World of the site, the
        finding and the rule set.
    words : says the trace in one voice, in the language that is active; title and numbers come from the trace.
    unit : of ``measured`` and ``limit`` of the rule's findings, empty for a bare number.
    """

    rule: str
    trace: Callable[[Trace, World, Mapping[str, Any], Ruleset], None]
    words: Callable[[Trace, Voice, str], Words]
    unit: str = "m"


@dataclass(frozen=True)
class Proof:
    """Trace, words and evidence of one finding; ``not_checked`` says what no finding is about.

    ``route`` is where a dispensation or a consent is asked for; None = nobody else has to decide.
    """

    trace: Trace
    words: Words
    evidence: tuple[Evidence, ...]
    not_checked: tuple[str, ...]
    route: Route | None = None


def explanations() -> dict[str, Explanation]:
    """All explanations by rule id: the shipped ones, then those of installed packages that are whole.

    Raises
    ------
    ValueError : two shipped modules explain the same rule.
    """
    return _explanations()[0]


def unit_of(rule: str) -> str:
    """Unit of the numbers of a rule's findings; empty for a bare number, and where nothing explains the rule."""
    explanation = explanations().get(rule)
    return explanation.unit if explanation else ""


def unexplained() -> list[str]:
    """What is wrong with the explanations of installed packages, one sentence a fault, each with its package.

    Their rules stand: what they find is said in the words that outcome, reason and flags have.
    """
    return list(_explanations()[1])


@cache
def _explanations() -> tuple[dict[str, Explanation], tuple[str, ...]]:
    import permits.proofs.explain as package

    found: dict[str, Explanation] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")):
        explanation = getattr(importlib.import_module(module), "EXPLANATION", None)
        if explanation is None:
            continue
        if explanation.rule in found:
            raise ValueError(f"two explanations of {explanation.rule}")
        found[explanation.rule] = explanation
    told: list[str] = []
    for one in extensions():
        more, wrong = _brought(one, found)
        told += [f"{one.name} {one.version}: {fault}" for fault in wrong]
        found |= more
    return found, tuple(told)


def _brought(one: Extension, known: Mapping[str, Explanation]) -> tuple[dict[str, Explanation], list[str]]:
    """Explanations of one installed package of its own rules, and what is wrong with the others."""
    found: dict[str, Explanation] = {}
    told: list[str] = []
    listed = []
    for package in one.explanations:
        loaded, wrong = modules(package)
        listed += loaded
        told += wrong
    mine = {rule.id for rule in one.rules}
    for module in listed:
        explanation = getattr(module, "EXPLANATION", None)
        if explanation is None:
            continue
        if not isinstance(explanation, Explanation):
            told.append(f"EXPLANATION of {module.__name__} is no Explanation")
        elif explanation.rule in known or explanation.rule in found:
            told.append(f"two explanations of {explanation.rule}")
        elif explanation.rule in mine:
            found[explanation.rule] = explanation
            DANISH.update(getattr(module, "DANISH", {}))
        elif not one.faults:
            # Of a package that is left out none of the rules is there.
            told.append(f"{module.__name__} explains {explanation.rule}, which is no rule of the package")
    return found, told


def prove(
    world: World,
    finding: Mapping[str, Any] | pd.Series,
    voice: Voice = "applicant",
    language: Language = "da",
) -> Proof:
    """Explain one finding.

    Danish: begrundelse. Forvaltningsloven § 24 asks for the reasons of a decision; a proof is their raw
    material.

    Parameters
    ----------
    world : World that holds at least the finding's site; the same frames that the finding came from.
    finding : one row of findings.
    voice : ``applicant`` (plain words) or ``planner`` (paragraph and formula).
    language : ``da`` or ``en``.

    Returns
    -------
    The proof. Every number in its words stands in its trace. A rule without an explanation of its own gets
    words from outcome, reason and flags; a site without a rule set that may be used is told why.

    Raises
    ------
    KeyError : the World does not hold the site.

    Examples
    --------
    Complies: the shortest line to the boundary and its length. Breaches: the same, and how much is lacking.
    Unknown: which value or layer is missing.
    """
    return Prover(world, int(finding["site"])).prove(finding, (voice,), language)[0]


class Prover:
    """Explains the findings of one site: what they have in common is looked up once.

    Parameters
    ----------
    world : World that holds at least the site.
    site : its key there.

    Raises
    ------
    KeyError : the World does not hold the site.
    """

    def __init__(self, world: World, site: int) -> None:
        here = world.column("sites", "site") == site
        if not here.any():
            raise KeyError(f"the World does not hold site {site}")
        # A World of this very site keeps what its rules have worked out.
        self._part = overridden(world if here.all() else world.select(np.array([site])))
        self._files = every()
        self._ruleset = load(self._files).get(str(choose(self._part, self._files)[0]))
        self._explanations = explanations()
        self._rules = discover()
        self._left_out: dict[str, tuple[str, ...]] = {}

    def prove(
        self, finding: Mapping[str, Any] | pd.Series, voices: tuple[Voice, ...], language: Language = "da"
    ) -> tuple[Proof, ...]:
        """Explain one finding in some voices; see :func:`prove`. It is traced once for all of them.

        Returns
        -------
        A proof for each voice, in the same order.
        """
        row = dict(finding)
        ruleset = self._ruleset
        traced = start(row, ruleset.name if ruleset else "")
        explanation = self._explanations.get(traced.rule)
        rule = self._rules.get(traced.rule)
        with override(language):
            title = traced.rule if rule is None else (rule.name_da if language == "da" else rule.name_en)
            if ruleset is not None and explanation is not None:
                explanation.trace(traced, self._part, row, ruleset)
            if language not in self._left_out:
                self._left_out[language] = not_checked()
            left_out = self._left_out[language]
            return tuple(self._told(traced.copy(), voice, title, left_out) for voice in voices)

    def _told(self, trace: Trace, voice: Voice, title: str, left_out: tuple[str, ...]) -> Proof:
        """One voice; the trace is its own, since words may add to it."""
        explanation = self._explanations.get(trace.rule)
        if self._ruleset is None:
            words = without_ruleset(trace, self._part, title, self._files)
        elif explanation is None:
            words = plain(trace, title)
        else:
            words = explanation.words(trace, voice, title)
        words = replace(
            words,
            details=(
                *words.details,
                *put_route(trace),
                *put_ground(trace, self._part),
                *put_corrections(trace, self._part),
            ),
        )
        return Proof(
            trace=trace,
            words=words,
            evidence=tuple(trace.evidence),
            not_checked=left_out,
            route=route_of(trace.rule, trace.outcome),
        )
