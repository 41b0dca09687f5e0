"""What a reader hands over: one theme's records as columns, and what could not be read.

A reader knows one source and nothing of the database. It answers in EPSG:25832, with the columns of the theme's
version model that its source *speaks for* and no others, so that a poorer file never wipes out what a better
one has said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import geopandas as gpd
import pandas as pd

# Arrow, where the group for Parquet has it installed, refuses texts that a file may well hold (half characters);
# what is wrong with them is told record by record here.
pd.set_option("mode.string_storage", "python")

#: Sources whose objects are the files themselves: the same bytes in another place are another delivery.
BY_PLACE: Final = frozenset({"dhm"})


@dataclass(frozen=True)
class Rejected:
    """A record that cannot be stored, with everything that is needed to mend and retry it.

    ``reason`` is a short fixed word (``invalid_geometry``, ``no_geometry``, ``outside_denmark``, …),
    ``explanation`` says what was found, what was expected and how to mend it, ``place`` where (file position,
    coordinate), ``original`` the bytes as delivered.
    """

    record: str
    reason: str
    explanation: str
    place: str = ""
    original: bytes = b""


@dataclass(frozen=True)
class Delivery:
    """Records of one theme out of one source.

    Attributes
    ----------
    theme : id of :data:`geodata.ledger.themes.themes`.
    source : which source speaks, e.g. ``matriklen/gml``; its place in the theme's rank decides whom to believe.
    register : register that gives the ids, e.g. ``matriklen``.
    frame : one row a record, in EPSG:25832: ``register_id`` (text, unique), ``municipality`` (four digits or
        None = not stated), optionally ``gyldig_fra`` / ``gyldig_til`` and other envelope columns, the columns of
        ``speaks_for``, and ``geometry`` (may be absent when ``has_geometry`` is False).
    speaks_for : attribute columns of the theme that this source fills (None in a row = it says "nothing").
    rejected : records that could not be read.
    warnings : what the user should know (coarse data, columns that were not understood).
    as_of : day of the delivery, if it says so.
    """

    theme: str
    source: str
    register: str
    frame: gpd.GeoDataFrame
    speaks_for: tuple[str, ...]
    has_geometry: bool = True
    rejected: Sequence[Rejected] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)
    as_of: date | None = None
