"""What lies near some shapes, out of a theme: each object once, however many shapes it is near.

The database's index finds what comes near, by boxes; which of it meets which shape is asked of Shapely, where a large
area is prepared once for all the shapes that it may meet. The other way round each shape would go to the database and
each area would come back once for every shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.frames import read_columns
from geodata.ledger.themes import themes
from geodata.lookup import Columns

Boxes = npt.NDArray[np.float64]

#: Shapes whose middles lie in one square of this side share a box, metres: wide enough that the houses of a street
#: do, and narrow enough that little is read in vain.
_SQUARE_M: Final = 200.0


def at(theme: str, known: int | None) -> str:
    """The view of a theme as revision ``known`` held it; None = as it is now."""
    if known is None:
        return f"t_{theme}"
    return (
        f"(SELECT * FROM hist_t_{theme} WHERE revision_from <= {int(known)} "
        f"AND (revision_to IS NULL OR revision_to > {int(known)}))"
    )


#: Condition on a row of BBR (``v``): it stands, as far as BBR knows, neither planned nor gone (statuskode 2, 4).
STANDS: Final = "statuskode IN (0, 3)"


def near(
    theme: str,
    columns: str,
    boxes: Boxes,
    known: int | None,
    *,
    joins: str = "",
    params: Sequence[Any] = (),
) -> Columns:
    """Objects of a theme whose own boxes meet some boxes, ordered by object.

    Parameters
    ----------
    theme : id of the theme; its view is ``v`` in ``columns`` and ``joins``.
    columns : what to read, in SQL; ``object_id`` and ``geometry`` are read as well.
    boxes : of the shapes that are asked about, see :func:`boxes_of`.
    known : revision of knowledge; None = the last one.
    joins : further tables and conditions in SQL.
    params : values for ``columns`` and ``joins``.

    Returns
    -------
    Columns, one row to an object. More than meets the shapes: ask Shapely which does.
    """
    held = themes[theme].versions._meta.db_table
    now = " WHERE n.change_to_id IS NULL" if known is None else ""
    # The index is asked by itself, so that no geometry is unpacked for what is found more than once; and each object
    # is read by its key, which a fence (OFFSET 0) holds the planner to: it would rather join with the whole table.
    return read_columns(
        f"WITH near AS MATERIALIZED (SELECT DISTINCT n.versions_id FROM "
        f"unnest(%s, %s, %s, %s) AS b(x0, y0, x1, y1) JOIN {held} n "
        f"ON n.geometry && ST_MakeEnvelope(b.x0, b.y0, b.x1, b.y1, 25832){now}) "
        f"SELECT v.object_id, {columns}, ST_AsBinary(v.geometry) AS geometry "
        f"FROM near CROSS JOIN LATERAL (SELECT * FROM {at(theme, known)} t "
        f"WHERE t.versions_id = near.versions_id OFFSET 0) v {joins} ORDER BY v.object_id",
        [*np.ascontiguousarray(boxes.T), *params],
    )


def boxes_of(where: shapes.Shapes) -> Boxes:
    """Boxes (n, 4) that hold all of some shapes in EPSG:25832, one to a square that middles of shapes lie in.

    Missing and empty shapes are in none.
    """
    bounds: Boxes = shapely.bounds(where)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return bounds
    square = np.floor((bounds[:, :2] + bounds[:, 2:]) / (2.0 * _SQUARE_M)).astype(np.int64)
    # One number to a square: coordinates of the grid have far less than 31 bits of them.
    group = (square[:, 0] << 31) + square[:, 1]
    order = np.argsort(group, kind="stable")
    start = np.flatnonzero(np.append(True, np.diff(group[order]) != 0))
    low, high = (part[order] for part in (bounds[:, :2], bounds[:, 2:]))
    return np.hstack([np.minimum.reduceat(low, start), np.maximum.reduceat(high, start)])


def meeting(
    things: shapes.Shapes,
    where: shapes.Shapes,
    owner: shapes.Ints,
    predicate: str = "intersects",
    *,
    within_m: npt.NDArray[np.float64] | None = None,
) -> tuple[shapes.Ints, shapes.Ints]:
    """Which things meet a shape of which owner, or come near it.

    Parameters
    ----------
    things : areas, as rows of :func:`near`.
    where : shapes, each with its ``owner``.
    predicate : what a thing does to a shape, a name that ``shapely.STRtree.query`` knows.
    within_m : how near each thing has to come, in metres, in place of the predicate.

    Returns
    -------
    Owner and row of the thing, each pair once, ordered by both.
    """
    if not len(things) or not len(where):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    tree = shapely.STRtree(where)
    if within_m is None:
        thing, shape = tree.query(things, predicate=predicate)
    else:
        thing, shape = tree.query(things, predicate="dwithin", distance=within_m)
    order = np.lexsort((thing, owner[shape]))
    who, what = owner[shape][order], thing[order]
    fresh = np.ones(len(who), dtype=bool)
    fresh[1:] = (who[1:] != who[:-1]) | (what[1:] != what[:-1])
    return who[fresh], np.asarray(what[fresh], dtype=np.int64)
