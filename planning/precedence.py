"""Which plan speaks: parts of buildings, the plan areas over them, and the ruling on each matter.

Pure functions over frames (the columns of the World's ``areas``, ``limits`` and ``uses``), for all sites at
once. A building is cut where a plan begins or ends under it. On each part and each matter the value of a
sub-area (delområde) comes before that of its local plan (lokalplan); every adopted plan is asked by itself;
where two of them have different values the ruling says so, and does not choose.
How buildings are cut, and which overlaps count, stands in :mod:`planning.cuts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.crs import GRID
from planning.cuts import Cells, array_of, cells_of, domain_counts, overlaps_of
from planning.limits import MATTERS

#: Levels whose limits bind an owner.
BINDING: Final = ("local_plan", "sub_area")
#: Levels that say where a building may stand.
PLACES: Final = ("building_field", "building_line")
Keys = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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


def in_force(areas: pd.DataFrame, day: pd.Series) -> Flags:
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
    begun = areas["in_force"].isna() | day.isna() | (areas["in_force"] <= day)
    ended = areas["repealed"].notna() & (day.isna() | (areas["repealed"] <= day))
    return np.asarray(~areas["proposal"].astype(bool) & begun & ~ended, dtype=bool)


def published(areas: pd.DataFrame, day: pd.Series) -> Flags:
    """Whether each plan area is a proposal that is published on the day (forslag; planloven § 17)."""
    begun = areas["published"].isna() | day.isna() | (areas["published"] <= day)
    ended = areas["repealed"].notna() & (day.isna() | (areas["repealed"] <= day))
    return np.asarray(areas["proposal"].astype(bool) & begun & ~ended, dtype=bool)


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
    outline = array_of(parts)
    outline[~shapes.usable(outline)] = None
    proposed = published(areas, days)
    pairs = overlaps_of(areas, outline, parts["site"].to_numpy(), counting | proposed)
    binding = counting & areas["level"].isin(BINDING).to_numpy()
    cells = cells_of(outline, pairs.of(binding[pairs.at] & pairs.counts))
    said = _said(areas, limits, uses, counting)
    members = pd.concat([cells.members, _under_all(areas, parts, cells, binding)], ignore_index=True)
    blind = shapely.is_missing(cells.geometry)
    rulings = _speakers(areas, binding, said, members, blind)
    rulings, rests = _hold(rulings, cells, said)
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
    table = said.rows.iloc[rulings["row"].to_numpy()].reset_index(drop=True)
    ruled = pd.DataFrame(
        {
            "piece": rulings["cell"].to_numpy(),
            "matter": table["matter"].to_numpy(dtype=object),
            "area": areas["area"].to_numpy()[table["at"]],
            "state": table["state"].to_numpy(dtype=object),
            "value": table["value"].to_numpy(),
            "per": table["per"].to_numpy(dtype=object),
            "clause": table["clause"].to_numpy(dtype=object),
            "conflict": rulings["conflict"].to_numpy(),
        }
    )
    today = np.select([counting, proposed], ["in_force", "published"], "").astype(object)
    placed = _placements(areas, counting)
    return Precedence(overlaps, pieces, ruled, rests, placed, today)


def _placements(areas: pd.DataFrame, counting: Flags) -> pd.DataFrame:
    """Building fields and lines in force, each with the local plan in force that it belongs to."""
    plans = counting & (areas["level"] == "local_plan").to_numpy()
    above = _parents(areas, pd.Index(areas["area"]), plans)
    rows = np.flatnonzero(counting & areas["level"].isin(PLACES).to_numpy() & (above >= 0))
    key = areas["area"].to_numpy()
    return pd.DataFrame({"plan": key[above[rows]], "area": key[rows]})


def _under_all(areas: pd.DataFrame, parts: pd.DataFrame, cells: Cells, binding: Flags) -> pd.DataFrame:
    """A building that nobody has drawn may lie under every binding area of its site."""
    blind, over = np.flatnonzero(shapely.is_missing(cells.geometry)), np.flatnonzero(binding)
    i, j = shapes.pairs(parts["site"].to_numpy()[cells.part[blind]], areas["site"].to_numpy()[over])
    return pd.DataFrame({"cell": blind[i], "at": over[j]})


@dataclass(frozen=True)
class _Said:
    """What areas say: ``rows`` (at, matter, code, state, value, per, clause, sign) and the first row of each.

    ``sign`` is equal where the values are: number, denominator and list of specific uses.
    """

    rows: pd.DataFrame
    first: npt.NDArray[np.int64]  # area × matter → row
    has_value: Flags  # area × matter


def _said(areas: pd.DataFrame, limits: pd.DataFrame, uses: pd.DataFrame, counting: Flags) -> _Said:
    """State and value of every matter in every area, whether a row of limits says it or not."""
    index = pd.Index(areas["area"])
    code = {matter: number for number, matter in enumerate(MATTERS)}
    rows = pd.DataFrame(
        {
            "at": index.get_indexer(pd.Index(limits["area"])),
            "code": limits["matter"].map(code).fillna(-1).astype("int64").to_numpy(),
            "state": limits["state"].to_numpy(dtype=object),
            "value": limits["value"].to_numpy(dtype="float64"),
            "per": limits["per"].to_numpy(dtype=object),
            "clause": limits["clause"].to_numpy(dtype=object),
        }
    )
    rows = rows[(rows["at"] >= 0) & (rows["code"] >= 0)]
    size = len(areas)
    use = areas["use"].to_numpy()
    # Specific uses without a general one are a value too (-1).
    general = np.flatnonzero((use >= 0) | np.isin(areas["area"].to_numpy(), uses["area"].to_numpy()))
    # The general use stands in the area itself; a row of limits for it can only add where it is written.
    clause = rows[rows["code"] == code["use"]].drop_duplicates("at").set_index("at")["clause"]
    rows = rows[
        ~((rows["code"] == code["use"]) & ((rows["state"] == "value") | np.isin(rows["at"], general)))
    ]
    spoken = pd.DataFrame(
        {
            "at": general,
            "code": code["use"],
            "state": "value",
            "value": use[general].astype("float64"),
            "per": "",
            "clause": pd.Series(general).map(clause).astype(object).fillna("").to_numpy(dtype=object),
        }
    )
    # A plan regulates where to build when it has fields or lines.
    fields = counting & areas["level"].isin(PLACES).to_numpy()
    plans = counting & (areas["level"] == "local_plan").to_numpy()
    owners = np.unique(_parents(areas, index, plans)[fields])
    owners = owners[owners >= 0]
    rows = rows[
        ~(
            (rows["code"] == code["building_field"])
            & ((rows["state"] == "value") | np.isin(rows["at"], owners))
        )
    ]
    placed = pd.DataFrame(
        {
            "at": owners,
            "code": code["building_field"],
            "state": "value",
            "value": 1.0,
            "per": "",
            "clause": "",
        }
    )
    rows = pd.concat([rows, spoken, placed], ignore_index=True)
    # A number that is not there, and a plan too complex for fields, say nothing that can be relied on.
    complicated = areas["complex"].to_numpy(dtype=bool)[rows["at"].to_numpy(dtype="int64")]
    hollow = (rows["state"] == "value") & ~np.isfinite(rows["value"].to_numpy(dtype="float64"))
    unreliable = complicated | hollow.to_numpy()
    rows["state"] = rows["state"].mask(unreliable, "not_recorded")
    rows["value"] = rows["value"].mask(unreliable)
    rows["per"] = rows["per"].mask(unreliable, "")
    rows = rows.drop_duplicates(["at", "code", "state", "value", "per"])
    every = pd.DataFrame(
        {"at": np.repeat(np.arange(size), len(MATTERS)), "code": np.tile(np.arange(len(MATTERS)), size)}
    )
    rows = every.merge(rows, on=["at", "code"], how="left")
    rows["state"] = rows["state"].astype(object).fillna("not_recorded")
    rows[["per", "clause"]] = rows[["per", "clause"]].astype(object).fillna("")
    # Values first, so that the first row of an area and matter says whether there is one.
    rows["late"] = rows["state"] != "value"
    rows = rows.sort_values(["at", "code", "late"], kind="stable", ignore_index=True)
    rows["matter"] = np.asarray(MATTERS, dtype=object)[rows["code"]]
    rows["uses"] = np.where(rows["code"] == code["use"], _lists(uses, index)[rows["at"]], -1)
    rows["sign"] = rows.groupby(["code", "value", "per", "uses"], dropna=False, sort=False).ngroup()
    first = np.searchsorted(
        rows["at"].to_numpy() * len(MATTERS) + rows["code"].to_numpy(), np.arange(size * len(MATTERS))
    )
    first = first.reshape(size, len(MATTERS))
    has_value = (
        (rows["state"].to_numpy() == "value")[first] if size else np.zeros((0, len(MATTERS)), dtype=bool)
    )
    return _Said(rows, first, has_value)


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
    named = index.get_indexer(pd.Index(areas["parent"]))
    good = (named >= 0) & plans[named]
    alive = areas.loc[plans & (areas["number"] != ""), ["site", "number"]].drop_duplicates()
    by_number = pd.Series(alive.index, index=pd.MultiIndex.from_frame(alive))
    other = areas[["site"]].assign(number=np.where(named >= 0, areas["number"].to_numpy()[named], ""))
    found = by_number.reindex(pd.MultiIndex.from_frame(other)).fillna(-1).to_numpy().astype("int64")
    return np.where(good, named, np.where(named >= 0, found, -1))


def _speakers(
    areas: pd.DataFrame, binding: Flags, said: _Said, members: pd.DataFrame, blind: Flags
) -> pd.DataFrame:
    """Rows ``cell``, ``row`` (of ``said``): who speaks where, before shallow cells are sorted out."""
    cell, at = members["cell"].to_numpy(dtype="int64"), members["at"].to_numpy(dtype="int64")
    index = pd.Index(areas["area"])
    is_sub = areas["level"].to_numpy() == "sub_area"
    parent = _parents(areas, index, binding & ~is_sub)
    parent[~is_sub] = -1
    above = parent[at]
    found = []
    for code in range(len(MATTERS)):
        own = said.has_value[at, code]
        speaker = np.where(is_sub[at] & ~own & (above >= 0), above, at)
        replaced = is_sub[at] & own & (above >= 0) & ~blind[cell]
        taken = cell[replaced] * len(areas) + above[replaced]
        keep = ~np.isin(cell * len(areas) + speaker, taken)
        keys = np.unique(cell[keep] * len(areas) + speaker[keep])
        who = keys % max(len(areas), 1)
        found.append(
            pd.DataFrame({"cell": keys // max(len(areas), 1), "row": said.first[who, code], "at": who})
        )
    rulings = pd.concat(found, ignore_index=True)
    rulings["code"] = said.rows["code"].to_numpy()[rulings["row"]]
    # An area that contradicts itself says both values.
    extra = said.rows[["at", "code", "state"]].assign(row=np.arange(len(said.rows)))
    first = np.zeros(len(extra), dtype=bool)
    first[said.first.ravel()] = True
    extra = extra[~first & (extra["state"] == "value")][["at", "code", "row"]]
    if len(extra):
        more = rulings[["cell", "at", "code"]].merge(extra, on=["at", "code"])
        rulings = pd.concat([rulings, more], ignore_index=True)
    return rulings.sort_values(["cell", "code", "at", "row"], kind="stable", ignore_index=True)


def _hold(rulings: pd.DataFrame, cells: Cells, said: _Said) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep what counts: rulings, differences between plans, and the rest that no plan regulates."""
    value = (said.rows["state"].to_numpy() == "value")[rulings["row"]]
    cell, code = rulings["cell"].to_numpy(), rulings["code"].to_numpy()
    part = cells.part[cell]
    holds = domain_counts(part * len(said.rows) + rulings["row"].to_numpy(), cell, cells)
    rulings, value, cell, code = rulings[holds].reset_index(drop=True), value[holds], cell[holds], code[holds]

    blind = shapely.is_missing(cells.geometry)
    group = cell * len(MATTERS) + code
    sign = said.rows["sign"].to_numpy()[rulings["row"]]
    distinct = (
        pd.Series(np.where(value, sign, -1)).where(value).groupby(group).transform("nunique").to_numpy()
    )
    differ = value & (distinct > 1) & ~blind[cell]
    conflict = np.zeros(len(rulings), dtype=bool)
    at = np.flatnonzero(differ)
    if len(at):
        i, j = shapes.pairs(group[at], group[at])
        i, j = at[i], at[j]
        i, j = i[sign[i] != sign[j]], j[sign[i] != sign[j]]
        row, size = rulings["row"].to_numpy(), len(said.rows)
        pair = np.minimum(row[i], row[j]) * size + np.maximum(row[i], row[j])
        # Numbered anew: part × row × row would run out of bits in a large batch.
        pair = np.unique(pair, return_inverse=True)[1] * len(cells.part) + cells.part[cell[i]]
        conflict[i[domain_counts(pair, cell[i], cells)]] = True
    rulings["conflict"] = conflict

    regulated = np.zeros((len(cells.part), len(MATTERS)), dtype=bool)
    regulated[cell[value], code[value]] = True
    rest_cell, rest_code = np.nonzero(~regulated)
    stays = domain_counts(cells.part[rest_cell] * len(MATTERS) + rest_code, rest_cell, cells)
    rests = pd.DataFrame(
        {"piece": rest_cell[stays], "matter": np.asarray(MATTERS, dtype=object)[rest_code[stays]]}
    )
    return rulings, rests


