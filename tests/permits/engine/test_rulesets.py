from __future__ import annotations

import pandas as pd
import pytest

from permits.engine.rulesets import by_date, load, unsettled
from permits.engine.run import run
from permits.example_world import build
from tests.permits.situations import DISTANCE, box, house, situation


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2018-01-01", "BR18-2018"),
        ("2020-06-30", "BR18-2018"),
        ("2020-07-01", "BR18-2020"),
        ("2021-06-28", "BR18-2020"),
        ("2021-06-29", "BR18-2021"),
        ("2023-12-31", "BR18-2021"),
        ("2024-01-01", "BR18-2025"),
        (None, "BR18-2025"),
    ],
)
def test_the_day_of_sending_in_leads_to_the_version(day: str | None, name: str) -> None:
    assert by_date(pd.to_datetime(pd.Series([day]))).tolist() == [name]


def test_every_number_says_where_it_comes_from() -> None:
    for ruleset in load().values():
        for key, entry in ruleset.numbers.items():
            assert entry["clause"], key
            assert entry["source"], key
            assert entry["confidence"] in {"sure", "likely", "setting", "unverified"}, key


def test_between_two_texts_only_the_road_is_unsettled() -> None:
    sets = load()
    assert [name for name in sets if unsettled(name)] == ["BR18-2020"]
    assert sets["BR18-2020"].word("br18.road_side.form") == "unsettled"
    case = situation(house(box(2, 8, 9, 14)), applied="2020-12-24")
    assert run(build([case]), rules=[DISTANCE])["reason"].tolist() == ["overall_assessment"]


def test_one_run_holds_sites_of_many_versions() -> None:
    days = ["2019-01-01", "2020-12-24", "2022-01-01", "2026-01-01"]
    table = run(build([situation(house(), applied=day) for day in days]), rules=[DISTANCE])
    assert table["site"].tolist() == [0, 1, 2, 3]
    assert table["outcome"].tolist() == ["pass"] * 4


def test_what_does_not_exist_is_refused() -> None:
    world = build([situation(house())])
    with pytest.raises(KeyError):
        run(world, rules=["br18.nothing"])
    with pytest.raises(KeyError):
        run(world, ruleset="BR77")
