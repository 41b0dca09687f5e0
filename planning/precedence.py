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

from geodata import shapes
from geodata.columns import LateTable, array_of
from geodata.crs import GRID
from planning.cuts import Cells, cells_of, domain_counts, overlaps_of
from planning.limits import MATTERS

#: Levels whose limits bind an owner.
BINDING: Final = ("local_plan", "sub_area")
#: Levels that say where a building may stand.
PLACES: Final = ("building_field", "building_line")
Keys = npt.NDArray[np.int64]
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
    """

    overlaps: pd.DataFrame
    pieces: gpd.GeoDataFrame
    rulings: pd.DataFrame
    rests: pd.DataFrame
    placements: pd.DataFrame
    today: npt.NDArray[np.object_]


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
    day: pd.Series,
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
    day : datetimes indexed by site: the day as of which plans are read.

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
    areas = areas.reset_index(drop=True)
    parts = parts.reset_index(drop=True)
    days = areas["site"].map(day)
    counting = in_force(areas, days)
    outline = array_of(parts, "geometry").copy()
    outline[~shapes.usable(outline)] = None
    proposed = published(areas, days)
    pairs = overlaps_of(areas, outline, parts["site"].to_numpy(), counting | proposed)
    binding = counting & areas["level"].isin(BINDING).to_numpy()
    cells = cells_of(outline, pairs.of(binding[pairs.at] & pairs.counts))
    plans = counting & (areas["level"].to_numpy(dtype=object) == "local_plan")
    parent = _parents(areas, pd.Index(areas["area"]), plans)
    said = _said(areas, limits, uses, counting, parent)
    members = pd.concat([cells.members, _under_all(areas, parts, cells, binding)], ignore_index=True)
    ruled, rests = _hold(
        _speakers(areas, parent, said, members, shapely.is_missing(cells.geometry)), cells, said
    )
    overlaps = pd.DataFrame(
        {
            "building": parts["building"].to_numpy()[pairs.part],
            "area": areas["area"].to_numpy()[pairs.at],
            "overhang": parts["overhang"].to_numpy()[pairs.part],
            "counts": pairs.counts,
            "covers": pairs.covers,
            "near_line": pairs.near_line,
            "depth_m": pairs.depth_m,
        }
    )
    pieces = gpd.GeoDataFrame(
        {
            "piece": np.arange(len(cells.part), dtype="int64"),
            "building": parts["building"].to_numpy()[cells.part],
            "site": parts["site"].to_numpy()[cells.part],
            "overhang": parts["overhang"].to_numpy()[cells.part],
            "counts": cells.counts,
            "near_line": cells.near_line,
            "geometry": gpd.GeoSeries(gpd.array.GeometryArray(cells.geometry, crs=GRID)),
        },
        geometry="geometry",
        crs=GRID,
    )
    rows = said.rows.of(ruled.row)
    rulings = pd.DataFrame(
        {
            "piece": ruled.cell,
            "matter": np.asarray(MATTERS, dtype=object)[rows.code],
            "area": areas["area"].to_numpy()[rows.at],
            "state": rows.state,
            "value": rows.value,
            "per": rows.per,
            "clause": rows.clause,
            "conflict": ruled.conflict,
        }
    )
    today = np.select([counting, proposed], ["in_force", "published"], "").astype(object)
    placed = _placements(areas, counting, parent)
    return Precedence(overlaps, pieces, rulings, rests, placed, today)


def _placements(areas: pd.DataFrame, counting: Flags, parent: Keys) -> pd.DataFrame:
    """Building fields and lines in force, each with the local plan in force that it belongs to."""
    rows = np.flatnonzero(counting & areas["level"].isin(PLACES).to_numpy() & (parent >= 0))
    key = areas["area"].to_numpy()
    return pd.DataFrame({"plan": key[parent[rows]], "area": key[rows]})


def _under_all(areas: pd.DataFrame, parts: pd.DataFrame, cells: Cells, binding: Flags) -> pd.DataFrame:
    """A building that nobody has drawn may lie under every binding area of its site."""
    blind, over = np.flatnonzero(shapely.is_missing(cells.geometry)), np.flatnonzero(binding)
    i, j = shapes.pairs(parts["site"].to_numpy()[cells.part[blind]], areas["site"].to_numpy()[over])
    return pd.DataFrame({"cell": blind[i], "at": over[j]})


class _Rows(NamedTuple):
    """What areas say, one row each: row of the area, number of the matter, state, value, per and clause."""

    at: Keys
    code: Keys
    state: Words
    value: npt.NDArray[np.float64]
    per: Words
    clause: Words

    def of(self, which: Any) -> _Rows:
        """Some of the rows, or all in another order."""
        return _Rows._make(values[which] for values in self)

    def has_value(self) -> Flags:
        """Rows that say a value."""
        return np.asarray(self.state == "value", dtype=bool)


@dataclass(frozen=True)
class _Said:
    """What areas say: rows ordered by area and matter, values first, and the first row of each.

    ``sign`` is equal where the values are: number, denominator and list of specific uses.
    """

    rows: _Rows
    number: Flags  # per row: says a value
    sign: Keys  # per row
    first: npt.NDArray[np.int64]  # area × matter → row
    has_value: Flags  # area × matter


def _said(
    areas: pd.DataFrame, limits: pd.DataFrame, uses: pd.DataFrame, counting: Flags, parent: Keys
) -> _Said:
    """State and value of every matter in every area, whether a row of limits says it or not."""
    index = pd.Index(areas["area"])
    code = {matter: number for number, matter in enumerate(MATTERS)}
    size = len(areas)
    matter = limits["matter"].to_numpy(dtype=object)
    codes = np.full(len(limits), -1, dtype=np.int64)
    for name, number in code.items():
        codes[matter == name] = number
    rows = _Rows(
        np.asarray(index.get_indexer(pd.Index(limits["area"])), dtype=np.int64),
        codes,
        limits["state"].to_numpy(dtype=object),
        limits["value"].to_numpy(dtype="float64"),
        limits["per"].to_numpy(dtype=object),
        limits["clause"].to_numpy(dtype=object),
    )
    rows = rows.of((rows.at >= 0) & (rows.code >= 0))
    use = areas["use"].to_numpy()
    # Specific uses without a general one are a value too (-1).
    general = np.flatnonzero((use >= 0) | np.isin(areas["area"].to_numpy(), uses["area"].to_numpy()))
    # The general use stands in the area itself; a row of limits for it can only add where it is written.
    clause = np.full(size, "", dtype=object)
    about = rows.code == code["use"]
    clause[rows.at[about][::-1]] = rows.clause[about][::-1]
    told = np.zeros(size, dtype=bool)
    told[general] = True
    rows = rows.of(~(about & (rows.has_value() | told[rows.at])))
    # A plan regulates where to build when it has fields or lines.
    owners = np.unique(parent[counting & areas["level"].isin(PLACES).to_numpy()])
    owners = owners[owners >= 0]
    told = np.zeros(size, dtype=bool)
    told[owners] = True
    about = rows.code == code["building_field"]
    rows = rows.of(~(about & (rows.has_value() | told[rows.at])))
    rows = _joined(
        rows,
        _values(general, code["use"], use[general].astype("float64"), clause[general]),
        _values(owners, code["building_field"], np.ones(len(owners)), np.full(len(owners), "", dtype=object)),
    )
    # A number that is not there, and a plan too complex for fields, say nothing that can be relied on.
    complicated = areas["complex"].to_numpy(dtype=bool)[rows.at]
    unreliable = complicated | (rows.has_value() & ~np.isfinite(rows.value))
    rows.state[unreliable], rows.value[unreliable], rows.per[unreliable] = "not_recorded", np.nan, ""
    key = rows.at * len(MATTERS) + rows.code
    times = np.bincount(key, minlength=size * len(MATTERS))
    several = np.flatnonzero(times[key] > 1)
    if len(several):
        same = pd.DataFrame(rows.of(several)._asdict()).duplicated(["at", "code", "state", "value", "per"])
        kept = np.ones(len(key), dtype=bool)
        kept[several[same.to_numpy()]] = False
        rows, key = rows.of(kept), key[kept]
    silent = np.flatnonzero(times == 0)
    none = np.full(len(silent), "", dtype=object)
    nothing = _Rows(
        silent // len(MATTERS),
        silent % len(MATTERS),
        np.full(len(silent), "not_recorded", dtype=object),
        np.full(len(silent), np.nan),
        none,
        none,
    )
    rows, key = _joined(rows, nothing), np.concatenate([key, silent])
    # Values first, so that the first row of an area and matter says whether there is one.
    order = np.lexsort((~rows.has_value(), key))
    rows, key = rows.of(order), key[order]
    value = rows.has_value()
    first = np.searchsorted(key, np.arange(size * len(MATTERS))).reshape(size, len(MATTERS))
    found = value[first] if size else np.zeros((0, len(MATTERS)), dtype=bool)
    return _Said(rows, value, _signs(rows, value, _lists(uses, index), code["use"]), first, found)


def _values(at: Keys, code: int, value: npt.NDArray[np.float64], clause: Words) -> _Rows:
    """Rows of one matter that say values without a denominator."""
    size = len(at)
    words = np.full(size, "value", dtype=object), np.full(size, "", dtype=object)
    return _Rows(np.asarray(at, dtype=np.int64), np.full(size, code), words[0], value, words[1], clause)


def _joined(*rows: _Rows) -> _Rows:
    return _Rows._make(np.concatenate(values) for values in zip(*rows, strict=True))


def _signs(rows: _Rows, value: Flags, lists: Keys, use: int) -> Keys:
    """A number per row that is equal where the values are; of rows without one it means nothing."""
    said = np.flatnonzero(value)
    number, numbers = pd.factorize(rows.value[said])
    per, words = pd.factorize(rows.per[said])
    specific = np.where(rows.code[said] == use, lists[rows.at[said]], -1) + 1
    sign = np.full(len(value), -1, dtype=np.int64)
    sign[said] = ((specific * len(numbers) + number) * len(words) + per) * len(MATTERS) + rows.code[said]
    return sign


def _lists(uses: pd.DataFrame, index: pd.Index[Any]) -> Keys:
    """A number per area that is equal where the lists of specific uses are, whatever their order."""
    rows = uses[["area", "code"]].drop_duplicates().sort_values(["area", "code"])
    wide = rows.assign(place=rows.groupby("area").cumcount()).pivot(
        index="area", columns="place", values="code"
    )
    number = np.full(len(index), -1, dtype=np.int64)
    if len(wide):
        at = index.get_indexer(wide.index)
        same = wide.fillna(-1).groupby(list(wide.columns), sort=False).ngroup().to_numpy()
        number[at[at >= 0]] = same[at >= 0]
    return number


def _parents(areas: pd.DataFrame, index: pd.Index[Any], plans: Flags) -> npt.NDArray[np.int64]:
    """Row of the local plan of each area, -1 where none in force is in the data.

    Where the local plan that is named is not in force, one of the same number on the site is that is.
    """
    named = np.asarray(index.get_indexer(pd.Index(areas["parent"])), dtype=np.int64)
    found = np.where((named >= 0) & plans[named], named, -1) if len(named) else named
    lost = np.flatnonzero((named >= 0) & (found < 0))
    if len(lost):
        alive = areas.loc[plans & (areas["number"] != ""), ["site", "number"]].drop_duplicates()
        by_number = pd.Series(alive.index, index=pd.MultiIndex.from_frame(alive))
        other = areas[["site"]].iloc[lost].assign(number=areas["number"].to_numpy()[named[lost]])
        again = by_number.reindex(pd.MultiIndex.from_frame(other)).fillna(-1)
        found[lost] = again.to_numpy().astype("int64")
    return found


def _each_once(keys: Keys) -> Keys:
    """Keys in ascending order, each once; sorting is quicker here than hashing, and the order is needed."""
    ordered = np.sort(keys)
    first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    return np.asarray(ordered[first], dtype=np.int64)


class _Speaking(NamedTuple):
    """Who speaks where: cell, row of :class:`_Said`, and whether another has another value there."""

    cell: Keys
    row: Keys
    conflict: Flags


def _speakers(
    areas: pd.DataFrame, parent: Keys, said: _Said, members: pd.DataFrame, blind: Flags
) -> _Speaking:
    """Who speaks where, by cell, matter and area, before shallow cells are sorted out."""
    member, over = members["cell"].to_numpy(dtype="int64"), members["at"].to_numpy(dtype="int64")
    size = max(len(areas), 1)
    is_sub = areas["level"].to_numpy(dtype=object) == "sub_area"
    code = np.repeat(np.arange(len(MATTERS)), len(member))
    cell, at = np.tile(member, len(MATTERS)), np.tile(over, len(MATTERS))
    own = said.has_value[at, code]
    above = np.where(is_sub, parent, -1)[at]
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
    rests = pd.DataFrame(
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

    return LateTable(
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
