"""Plans that were kept without their shapes: read, set aside with the reason, stored when a shape is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.models import QuarantinedRecord
from planning.models.plans import PlanVersion
from tests.geodata.imports import counts, run_import

pytestmark = pytest.mark.django_db

LOCAL = {"planid": 1072569, "komnr": 101, "objektkode": 20, "plantype": 20.1, "plannr": "224", "status": "V",
         "datovedt": 19930610, "bebygpct": 150, "bebygpctaf": 2}  # fmt: skip
PART = {"lokplan_id": 1049410, "delnr": "IB", "komnr": 746, "status": "V",
        "doklink": "https://dokument.plandata.dk/20_1049410_DRAFT_1186728711621.pdf"}  # fmt: skip
RING = [[[12.57, 55.70], [12.58, 55.70], [12.58, 55.71], [12.57, 55.71], [12.57, 55.70]]]


def records(folder: Path, *entries: Any) -> Path:
    path = folder / "samples.json"
    path.write_text(json.dumps(list(entries)), encoding="utf-8")
    return path


def record(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"layer": "theme_pdk", "probed": "2026-07-24", "properties": properties, **more}


def test_records_without_a_shape_are_set_aside_by_name_and_stored_once_they_have_one(tmp_path: Path) -> None:
    outcome = run_import(records(tmp_path, record(LOCAL), record(PART)), plans=True, municipality="0101")
    assert (outcome.code, outcome.line) == (2, counts(quarantined=2))
    assert "plan 1072569" in outcome.said
    assert "no_geometry" in outcome.said
    assert not PlanVersion.objects.exists()
    for held in QuarantinedRecord.objects.order_by("pk"):
        assert not retry_quarantined(held, acting_user=None)
    first, second = QuarantinedRecord.objects.order_by("pk")
    shape = {"type": "Polygon", "coordinates": RING}
    for held, said in ((first, LOCAL), (second, PART)):
        feature = {"type": "Feature", "geometry": shape, "properties": said}
        assert retry_quarantined(held, acting_user=None, mended=json.dumps(feature).encode())
    assert sorted(PlanVersion.objects.values_list("level", flat=True)) == ["local_plan", "sub_area"]


def test_a_record_that_has_a_shape_is_stored_beside_those_that_have_none(tmp_path: Path) -> None:
    placed = record({**LOCAL, "planid": 7}, geometry={"type": "Polygon", "coordinates": RING})
    outcome = run_import(records(tmp_path, record(LOCAL), placed), plans=True)
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=1))


@pytest.mark.parametrize("entries", [[], [1, 2], [{"layer": "x"}], [{"properties": None}]])
def test_another_list_is_refused(tmp_path: Path, entries: list[Any]) -> None:
    outcome = run_import(records(tmp_path, *entries), plans=True)
    assert outcome.code == 2
    assert "holds 'list'" in outcome.said
