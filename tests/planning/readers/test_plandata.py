"""Plandata's layers: level, state, key, limits, and every field kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geodata.ledger.imports import import_delivery
from geodata.ledger.models import QuarantinedRecord, SourceAnswer
from planning.models.plans import Limit, PlanVersion
from planning.readers.plandata import read
from tests.geodata.imports import collection, counts, feature, run_import, square

pytestmark = pytest.mark.django_db

HVIDOVRE = "https://dokument.plandata.dk/20_3964812_1523034961579.pdf"


def plans(path: Path, *features: dict[str, Any]) -> Any:
    (delivery,) = read([collection(path / "plan.geojson", *features)])
    return delivery


def plan(**fields: Any) -> dict[str, Any]:
    return feature(square(), planid=1, komnr=167, objektkode=20, plantype=20.1, **fields)


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"objektkode": 10}, "framework"),
        ({"objektkode": 11.0}, "municipal_plan"),
        ({"objektkode": "20"}, "local_plan"),
        ({"objektkode": 30, "plantype": 30.1}, "sub_area"),
        ({"objektkode": 30, "plantype": 30.4}, "building_field"),
        ({"doklink": HVIDOVRE}, "local_plan"),
        ({"doklink": HVIDOVRE.replace("/20_", "/11_")}, "municipal_plan"),
        ({"lp_plannr": "4", "doklink": HVIDOVRE}, "sub_area"),
        ({"bygkunifelt": True, "lokplan_id": 7}, "building_field"),
        ({"komplan_id": 7}, "framework"),
    ],
)
def test_level(tmp_path: Path, fields: dict[str, Any], level: str) -> None:
    assert plans(tmp_path, feature(square(), planid=1, **fields)).frame["level"].tolist() == [level]


def test_a_level_that_nothing_tells_is_set_aside(tmp_path: Path) -> None:
    delivery = plans(tmp_path, feature(square(), planid=1), feature(square(), planid=2, doklink=HVIDOVRE))
    assert len(delivery.frame) == 1
    assert "not clear" in delivery.rejected[0].explanation


@pytest.mark.parametrize(
    ("fields", "status", "source"),
    [
        ({"status": "A"}, "A", "column"),
        ({"planstatus": "K"}, "KF", "column"),
        ({"datovedt": 20180320}, "V", "date"),
        ({"datovedt": None}, "F", "date"),
        ({"status": "?", "datovedt": "20180320"}, "V", "date"),
    ],
)
def test_state(tmp_path: Path, fields: dict[str, Any], status: str, source: str) -> None:
    frame = plans(tmp_path, plan(**fields)).frame
    assert (frame["status"].tolist(), frame["status_src"].tolist()) == ([status], [source])


def test_numbers_booleans_and_dates_in_every_spelling(tmp_path: Path) -> None:
    frame = plans(
        tmp_path,
        plan(datovedt=20240903.0, kompleks="true", maxbygnhjd="8,5", plannr=12.0),
        feature(
            square(),
            planid="2",
            komnr="167",
            objektkode=20,
            datovedt="2024-09-03",
            kompleks=False,
            maxbygnhjd=8.5,
        ),
    ).frame
    assert frame["adopted_on"].tolist() == [date(2024, 9, 3)] * 2
    assert frame["is_complex"].tolist() == [True, False]
    assert frame["municipality"].tolist() == ["0167", "0167"]
    assert frame["number"].tolist()[0] == "12"


def test_a_cut_name_is_known_again_and_a_part_without_a_key_gets_one(tmp_path: Path) -> None:
    delivery = plans(
        tmp_path,
        feature(square(), lp_plannr="153", lp_plannav="Bakken", anvendelse="Boligområde", doklink=HVIDOVRE),
        feature(square(700_100), lp_plannr="153", lp_plannav="Bakken", anvendelse="Ukendt", doklink=HVIDOVRE),
    )
    frame = delivery.frame
    assert frame["title"].tolist() == ["Bakken"] * 2
    assert frame["use_general"].tolist()[0] == 11
    assert frame["parent_register_id"].tolist() == ["3964812"] * 2
    assert frame["register_id"].str.match(r"3964812#[0-9a-f]{10}$").all()
    assert frame["register_id"].nunique() == 2
    assert any(w.startswith("no own key: 2") for w in delivery.warnings)


@pytest.mark.parametrize(
    ("only", "indicative", "state"),
    [
        (True, False, "yes"),
        (False, True, "no"),
        (None, None, "undeclared"),
        (False, False, "undeclared"),
        (True, True, "contradictory"),
    ],
)
def test_building_fields_in_four_states(tmp_path: Path, only: Any, indicative: Any, state: str) -> None:
    fields = {"planid": 5, "lokplan_id": 4, "bygkunifelt": only, "bygvejledende": indicative}
    assert plans(tmp_path, feature(square(), **fields)).frame["field_state"].tolist() == [state]


def test_limits_are_stored_in_their_three_states(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "plan.geojson",
        plan(
            bebygpct=30,
            bebygpctaf=2,
            maxbygnhjd=None,
            iomfangreg=False,
            anvgen=11,
            anvspec1=1110,
            maxbhjd1=8.5,
        ),
        feature(square(700_100), planid=2, komnr=167, objektkode=20, iomfangreg="true", ianvreg="true"),
    )
    outcome = run_import(path, plans=True)
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    said = {
        (r, m, u): (s, v, p)
        for r, m, u, s, v, p in Limit.objects.values_list(
            "version__object__register_id", "matter", "use_code", "state", "value", "per"
        )
    }
    assert said["1", "plot_ratio", None] == ("value", 30, "property")
    assert said["1", "max_height", None] == ("not_recorded", None, "")
    assert said["1", "max_height", 1110] == ("value", 8.5, "")
    assert said["1", "use", None] == ("value", 11, "")
    assert said["2", "max_height", None] == ("not_regulated", None, "")
    assert said["2", "use", None] == ("not_regulated", None, "")
    assert said["2", "building_field", None] == ("not_recorded", None, "")


def test_two_slots_of_one_use_that_disagree_await_reading(tmp_path: Path) -> None:
    path = collection(tmp_path / "p.geojson", plan(anvspec1=1110, maxbhjd1=8.5, anvspec2=1110, maxbhjd2=9.0))
    assert run_import(path, plans=True).code == 0
    assert Limit.objects.get(use_code=1110).state == "not_recorded"


def test_every_other_field_is_kept_as_delivered(tmp_path: Path) -> None:
    path = collection(tmp_path / "p.geojson", plan(bevarbest="Bevares", eareal=42728.0, fid="7", tom=None))
    run_import(path, plans=True)
    kept = PlanVersion.objects.get().register_fields
    assert kept == {"objektkode": 20, "bevarbest": "Bevares", "eareal": 42728.0}


def test_repeated_nodes_are_taken_out_and_counted(tmp_path: Path) -> None:
    ring = square()[0]
    rings = [[ring[0], ring[1], [ring[1][0] + 1e-6, ring[1][1]], *ring[2:]]]
    delivery = plans(tmp_path, feature(rings, planid=1, objektkode=20))
    assert any("1 repeated nodes in 1 plans" in w for w in delivery.warnings)
    assert len(delivery.frame.geometry.iloc[0].geoms[0].exterior.coords) == 5


def test_a_poorer_export_does_not_wipe_out_what_the_layer_said(tmp_path: Path) -> None:
    full = collection(
        tmp_path / "a.geojson", plan(plannavn="Fuldt navn", bebygpct=30, bebygpctaf=1, status="V")
    )
    poor = collection(tmp_path / "b.geojson", feature(square(), planid=1, plannavn="Navn", doklink=HVIDOVRE))
    run_import(full, plans=True)
    run_import(poor, plans=True, municipality="0167")
    shown = PlanVersion.objects.current().get()  # type: ignore[attr-defined]
    assert (shown.title, shown.status, shown.document_url) == ("Fuldt navn", "V", HVIDOVRE)
    assert run_import(full, plans=True).line == counts(unchanged=1)
    assert run_import(poor, plans=True, municipality="0167").line == counts(unchanged=1)


def test_what_is_no_plan_is_refused_and_what_does_not_fit_set_aside(tmp_path: Path) -> None:
    assert (
        "neither planid nor doklink"
        in run_import(collection(tmp_path / "x.geojson", feature(square(), a=1)), plans=True).said
    )
    path = collection(
        tmp_path / "p.geojson",
        plan(plannavn="x" * 255),
        feature(square(), planid=2, komnr=167, objektkode=20, anvgen=1e12, datovedt=99999999),
        feature(None, planid=3, komnr=167, objektkode=20),
    )
    outcome = run_import(path, plans=True)
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=2))
    assert "are no dates" in outcome.said
    assert set(QuarantinedRecord.objects.values_list("reason", flat=True)) == {
        "unstorable_value",
        "no_geometry",
    }


@pytest.mark.parametrize("jobs", [False, True])
def test_a_delivery_answers_for_the_levels_that_it_holds(tmp_path: Path, jobs: bool) -> None:
    path = collection(
        tmp_path / "plan.geojson",
        plan(status="V"),
        plan(status="V") | {"properties": {**plan(status="V")["properties"], "planid": 2}},
        feature(square(), planid=3, komnr=167, objektkode=30, plantype=30.4, status="V"),
        feature(square(), planid=4, komnr=265, objektkode=10, status="F"),
    )
    if jobs:
        assert run_import(path, plans=True).line == counts(new=4)
    else:
        (delivery,) = read([path])
        import_delivery(delivery, acting_user=None, file_name="plan", file_sha256="")
    assert sorted(SourceAnswer.objects.values_list("municipality_id", "theme")) == [
        ("0167", "plan"),
        ("0167", "plan:building_field"),
        ("0167", "plan:local_plan"),
        ("0265", "plan"),
        ("0265", "plan:proposal"),
    ]
