"""Edges: what lies on the other side of each stretch of a parcel's boundary, derived from the cadastre.

A cadastral line of road or water says so itself; else the neighbouring parcel does; where neither does, the
kind is unknown and the edge is ambiguous, which is asked and never guessed. The arithmetic
(:func:`edges_of`) works on frames; :func:`derive_edges` keeps the stored rows in step with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.boundaries import covering, cut_at_nodes, pieces
from geodata.crs import GRID
from geodata.frames import copy_text, copy_texts, read_sql, shape_texts
from geodata.shapes import Floats, Ints, Segments, Shapes, cut_segments

#: A cadastral line covers a stretch when both its ends and its middle lie this near to the line (m).
COVER_M: Final = 0.02
#: Uncertainty (m) of a boundary of which nothing better is known: a point digitised from the old map.
SIGMA_UNKNOWN_M: Final = 1.0
#: Roads are measured across up to this width (m).
WIDEST_M: Final = 100.0
#: ``kind_src`` of the lines of a road that was taken up on a parcel (optaget vej).
TAKEN_UP: Final = "taken_up_road"
#: Code of the theme that holds those lines.
ROADS_CODE: Final = "s51"
_BATCH: Final = 20_000
_COLUMNS: Final = (
    "parcel", "kind", "kind_src", "sigma_m", "neighbour", "width_across_m", "inner", "ambiguous",
)  # fmt: skip
#: What the class of a cadastral line says: Skel for vej og gadejord, Grænse i vandløb og sø.
_CLASSES: Final = (("road", r"\bvej|vejskel"), ("water", r"vand|\bsø\b|kyst"))


def kinds_of_lines(line_class: pd.Series) -> npt.NDArray[np.object_]:
    """``road``, ``water`` or empty (an ordinary boundary) for each class of cadastral line (matrikelskel)."""
    code, classes = pd.factorize(line_class)
    kinds = np.full(len(classes) + 1, "", dtype=object)  # the last one is that of an unknown class
    for at, told in enumerate(classes):
        kinds[at] = next((kind for kind, said in _CLASSES if re.search(said, str(told).lower())), "")
    return kinds[code]


def edges_of(
    parcels: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    focus: npt.NDArray[np.bool_] | None = None,
    roads: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Edges of parcels by kind.

    Danish: skel, og hvad der ligger på den anden side (nabo, vej, vand).

    Parameters
    ----------
    parcels : ``parcel`` (int64), ``property_number`` (float, NaN unknown), ``is_road`` (bool, None unknown) and
        ``geometry`` in EPSG:25832; the parcels and all that adjoin them.
    lines : cadastral lines with ``line_class``, ``sigma_m`` (m, NaN unknown) and ``geometry``.
    focus : which rows of ``parcels`` are asked for; default all.
    roads : lines of roads taken up on parcels (optaget vej), with ``parcel`` and ``geometry``; None = none.

    Returns
    -------
    One row an edge: ``parcel``, ``kind`` (road, water, parcel, unknown), ``kind_src`` (cadastral_line,
    neighbour, none, taken_up_road), ``sigma_m``, ``neighbour`` (-1 = none recorded), ``width_across_m`` of a road
    parcel straight across (m, NaN = wider than 100 m or not known), ``inner`` (between parcels of one property,
    or the line of a taken-up road), ``ambiguous``, ``geometry`` (LineString with the parcel on its left). The edges
    of a parcel cover its boundary exactly, ends to ends; lines of taken-up roads lie inside it and come after them.

    Notes
    -----
    A line of road says what its two sides have between them; seen from a road parcel the other side is the
    parcel there. ``path`` is never inferred: the cadastre does not know it.

    Examples
    --------
    Covered by a line of road: ``road``. An ordinary line with a parcel beyond it: ``parcel``. An ordinary line
    with nothing recorded beyond it: ``unknown``, ambiguous.
    """
    shapes = np.asarray(parcels.geometry.array, dtype=object)
    rows = np.arange(len(parcels)) if focus is None else np.flatnonzero(focus)
    line_shapes = np.asarray(lines.geometry.array, dtype=object)
    found = pieces(shapes, rows)
    whole = Segments(found.xy, np.arange(len(found.xy)))
    piece = cut_segments(whole, *cut_at_nodes(whole, shapely.get_coordinates(line_shapes)))
    line = covering(piece.xy, line_shapes, COVER_M)

    mine, beyond = found.parcel[piece.row], found.beyond[piece.row]
    is_road = parcels["is_road"].fillna(False).to_numpy(dtype=bool)
    property_number = parcels["property_number"].to_numpy(dtype="float64", na_value=np.nan)
    line_kind = np.append(kinds_of_lines(lines["line_class"]), "")[line]
    has, road_there = beyond >= 0, (beyond >= 0) & is_road[beyond]
    # The road of a road line is this parcel itself when the other side is an ordinary one.
    told = (line_kind != "") & ~((line_kind == "road") & is_road[mine] & has & ~road_there)
    kind = np.select([told, road_there, has], [line_kind, "road", "parcel"], "unknown").astype(object)
    source = np.select([told, has], ["cadastral_line", "neighbour"], "none").astype(object)
    sigma = np.append(lines["sigma_m"].to_numpy(dtype="float64", na_value=np.nan), np.nan)[line]
    sigma = np.where(np.isfinite(sigma), sigma, SIGMA_UNKNOWN_M)
    inner = has & (property_number[mine] == property_number[beyond])

    run, first = _runs(piece.xy, mine, beyond, kind, source, sigma)
    geometry = _lines(piece.xy, run, first)
    width = _width(piece.xy, run, np.where(road_there, beyond, -1), shapes, int(first.sum()))
    key = parcels["parcel"].to_numpy(dtype=np.int64)
    boundary = gpd.GeoDataFrame(
        {
            "parcel": key[mine[first]],
            "kind": kind[first],
            "kind_src": source[first],
            "sigma_m": sigma[first],
            "neighbour": np.where(has, key[beyond], -1)[first],
            "width_across_m": width,
            "inner": inner[first],
            "ambiguous": kind[first] == "unknown",
        },
        geometry=gpd.GeoSeries(geometry, crs=GRID),
    )
    inside = None if roads is None else roads[roads["parcel"].isin(key[rows])]
    if inside is None or inside.empty:
        return boundary
    return pd.concat([boundary, _road_lines(inside)], ignore_index=True)


