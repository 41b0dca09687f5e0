"""Run quality checks on frames, and say of each that could not be run why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from geodata.checks.catalogue import checks
from geodata.checks.fault import Check, Faults, Frames
from geodata.readers.refusal import CannotRead

#: Themes of areas; whatever else a foreign file holds is no parcel and no building.
_AREAS: Final = ("parcel", "building")


@dataclass(frozen=True)
class Found:
    """What became of one check: its faults, or why it could not be run (``not_run``)."""

    check: Check
    faults: Faults | None
    not_run: str = ""


def chosen(ids: Iterable[str]) -> list[Check]:
    """The checks of these ids, all where none is named.

    Raises
    ------
    CannotRead : there is no check of that id.
    """
    known = checks()
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise CannotRead(f"there is no check {', '.join(unknown)}; known are {', '.join(known)}")
    return [known[name] for name in ids] or list(known.values())


def run_checks(frames: Frames, ids: Iterable[str] = ()) -> list[Found]:
    """Every check that the frames have the data for.

    Parameters
    ----------
    frames : by theme, in one system of metres.
    ids : checks to run; empty = all.
    """
    ready = {theme: as_checked(theme, frame) for theme, frame in frames.items()}
    return [_one(check, ready) for check in chosen(list(ids))]


def _one(check: Check, frames: Mapping[str, gpd.GeoDataFrame]) -> Found:
    lacking = [theme for theme in check.themes if theme not in frames or not len(frames[theme])]
    if lacking:
        return Found(check, None, f"there are no records of {' and '.join(lacking)}")
    first = frames[check.themes[0]]
    silent = [c for c in check.columns if c not in first or not first[c].notna().any()]
    if silent:
        return Found(check, None, f"the data say nothing of {' and '.join(silent)}")
    return Found(check, check.run(frames))


def as_checked(theme: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame as checks take it: areas only where areas are meant, without z, rows from 0."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    keep = shapely.get_dimensions(shapes) == 2 if theme in _AREAS else np.ones(len(shapes), dtype=bool)
    kept = frame[keep].reset_index(drop=True)
    return kept.set_geometry(gpd.GeoSeries(shapely.force_2d(shapes[keep]), crs=frame.crs))
