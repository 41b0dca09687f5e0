"""Run: rules over a World, each site by the rule set in force when its application was sent in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.columns import columns_of
from permits.engine.prepare import prepare
from permits.engine.ruleset_files import every
from permits.engine.rulesets import choose, load
from permits.engine.world import World
from permits.rulebook import (
    FINDING_COLUMNS,
    Rule,
    Ruleset,
    about,
    any_word,
    discover,
    findings,
    joined,
    no_findings,
    tabled,
    unanswered,
)


def run(
    world: World,
    rules: Collection[str] | None = None,
    ruleset: str | None = None,
    *,
    to_keep: bool = False,
) -> pd.DataFrame:
    """Run rules over every site of a World.

    BR18 § 565, stk. 3: the text in force on the day of sending in decides.

    Parameters
    ----------
    world : any number of sites; what follows from plans is worked out here where it is not there yet.
    rules : ids, by default all.
    ruleset : name of a rule set to use for every site instead of the one of its day (to compare versions).
    to_keep : only what is stored (:func:`worth_keeping`).

    Returns
    -------
    Findings (:data:`permits.rulebook.FINDING_COLUMNS`), ordered by site, rule and building. A rule without a
    finding for a site is ``not_applicable`` there.

    Raises
    ------
    KeyError : there is no such rule or rule set.

    Notes
    -----
    Layers that a rule always needs are answered from the rulebook where they did not answer; the rule never sees
    those sites. Sites are grouped by rule set, so a rule runs once per version and not once per site. Rules that
    read the findings of others run after them; what they read is run for them even where nobody asked for it.

    Sites that name a rule set which may not be used (:func:`permits.engine.rulesets.refusals`) have no numbers: each
    rule that is about them is ``needs_manual`` with ``legal_text``.
    """
    known = discover()
    asked = [known[name] for name in sorted(set(known if rules is None else rules))]
    files = every()
    sets = load(files)
    if ruleset is not None and ruleset not in sets:
        raise KeyError(f"there is no rule set {ruleset}")
    if world.sites.empty:
        return no_findings()
    ready = world if len(world.pieces) else prepare(world)
    names = np.full(len(world.sites), ruleset, dtype=object) if ruleset else choose(world, files)
    sites = world.sites["site"].to_numpy()
    tables: list[pd.DataFrame] = []
    for name in sorted(set(names.tolist())):
        mine = names == name
        part = ready if mine.all() else ready.select(sites[mine])
        if name:
            tables.extend(_all_answers(asked, known, part, sets[name]))
        else:
            tables.extend(_without_numbers(asked, part))
    kept = [t for t in (map(worth_keeping, tables) if to_keep else tables) if len(t)]
    if not kept:
        return no_findings()
    return _ordered(kept)


def worth_keeping(table: pd.DataFrame) -> pd.DataFrame:
    """Findings but for ``not_applicable`` without a flag, which says nothing that its absence does not say."""
    columns = columns_of(table)
    kept = ~any_word(columns["outcome"], "not_applicable") | (columns["flags"] != 0)
    return table if kept.all() else tabled({name: values[kept] for name, values in columns.items()})


def _ordered(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Findings of many rules by site, rule and building; each table is of one rule."""
    names = [str(columns_of(table)["rule"][0]) for table in tables]
    rank = {name: place for place, name in enumerate(sorted(set(names)))}
    rule = np.repeat(
        np.array([rank[name] for name in names], dtype=np.int32), [len(table) for table in tables]
    )
    parts = [columns_of(table) for table in tables]

    def whole(name: str) -> npt.NDArray[Any]:
        return np.concatenate([part[name] for part in parts])

    # Each table is nearly in order already, which sorts quickly.
    order = np.lexsort((whole("building"), rule, whole("site")))
    return tabled({name: whole(name)[order] for name in FINDING_COLUMNS})


def _without_numbers(asked: list[Rule], world: World) -> list[pd.DataFrame]:
    return [
        findings(rule.id, site=sites, outcome="needs_manual", reason="legal_text")
        for rule in asked
        if len(sites := about(rule, world))
    ]


def _all_answers(
    asked: list[Rule], known: dict[str, Rule], world: World, ruleset: Ruleset
) -> list[pd.DataFrame]:
    """Findings of the rules that were asked for; first those that look at the World alone, then the others."""
    last = [(rule, rule.conclude) for rule in asked if rule.conclude is not None]
    concluding = {rule.id for rule, _ in last}
    names = {rule.id for rule in asked} - concluding
    read = {rule.id for rule in known.values() if any(rule.read_by(other) for other, _ in last)}
    first = {name: _answers(known[name], world, ruleset) for name in sorted(names | read)}
    told = [table for name, table in first.items() if name in names]
    for rule, conclude in last:
        others = [table for name, table in first.items() if known[name].read_by(rule) and len(table)]
        told.append(conclude(_answers(rule, world, ruleset), joined(*others) if others else no_findings()))
    return told


def _answers(rule: Rule, world: World, ruleset: Ruleset) -> pd.DataFrame:
    silent = unanswered(rule, world)
    if not len(silent):
        return rule.check(world, ruleset)
    told = findings(rule.id, site=silent, outcome="needs_manual", reason="missing_data")
    rest = world.column("sites", "site")
    rest = rest[~np.isin(rest, np.setdiff1d(silent, _found_all_the_same(rule, world)))]
    if not len(rest):
        return told
    found = rule.check(world.select(rest), ruleset)
    # What is there forbids what it forbids; what is not there proves nothing.
    parts = columns_of(found)
    free = any_word(parts["outcome"], "pass", "not_applicable") & np.isin(parts["site"], silent)
    if free.any():
        found = tabled({name: values[~free] for name, values in parts.items()})
    return joined(told, found)


def _found_all_the_same(rule: Rule, world: World) -> npt.NDArray[np.int64]:
    """Sites with features of a rule's layers, whether or not these have answered in full."""
    there = world.is_word("features", "kind", *sorted({need.layer for need in rule.needs}))
    return np.unique(world.column("features", "site")[there])
