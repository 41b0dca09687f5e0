"""plan.building_field: where a local plan lets buildings stand (planloven §§ 15, 18 and 19).

A byggefelt holds buildings in, a byggelinje is the strip that is kept free. The register says of a field whether it
binds, is indicative, both or neither; the last two have to be read in the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.columns import columns_of
from geodata.shapes import Overlap
from permits.rulebook import FLAGS, Need, Rule, Ruleset, findings, joined, worded
from permits.rules.parts.asked import plan_flags, silent
from permits.rules.parts.outside import inside, outside, worst_point
from permits.rules.parts.roof import outlines
from permits.rules.parts.spoken import Spoken, spoken

if TYPE_CHECKING:
    from permits.engine.world import World

ID: Final = "plan.building_field"
MATTER: Final = "building_field"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


class Placing(NamedTuple):
    """Buildings against the fields and lines of one plan each: one row per building and plan that has any.

    Attributes
    ----------
    told : who speaks, the same rows.
    shape : part of the building inside the plan; ``None`` where nobody has drawn it.
    binding, other, line : the plan has binding fields; undeclared or contradictory ones; lines.
    gap_binding, gap_other : a field (or line) of that sort cannot be measured.
    gap_line : see gap_other.
    off_binding : what lies outside the binding fields.
    off_all : what lies outside these and the undeclared and contradictory ones together.
    in_line : what lies in a strip to be kept free.
    line_area : the line that the building meets, else the first one; -1 = none.
    sigma_m : position uncertainty of building and fields together.
    """

    told: Spoken
    shape: Shapes
    binding: Bools
    other: Bools
    line: Bools
    gap_binding: Bools
    gap_other: Bools
    gap_line: Bools
    off_binding: Overlap
    off_all: Overlap
    in_line: Overlap
    line_area: Ints
    sigma_m: Floats


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work builds something."""
    return np.asarray(np.unique(world.column("buildings", "site")[world.column("buildings", "proposed")]))


def _parts(world: World, told: Spoken) -> Shapes:
    """The part of each building that lies inside the plan beside it."""
    here = np.flatnonzero(
        world.is_word("rulings", "matter", MATTER) & world.is_word("rulings", "state", "value")
    )
    piece = world.rows_of("rulings", "piece", "pieces")[here]
    area = world.column("rulings", "area")[here]
    shape, owner = world.column("pieces", "geometry"), world.rows_of("pieces", "building", "buildings")
    footprint = ~world.column("pieces", "overhang") & ~shapely.is_missing(shape)
    good = footprint[piece]
    piece, area = piece[good], area[good]
    # One row of ``told`` per building and area: few areas speak over one building.
    i, row = shapes.pairs(owner[piece], told.owner)
    same = area[i] == told.area[row]
    row, piece = np.divmod(np.unique(row[same] * len(shape) + piece[i[same]]), max(len(shape), 1))
    parts = shapes.nothing(len(told.owner))
    count = np.bincount(row, minlength=len(parts))
    whole = count == np.bincount(owner[footprint], minlength=len(world.buildings))[told.owner]
    # Most buildings lie whole in the plan, however they were cut by others; of the rest, most were not cut up in it.
    entire = np.flatnonzero(whole & (count > 0))
    parts[entire] = outlines(world)[0][told.owner[entire]]
    row, piece = row[~whole[row]], piece[~whole[row]]
    single = count[row] == 1
    parts[row[single]] = shape[piece[single]]
    at, union = shapes.union_by(row[~single], shapely.force_2d(shape[piece[~single]]))
    parts[at] = union
    raised = shapely.has_z(parts)
    parts[raised] = shapely.force_2d(parts[raised])
    return np.asarray(parts, dtype=object)


def said(world: World) -> Spoken:
    """Who speaks on fields and lines over new buildings; asked once per World."""
    return world.once(f"{ID}:said", lambda: spoken(world, MATTER, world.column("buildings", "proposed")))


