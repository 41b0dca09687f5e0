"""planning_act.rural_zone: landzone permit for new building, subdivision and change of use (planloven §§ 35-38)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rulebook import EQUAL, Need, Rule, Ruleset, Words, findings, joined, worded
from permits.rules.parts.dwellings import beside, converted
from permits.rules.parts.features import things
from permits.rules.parts.floor_area import counted, standing
from permits.rules.parts.roof import outlines
from permits.rules.parts.rural import rural
from permits.rules.parts.tolerance import turning
from permits.rules.parts.use_codes import HOUSING

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "planning_act.rural_zone"
#: What a new building is; walls and raised areas are none.
ROLES: Final = ("primary", "secondary")
FARM: Final = "farm_building"
DIVIDING: Final = "subdivision"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def _asked(world: World) -> tuple[Bools, Bools]:
    """Buildings, and sites that are subdivided, that a permit may be asked for; none where it is given."""
    given = world.column("sites", "landzone_permit")
    built = world.column("buildings", "proposed") & world.is_word("buildings", "role", *ROLES)
    built &= ~given[world.rows_of("buildings", "site", "sites")]
    return np.asarray(built), np.asarray(world.is_word("sites", "work", DIVIDING) & ~given)


def asks(world: World) -> Ints:
    """Sites whose work builds, changes a use or subdivides, and that have no permit yet."""
    built, divided = _asked(world)
    return np.union1d(world.column("buildings", "site")[built], world.column("sites", "site")[divided])


class Verdict(NamedTuple):
    """What follows for each building of the World if it lies in landzone.

    Attributes
    ----------
    outcome, reason : words of findings.
    measured_m2 : an extended house in all, NaN = not extended, or not known.
    turning : bits of ``within_tolerance``.
    """

    outcome: Words
    reason: Words
    measured_m2: Floats
    turning: Ints


def verdict(world: World, ruleset: Ruleset) -> Verdict:
    """Exemptions of planloven §§ 36-38, building by building.

    Danish: undtagelser fra kravet om landzonetilladelse.
    """
    is_word = world.is_word
    floor, change = counted(world, ruleset).total_m2, converted(world, ruleset)
    home, farm = is_word("buildings", "kind", *HOUSING), is_word("buildings", "kind", FARM)
    primary = is_word("buildings", "role", "primary")
    growing = (
        is_word("sites", "work", "extension")[world.rows_of("buildings", "site", "sites")] & ~change.some
    )
    part = world.column("buildings", "proposed") & primary & home
    total, grown = _in_all(world, floor, part & (growing | (change.same_kind & ~change.no_more)))
    house, most, near = (
        ruleset.number(f"{ID}.{name}") for name in ("house_m2", "secondary_m2", "dwelling_m")
    )
    by = beside(world)
    minor = ~primary & (~change.some | change.same_kind) & by.some
    too_much = minor & ((floor > most + EQUAL) | ((by.distance_m > near + EQUAL) & ~by.lost))
    fits = minor & (floor <= most + EQUAL) & (by.distance_m <= near + EQUAL)
    as_it_is = change.same_kind & change.no_more
    old = world.rows_of("buildings", "replaces", "buildings")
    dwellings = world.column("buildings", "dwellings")
    single = is_word("buildings", "kind", "detached_house") & (np.abs(dwellings) == 1)
    surplus = change.some & farm[old] & primary & (single | is_word("buildings", "kind", "business"))
    notice = (surplus & change.no_more) | (primary & farm & ~change.some)
    free = fits | as_it_is | (grown & (total <= house + EQUAL))
    lacking = (minor & ~too_much & ~fits) | (grown & np.isnan(total))
    lacking |= (change.same_kind | surplus) & change.unknown
    bits = np.where(grown, turning(house - total), 0)
    bits |= np.where(minor, turning(most - floor) | turning(near - by.distance_m), 0)
    return Verdict(
        worded([free, notice | lacking], ["not_applicable", "needs_manual"], "needs_other_consent"),
        worded([free, notice, lacking], ["", "legal_text", "missing_data"], ""),
        np.where(grown, total, np.nan),
        bits,
    )


def _in_all(world: World, floor: Floats, added: Bools) -> tuple[Floats, Bools]:
    """Floor of the house that each added part belongs to, in m², and which of them belong to one.

    The house is what the part touches; where it touches nothing, all dwellings of the property.
    """
    home = world.is_word("buildings", "kind", *HOUSING) & world.is_word("buildings", "role", "primary")
    stands = np.flatnonzero(home & standing(world) & ~added)
    new = np.flatnonzero(added)
    site, outline = world.column("buildings", "site"), outlines(world)[0]
    i, j = shapes.pairs(site[new], site[stands])
    distance = shapely.distance(outline[new[i]], outline[stands[j]])
    touching = distance <= shapes.OVERLAP_DEPTH_M
    attached = np.zeros(len(new), dtype=bool)
    attached[i[touching]] = True
    kept = touching | ~attached[i]
    total = np.bincount(i[kept], weights=floor[stands[j[kept]]], minlength=len(new))
    # Parts that are added together are one extension.
    a, b = shapes.pairs(site[new], site[new])
    total = total + np.bincount(a, weights=floor[new[b]], minlength=len(new))
    some = np.zeros(len(new), dtype=bool)
    some[i] = True
    some |= world.column("buildings", "replaces")[new] >= 0
    in_all, grown = np.full(len(added), np.nan), np.zeros(len(added), dtype=bool)
    in_all[new[some]], grown[new[some]] = total[some], True
    return in_all, grown


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built, changed or subdivided in landzone needs a permit.

    Danish: landzonetilladelse; planloven §§ 35-38. The municipality permits, two weeks after neighbours were told.

    Parameters
    ----------
    world : World with zones, parcels and buildings.
    ruleset : ``planning_act.rural_zone.house_m2``, ``.secondary_m2``, ``.dwelling_m``.

    Returns
    -------
    One finding per new building, one for a subdivision; never ``pass``. ``not_applicable`` outside landzone, where an
    exemption holds, and with a permit given; ``needs_manual`` with ``legal_text`` where a notice and conditions
    outside the data decide. Numbers are those of a house that is extended.

    Notes
    -----
    New building is primary and secondary buildings. Not considered: what a local plan expressly permits (§ 36,
    stk. 1, nr. 6), and exemptions of farms, shops and businesses.

    Examples
    --------
    House 460 + 40 m²: ``not_applicable``. 460 + 41 m²: ``needs_other_consent``. New barn: ``legal_text``. Shed
    without a stated area: ``missing_data``.
    """
    what, lies = things(world), rural(world)
    built, divided = _asked(world)
    at = np.flatnonzero(~what.ground & np.append(built, [False])[what.row])
    told = verdict(world, ruleset)
    row = what.row[at]
    here, unknown = lies.some[at], lies.unknown[at]
    outcome = np.where(here | unknown, told.outcome[row], "not_applicable").astype(object)
    lost = unknown & (outcome != "not_applicable")
    measured = np.where(here, told.measured_m2[row], np.nan)
    limit = np.where(np.isnan(measured), np.nan, ruleset.number(f"{ID}.house_m2"))
    table = findings(
        ID,
        site=what.site[at],
        building=what.building[at],
        outcome=np.where(lost, "needs_manual", outcome),
        reason=np.where(lost, "missing_data", np.where(outcome == "needs_manual", told.reason[row], "")),
        flags=lies.flags[at] | np.where(here, told.turning[row], 0),
        measured=measured,
        limit=limit,
        margin=limit - measured,
    )
    every = world.column("sites", "site")
    share = world.column("parcels", "share_rural")
    parcel = world.column("parcels", "site")
    country, nowhere = (np.isin(every, parcel[mask]) for mask in (share > 0.0, np.isnan(share)))
    bare = ~np.isin(every, what.site[at])
    parts = findings(
        ID,
        site=every[divided | bare],
        outcome=worded(
            [~divided, country, nowhere | ~np.isin(every, parcel)],
            ["not_applicable", "needs_other_consent", "needs_manual"],
            "not_applicable",
        )[divided | bare],
        reason=worded([divided & ~country & (nowhere | ~np.isin(every, parcel))], ["missing_data"], "")[
            divided | bare
        ],
    )
    return joined(table, parts)


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 35-38",
    name_da="Landzonetilladelse",
    name_en="Landzone permit",
    check=check,
    needs=(Need("zones"),),
    asks=asks,
)
