"""A measurement is made once per World and for everything that it was asked, and again for anything else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from permits.engine.world import World
from permits.rules.parts.measured import measured_once

made: list[str] = []


@measured_once
def doubled(
    world: World, rows: npt.NDArray[np.int64], by: float = 2.0, kinds: tuple[str, ...] = ()
) -> object:
    """Any measurement."""
    made.append("doubled")
    return rows * by


@measured_once
def counted(world: World, rows: npt.NDArray[np.int64]) -> int:
    """Another one that is asked the same."""
    made.append("counted")
    return len(rows)


def test_what_is_asked_twice_is_measured_once() -> None:
    made.clear()
    world, rows = World.of(), np.array([1, 2])
    first = doubled(world, rows)
    assert doubled(world, np.array([1, 2])) is first
    assert made == ["doubled"]


def test_another_question_is_another_measurement() -> None:
    made.clear()
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


def test_another_world_forgets_what_the_first_one_knew() -> None:
    made.clear()
    world, rows = World.of(), np.array([1, 2])
    doubled(world, rows)
    doubled(world.with_(sites=world.sites), rows)
    assert made == ["doubled", "doubled"]
