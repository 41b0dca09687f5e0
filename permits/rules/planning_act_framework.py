"""planning_act.framework: what the municipal plan's framework says where no local plan does (planloven § 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geodata import shapes
from permits.rulebook import EQUAL, FLAGS, Need, Rule, Ruleset, findings, joined, worded
from permits.rules.parts.asked import asked_buildings, silent, sites_with
from permits.rules.parts.features import things
from permits.rules.parts.rural import rural
from permits.rules.parts.spoken import Spoken
from permits.rules.parts.storey_count import storey_count
from permits.rules.parts.under_plan import under_plan
from permits.rules.parts.use_codes import admitted
from permits.rules.parts.works import heights_m
from permits.rules.plan_plot_ratio import DENOMINATORS, ratios

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "planning_act.framework"
ROLES: Final = ("primary", "secondary")
#: A building of this kind can be anything.
UNDECIDED: Final = "other"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Framed(NamedTuple):
    """New buildings and the frameworks over them, one row per pair.

    Attributes
    ----------
    owner : row of ``world.buildings``.
    at : row of ``world.areas``.
    blind : nobody has drawn the building.
    """

    owner: Ints
    at: Ints
    blind: Bools


class Answer(NamedTuple):
    """What each pair answers on one matter: it is not met, a number is missing, a text decides."""

    broken: Bools
    lacking: Bools
    reading: Bools


def asks(world: World) -> Ints:
    """Sites whose work has a primary or secondary building."""
    return sites_with(world, ROLES)


def framed(world: World) -> Framed:
    """New buildings outside local plans and the frameworks in force that lie over them.

    Danish: kommuneplanramme; planloven § 12, stk. 3: not under a local plan.
    """
    frame = world.is_word("areas", "level", "framework") & world.is_word("areas", "today", "in_force")
    plan = under_plan(world)
    asked = asked_buildings(world, ROLES) & ~plan.covered
    at, row = world.rows_of("overlaps", "area", "areas"), world.rows_of("overlaps", "building", "buildings")
    over = world.column("overlaps", "counts") & ~world.column("overlaps", "overhang")
    over &= np.append(frame, [False])[at] & np.append(asked, [False])[row]
    lost = np.flatnonzero(asked & undrawn(world))
    every = np.flatnonzero(frame)
    i, j = shapes.pairs(world.column("buildings", "site")[lost], world.column("areas", "site")[every])
    owner = np.concatenate([row[over], lost[i]])
    area = np.concatenate([at[over], every[j]])
    return Framed(owner, area, np.arange(len(owner)) >= int(over.sum()))


def undrawn(world: World) -> Bools:
    """Buildings that cannot be held against an area."""
    what = things(world)
    lost = np.zeros(len(world.buildings), dtype=bool)
    lost[what.row[~what.ground]] = [shape is None for shape in what.shape[~what.ground]]
    return lost


def _limit(world: World, met: Framed, matter: str) -> tuple[Floats, npt.NDArray[np.object_]]:
    """What each framework says on a matter, NaN = nothing; and of what a percentage is."""
    known = world.is_word("limits", "matter", matter) & world.is_word("limits", "state", "value")
    # Of a framework too complex for fields nothing is recorded, whatever else is entered.
    known &= ~np.append(world.column("areas", "complex"), [True])[world.rows_of("limits", "area", "areas")]
    said = np.flatnonzero(known)
    value = np.full(len(world.areas) + 1, np.nan)
    per = np.full(len(world.areas) + 1, "", dtype=object)
    at = world.rows_of("limits", "area", "areas")[said]
    value[at], per[at] = world.column("limits", "value")[said], world.column("limits", "per")[said]
    return value[met.at], per[met.at]


def _held(number: Floats, least: Floats, limit: Floats, asked: Bools) -> Answer:
    """A number against an upper limit, where one is recorded."""
    asked = asked & np.isfinite(limit)
    broken = asked & (least > limit + EQUAL)
    return Answer(broken, asked & ~broken & ~(number <= limit + EQUAL), asked & False)


def matters(world: World, ruleset: Ruleset, met: Framed) -> dict[str, Answer]:
    """Answers of all pairs on each matter that a framework can record; what it does not record is not asked."""
    primary = world.is_word("buildings", "role", "primary")[met.owner]
    seen = ~met.blind
    tall, _ = _limit(world, met, "max_height")
    asked = np.zeros(len(world.buildings), dtype=bool)
    asked[met.owner] = True
    height = heights_m(world, asked)[met.owner]
    storeys, _ = _limit(world, met, "max_storeys")
    count = storey_count(world, ruleset)
    return {
        "max_height": _held(height, height, tall, seen),
        "max_storeys": _held(count.value[met.owner], count.least[met.owner], storeys, primary & seen),
        "plot_ratio": _ratio(world, ruleset, met),
        "use": _use(world, met, primary & seen),
    }


def recorded(world: World, met: Framed) -> dict[str, Bools]:
    """Which of the matters of :func:`matters` the framework of each pair records; the others are not asked."""
    numbers = ("max_height", "max_storeys", "plot_ratio")
    codes = admitted(
        world, world.column("areas", "area")[met.at], world.column("areas", "use")[met.at], met.owner
    )
    use = ((world.column("areas", "use")[met.at] >= 0) | codes.specific) & ~world.column("areas", "complex")[
        met.at
    ]
    return {**{name: np.isfinite(_limit(world, met, name)[0]) for name in numbers}, "use": use}


def _ratio(world: World, ruleset: Ruleset, met: Framed) -> Answer:
    limit, per = _limit(world, met, "plot_ratio")
    of = np.full(len(per), -1, dtype=np.int8)
    for place, word in enumerate(DENOMINATORS):
        of[per == word] = place
    said = np.isfinite(limit) & ~met.blind
    usable = np.flatnonzero(said & (of >= 0))
    area = world.column("areas", "area")[met.at]
    no = np.zeros(len(usable), dtype=bool)
    told = Spoken(met.owner[usable], area[usable], ~no, limit[usable], per[usable], no, no)
    found = ratios(world, ruleset, told, of[usable])
    broken, lacking, reading = np.zeros((3, len(limit)), dtype=bool)
    lacking[said & (of < 0)] = True
    lost = found.lost | ~np.isfinite(found.ratio_pct)
    over = ~lost & (found.ratio_least_pct > found.limit_pct + EQUAL)
    met_all = ~lost & (found.ratio_pct <= found.limit_pct + EQUAL)
    # The same building and area may be asked about several denominators; one area has one percentage.
    i, j = shapes.pairs(
        _pair(world, met.owner, area), _pair(world, found.tested, found.area[found.tested_group])
    )
    group = found.tested_group[j]
    broken[i] |= over[group] & ~found.unread[group]
    lacking[i] |= ~over[group] & ~met_all[group] & ~found.unread[group]
    reading[i] |= found.unread[group]
    return Answer(broken & said, lacking & said, reading & said)


def _pair(world: World, owner: Ints, area: Ints) -> Ints:
    """One number for a building and an area."""
    return owner * (len(world.areas) + 1) + world.rows("areas", area)


def _use(world: World, met: Framed, asked: Bools) -> Answer:
    general = world.column("areas", "use")[met.at]
    codes = admitted(world, world.column("areas", "area")[met.at], general, met.owner)
    asked = asked & ((general >= 0) | codes.specific) & ~world.column("areas", "complex")[met.at]
    nameless = world.is_word("buildings", "kind", "")[met.owner]
    vague = world.is_word("buildings", "kind", UNDECIDED)[met.owner] | codes.strange
    refused = codes.refused | (codes.specific & codes.all_known & ~codes.named)
    broken = asked & ~nameless & ~vague & refused
    # A general code alone admits what it admits: the framework is only a ground for refusal.
    open_ = vague | (codes.specific & ~codes.named)
    return Answer(broken, asked & nameless, asked & ~nameless & ~broken & open_)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Height, storeys, plot ratio and use of new buildings against the framework of the municipal plan.

    Danish: kommuneplanramme; planloven § 12, stk. 3: in byzone and sommerhusområde the municipality may forbid what
    is contrary to it.

    Parameters
    ----------
    world : World with overlaps, limits, uses and zones.
    ruleset : deductions of floor area, ``br18.storeys.basement_ceiling_m``.

    Returns
    -------
    One finding per new building and framework: ``needs_manual`` with ``assessment`` where it is not met, never a
    breach; ``pass`` where all that it records is met. ``not_applicable`` in landzone, under local plans that cover
    the building, and without a framework.

    Notes
    -----
    The height of the whole building counts, also where only a part of it lies in the framework.

    Examples
    --------
    25 per cent of the property under 25: ``pass``. 28: ``needs_manual``. Percentage of nothing stated:
    ``missing_data``. Specific code that no list has, or a framework marked complex: ``legal_text``.
    """
    what, lies = things(world), rural(world)
    country, unknown = np.zeros((2, len(world.buildings)), dtype=bool)
    built = ~what.ground
    country[what.row[built]], unknown[what.row[built]] = lies.whole[built], lies.unknown[built]
    met = framed(world)
    kept = ~country[met.owner]
    met = Framed._make(values[kept] for values in met)
    answers = matters(world, ruleset, met).values()
    broken, lacking, reading = (np.any([a[k] for a in answers], axis=0) for k in range(3))
    lacking = lacking | met.blind | unknown[met.owner] | under_plan(world).unknown[met.owner]
    broken = broken & ~(met.blind | unknown[met.owner])
    # Its fields do not tell it whole, so that they cannot let anything pass: its text has to be read.
    reading = reading | world.column("areas", "complex")[met.at]
    near = np.zeros(len(world.buildings), dtype=np.int64)
    shallow = world.column("overlaps", "near_line")
    shallow = (
        shallow
        & np.append(world.is_word("areas", "level", "framework"), [False])[
            world.rows_of("overlaps", "area", "areas")
        ]
    )
    near[world.rows_of("overlaps", "building", "buildings")[shallow]] = FLAGS["near_line"]
    table = findings(
        ID,
        site=world.column("buildings", "site")[met.owner],
        building=world.column("buildings", "building")[met.owner],
        outcome=worded([broken | lacking | reading], ["needs_manual"], "pass"),
        reason=worded([broken, lacking, reading], ["assessment", "missing_data", "legal_text"], ""),
        flags=near[met.owner],
        area=world.column("areas", "area")[met.at],
    )
    asked = asked_buildings(world, ROLES)
    quiet = asked.copy()
    quiet[met.owner] = False
    return joined(table, silent(ID, world, asked, quiet, near))


RULE: Final = Rule(
    id=ID,
    law="planloven § 12",
    name_da="Kommuneplanramme",
    name_en="Framework of the municipal plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
