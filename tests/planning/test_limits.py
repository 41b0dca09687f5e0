"""Fields of the register: numbers, denominators, silence, what is not there."""

from __future__ import annotations

import pandas as pd
import pytest

from planning.limits import field_states, limits_of, uses_of


def _state(**fields: object) -> dict[str, tuple[str, float, str]]:
    rows = limits_of(pd.DataFrame([fields]))
    rows = rows[rows["use_code"] == -1]
    return {r.matter: (r.state, r.value, r.per) for r in rows.itertuples()}


@pytest.mark.parametrize("empty", [None, "", "  ", float("nan"), "ukendt", float("inf"), -1, "-8,5"])
def test_empty_is_not_recorded(empty: object) -> None:
    assert {s for s, *_ in _state(bebygpct=empty, maxbygnhjd=empty).values()} == {"not_recorded"}


@pytest.mark.parametrize(
    ("code", "per"), [(1, "area"), ("2", "property"), (3.0, "plot"), (4, "parcel"), (None, "")]
)
def test_percentage_and_its_denominator(code: object, per: str) -> None:
    assert _state(bebygpct="30", bebygpctaf=code)["plot_ratio"] == ("value", 30.0, per)


def test_numbers_as_text_and_zero() -> None:
    told = _state(maxbygnhjd="8,5", maxetager="1.5", anvgen="11", bebygpct=0)
    assert [told[m][:2] for m in ("max_height", "max_storeys", "use", "plot_ratio")] == [
        ("value", 8.5),
        ("value", 1.5),
        ("value", 11.0),
        ("value", 0.0),
    ]


def test_silence() -> None:
    told = _state(iomfangreg=True, ianvreg="true")
    assert {m: s for m, (s, *_) in told.items()} == {
        "max_height": "not_regulated",
        "max_storeys": "not_regulated",
        "plot_ratio": "not_regulated",
        "use": "not_regulated",
        "building_field": "not_recorded",
    }
    assert _state(iomfangreg=True, maxbygnhjd=8.5)["max_height"][0] == "not_recorded"
    assert _state(iomfangreg=True, maxbygnhjd=-1)["max_height"][0] == "not_recorded"
    assert _state(iomfangreg=False)["max_height"][0] == "not_recorded"


def test_complex_records_nothing() -> None:
    rows = limits_of(
        pd.DataFrame([{"kompleks": True, "maxbygnhjd": 8.5, "anvspec1": 1110, "maxbhjd1": 7, "anvgen": 11}])
    )
    assert set(rows["state"]) == {"not_recorded"}
    assert rows["value"].isna().all()


def test_slots_speak_for_one_use_alone() -> None:
    rows = limits_of(
        pd.DataFrame(
            [{"anvspec1": 1110, "bygpct1": 30, "anvspec2": "1120", "bygpct2": "40", "bebygpctaf": 3}]
        )
    )
    slots = rows[rows["use_code"] >= 0]
    assert list(zip(slots["use_code"], slots["value"], slots["per"], strict=True)) == [
        (1110, 30.0, "plot"),
        (1120, 40.0, "plot"),
    ]
    assert rows[(rows["matter"] == "plot_ratio") & (rows["use_code"] == -1)]["state"].tolist() == [
        "not_recorded"
    ]


def test_specific_uses_and_fields() -> None:
    uses = uses_of(pd.DataFrame([{"anvspec1": 1120, "anvspec2": 1110, "anvspec3": 1110}, {"anvspec1": None}]))
    assert uses.to_numpy().tolist() == [[0, 1110], [0, 1120]]
    fields = pd.DataFrame(
        {"bygkunifelt": [True, False, False, True, None], "bygvejledende": [False, True, False, True, None]}
    )
    assert field_states(fields).tolist() == ["yes", "no", "undeclared", "contradictory", "undeclared"]


def test_no_rows_and_no_columns() -> None:
    assert limits_of(pd.DataFrame()).empty
    assert uses_of(pd.DataFrame()).empty
