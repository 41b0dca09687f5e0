"""Buildings that stand on the land of sites already: outlines of the map joined with the rows of BBR."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.lookup import Columns, Pairs, taken
from permits.engine.building_kinds import roles_and_kinds
from permits.engine.nearby import STANDS, boxes_of, meeting, near
from permits.engine.world import empty

#: Position uncertainty of outlines measured at the roof (our reckoning, metres).
_SIGMA_ROOF_M: Final = 0.5
#: Standing buildings have keys from here down, so that they never meet those of a drawing; -1 means none.
_KEY: Final = -2


def standing_buildings(land: Columns, known: int | None) -> Columns:
    """Buildings whose outline or BBR point lies on parcels of a site.

    Parameters
    ----------
    land : ``site``, ``parcel`` and ``geometry`` of the parcels.
    known : revision of knowledge; None = the last one.

    Returns
    -------
    Columns of the World's ``buildings`` ordered by site, and ``bbr``, the id in BBR (``None`` = the map names none).
    ``parcel`` is that of the BBR point, -1 where BBR does not know the building.
    """
    boxes = boxes_of(land["geometry"])
    outlines = near(
        "building",
        "v.register_id AS name, lower(v.bbr_id::text) AS bbr, v.basis",
        boxes,
        known,
    )
    records = near(
        "building_record",
        "lower(v.register_id) AS bbr, v.use_code, v.floor_m2, v.built_m2, v.storeys",
        boxes,
        known,
        joins=f"WHERE v.{STANDS}",
    )
    # An outline stands where a point on it does, so that one across the line stands on one side of it.
    points = shapely.point_on_surface(outlines["geometry"])
    drawn_on, drawn = _on(points, land)
    told_on, told = _on(records["geometry"], land)
    drawn_site, told_site = land["site"][drawn_on], land["site"][told_on]
    # BBR's id names one building; outlines without it are buildings of their own.
    bbr, name = records["bbr"][told], outlines["bbr"][drawn]
    nameless = np.array([one is None for one in name], dtype=bool)
    # The first outline of an id stands for it: the last, seen from behind.
    shown = np.flatnonzero(~nameless)[::-1]
    outline_of = Pairs(drawn_site[shown], name[shown])
    of_record = outline_of.find(told_site, bbr)
    recorded = Pairs(told_site, bbr).find(drawn_site, name) >= 0
    stands = outline_of.find(drawn_site[shown], name[shown]) == np.arange(len(shown))
    alone = np.concatenate([shown[stands & ~recorded[shown]], np.flatnonzero(nameless)])
    none = np.full(len(alone), -1, dtype=np.int64)
    site = np.concatenate([told_site, drawn_site[alone]])
    record = np.concatenate([told, none])
    matched = np.where(of_record >= 0, drawn[shown[of_record]] if len(shown) else -1, -1)
    outline = np.concatenate([matched, drawn[alone]])
    parcel = np.concatenate([land["parcel"][told_on], none])
    bbr = np.concatenate([bbr, name[alone]])
    unnamed = np.array([one is None for one in bbr], dtype=bool)
    order = np.lexsort((outline, np.unique(bbr.astype(str), return_inverse=True)[1], unnamed, site))
    site, record, outline, parcel, bbr = (x[order] for x in (site, record, outline, parcel, bbr))
    use = _of(records["use_code"].astype(np.float64), record, np.nan)
    role, kind, secondary = roles_and_kinds(use)
    # BBR counts garages and sheds by their built area; their floor area stands as zero.
    floor = np.where(
        secondary, _of(records["built_m2"], record, np.nan), _of(records["floor_m2"], record, np.nan)
    )
    basis = _of(outlines["basis"], outline, None)
    size = len(site)
    return {
        "building": _KEY - np.arange(size),
        "site": site,
        "name": np.where(outline >= 0, _of(outlines["name"], outline, None), bbr),
        "bbr": bbr,
        "parcel": parcel,
        "role": role,
        "kind": kind,
        "storeys": _of(records["storeys"].astype(np.float64), record, np.nan),
        "floor_m2": floor,
        "basis": np.where(pd.isna(basis), "unknown", basis),
        "sigma_m": np.full(size, _SIGMA_ROOF_M),
        "geometry": _of(outlines["geometry"], outline, None),
    }


def _on(points: shapes.Shapes, land: Columns) -> tuple[shapes.Ints, shapes.Ints]:
    """The parcel (row of ``land``) that each point lies on, once a site; and the row of the point."""
    parcel = land["geometry"]
    point, row = meeting(parcel, points, np.arange(len(points)), "contains")
    site = land["site"][row]
    order = np.lexsort((row, point, site))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(site[order]) != 0) | (np.diff(point[order]) != 0)
    return row[order[first]], point[order[first]]


def _of(values: npt.NDArray[Any], rows: shapes.Ints, missing: Any) -> npt.NDArray[Any]:
    """Values of rows, ``missing`` where there is no row."""
    found = np.full(len(rows), missing, dtype=values.dtype)
    found[rows >= 0] = values[rows[rows >= 0]]
    return found


def with_standing(proposed: Columns, standing: Columns) -> Columns:
    """Proposed and standing buildings as rows of the World's ``buildings``.

    ``replaces`` of what is proposed may hold the name of a standing building; those that ``demolished`` says go are
    no buildings of their own, but mark the standing one.
    """
    size = len(proposed["building"])
    wanted = proposed.get("replaces", np.full(size, "", dtype=object))
    goes = proposed.get("demolished", np.zeros(size, dtype=bool)).astype(bool)
    replaces = _replaced(proposed["site"], wanted, standing)
    above = taken(
        {
            **proposed,
            "proposed": np.ones(size, dtype=bool),
            "replaces": replaces,
            "demolished": np.zeros(size, dtype=bool),
        },
        ~goes,
    )
    count = len(standing["building"])
    below = {
        **{name: values for name, values in standing.items() if name != "bbr"},
        "proposed": np.zeros(count, dtype=bool),
        "replaces": np.full(count, -1, dtype=np.int64),
        "demolished": np.isin(standing["building"], replaces[goes]),
    }
    if not count:
        return above
    return {
        name: np.concatenate([_column(above, name), _column(below, name)])
        for name in dict.fromkeys([*above, *below])
    }


def _column(columns: Columns, name: str) -> npt.NDArray[Any]:
    return columns[name] if name in columns else empty("buildings", name, len(columns["building"]))


def _replaced(site: shapes.Ints, wanted: npt.NDArray[Any], standing: Columns) -> shapes.Ints:
    """Key of the standing building that each proposed one takes the place of, by its name or its id in BBR."""
    replaces = np.full(len(wanted), -1, dtype=np.int64)
    asked = np.flatnonzero((wanted != "") & ~pd.isna(wanted))
    if not len(asked):
        return replaces
    mine = np.isin(standing["site"], site[asked])
    by_name = {
        (of, name): key
        for names in ("name", "bbr")
        for of, name, key in zip(
            *(standing[column][mine].tolist() for column in ("site", names, "building")), strict=True
        )
    }
    replaces[asked] = [
        by_name.get((of, str(name)), -1) for of, name in zip(site[asked].tolist(), wanted[asked], strict=True)
    ]
    return replaces
