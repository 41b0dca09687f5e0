"""A measurement is made once per World and for everything that it was asked, and again for anything else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from permits.engine.world import World
from permits.rules.parts.measured import measured_once

Measuring = tuple[Callable[..., object], Callable[..., int], list[str]]


@pytest.fixture
def measuring() -> Measuring:
    """Two measurements that note when they are made."""
    made: list[str] = []

    @measured_once
    def doubled(
        world: World, rows: npt.NDArray[np.int64], by: float = 2.0, kinds: tuple[str, ...] = ()
    ) -> object:
        made.append("doubled")
        return rows * by

    @measured_once
    def counted(world: World, rows: npt.NDArray[np.int64]) -> int:
        made.append("counted")
        return len(rows)

    return doubled, counted, made


def test_what_is_asked_twice_is_measured_once(measuring: Measuring) -> None:
    doubled, _, made = measuring
    world, rows = World.of(), np.array([1, 2])
    first = doubled(world, rows)
    assert doubled(world, np.array([1, 2])) is first
    assert made == ["doubled"]


def test_another_question_is_another_measurement(measuring: Measuring) -> None:
    doubled, counted, made = measuring
    world, rows = World.of(), np.array([1, 2])
    asked = [
        doubled(world, rows),
        doubled(world, np.array([2, 1])),
        doubled(world, rows.astype(np.int32)),
        doubled(world, np.array([[1], [2]])),
        doubled(world, rows, 3.0),
        doubled(world, rows, 2.0, ("road",)),
        doubled(world, rows, kinds=("path",)),
        counted(world, rows),
        doubled(World.of(), rows),
    ]
    assert len({id(found) for found in asked}) == len(asked)
    assert len(made) == len(asked)


def test_rows_that_are_long_or_not_side_by_side_are_told_apart_too(measuring: Measuring) -> None:
    doubled, _, made = measuring
    world, rows = World.of(), np.arange(5_000)
    other = rows.copy()
    other[2_500] = 7
    assert doubled(world, rows) is not doubled(world, other)
    assert doubled(world, rows[::2]) is doubled(world, rows[::2].copy())
    assert len(made) == 3


def test_another_world_forgets_what_the_first_one_knew(measuring: Measuring) -> None:
    doubled, _, made = measuring
    world, rows = World.of(), np.array([1, 2])
    doubled(world, rows)
    doubled(world.with_(sites=world.sites), rows)
    assert made == ["doubled", "doubled"]
