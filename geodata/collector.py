"""Python's collector of cycles, kept from searching where there is nothing to be found."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Build something large and free of cycles without a search for cycles; also as a decorator.

    Each hundred thousand rows or shapes would set it off several times over everything that the process holds.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
