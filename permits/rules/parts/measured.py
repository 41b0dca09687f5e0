"""Measurements that several rules, remedies and explanations ask for: each is made once per World."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import numpy as np

if TYPE_CHECKING:
    from permits.engine.world import World

T = TypeVar("T")
P = ParamSpec("P")


def measured_once(measure: Callable[Concatenate[World, P], T]) -> Callable[Concatenate[World, P], T]:
    """Let the World remember what a function measures, under all that it was asked.

    Parameters
    ----------
    measure : takes a World and then arrays, numbers and words; what it answers is not to be written to.
    """

    @wraps(measure)
    def remembered(world: World, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = blake2b(digest_size=16)
        for value in (*args, *kwargs.items()):
            if isinstance(value, np.ndarray):
                key.update(f"{value.dtype}{value.shape}".encode())
                key.update(np.ascontiguousarray(value).data)
            else:
                key.update(f"{value!r};".encode())
        name = f"{measure.__module__}.{measure.__qualname__} {key.hexdigest()}"
        return world.once(name, lambda: measure(world, *args, **kwargs))

    return remembered
