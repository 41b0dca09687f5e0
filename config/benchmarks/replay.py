"""The Shapely calls and the queries of a piece of work, recorded once and made again with nothing around them.

Where arithmetic of our own takes the place of an overlay (:mod:`geodata.convex`, :mod:`geodata.halves`), the calls of
Shapely that would say the same are recorded in its stead; otherwise whoever needs fewer of them would look worse.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import shapely

from geodata import convex, frames, halves

#: These write to what they are given, so they cannot be made twice.
_WRITING: Final = frozenset({"set_coordinates"})

#: What these ask of Shapely is for their arithmetic, which the floor does not do.
_INSTEAD: Final = (convex.__name__, halves.__name__)

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Calls of functions of ``shapely`` made within the block, with their very arguments; not those they make."""
    calls: list[Call] = []
    inside = False

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal inside
            if inside or sys._getframe(1).f_globals["__name__"] in _INSTEAD:
                return function(*args, **kwargs)
            # As they are now: who called may write to its arrays afterwards.
            kept = tuple(np.array(a) if isinstance(a, np.ndarray) else a for a in args)
            if function.__name__ not in _WRITING:
                calls.append((function, kept, kwargs))
            inside = True
            try:
                return function(*args, **kwargs)
            finally:
                inside = False

        return call

    before = {
        name: value
        for name, value in vars(shapely).items()
        if not name.startswith("_") and callable(value) and not isinstance(value, type)
    }
    try:
        for name, value in before.items():
            setattr(shapely, name, watched(value))
        with _instead(before, calls):
            yield calls
    finally:
        for name, value in before.items():
            setattr(shapely, name, value)


@contextmanager
def _instead(shapely_s: dict[str, Any], calls: list[Call]) -> Iterator[None]:
    """Record for each closed form what Shapely would be asked, among the calls."""
    held, cut, halved = convex.held, convex.cut, halves.halved

    def say(names: tuple[str, ...], area: Any, shape: Any) -> None:
        calls.extend((shapely_s[name], given, {}) for name, given in _asked(names, area, shape))

    def watched_held(area: Any, at: Any, shape: Any, of: Any) -> Any:
        found = held(area, at, shape, of)
        known = np.flatnonzero(~np.isnan(found.apart_m))
        areas, drawn = convex.polygons(area.at), convex.polygons(shape.at)
        calls.append((shapely_s["prepare"], (areas,), {}))
        say(("intersects", "covers"), areas[area.row[at[known]]], drawn[shape.row[of[known]]])
        return found

    def watched_cut(area: Any, at: Any, shape: Any, of: Any) -> Any:
        areas, drawn = convex.polygons(area.at), convex.polygons(shape.at)
        say(("intersection", "difference"), areas[area.row[at]], drawn[shape.row[of]])
        return cut(area, at, shape, of)

    def watched_halved(shape: Any, area: Any, of: Any) -> Any:
        found = halved(shape, area, of)
        say(("intersection", "difference"), area[of[found.row]], shape[found.row])
        return found

    convex.held, convex.cut, halves.halved = watched_held, watched_cut, watched_halved
    try:
        yield
    finally:
        convex.held, convex.cut, halves.halved = held, cut, halved


def _asked(names: tuple[str, ...], area: Any, shape: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for name in names:
        yield name, (shape, area) if name == "difference" else (area, shape)


def replay_s(calls: list[Call]) -> float:
    """Seconds that the calls take by themselves."""
    start = time.perf_counter()
    for function, args, kwargs in calls:
        function(*args, **kwargs)
    return time.perf_counter() - start


Query = tuple[str, Any]


@contextmanager
def queries() -> Iterator[list[Query]]:
    """Queries made through :mod:`geodata.frames` within the block, with what they bind."""
    asked: list[Query] = []
    fetched = frames._fetched

    def watched(sql: str, params: Any) -> Any:
        asked.append((sql, params))
        return fetched(sql, params)

    frames._fetched = watched
    try:
        yield asked
    finally:
        frames._fetched = fetched


def fetched_s(asked: list[Query]) -> float:
    """Seconds until the rows of the queries are there and their geometry is shapes."""
    start = time.perf_counter()
    for sql, params in asked:
        names, columns, _ = frames._fetched(sql, params)
        if "geometry" in names:
            shapely.from_wkb(np.array(columns[names.index("geometry")], dtype=object))
    return time.perf_counter() - start