def placing(world: World) -> Placing:
    """Hold every new building against the fields and lines of every plan that it lies in.

    Danish: byggefelter og byggelinjer; planloven § 15.

    Parameters
    ----------
    world : World with pieces, rulings and placements.

    Returns
    -------
    :class:`Placing`, worked out once per World for the rule and what explains it; not to be written to.
    """
    return world.once(ID, lambda: _placing(world))


def _placing(world: World) -> Placing:
    everyone = said(world)
    told = Spoken._make(values[everyone.number] for values in everyone)
    size = len(told.owner)
    part = _parts(world, told)
    at = world.rows_of("placements", "area", "areas")
    i, j = shapes.pairs(told.area, world.column("placements", "plan"))
    line = world.is_word("areas", "level", "building_line")[at][j]
    binding = ~line & world.is_word("areas", "field_state", "yes")[at][j]
    other = ~line & ~binding & ~world.is_word("areas", "field_state", "no")[at][j]
    used = line | binding | other
    i, j, line, binding, other = i[used], j[used], line[used], binding[used], other[used]
    outline = shapes.mended(world.column("areas", "geometry")[at[j]])
    gap = shapely.is_missing(outline)

    def some(mask: Bools) -> Bools:
        return np.asarray(np.bincount(i[mask], minlength=size) > 0, dtype=bool)

    drawn = ~shapely.is_missing(part)
    seen = drawn[i] & ~gap
    sigma = np.zeros(size)
    np.maximum.at(sigma, i, world.column("areas", "sigma_m")[at[j]])
    first_choice = binding & seen
    off_binding = outside(part, i[first_choice], outline[first_choice])
    # Only plans with fields of both sorts need a second look.
    mixed = some(other & seen)
    off_all = off_binding
    if mixed.any():
        place = np.cumsum(mixed) - 1
        field = (binding | other) & seen & mixed[i]
        second = outside(part[mixed], place[i[field]], outline[field])
        off_all = Overlap._make(np.array(values) for values in off_binding)
        for whole, more in zip(off_all, second, strict=True):
            whole[mixed] = more
    met = np.zeros(len(i), dtype=bool)
    met[line & seen] = shapely.intersects(part[i[line & seen]], outline[line & seen])
    order = np.lexsort((world.column("areas", "area")[at[j]], ~met, i))
    order = order[line[order]]
    with_line, first = np.unique(i[order], return_index=True)
    line_area = np.full(size, -1, dtype=np.int64)
    line_area[with_line] = world.column("areas", "area")[at[j[order[first]]]]
    return Placing(
        told=told,
        shape=part,
        binding=some(binding),
        other=some(other),
        line=some(line),
        gap_binding=some(binding & gap),
        gap_other=some(other & gap),
        gap_line=some(line & gap),
        off_binding=off_binding,
        off_all=off_all,
        in_line=inside(part, i[line & seen], outline[line & seen]),
        line_area=line_area,
        sigma_m=np.hypot(world.column("buildings", "sigma_m")[told.owner], sigma),
    )


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Square metres of new buildings outside the fields of a plan, or inside a strip that it keeps free.

    Danish: placering i byggefelt og bag byggelinje; planloven §§ 18-19.

    Parameters
    ----------
    world : World with pieces, rulings and placements.
    ruleset : not used.

    Returns
    -------
    Per building and plan with fields or lines one finding for each of the two; ``legal_text`` for plans of which
    nothing is recorded; ``not_applicable`` for buildings that no plan asks about, and for sites without any.

    Notes
    -----
    The fields of a plan count together, and only for the part of a building inside that plan. Not considered:
    limits of height or floor that a field may have.

    Examples
    --------
    A house that fills its field: ``pass``. 2 m² beyond it: ``needs_dispensation``. Beyond an undeclared field:
    ``needs_manual``, ``legal_text``. Only indicative fields: ``not_applicable``.
    """
    asked = world.column("buildings", "proposed")
    flags = plan_flags(world)
    everyone = said(world)
    unread = Spoken._make(values[~everyone.number] for values in everyone)
    found = placing(world)
    reading = findings(
        ID,
        site=world.column("buildings", "site")[unread.owner],
        building=world.column("buildings", "building")[unread.owner],
        outcome="needs_manual",
        reason=worded([unread.blind], ["missing_data"], "legal_text"),
        flags=flags[unread.owner],
        area=unread.area,
    )
    table = joined(
        _table(world, found, fields_answer(found), found.told.area, flags),
        _table(world, found, lines_answer(found), found.line_area, flags),
        reading,
    )
    quiet = asked.copy()
    quiet[world.rows("buildings", columns_of(table)["building"])] = False
    return joined(table, silent(ID, world, asked, quiet, flags))


class Answer(NamedTuple):
    """What fields, or lines, answer: one row per row of :class:`Placing`.

    Attributes
    ----------
    asks : there is anything of that sort to ask.
    outcome, reason : of the finding; see the contract of the rule.
    part : what the number is about, per row; an empty overlap where nothing lies wrong.
    told : the number can be said.
    turning : it would be answered otherwise if something lay a micrometre or two elsewhere.
    """

    asks: Bools
    outcome: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    part: Overlap
    told: Bools
    turning: Bools


def fields_answer(found: Placing) -> Answer:
    """Buildings against the fields of each plan.

    Notes
    -----
    A field that cannot be measured may hold what lies outside the others.
    """
    blind = shapely.is_missing(found.shape)
    off = found.off_all.area_m2 > 0.0
    strayed = np.where(found.binding, found.off_binding.area_m2 > 0.0, off)
    lacking = blind | (strayed & (found.gap_binding | (off & found.gap_other)))
    breach = strayed & ~lacking & found.binding & off
    reading = strayed & ~lacking & ~breach
    # Outside the binding fields and inside another one, the binding ones are what the number is about.
    of_binding = found.binding & ~(off & strayed)
    part = Overlap._make(
        np.where(of_binding, first, second)
        for first, second in zip(found.off_binding, found.off_all, strict=True)
    )
    outcome = worded([breach, lacking | reading], ["needs_dispensation", "needs_manual"], "pass")
    reason = worded([breach, lacking, reading], ["", "missing_data", "legal_text"], "")
    turning = found.off_binding.turning | found.off_all.turning
    return Answer(found.binding | found.other, outcome, reason, part, ~lacking, turning & ~blind)


def lines_answer(found: Placing) -> Answer:
    """Buildings against the strips that each plan keeps free."""
    blind = shapely.is_missing(found.shape)
    breach = ~blind & (found.in_line.area_m2 > 0.0)
    lacking = blind | (found.gap_line & ~breach)
    outcome = worded([breach, lacking], ["needs_dispensation", "needs_manual"], "pass")
    reason = worded([lacking], ["missing_data"], "")
    return Answer(found.line, outcome, reason, found.in_line, ~lacking, found.in_line.turning & ~blind)


def _table(world: World, found: Placing, answer: Answer, area: Ints, flags: Ints) -> pd.DataFrame:
    rows = np.flatnonzero(answer.asks)
    owner, told = found.told.owner[rows], answer.told[rows]
    part = Overlap._make(values[rows] for values in answer.part)
    x, y = worst_point(part)
    wrong = told & (part.area_m2 > 0.0)
    doubt = (wrong & (part.depth_m < found.sigma_m[rows])) | answer.turning[rows]
    return findings(
        ID,
        site=world.column("buildings", "site")[owner],
        building=world.column("buildings", "building")[owner],
        outcome=answer.outcome[rows],
        reason=answer.reason[rows],
        flags=flags[owner]
        | np.where(part.near & told, FLAGS["near_line"], 0)
        | np.where(doubt, FLAGS["within_tolerance"], 0),
        measured=np.where(told, part.area_m2, np.nan),
        limit=np.where(told, 0.0, np.nan),
        margin=np.where(told, -part.area_m2, np.nan),
        x=np.where(wrong, x, np.nan),
        y=np.where(wrong, y, np.nan),
        area=area[rows],
    )


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 15, 18 og 19",
    name_da="Byggefelt og byggelinje",
    name_en="Building field and building line",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
