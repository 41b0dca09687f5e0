"""Keeping a distance to boundaries, as BR18 § 457 measures it: the arithmetic of every rule that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, worded
from permits.rules.parts.boundary import NEIGHBOUR, best, measurable, nearest, nearest_place, outlines
from permits.rules.parts.tolerance import any_of, turning, within_tolerance

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rules.parts.building_answers import Answers

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Asked(NamedTuple):
    """What is asked of some buildings.

    Attributes
    ----------
    rows : rows in ``world.buildings``, all of them proposed.
    limit_m : smallest distance, per row.
    own_zone_m : closer than this a building goes by other rules; 0 = never. Per row.
    unsure : something that decides is not known, so that a distance that is kept is no answer. Per row.
    """

    rows: Ints
    limit_m: Floats
    own_zone_m: Floats
    unsure: Bools


def asked_of(rows: Ints, limit_m: Floats) -> Asked:
    """The plain case: one limit per building, no zone of other rules, nothing unsure."""
    return Asked(rows, limit_m, np.zeros(len(rows)), np.zeros(len(rows), dtype=bool))


def keep_distance(
    answers: Answers,
    world: World,
    asked: Asked,
    eaves_free_m: float,
    kinds: tuple[str, ...] = NEIGHBOUR,
) -> None:
    """Say of buildings whether they keep a distance to the boundaries of some kinds around their plot.

    Danish: afstand til skel; BR18 § 457.

    Parameters
    ----------
    answers : what is said goes in here; nothing is said where no such boundary borders on the plot.
    world : buildings (outline, eaves_m), edges.
    asked : which buildings, and how far.
    eaves_free_m : overhang that is disregarded; of a wider one the excess is taken off the distance.
    kinds : kinds of boundary that count.

    Notes
    -----
    Measured horizontally from the outer walls. A breach toward a stretch of certain kind outranks one toward a
    stretch that may be of another kind. Without an outline or a known plot the answer is ``missing_data``, and so
    it is where a stretch cannot be measured and the others are far enough away. Where any verdict here would turn
    within a micrometre the answer carries ``within_tolerance``.
    """
    if not len(asked.rows):
        return
    known = measurable(world, asked.rows, kinds)
    answers.say(asked.rows[~known.both], outcome="needs_manual", reason="missing_data")
    known_rows = np.flatnonzero(known.both)
    rows, limit = asked.rows[known_rows], asked.limit_m[known_rows]
    zone, whole = asked.own_zone_m[known_rows], known.whole[known_rows]
    answers.say(rows[~whole], outcome="needs_manual", reason="missing_data")
    near = nearest(world, rows, kinds)
    excess = outlines(world)[1][rows] - eaves_free_m
    counted = np.maximum(near.distance_m - np.maximum(excess, 0.0)[near.building], 0.0)
    # Per building: a certain breach, else an uncertain one, else the smallest distance.
    broken = counted < limit[near.building] - EQUAL
    rank = np.where(broken, np.where(near.ambiguous, 1, 0), 2)
    pick = best(near.building, rank, counted)
    at = near.building[pick]
    # Within their own zone buildings go by their own rules; that too is a distance, so wide eaves count.
    elsewhere = counted[pick] < zone[at] - EQUAL
    spare = counted - limit[near.building]
    own = np.where(zone > 0.0, zone, np.nan)[near.building]
    close_call = any_of(turning(spare) | turning(counted - own), near.building, len(rows))
    answers.say(rows[at[elsewhere]], outcome="not_applicable", reason="", flags=close_call[at[elsewhere]])
    at, pick = at[~elsewhere], pick[~elsewhere]
    unsure = (~whole | asked.unsure[known_rows])[at]
    worst = nearest_place(world, rows[at], near.edge[pick])
    sigma = np.hypot(
        world.column("buildings", "sigma_m")[rows[at]], world.column("edges", "sigma_m")[near.edge[pick]]
    )
    margin = counted[pick] - limit[at]
    answers.say(
        rows[at],
        outcome=worded([broken[pick] | unsure], ["needs_manual"], "pass"),
        reason=worded(
            [broken[pick] & near.ambiguous[pick], broken[pick], unsure],
            ["ambiguous_boundary", "overall_assessment", "missing_data"],
            "",
        ),
        measured=counted[pick],
        limit=limit[at],
        margin=margin,
        x=worst[:, 0],
        y=worst[:, 1],
        edge=world.column("edges", "edge")[near.edge[pick]],
        flags=within_tolerance(margin, sigma) | close_call[at],
    )
