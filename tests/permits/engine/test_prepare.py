"""What follows from plans stands in the World as its schema says."""

from __future__ import annotations

import pandas as pd
import pytest

from config.benchmarks.grid import grid_frames
from geodata.columns import columns_of
from permits.engine.prepare import prepare
from permits.engine.world import World, frame


@pytest.mark.parametrize("sites", [0, 40])
def test_prepared_frames_are_those_of_the_schema(sites: int) -> None:
    world = World.of(**grid_frames(sites)) if sites else World.of()
    ready = prepare(world)
    assert len(ready.rulings) >= sites
    for name in ("areas", "pieces", "overlaps", "rulings", "rests", "placements"):
        made = columns_of(getattr(ready, name))
        wanted = columns_of(frame(name, made))
        assert list(made) == list(wanted)
        assert {key: values.dtype for key, values in made.items()} == {
            key: values.dtype for key, values in wanted.items()
        }


@pytest.mark.parametrize("column", ["matter", "state", "per"])
def test_numbers_of_words_are_those_of_the_rulings(column: str) -> None:
    ready = prepare(World.of(**grid_frames(40)))
    number, known = ready.numbered("rulings", column)
    word = {place: name for name, place in known.items()}
    told = ready.column("rulings", column)
    assert len(told) > 0
    assert pd.Series(number).map(word).tolist() == told.tolist()
