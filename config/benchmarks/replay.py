"""The Shapely calls and the queries of a piece of work, recorded once and made again with nothing around them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import shapely

from geodata import frames

#: These write to what they are given, so they cannot be made twice.
_WRITING: Final = frozenset({"set_coordinates"})

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
            if inside:
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
        yield calls
    finally:
        for name, value in before.items():
            setattr(shapely, name, value)


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
        names, rows, _ = frames._fetched(sql, params)
        if "geometry" in names:
            at = names.index("geometry")
            shapely.from_wkb(np.fromiter((row[at] for row in rows), dtype=object, count=len(rows)))
    return time.perf_counter() - start