def _road_lines(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Inner edges: each line of a road that the parcel holds without a parcel of its own."""
    lines, at = shapely.get_parts(np.asarray(roads.geometry.array, dtype=object), return_index=True)
    return gpd.GeoDataFrame(
        {
            "parcel": roads["parcel"].to_numpy(dtype=np.int64)[at],
            "kind": "road",
            "kind_src": TAKEN_UP,
            "sigma_m": SIGMA_UNKNOWN_M,
            "neighbour": np.int64(-1),
            "width_across_m": np.nan,
            "inner": True,
            "ambiguous": False,
        },
        geometry=gpd.GeoSeries(lines, crs=GRID),
    )


def _runs(xy: Floats, *told: npt.NDArray[Any]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Number of the edge that each piece belongs to, and which pieces begin one; ``told`` is alike within an edge."""
    if not len(xy):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    same = (xy[1:, :2] == xy[:-1, 2:]).all(axis=1)
    for column in told:
        same &= column[1:] == column[:-1]
    first = np.concatenate([[True], ~same])
    return np.cumsum(first) - 1, first


def _lines(xy: Floats, run: Ints, first: npt.NDArray[np.bool_]) -> Shapes:
    points = np.empty((len(xy) + int(first.sum()), 2))
    index = np.empty(len(points), dtype=np.int64)
    place = np.arange(len(xy)) + run + 1
    points[place], index[place] = xy[:, 2:], run
    points[place[first] - 1], index[place[first] - 1] = xy[first, :2], run[first]
    return np.asarray(
        shapely.linestrings(points, indices=index) if len(points) else points[:, 0], dtype=object
    )


def _width(xy: Floats, run: Ints, road: Ints, shapes: Shapes, edges: int) -> Floats:
    """Width in metres of the road parcel beyond each edge, straight across from its longest piece; NaN = none."""
    width = np.full(edges, np.nan)
    if not len(xy):
        return width
    length = np.hypot(*(xy[:, 2:] - xy[:, :2]).T)
    order = np.lexsort((-length, run))
    longest = order[np.unique(run[order], return_index=True)[1]]
    at = np.flatnonzero(road[longest] >= 0)
    if not len(at):
        return width
    chosen = longest[at]
    along = (xy[chosen, 2:] - xy[chosen, :2]) / length[chosen][:, None]
    out = np.stack([along[:, 1], -along[:, 0]], axis=1)
    middle = (xy[chosen, :2] + xy[chosen, 2:]) / 2.0
    rays = shapely.linestrings(np.stack([middle, middle + out * WIDEST_M], axis=1))
    parts, of = shapely.get_parts(shapely.intersection(rays, shapes[road[chosen]]), return_index=True)
    near = (shapely.distance(parts, shapely.points(middle)[of]) <= COVER_M) & (
        shapely.get_dimensions(parts) == 1
    )
    across = np.full(len(at), np.nan)
    across[of[near]] = shapely.length(parts[near])
    width[at] = np.where(across < WIDEST_M - COVER_M, across, np.nan)
    return width


# --- Stored edges -----------------------------------------------------------------------------------------------

_NEAR: Final = f"{COVER_M}"
#: Pairs of parcels whose boxes meet, found before any shape is read: a road's box holds half a quarter of the town.
_BOXED: Final = (
    "WITH asked AS MATERIALIZED (SELECT unnest(%(ids)s::bigint[]) AS id), "
    "boxed AS MATERIALIZED (SELECT p.versions_id AS one, q.versions_id AS two, q.object_id "
    "FROM geodata_parcelversion p JOIN geodata_parcelversion q "
    f"ON q.geometry && ST_Expand(p.geometry, {_NEAR}) AND q.change_to_id IS NULL "
    "WHERE p.object_id = ANY(%(ids)s) AND (p.change_to_id IS NULL OR p.change_to_id = %(change)s))"
)
#: The parcels themselves and those that adjoin them, before and after the change. OFFSET keeps the planner from
#: measuring distances of other pairs than these.
_FOCUS: Final = (
    f"{_BOXED}, others AS MATERIALIZED (SELECT b.* FROM boxed b "
    "WHERE NOT EXISTS (SELECT FROM asked a WHERE a.id = b.object_id)) "
    "SELECT id FROM asked UNION SELECT object_id FROM ("
    f"SELECT o.object_id, ST_DWithin(q.geometry, p.geometry, {_NEAR}) AS adjoins FROM others o "
    "JOIN geodata_parcelversion p ON p.versions_id = o.one JOIN geodata_parcelversion q ON q.versions_id = o.two "
    "OFFSET 0) pair WHERE adjoins"
)
_PARCELS: Final = (
    f"{_BOXED} SELECT q.object_id AS parcel, q.property_number::float8, q.is_road, "
    "a.id IS NOT NULL AS focus, ST_AsBinary(q.geometry) AS geometry "
    "FROM (SELECT DISTINCT two FROM boxed) b JOIN geodata_parcelversion q ON q.versions_id = b.two "
    "LEFT JOIN asked a ON a.id = q.object_id "
    "ORDER BY q.object_id"
)
_LINES: Final = (
    "SELECT DISTINCT ON (l.object_id) l.line_class, l.sigma_m, ST_AsBinary(l.geometry) AS geometry "
    "FROM geodata_parcelversion p JOIN geodata_boundarylineversion l "
    f"ON l.geometry && ST_Expand(p.geometry, {_NEAR}) AND l.change_to_id IS NULL "
    "WHERE p.object_id = ANY(%(ids)s) AND p.change_to_id IS NULL ORDER BY l.object_id"
)
#: A taken-up road names its parcel by the cadastre's id.
_ON_PARCELS: Final = (
    "FROM geodata_themeversion v JOIN geodata_themeobject o ON o.id = v.object_id "
    "JOIN geodata_parcel p ON p.register = o.register AND p.register_id = v.attributes ->> 'parcel_register_id' "
    "JOIN geodata_parcelversion q ON q.object_id = p.id AND q.change_to_id IS NULL AND v.geometry && q.geometry "
    f"WHERE v.theme_id = '{ROADS_CODE}'"
)
_ROADS: Final = (
    f"SELECT p.id AS parcel, ST_AsBinary(v.geometry) AS geometry {_ON_PARCELS} AND v.change_to_id IS NULL "
    "AND p.id = ANY(%(ids)s) ORDER BY v.object_id"
)
_STORED: Final = (
    "SELECT id, parcel_id AS parcel, kind, kind_src, sigma_m, coalesce(neighbour_id, -1) AS neighbour, "
    "coalesce(width_across_m, 'NaN') AS width_across_m, \"inner\", ambiguous, ST_AsBinary(geometry) AS geometry "
    "FROM geodata_edge WHERE parcel_id = ANY(%(ids)s) AND change_to_id IS NULL"
)


def derive_edges(parcel_ids: Sequence[int], change: int, cursor: Any) -> int:
    """Bring the stored edges of some parcels and their neighbours up to date, within the running change.

    Parameters
    ----------
    parcel_ids : keys of parcels whose ground, owner or lines have changed.
    change : key of the change that closes the old rows and opens the new ones.
    cursor : of the transaction that the change belongs to.

    Returns
    -------
    Number of rows closed or opened; an edge that is the same as before keeps its row.
    """
    if not len(parcel_ids):
        return 0
    cursor.execute(_FOCUS, {"ids": list(map(int, parcel_ids)), "change": change})
    focus = sorted(row[0] for row in cursor.fetchall())
    written = 0
    for start in range(0, len(focus), _BATCH):
        written += _store(focus[start : start + _BATCH], change, cursor)
    if written > 100:
        cursor.execute("SELECT ledger_analyze('geodata_edge')")
    return written


def _store(ids: list[int], change: int, cursor: Any) -> int:
    bind = {"ids": ids, "change": None}
    parcels, lines, roads, stored = (read_sql(sql, bind) for sql in (_PARCELS, _LINES, _ROADS, _STORED))
    if len(parcels):
        fresh = edges_of(parcels, lines, parcels["focus"].to_numpy(dtype=bool), roads)
    else:
        fresh = stored.drop(columns="id").iloc[:0]
    kept_keys, fresh_keys = _keys(stored), _keys(fresh)
    gone = stored.loc[~kept_keys.isin(fresh_keys), "id"].tolist()
    opened = fresh[~fresh_keys.isin(kept_keys)]
    if gone:
        cursor.execute("UPDATE geodata_edge SET change_to_id = %s WHERE id = ANY(%s)", [change, gone])
    if len(opened):
        _open(opened, change)
    return len(gone) + len(opened)


def _keys(edges: gpd.GeoDataFrame) -> pd.Index:
    """What an edge says, as one comparable value."""
    table = edges[list(_COLUMNS)].astype({"inner": bool, "ambiguous": bool})
    for name in ("sigma_m", "width_across_m"):
        table[name] = edges[name].astype("float64").round(4).fillna(-1.0)
    table["wkb"] = shapely.to_wkb(np.asarray(edges.geometry.array, dtype=object))
    return pd.Index(list(table.itertuples(index=False, name=None)), dtype=object, tupleize_cols=False)


def _open(edges: gpd.GeoDataFrame, change: int) -> None:
    rows = len(edges)
    copy_texts(
        "geodata_edge",
        ["parcel_id", "change_from_id", "kind", "kind_src", "sigma_m", "neighbour_id", "width_across_m", "inner",
         "ambiguous", "geometry"],
        [
            list(map(str, edges["parcel"].tolist())),
            [str(change)] * rows,
            edges["kind"].tolist(),
            edges["kind_src"].tolist(),
            list(map(repr, edges["sigma_m"].astype("float64").tolist())),
            copy_text(None if n < 0 else n for n in edges["neighbour"].tolist()),
            copy_text(None if np.isnan(w) else w for w in edges["width_across_m"].astype("float64").tolist()),
            ["t" if inner else "f" for inner in edges["inner"].tolist()],
            ["t" if ambiguous else "f" for ambiguous in edges["ambiguous"].tolist()],
            shape_texts(np.asarray(edges.geometry.array, dtype=object)),
        ],
    )  # fmt: skip


def after_parcels(cursor: Any, change: int) -> None:
    """Derive again what the parcels of a change touch (hook of the theme)."""
    cursor.execute(
        "SELECT DISTINCT object_id FROM geodata_parcelversion WHERE change_from_id = %s OR change_to_id = %s",
        [change, change],
    )
    derive_edges([row[0] for row in cursor.fetchall()], change, cursor)


def after_lines(cursor: Any, change: int) -> None:
    """Derive again the edges of the parcels along the lines of a change (hook of the theme)."""
    cursor.execute(
        "SELECT DISTINCT p.object_id FROM geodata_boundarylineversion l JOIN geodata_parcelversion p "
        f"ON p.geometry && ST_Expand(l.geometry, {_NEAR}) AND p.change_to_id IS NULL "
        "WHERE l.change_from_id = %s OR l.change_to_id = %s",
        [change, change],
    )
    derive_edges([row[0] for row in cursor.fetchall()], change, cursor)


def after_roads(cursor: Any, change: int) -> None:
    """Derive again the edges of the parcels on which a change has taken up or given up roads (hook of the theme)."""
    cursor.execute(
        f"SELECT DISTINCT p.id {_ON_PARCELS} AND (v.change_from_id = %s OR v.change_to_id = %s)",
        [change, change],
    )
    derive_edges([row[0] for row in cursor.fetchall()], change, cursor)
