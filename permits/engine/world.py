"""The World: everything a rule may look at, as columns.

One row per thing, ``int64`` keys, grid metres in EPSG:25832. A missing number is NaN, a missing key or count
is -1, a missing word is the empty string, a missing geometry is ``None``, a missing date is NaT. A World is
built alike from the database, a rule case, an uploaded drawing or a partition on a worker; rules cannot tell
the difference, and must not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Self, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import shapes
from geodata.columns import Columns, GeoColumns, LateTable, array_of, columns_of
from geodata.convex import Corners
from geodata.keys import Keys

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T")

Kind = Literal["key", "number", "flag", "tri", "word", "date", "geometry"]

#: Zones of planloven § 34 (byzone, sommerhusområde, landzone).
ZONES: Final = ("urban", "summer_house", "rural")
#: What lies on the other side of a stretch of boundary (skel): ``parcel`` and ``path`` are "neighbour
#: boundary"; ``unknown`` counts as neighbour and makes a breach ambiguous.
EDGE_KINDS: Final = ("parcel", "road", "path", "water", "unknown")
#: Levels of plan areas (lokalplan, delområde, byggefelt, byggelinje, kommuneplanramme).
LEVELS: Final = ("local_plan", "sub_area", "building_field", "building_line", "framework")
#: What a plan may regulate.
MATTERS: Final = ("max_height", "max_storeys", "plot_ratio", "use", "building_field")
#: The three states of a matter in a plan: a number stands there; somebody has read the plan and it does not
#: regulate the matter; the register is empty and nobody has read the text.
LIMIT_STATES: Final = ("value", "not_regulated", "not_recorded")


@dataclass(frozen=True)
class Column:
    """One column: its kind, and what it means in words (unit included)."""

    kind: Kind
    meaning: str


def _c(kind: Kind, meaning: str) -> Column:
    return Column(kind, meaning)


SCHEMA: Final[dict[str, dict[str, Column]]] = {
    "sites": {
        "site": _c("key", "one application on one property"),
        "case_key": _c("key", "row id of the application, -1 for a drawing or a rule case"),
        "work": _c("word", "new | extension | conversion | demolition | subdivision | terrain"),
        "landzone_permit": _c("flag", "a landzone permit (landzonetilladelse) is already given"),
        "applied_on": _c("date", "day sent in; chooses the version of BR18"),
        "as_of": _c("date", "day as of which plans and registers are read"),
        "ruleset": _c("word", "named parameter set, empty = chosen by applied_on"),
        "ruleset_signed": _c("word", "hash of what was signed last under that name, empty = nothing"),
        "ground_a": _c("number", "natural terrain z = a·x + b·y + c; NaN = not known"),
        "ground_b": _c("number", "see ground_a"),
        "ground_c": _c("number", "see ground_a"),
        "ground_slope_pct": _c("number", "slope of that plane where a raster says it"),
        "ground_rough_m": _c("number", "root mean square of what the ground differs from it"),
        "datum_m": _c("number", "level plane (niveauplan) fixed by the municipality, NaN = none"),
        "has_land": _c("flag", "at least one parcel of the property is known"),
        "geometry": _c("geometry", "ground touched by terrain work"),
    },
    "parcels": {
        "parcel": _c("key", "jordstykke"),
        "site": _c("key", "its site"),
        "registered_m2": _c("number", "registered area, road included"),
        "drawn_m2": _c("number", "area of the polygon"),
        "road_m2": _c("number", "road area inside the registered area"),
        "common_m2": _c("number", "share of common open space that belongs to the plot"),
        "plot": _c("key", "group of adjoining parcels within the site (grund), from 1; 0 = does not count"),
        "share_urban": _c("number", "share of the drawn area in byzone, pieces that count; NaN = not known"),
        "share_summer_house": _c("number", "same for sommerhusområde"),
        "share_rural": _c("number", "same for landzone"),
        "label": _c("word", "cadastral district and parcel number, for words"),
        "geometry": _c("geometry", "(Multi)Polygon"),
    },
    "buildings": {
        "building": _c("key", "one building or part that is added"),
        "site": _c("key", "its site"),
        "name": _c("word", "id in the drawing or register, for words"),
        "role": _c("word", "primary | secondary | raised_area | wall"),
        "kind": _c("word", "see rule cases: detached_house, garage, …"),
        "proposed": _c("flag", "part of the application (else it stands already)"),
        "replaces": _c("key", "the standing building that this one takes the place of"),
        "demolished": _c("flag", "stands now and goes"),
        "dwellings": _c("key", "number of dwellings, -1 = not stated (reckoned as 1)"),
        "storeys": _c("number", "stated number, usable attic included, basement left out"),
        "height_m": _c("number", "highest part above terrain or datum; absolute where levels_absolute"),
        "levels_absolute": _c("flag", "height and roof z are absolute (kote), not above ground"),
        "floor_m2": _c("number", "floor area of all storeys (etageareal), basement and attic left out"),
        "basement_m2": _c("number", "basement area, 0 = none"),
        "basement_ceiling_m": _c("number", "basement ceiling above terrain"),
        "attic_m2": _c("number", "usable attic in the plane 1.50 m above its floor, 0 = none"),
        "eaves_m": _c("number", "horizontal overhang of the eaves; NaN is read as 0"),
        "wall_low_m": _c("number", "lowest of the long sides, ground to upper side of the roof"),
        "integrated": _c("flag", "secondary building built into the primary one"),
        "openings": _c("tri", "openings toward the boundary: 1 yes, 0 no, -1 not known"),
        "basis": _c("word", "what the footprint shows: wall | roof | unknown"),
        "sigma_m": _c("number", "position uncertainty of the outline, 0 = exact"),
        "plot": _c("key", "plot that most of the footprint lies on, 0 = none"),
        "parcel": _c("key", "parcel that most of the footprint lies on, -1 = none"),
        "zone": _c("word", "zone that most of the footprint lies in, empty = not known"),
        "geometry": _c("geometry", "footprint, (Multi)Polygon"),
    },
    "facets": {
        "facet": _c("key", "one plane part of a roof"),
        "building": _c("key", "its building"),
        "a": _c("number", "z = a·x + b·y + c in grid metres"),
        "b": _c("number", "see a"),
        "c": _c("number", "see a"),
        "reference": _c("word", "terrain | datum | absolute: the level that z is measured from"),
        "geometry": _c("geometry", "2D polygon; z is taken from the plane, never from clipped rings"),
    },
    "edges": {
        "edge": _c("key", "a stretch of boundary (skel) of one kind"),
        "site": _c("key", "its site"),
        "plot": _c("key", "plot that it bounds"),
        "kind": _c("word", "parcel | road | path | water | unknown"),
        "kind_src": _c("word", "where the kind comes from"),
        "sigma_m": _c("number", "position uncertainty, 0 = exact"),
        "neighbour": _c("key", "parcel on the other side, -1 = not known"),
        "width_across_m": _c("number", "width of the road straight across, NaN = not known"),
        "ambiguous": _c("flag", "the kind could be another: a breach here is an ambiguous boundary"),
        "geometry": _c("geometry", "LineString, the plot that it bounds on its left"),
    },
    "areas": {
        "area": _c("key", "a plan area as it meets one site"),
        "site": _c("key", "its site"),
        "plan": _c("key", "the plan object behind it, -1 in a rule case"),
        "level": _c("word", "local_plan | sub_area | building_field | building_line | framework"),
        "number": _c("word", "the municipality's number of the plan"),
        "title": _c("word", "name of the plan"),
        "document": _c("word", "address of the PDF, which prevails over the fields"),
        "parent": _c("key", "area of the local plan that a part belongs to, -1 = none in the data"),
        "proposal": _c("flag", "a published proposal (forslag)"),
        "published": _c("date", "a proposal's publication"),
        "in_force": _c("date", "first day in force, NaT = always"),
        "repealed": _c("date", "day of repeal, NaT = never"),
        "complex": _c("flag", "too complex for fields: every matter is not recorded"),
        "field_state": _c("word", "yes | no | undeclared | contradictory (byggefelt)"),
        "use": _c("key", "general use (anvendelse generel), -1 = none"),
        "land_m2": _c("number", "land of the area, for ratios per area"),
        "floor_m2": _c("number", "floor area that stands in the area already"),
        "calc_ruleset": _c("word", "regulation that the plan's percentages are reckoned by"),
        "sigma_m": _c("number", "accuracy of the layer, 0 = exact"),
        "today": _c("word", "on the day: in_force | published (a proposal), empty = does not count"),
        "geometry": _c("geometry", "(Multi)Polygon"),
    },
    "limits": {
        "area": _c("key", "the area that says it"),
        "matter": _c("word", "max_height | max_storeys | plot_ratio | use | building_field"),
        "state": _c("word", "value | not_regulated | not_recorded"),
        "value": _c("number", "m, storeys or per cent"),
        "per": _c("word", "plot_ratio only: area | property | plot | parcel, empty = not stated"),
        "clause": _c("word", "§ in the plan, empty = not recorded"),
    },
    "uses": {
        "area": _c("key", "the area that says it"),
        "code": _c("key", "specific use (anvendelse specifik)"),
    },
    "pieces": {
        "piece": _c("key", "a part of one building under one and the same set of plan areas"),
        "building": _c("key", "its building"),
        "site": _c("key", "its site"),
        "overhang": _c("flag", "roof beyond the walls that heights look at; not part of the footprint"),
        "counts": _c("flag", "larger than 0.01 m² and deeper than 0.05 m by itself"),
        "near_line": _c("flag", "too shallow to count, and more than touching"),
        "geometry": _c("geometry", "polygon; null where the building has no footprint (whole building)"),
    },
    "overlaps": {
        "building": _c("key", "a building that meets a plan area in force or a published proposal"),
        "area": _c("key", "the area, of any level"),
        "overhang": _c("flag", "see pieces"),
        "counts": _c("flag", "a connected piece of the overlap counts"),
        "covers": _c("flag", "and nothing that counts lies outside the area"),
        "near_line": _c("flag", "the overlap is too shallow to count, and more than touching"),
        "depth_m": _c("number", "depth of its deepest piece that counts"),
    },
    "rulings": {
        "piece": _c("key", "the piece that is ruled"),
        "matter": _c("word", "see limits"),
        "area": _c("key", "the local plan or sub-area that speaks, after precedence"),
        "state": _c("word", "see limits"),
        "value": _c("number", "see limits"),
        "per": _c("word", "see limits"),
        "clause": _c("word", "see limits"),
        "conflict": _c("flag", "two adopted plans of one level differ here (overlapping_plans)"),
    },
    "rests": {
        "piece": _c("key", "a piece where no plan has a value, in a part of the building that counts"),
        "matter": _c("word", "the matter that is left to the building regulation there"),
    },
    "placements": {
        "plan": _c("key", "area of a local plan in force"),
        "area": _c("key", "a building field or building line in force that belongs to it"),
    },
    "zones": {
        "site": _c("key", "its site"),
        "zone": _c("word", "urban | summer_house | rural"),
        "sigma_m": _c("number", "accuracy of the zone map, 0 = exact"),
        "geometry": _c(
            "geometry", "the part of the site that lies in it; null = all that no other row takes"
        ),
    },
    "features": {
        "feature": _c("key", "a registered protection line, zone or object"),
        "site": _c("key", "the site it was looked up for"),
        "kind": _c("word", "register kind, see rule cases"),
        "sigma_m": _c("number", "accuracy of the layer"),
        "depth": _c("number", "flood depth, m"),
        "lden": _c("number", "noise, dB"),
        "save": _c("number", "preservation value 1-9"),
        "designated": _c("flag", "worth preserving by plan"),
        "surrounded_by_town": _c("flag", "church surrounded by town"),
        "visible": _c("flag", "monument is visible"),
        "height_difference": _c("number", "building ground to road, m"),
        "geometry": _c("geometry", "any"),
    },
    "layers": {
        "site": _c("key", "the site it was asked for"),
        "kind": _c("word", "register kind, or plans | surroundings | zones | terrain"),
        "state": _c("word", "found | absent | not_answered"),
        "as_of": _c("date", "date of the layer"),
    },
    "new_plots": {
        "site": _c("key", "the subdivision"),
        "registered_m2": _c("number", "area of the new plot"),
        "road_m2": _c("number", "road inside it"),
        "kind": _c("word", "building kind it is meant for, empty = not known"),
    },
    "overrides": {
        "site": _c("key", "the site whose input is corrected"),
        "table": _c("word", "frame of the World"),
        "key": _c("key", "row: its parcel, building or edge; the site itself in sites"),
        "column": _c("word", "column"),
        "value": _c("number", "corrected value of a number"),
        "word": _c("word", "corrected value of a word"),
        "original": _c("number", "what the register or the drawing says, NaN = nothing"),
        "original_word": _c("word", "the same of a word"),
        "reason": _c("word", "why"),
        "by": _c("word", "who"),
        "applied": _c("flag", "the frames hold the corrected value already"),
    },
}

_EMPTY: Final[dict[Kind, Any]] = {
    "key": -1,
    "number": np.nan,
    "flag": False,
    "tri": -1,
    "word": "",
    "date": np.datetime64("NaT", "s"),
    "geometry": None,
}
#: Columns where "nothing said" has a meaning of its own.
_DEFAULTS: Final[dict[tuple[str, str], Any]] = {
    ("features", "visible"): True,
    ("buildings", "basement_m2"): 0.0,
    ("buildings", "attic_m2"): 0.0,
    ("buildings", "sigma_m"): 0.0,
    ("buildings", "plot"): 0,
    ("pieces", "counts"): True,
    ("edges", "sigma_m"): 0.0,
    ("areas", "sigma_m"): 0.0,
    ("zones", "sigma_m"): 0.0,
    ("features", "sigma_m"): 0.0,
}
_DTYPE: Final[dict[Kind, str]] = {
    "key": "int64",
    "number": "float64",
    "flag": "bool",
    "tri": "int8",
    "word": "object",
    "date": "datetime64[s]",
    "geometry": "object",
}


def _filled(values: np.ndarray, kind: Kind, empty: Any) -> np.ndarray:
    """One column in its dtype, with ``empty`` where nothing is said; as it is where there is nothing to do."""
    wanted = np.dtype(_DTYPE[kind])
    if kind == "geometry" or (values.dtype == wanted and wanted.kind in "biM"):
        return values
    if values.dtype == wanted and wanted.kind == "f":
        return values if np.isnan(empty) else np.asarray(np.where(np.isnan(values), empty, values))
    if kind == "date":
        return np.asarray(
            values if values.dtype == wanted else pd.to_datetime(pd.Series(values)).to_numpy().astype(wanted)
        )
    # Few words are different ones, and each is asked once whether it is missing.
    asked = list(set(values.tolist())) if kind == "word" else values
    if np.any(pd.isna(np.asarray(asked, dtype=values.dtype))):
        missing = np.asarray(pd.isna(values))
        values = np.array(values, dtype=object)
        values[missing] = empty
    return np.asarray(values if values.dtype == wanted else values.astype(wanted))


def empty(name: str, column: str, size: int) -> np.ndarray:
    """A column of a frame where nothing is said, ``size`` rows."""
    kind = SCHEMA[name][column].kind
    return np.full(size, _DEFAULTS.get((name, column), _EMPTY[kind]), _DTYPE[kind])


def frame(
    name: str, data: pd.DataFrame | Mapping[str, np.ndarray] | None = None
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Bring rows into the shape of one frame of the World.

    Parameters
    ----------
    name : frame of :data:`SCHEMA`.
    data : rows, or their columns, with any of its columns; the others are filled with "not known".

    Returns
    -------
    A GeoDataFrame in EPSG:25832 where the frame has a geometry, else a DataFrame; exactly the columns of the
    schema, in its order and dtypes, with a fresh index 0…n-1. It is only read (:mod:`geodata.columns`).

    Raises
    ------
    KeyError : a column that the schema does not know.
    """
    schema = SCHEMA[name]
    given: Mapping[str, np.ndarray]
    if data is None:
        given, size = {}, 0
    elif isinstance(data, pd.DataFrame):
        given, size = columns_of(data), len(data)
    else:
        given, size = data, len(next(iter(data.values()), ()))
    unknown = set(given) - set(schema)
    if unknown:
        raise KeyError(f"{name} has no column {', '.join(sorted(map(str, unknown)))}")
    owned = not isinstance(data, pd.DataFrame) or isinstance(data, Columns | GeoColumns | LateTable)
    columns: dict[str, Any] = {}
    for column, spec in schema.items():
        if column not in given:
            columns[column] = empty(name, column, size)
            continue
        values = _filled(given[column], spec.kind, _DEFAULTS.get((name, column), _EMPTY[spec.kind]))
        # What somebody else may still write to is copied.
        columns[column] = values if owned or values is not given[column] else values.copy()
    return GeoColumns(columns) if "geometry" in schema else Columns(columns)