def considered(
    areas: gpd.GeoDataFrame,
    overlaps: pd.DataFrame,
    pieces: gpd.GeoDataFrame,
    rulings: pd.DataFrame,
    *,
    building: int,
    matter: str,
    day: pd.Timestamp,
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
    table = areas[areas["level"].isin((*BINDING, "framework"))].sort_values("area", ignore_index=True)
    days = pd.Series(day, index=table.index)
    mine = pieces.loc[pieces["building"] == building, "piece"]
    told = rulings[rulings["piece"].isin(mine) & (rulings["matter"] == matter)]
    met = overlaps[overlaps["building"] == building]
    over, near = (met.loc[met[column], "area"] for column in ("counts", "near_line"))
    number = table["area"]
    begun = table["in_force"].isna() | (table["in_force"] <= day)
    role = np.select(
        [
            table["level"] == "framework",
            table["proposal"],
            ~in_force(table, days) & begun,
            ~begun,
            number.isin(told["area"]),
            number.isin(over) & (table["level"] == "local_plan"),
            number.isin(over),
            number.isin(near),
        ],
        ["framework", "proposal", "repealed", "not_yet", "speaks", "replaced", "deferred", "shallow"],
        "beside",
    )
    said = told.sort_values("conflict", ascending=False).drop_duplicates("area").set_index("area")
    said = said[["state", "value", "per", "conflict"]].reindex(number).reset_index(drop=True)
    said[["state", "per"]] = said[["state", "per"]].astype(object).fillna("")
    said["conflict"] = said["conflict"].eq(True)
    named = pd.DataFrame(table[["area", "number", "level"]]).assign(role=role)
    return pd.DataFrame(pd.concat([named, said], axis=1))
