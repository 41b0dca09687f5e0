"""Which plan speaks: parts of buildings, the plan areas over them, and the ruling on each matter.

Pure functions over frames (the columns of the World's ``areas``, ``limits`` and ``uses``), for all sites at
once. A building is cut where a plan begins or ends under it. On each part and each matter the value of a
sub-area (delområde) comes before that of its local plan (lokalplan); every adopted plan is asked by itself;
where two of them have different values the ruling says so, and does not choose.
How buildings are cut, and which overlaps count, stands in :mod:`planning.cuts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import convex, shapes
from geodata.columns import Columns, GeoColumns, array_of, late
from geodata.keys import Keys
from planning.cuts import Cells, cells_of, domain_counts, overlaps_of
from planning.limits import MATTERS

#: Levels whose limits bind an owner.
BINDING: Final = ("local_plan", "sub_area")
#: Levels that say where a building may stand.
PLACES: Final = ("building_field", "building_line")
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Precedence:
    """The answer of :func:`decide`.

    Attributes
    ----------
    overlaps : ``building``, ``area``, ``overhang``, ``counts`` (a piece of the overlap counts), ``covers``
        (no piece outside counts), ``near_line`` (a piece is too shallow to count), ``depth_m`` (of the deepest
        piece that counts): every level, proposals included, that meets a building on the day.
    pieces : ``piece``, ``building``, ``site``, ``overhang``, ``counts``, ``near_line``, ``geometry``.
    rulings : ``piece``, ``matter``, ``area``, ``state``, ``value``, ``per``, ``clause``, ``conflict``.
    rests : ``piece``, ``matter``: where no plan has a value, and enough of it to count.
    placements : ``plan``, ``area``: building fields and building lines in force, and the local plan in force that
        each belongs to.
    today : per plan area given, what it is on the day: ``in_force``, ``published`` (a proposal) or empty.
    numbers : of ``matter``, ``state`` and ``per`` of the rulings: a number per row, and the word of each number.
    """

    overlaps: pd.DataFrame
    pieces: gpd.GeoDataFrame
    rulings: pd.DataFrame
    rests: pd.DataFrame
    placements: pd.DataFrame
    today: npt.NDArray[np.object_]
    numbers: dict[str, tuple[Ints, Words]]


def in_force(areas: pd.DataFrame, day: Days) -> Flags:
    """Whether each plan area counts on the day: adopted, in force, not repealed.

    Danish: vedtaget, i kraft, ikke aflyst; planloven § 30. From the first day in force until the day of repeal,
    that day not included.

    Parameters
    ----------
    areas : ``proposal``, ``in_force``, ``repealed``; a missing date sets no bound.
    day : datetimes, one per area; a missing day is later than every date.

    Returns
    -------
    bool, one per area.

    Examples
    --------
    Counts: in force 1984, repealed next month. Does not: repealed last month, or a proposal. Unknown: no dates
    at all counts.
    """
    return ~array_of(areas, "proposal").astype(bool) & _begun(areas, "in_force", day) & ~_ended(areas, day)


def published(areas: pd.DataFrame, day: Days) -> Flags:
    """Whether each plan area is a proposal that is published on the day (forslag; planloven § 17)."""
    return array_of(areas, "proposal").astype(bool) & _begun(areas, "published", day) & ~_ended(areas, day)


def _begun(areas: pd.DataFrame, column: str, day: Days) -> Flags:
    first, today = _days(array_of(areas, column)), _days(day)
    return np.isnat(first) | np.isnat(today) | (first <= today)


def _ended(areas: pd.DataFrame, day: Days) -> Flags:
    last, today = _days(array_of(areas, "repealed")), _days(day)
    return ~np.isnat(last) & (np.isnat(today) | (last <= today))


def _days(values: Days) -> Days:
    """Datetimes of one unit, so that they can be compared; a missing one is NaT."""
    given = np.asarray(values)
    return given if given.dtype.kind == "M" else pd.to_datetime(pd.Series(given)).to_numpy()


def decide(
    areas: gpd.GeoDataFrame,
    limits: pd.DataFrame,
    uses: pd.DataFrame,
    parts: gpd.GeoDataFrame,
    day: Days,
) -> Precedence:
    """Cut buildings by plan areas and say, part by part and matter by matter, which area speaks.

    Danish: forrang; planloven §§ 15 and 18. Delområde before lokalplan; two plans of one level side by side.

    Parameters
    ----------
    areas : plan areas as they meet a site, EPSG:25832; ``area`` unique; ``parent`` is the area of the local
        plan, -1 = none in the data.
    limits : ``area``, ``matter``, ``state``, ``value``, ``per``, ``clause``; a matter without a row is not
        recorded.
    uses : ``area``, ``code``.
    parts : ``building``, ``site``, ``overhang`` (bool: roof beyond the walls, not footprint), ``geometry``;
        a missing geometry is a building that nobody has drawn.
    day : datetimes, one per area: the day as of which plans are read.

    Returns
    -------
    :class:`Precedence`. A part under no plan is one piece without rulings. A part without geometry is one piece
    without geometry: every area in force on its site speaks there, since it may lie under any of them.

    Notes
    -----
    Not considered: limits of a byggefelt, and of single specific uses; texts of plans.

    Examples
    --------
    Sub-area 10 m in a plan of 8.5 m: the sub-area speaks. Two plans of 6.5 m and 8 m: both speak, with
    ``conflict``. Nothing recorded: the plan speaks with state ``not_recorded``.
    """
    areas, parts, limits, uses = (late(table) for table in (areas, parts, limits, uses))
    of = Keys(array_of(areas, "area"))
    counting = in_force(areas, day)
    outline = array_of(parts, "geometry").copy()
    edge = convex.corners(outline)
    outline[~shapes.usable(outline, edge)] = None
    proposed = published(areas, day)
    site, building, overhang = (array_of(parts, name) for name in ("site", "building", "overhang"))
    pairs = overlaps_of(areas, outline, site, counting | proposed, edge)
    level = array_of(areas, "level")
    is_sub, placing = level == "sub_area", counting & _any(level, PLACES)
    is_plan = level == "local_plan"
    binding = counting & (is_sub | is_plan)
    cells = cells_of(outline, pairs.of(binding[pairs.at] & pairs.counts))
    parent = _parents(areas, of, counting & is_plan)
    blind = _under_all(areas, site, cells, binding)
    member, over = (
        np.concatenate([array_of(cells.members, name), more])
        for name, more in zip(("cell", "at"), blind, strict=True)
    )
    above = np.where(is_sub, parent, -1)
    # Only what lies under a building, and what that belongs to, has anything to say.
    heard = np.zeros(len(areas) + 1, dtype=bool)
    heard[over] = heard[above[over]] = True
    asked = np.flatnonzero(heard[:-1])
    place = np.full(len(areas) + 1, -1, dtype=np.int64)
    place[asked] = np.arange(len(asked))
    owns = np.zeros(len(areas) + 1, dtype=bool)
    owns[parent[placing]] = True
    said = _said(
        {name: array_of(areas, name)[asked] for name in ("area", "use", "complex")}, limits, uses, owns[asked]
    )
    ruled, rests = _hold(
        _speakers(place[above[asked]], said, (member, place[over]), shapely.is_missing(cells.geometry)),
        cells,
        said,
    )
    overlaps = Columns(
        {
            "building": building[pairs.part],
            "area": array_of(areas, "area")[pairs.at],
            "overhang": overhang[pairs.part],
            "counts": pairs.counts,
            "covers": pairs.covers,
            "near_line": pairs.near_line,
            "depth_m": pairs.depth_m,
        }
    )
    pieces = GeoColumns(
        {
            "piece": np.arange(len(cells.part), dtype="int64"),
            "building": building[cells.part],
            "site": site[cells.part],
            "overhang": overhang[cells.part],
            "counts": cells.counts,
            "near_line": cells.near_line,
            "geometry": cells.geometry,
        }
    )
    rows = said.rows.of(ruled.row)
    numbers = {
        "matter": (rows.code, np.asarray(MATTERS, dtype=object)),
        "state": (rows.state, said.words["state"]),
        "per": (rows.per, said.words["per"]),
    }
    rulings = Columns(
        {
            "piece": ruled.cell,
            "matter": numbers["matter"][1][rows.code],
            "area": array_of(areas, "area")[asked[rows.at]],
            "state": said.words["state"][rows.state],
            "value": rows.value,
            "per": said.words["per"][rows.per],
            "clause": said.words["clause"][rows.clause],
            "conflict": ruled.conflict,
        }
    )
    today = np.array(["", "published", "in_force"], dtype=object)[np.where(counting, 2, proposed)]
    placed = _placements(array_of(areas, "area"), placing, parent)
    return Precedence(overlaps, pieces, rulings, rests, placed, today, numbers)


def _any(words: Words, asked: tuple[str, ...]) -> Flags:
    """Which words are one of those asked for."""
    return np.asarray(np.logical_or.reduce([words == word for word in asked]), dtype=bool)


def _placements(key: Ints, placing: Flags, parent: Ints) -> pd.DataFrame:
    """Building fields and lines in force, each with the local plan in force that it belongs to."""
    rows = np.flatnonzero(placing & (parent >= 0))
    return Columns({"plan": key[parent[rows]], "area": key[rows]})


def _under_all(areas: pd.DataFrame, site: Ints, cells: Cells, binding: Flags) -> tuple[Ints, Ints]:
    """A building that nobody has drawn may lie under every binding area of its site: cells and rows of areas."""
    blind, over = np.flatnonzero(shapely.is_missing(cells.geometry)), np.flatnonzero(binding)
    i, j = shapes.pairs(site[cells.part[blind]], array_of(areas, "site")[over])
    return blind[i], over[j]


class _Rows(NamedTuple):
    """What areas say, one row each: row of the area, number of the matter, value, and numbers of three words."""

    at: Ints
    code: Ints
    value: npt.NDArray[np.float64]
    state: Ints
    per: Ints
    clause: Ints

    def of(self, which: Any) -> _Rows:
        """Some of the rows, or all in another order."""
        return _Rows._make(values[which] for values in self)

    def has_value(self) -> Flags:
        """Rows that say a value."""
        return np.asarray(self.state == _VALUE, dtype=bool)


#: Words that stand first wherever words of this kind are numbered, and the numbers that two of them have by that.
_FIRST: Final = {"state": ("value", "not_recorded"), "per": ("",), "clause": ("",)}
_VALUE, _NOT_RECORDED = range(2)


@dataclass(frozen=True)
class _Said:
    """What areas say: rows ordered by area and matter, values first, and the first row of each.

    ``sign`` is equal where the values are: number, denominator and list of specific uses.
    """

    rows: _Rows
    words: dict[str, Words]  # state, per and clause by number
    number: Flags  # per row: says a value
    sign: Ints  # per row
    first: npt.NDArray[np.int64]  # area × matter → row
    has_value: Flags  # area × matter


def _said(
    areas: dict[str, npt.NDArray[Any]], limits: pd.DataFrame, uses: pd.DataFrame, placing: Flags
) -> _Said:
    """State and value of every matter in every area, whether a row of limits says it or not.

    ``areas`` has ``area``, ``use`` and ``complex`` of those that are asked; ``placing`` are those with building
    fields or lines.
    """
    code = {matter: number for number, matter in enumerate(MATTERS)}
    of, size = Keys(areas["area"]), len(areas["area"])
    at = of.find(array_of(limits, "area"))
    mine = np.flatnonzero(at >= 0)
    # Words are looked at once each; from here on they are numbers.
    numbered = {name: _numbered(array_of(limits, name)[mine], first) for name, first in _FIRST.items()}
    matter, matters = _numbered(array_of(limits, "matter")[mine], MATTERS)
    value = array_of(limits, "value")[mine].astype("float64")
    rows = _Rows(at[mine], matter, value, *(number for number, _ in numbered.values()))
    if len(matters) > len(MATTERS):
        rows = rows.of(matter < len(MATTERS))
    use = areas["use"]
    # Specific uses without a general one are a value too (-1).
    lists = _lists(uses, of, size)
    used = (use >= 0) | (lists >= 0)
    # The general use stands in the area itself; a row of limits for it can only add where it is written.
    clause = np.zeros(size, dtype=np.int64)
    about = rows.code == code["use"]
    clause[rows.at[about][::-1]] = rows.clause[about][::-1]
    told = about & (rows.has_value() | used[rows.at])
    # A plan regulates where to build when it has fields or lines.
    about = rows.code == code["building_field"]
    told |= about & (rows.has_value() | placing[rows.at])
    general, owners = np.flatnonzero(used), np.flatnonzero(placing)
    rows = _joined(
        rows.of(~told),
        _plain(general, code["use"], _VALUE, use[general], clause[general]),
        _plain(owners, code["building_field"], _VALUE, 1.0),
    )
    # A number that is not there, and a plan too complex for fields, say nothing that can be relied on.
    unreliable = areas["complex"].astype(bool)[rows.at] | (rows.has_value() & ~np.isfinite(rows.value))
    rows.state[unreliable], rows.value[unreliable], rows.per[unreliable] = _NOT_RECORDED, np.nan, 0
    key = rows.at * len(MATTERS) + rows.code
    times = np.bincount(key, minlength=size * len(MATTERS))
    several = np.flatnonzero(times[key] > 1)
    if len(several):
        same = pd.DataFrame(rows.of(several)._asdict()).duplicated(["at", "code", "state", "value", "per"])
        kept = np.ones(len(key), dtype=bool)
        kept[several[same.to_numpy()]] = False
        rows, key = rows.of(kept), key[kept]
    silent = np.flatnonzero(times == 0)
    nothing = _plain(silent // len(MATTERS), silent % len(MATTERS), _NOT_RECORDED, np.nan)
    rows, key = _joined(rows, nothing), np.concatenate([key, silent])
    # Values first, so that the first row of an area and matter says whether there is one.
    order = np.argsort(2 * key + ~rows.has_value(), kind="stable")
    rows, key = rows.of(order), key[order]
    value = rows.has_value()
    first = np.searchsorted(key, np.arange(size * len(MATTERS))).reshape(size, len(MATTERS))
    found = value[first] if size else np.zeros((0, len(MATTERS)), dtype=bool)
    words = {name: known for name, (_, known) in numbered.items()}
    return _Said(rows, words, value, _signs(rows, value, lists, code["use"], len(words["per"])), first, found)


def _numbered(words: Words, first: tuple[str, ...]) -> tuple[Ints, Words]:
    """Words as numbers, and the word of each number; those that are given come first."""
    every = np.concatenate([np.array(first, dtype=object), words])
    number, known = pd.factorize(every, use_na_sentinel=False)
    return number[len(first) :].astype(np.int64), np.asarray(known, dtype=object)


def _plain(at: Ints, code: Any, state: int, value: Any, clause: Any = 0) -> _Rows:
    """Rows without a denominator."""
    given = (at, code, np.asarray(value, dtype=np.float64), state, 0, clause)
    return _Rows._make(np.broadcast_to(values, at.shape) for values in given)


def _joined(*rows: _Rows) -> _Rows:
    return _Rows._make(np.concatenate(values) for values in zip(*rows, strict=True))


def _signs(rows: _Rows, value: Flags, lists: Ints, use: int, words: int) -> Ints:
    """A number per row that is equal where the values are; of rows without one it means nothing."""
    said = np.flatnonzero(value)
    number, numbers = pd.factorize(rows.value[said])
    specific = np.where(rows.code[said] == use, lists[rows.at[said]], -1) + 1
    sign = np.full(len(value), -1, dtype=np.int64)
    amount = (specific * len(numbers) + number) * words + rows.per[said]
    sign[said] = amount * len(MATTERS) + rows.code[said]
    return sign


def _lists(uses: pd.DataFrame, of: Keys, size: int) -> Ints:
    """A number per area that is equal where the lists of specific uses are, whatever their order; -1 = no list."""
    number = np.full(size, -1, dtype=np.int64)
    at, code = of.find(array_of(uses, "area")), array_of(uses, "code")
    at, code = at[at >= 0], code[at >= 0]
    if not len(at):
        return number
    order = np.lexsort((code, at))
    at, code = at[order], code[order]
    new = np.append(True, (at[1:] != at[:-1]) | (code[1:] != code[:-1]))
    at, code = at[new], code[new]
    start = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
    group = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(at))))
    place = np.arange(len(at)) - start[group]
    # Lists that are equal so far stay equal where the next code is, from the first place to the last.
    same = np.zeros(len(start), dtype=np.int64)
    codes = np.unique(code, return_inverse=True)[1] + 1
    for rank in range(int(place.max()) + 1):
        step = np.zeros(len(start), dtype=np.int64)
        step[group[place == rank]] = codes[place == rank]
        same = np.unique(same * (len(codes) + 1) + step, return_inverse=True)[1]
    number[at[start]] = same
    return number


def _parents(areas: pd.DataFrame, of: Keys, plans: Flags) -> Ints:
    """Row of the local plan of each area, -1 where none in force is in the data.

    Where the local plan that is named is not in force, one of the same number on the site is that is.
    """
    named = of.find(array_of(areas, "parent"))
    found = np.where((named >= 0) & plans[named], named, -1) if len(named) else named
    lost = np.flatnonzero((named >= 0) & (found < 0))
    if len(lost):
        alive = areas.loc[plans & (areas["number"] != ""), ["site", "number"]].drop_duplicates()
        by_number = pd.Series(alive.index, index=pd.MultiIndex.from_frame(alive))
        other = areas[["site"]].iloc[lost].assign(number=areas["number"].to_numpy()[named[lost]])
        again = by_number.reindex(pd.MultiIndex.from_frame(other)).fillna(-1)
        found[lost] = again.to_numpy().astype("int64")
    return found


def _each_once(keys: Ints) -> Ints:
    """Keys in ascending order, each once; sorting is quicker here than hashing, and the order is needed."""
    ordered = np.sort(keys)
    first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    return np.asarray(ordered[first], dtype=np.int64)


class _Speaking(NamedTuple):
    """Who speaks where: cell, row of :class:`_Said`, and whether another has another value there."""

    cell: Ints
    row: Ints
    conflict: Flags


def _speakers(plan: Ints, said: _Said, members: tuple[Ints, Ints], blind: Flags) -> _Speaking:
    """Who speaks where, by cell, matter and area, before shallow cells are sorted out.

    ``plan`` is the local plan of each sub-area, -1 = none.
    """
    member, over = members
    size = max(len(plan), 1)
    code = np.repeat(np.arange(len(MATTERS)), len(member))
    cell, at = np.tile(member, len(MATTERS)), np.tile(over, len(MATTERS))
    own = said.has_value[at, code]
    above = plan[at]
    speaker = np.where(~own & (above >= 0), above, at)
    replaced = own & (above >= 0) & ~blind[cell]
    matter = cell * len(MATTERS) + code
    keys = _each_once(matter * size + speaker)
    taken = _each_once(matter[replaced] * size + above[replaced])
    keys = keys[~np.isin(keys, taken)]
    matter, who = keys // size, keys % size
    cell, code = matter // len(MATTERS), matter % len(MATTERS)
    row = said.first[who, code]
    # An area that contradicts itself says all of its values.
    first = np.zeros(len(said.number), dtype=bool)
    first[said.first.ravel()] = True
    extra = np.flatnonzero(~first & said.number)
    if len(extra):
        i, j = shapes.pairs(row, said.first[said.rows.at[extra], said.rows.code[extra]])
        cell, row = np.concatenate([cell, cell[i]]), np.concatenate([row, extra[j]])
        order = np.lexsort((row, said.rows.code[row], cell))
        # Rows of one matter are ordered by area already.
        cell, row = cell[order], row[order]
    return _Speaking(cell, row, np.zeros(len(row), dtype=bool))


def _hold(rulings: _Speaking, cells: Cells, said: _Said) -> tuple[_Speaking, pd.DataFrame]:
    """Keep what counts: rulings, differences between plans, and the rest that no plan regulates."""
    cell, row = rulings.cell, rulings.row
    holds = domain_counts(cells.part[cell] * len(said.number) + row, cell, cells)
    cell, row = cell[holds], row[holds]
    value, code, sign = said.number[row], said.rows.code[row], said.sign[row]

    blind = shapely.is_missing(cells.geometry)
    group = cell * len(MATTERS) + code
    conflict = np.zeros(len(row), dtype=bool)
    at = np.flatnonzero(value & ~blind[cell])
    start = np.flatnonzero(np.append(True, group[at][1:] != group[at][:-1])[: len(at)])
    if len(at):
        several = np.minimum.reduceat(sign[at], start) != np.maximum.reduceat(sign[at], start)
        at = at[np.repeat(several, np.diff(np.append(start, len(at))))]
    if len(at):
        i, j = shapes.pairs(group[at], group[at])
        i, j = at[i], at[j]
        i, j = i[sign[i] != sign[j]], j[sign[i] != sign[j]]
        pair = np.minimum(row[i], row[j]) * len(said.number) + np.maximum(row[i], row[j])
        # Numbered anew: part × row × row would run out of bits in a large batch.
        pair = np.unique(pair, return_inverse=True)[1] * len(cells.part) + cells.part[cell[i]]
        conflict[i[domain_counts(pair, cell[i], cells)]] = True

    regulated = np.zeros((len(cells.part), len(MATTERS)), dtype=bool)
    regulated[cell[value], code[value]] = True
    rest_cell, rest_code = np.nonzero(~regulated)
    stays = domain_counts(cells.part[rest_cell] * len(MATTERS) + rest_code, rest_cell, cells)
    rests = Columns(
        {"piece": rest_cell[stays], "matter": np.asarray(MATTERS, dtype=object)[rest_code[stays]]}
    )
    return _Speaking(cell, row, conflict), rests


def considered(
    areas: gpd.GeoDataFrame,
    overlaps: pd.DataFrame,
    pieces: gpd.GeoDataFrame,
    rulings: pd.DataFrame,
    *,
    building: int,
    matter: str,
    day: np.datetime64 | pd.Timestamp,
) -> pd.DataFrame:
    """Which plans were looked at for one building and one matter, and what became of each.

    Danish: hvilke planer er inddraget, og hvilken gælder; forvaltningsloven § 24.

    Parameters
    ----------
    areas : plan areas of the building's site.
    overlaps, pieces, rulings : from :func:`decide`.
    building, matter : what is asked about.
    day : the day as of which plans are read.

    Returns
    -------
    One row per plan area of a level that can regulate the matter, in order of area: ``area``, ``number``,
    ``level``, ``role``, ``state``, ``value``, ``per``, ``conflict``. Roles: ``speaks``, ``replaced`` (a sub-area has
    a value of its own everywhere here), ``deferred`` (a sub-area without a value; its local plan speaks),
    ``shallow`` (the overlap does not count), ``beside``, ``proposal``, ``not_yet``, ``repealed``, ``framework``.

    Examples
    --------
    Sub-area 6.5 m in a plan of 8.5 m: the sub-area speaks, the plan is replaced. No plan: an empty table.
    """
    every, area = array_of(areas, "level"), array_of(areas, "area")
    rows = np.flatnonzero(np.logical_or.reduce([every == name for name in (*BINDING, "framework")]))
    rows = rows[np.argsort(area[rows], kind="stable")]
    key, level = area[rows], every[rows]
    today = np.full(len(areas), np.datetime64(day), dtype="datetime64[s]")
    begun, ended = (found[rows] for found in (_begun(areas, "in_force", today), _ended(areas, today)))
    mine = array_of(pieces, "piece")[array_of(pieces, "building") == building]
    told = np.flatnonzero((array_of(rulings, "matter") == matter) & np.isin(array_of(rulings, "piece"), mine))
    met = array_of(overlaps, "building") == building
    over, near = (
        np.isin(key, array_of(overlaps, "area")[met & array_of(overlaps, name)])
        for name in ("counts", "near_line")
    )
    # Where an area says several things, what another contradicts comes first.
    told = told[np.argsort(~array_of(rulings, "conflict")[told], kind="stable")]
    speakers, first = np.unique(array_of(rulings, "area")[told], return_index=True)
    speaks = np.isin(key, speakers)
    said = told[first[np.searchsorted(speakers, key[speaks])]]
    role = np.select(
        [
            level == "framework",
            array_of(areas, "proposal")[rows].astype(bool),
            ended & begun,
            ~begun,
            speaks,
            over & (level == "local_plan"),
            over,
            near,
        ],
        ["framework", "proposal", "repealed", "not_yet", "speaks", "replaced", "deferred", "shallow"],
        "beside",
    ).astype(object)

    def of_speakers(name: str, nothing: Any) -> npt.NDArray[Any]:
        values = array_of(rulings, name)
        found = np.full(len(key), nothing, dtype=values.dtype)
        found[speaks] = values[said]
        return found

    return Columns(
        {
            "area": key,
            "number": array_of(areas, "number")[rows],
            "level": level,
            "role": role,
            "state": of_speakers("state", ""),
            "value": of_speakers("value", np.nan),
            "per": of_speakers("per", ""),
            "conflict": of_speakers("conflict", False),
        }
    )