#: Frames without a site of their own, and by what key they belong to one that has it.
_BELONGS: Final = (
    ("facets", "building", "buildings"),
    ("limits", "area", "areas"),
    ("rulings", "piece", "pieces"),
    ("rests", "piece", "pieces"),
    ("overlaps", "building", "buildings"),
    ("uses", "area", "areas"),
    ("placements", "area", "areas"),
)


@dataclass(frozen=True)
class World:
    """The frames of :data:`SCHEMA`; see there for every column.

    Notes
    -----
    Frozen: a rule reads it and never writes. ``with_`` returns a changed copy (for overrides and remedies).
    ``derived`` caches what several rules need (pieces of buildings under plans, edge segments); it is keyed by
    name and holds nothing that cannot be computed again from the frames.
    """

    sites: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    facets: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    limits: pd.DataFrame
    uses: pd.DataFrame
    pieces: gpd.GeoDataFrame
    overlaps: pd.DataFrame
    rulings: pd.DataFrame
    rests: pd.DataFrame
    placements: pd.DataFrame
    zones: gpd.GeoDataFrame
    features: gpd.GeoDataFrame
    layers: pd.DataFrame
    new_plots: pd.DataFrame
    overrides: pd.DataFrame
    derived: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, **frames: pd.DataFrame | Mapping[str, np.ndarray] | None) -> Self:
        """Build a World from rows; frames not given are empty, columns not given are unknown."""
        unknown = set(frames) - set(SCHEMA)
        if unknown:
            raise KeyError(f"a World has no frame {', '.join(sorted(unknown))}")
        built: dict[str, Any] = {name: frame(name, frames.get(name)) for name in SCHEMA}
        return cls(**built)

    def with_(self, **frames: pd.DataFrame) -> Self:
        """Copy with some frames replaced; what was derived is forgotten."""
        new = {name: frame(name, rows) for name, rows in frames.items()}
        return replace(self, **new, derived={})

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` works out from the frames, once per World and name; not to be written to."""
        if name not in self.derived:
            self.derived[name] = make()
        found: T = self.derived[name]
        return found

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """One column of a frame as an array, geometry as shapes; not to be written to.

        Quicker than by way of pandas, which shows where a World holds one application.
        """
        return array_of(getattr(self, table), name)

    def is_word(self, table: str, column: str, *words: str) -> Bools:
        """Rows of a frame whose word is one of the given ones; read-only.

        Words are compared once per World and column: they are numbered, and asked for by number.
        """
        return self.once(f"{table}.{column} in {words}", lambda: self._is_word(table, column, words))

    def numbered(self, table: str, column: str) -> tuple[npt.NDArray[np.int32], dict[str, int]]:
        """The words of a column as numbers from 0, row by row, and the number of each word; not to be written to."""
        return self.once(f"{table}.{column}", lambda: _numbered(self.column(table, column)))

    def _is_word(self, table: str, column: str, words: tuple[str, ...]) -> Bools:
        code, number = self.numbered(table, column)
        asked = np.zeros(len(number) + 1, dtype=bool)
        asked[[number[word] for word in words if word in number]] = True
        return np.asarray(_closed(asked[code]))

    def sound(self, table: str, corners: Corners | None = None) -> Bools:
        """Rows of a frame whose shape is an area that can be measured, asked once per World; read-only.

        Parameters
        ----------
        corners : of all its shapes, where they are known already; see :func:`geodata.shapes.usable`.
        """
        return self.once(
            f"{table} sound", lambda: _closed(shapes.usable(self.column(table, "geometry"), corners))
        )

    def rows(self, table: str, keys: Ints) -> Ints:
        """Row of each key in a frame, by the frame's first column; -1 where it has no such key."""
        column = next(iter(SCHEMA[table]))
        lookup = self.once(f"{table}.{column}", lambda: Keys(self.column(table, column)))
        return lookup.find(keys)

    def rows_of(self, table: str, column: str, other: str) -> Ints:
        """Row in ``other`` that each row of a frame points to by a key column, -1 = none; read-only."""
        return self.once(
            f"{table}.{column} to {other}",
            lambda: _closed(self.rows(other, self.column(table, column))),
        )

    def select(self, sites: np.ndarray) -> Self:
        """The part of the World that belongs to the given sites, in the same order of rows."""
        kept: dict[str, Any] = {}

        def keep(table: str, column: str, keys: np.ndarray) -> None:
            rows = np.flatnonzero(np.isin(self.column(table, column), keys))
            part = {name: values[rows] for name, values in columns_of(getattr(self, table)).items()}
            kept[table] = GeoColumns(part) if "geometry" in part else Columns(part)

        for name, schema in SCHEMA.items():
            if "site" in schema:
                keep(name, "site", sites)
        for name, column, other in _BELONGS:
            keep(name, column, array_of(kept[other], column))
        return replace(self, **kept, derived={})


#: From so many words on pandas numbers them more quickly than a dict.
_MANY: Final = 1000


def _numbered(words: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.int32], dict[str, int]]:
    """Words as numbers from 0 in the order in which they occur, and the number of each word."""
    if len(words) > _MANY:
        code, found = pd.factorize(words)
        return code.astype(np.int32), {str(word): place for place, word in enumerate(found)}
    listed = words.tolist()
    number = {word: place for place, word in enumerate(dict.fromkeys(listed))}
    return np.fromiter(map(number.__getitem__, listed), np.int32, len(listed)), number


def _closed(values: Any) -> Any:
    values.setflags(write=False)
    return values
