"""From the database into a file: which plans, in what order, whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from geodata.ledger.revisions import finish_change, open_change
from geodata.registry import exports
from gml.export import ExportFailed, export_plans, read_back
from planning.models.plans import Plan, PlanVersion
from planning.records import grouped, plan_groups, plan_records
from tests.gml.plans import features, kinds, limit, record, square, store, value

pytestmark = pytest.mark.django_db

PLANS = [
    record("1", use_general=11, use_specific=(1110,), register_fields={"eareal": 5.0},
           limits=(limit("max_height", 8.5), limit("max_storeys", None, "not_recorded"))),
    record("1.A", level="sub_area", parent_register_id="1", geometry=square(0, 0, 50)),
    record("1.F", level="building_field", parent_register_id="1", geometry=square(5, 5, 20), field_state="yes"),
    record("2", status="F", geometry=square(500, 0), municipality="0153"),
    record("2.A", level="sub_area", parent_register_id="2", status="F", geometry=square(500, 0), municipality=None),
    record("3", status="A", geometry=square(900, 0)),
    record("3.A", level="sub_area", parent_register_id="3", status="A", geometry=square(900, 0)),
    record("4", status="KF", geometry=square(1300, 0)),
    record("5", level="sub_area", parent_register_id="404", geometry=square(1700, 0)),
]  # fmt: skip


def command(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("export_plans", "--profile", "inspire-plu", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str, profile: str = "inspire-plu") -> str:
    with pytest.raises(CommandError) as caught:
        call_command(
            "export_plans", "--profile", profile, *arguments, stdout=io.StringIO(), stderr=io.StringIO()
        )
    assert caught.value.returncode == 2
    return str(caught.value)


def test_records_come_back_as_they_were_stored() -> None:
    change = store(PLANS)
    found = {row.register_id: row for row in plan_records()}
    for row in PLANS:
        if row.register_id in ("3", "3.A", "4"):
            assert row.register_id not in found
            continue
        want = replace(row, revision=change.revision)
        if row.register_id == "5":
            want = replace(want, root=None)
        order = sorted(want.limits)
        assert replace(found[row.register_id], limits=()) == replace(want, limits=())
        assert list(found[row.register_id].limits) == order


def test_a_plan_comes_first_with_its_parts_behind() -> None:
    store(PLANS, shuffle=5)
    groups = list(plan_groups())
    told = [(g.plan and g.plan.register_id, sorted(p.register_id for p in g.parts)) for g in groups]
    assert sorted(told, key=str) == [("1", ["1.A", "1.F"]), ("2", ["2.A"]), (None, ["5"])]
    assert told[-1][0] is None
    known = [g.plan.objekt_id for g in groups if g.plan]
    assert known == sorted(known)
    assert list(grouped(plan_records())) == groups


def test_choice_of_plans() -> None:
    store(PLANS)

    def ids(**asked: Any) -> set[str]:
        return {row.register_id for row in plan_records(**asked)}

    assert ids(municipality="0153") == {"2", "2.A"}
    assert ids(municipality="0167") == {"1", "1.A", "1.F", "5"}
    assert ids(plan_ids=["2"]) == {"2", "2.A"}
    assert ids(plan_ids=[str(PLANS[0].objekt_id).upper()]) == {"1", "1.A", "1.F"}
    assert ids(plan_ids=[]) == set()
    assert ids(statuses=("A",)) >= {"3", "3.A"}
    with pytest.raises(ValueError, match="KF"):
        ids(statuses=("KF",))


def test_what_is_kept_to_authorities_is_not_handed_on() -> None:
    store(PLANS[:1], off_kode=3)
    assert list(plan_records()) == []
    store(PLANS[1:3])
    assert list(plan_records()) == [], "a part goes with its plan"


def test_knowledge_of_an_earlier_revision() -> None:
    first = store(PLANS[:1])
    second = store([record("7")])
    assert {r.register_id for r in plan_records(known=first.revision)} == {"1"}
    assert {r.register_id for r in plan_records(known=second.revision)} == {"1", "7"}
    ending = open_change("test.end", acting_user=None, themes=["plan"])
    PlanVersion.objects.filter(object__register_id="1").update(change_to=ending)
    finish_change(ending)
    assert {r.register_id for r in plan_records()} == {"7"}
    assert {r.register_id for r in plan_records(known=first.revision)} == {"1"}


def test_same_rows_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    store(PLANS)
    first = export_plans(tmp_path / "a.gml")
    again = export_plans(tmp_path / "b.gml")
    PlanVersion.objects.all().delete()
    Plan.objects.all().delete()
    store(PLANS, shuffle=11)
    third = export_plans(tmp_path / "c.gml")
    assert first.sha256 == again.sha256 == third.sha256
    assert (tmp_path / "a.gml").read_bytes() == (tmp_path / "c.gml").read_bytes()


def test_command_writes_and_tells(tmp_path: Path) -> None:
    store(PLANS)
    out, err = command("--out", str(tmp_path / "x.gml"))
    assert "2 plans" in out
    assert "sha256" in out
    assert "404" in err  # a part of a plan that is not here
    root = etree.parse(str(tmp_path / "x.gml")).getroot()
    assert kinds(root) == {"SpatialPlan": 2, "ZoningElement": 3, "SupplementaryRegulation": 1}
    assert os.listdir(tmp_path) == ["x.gml"]


def test_repealed_only_when_asked(tmp_path: Path) -> None:
    store(PLANS)
    command("--out", str(tmp_path / "x.gml"), "--repealed")
    steps = [
        value(f, "processStepGeneral")
        for f in features(etree.parse(str(tmp_path / "x.gml")).getroot(), "SpatialPlan")
    ]
    assert sorted(filter(None, steps)) == ["elaboration", "legalForce", "obsolete"]


def test_one_municipality_one_plan_other_axes(tmp_path: Path) -> None:
    store(PLANS)
    out, _ = command("--out", str(tmp_path / "x.gml"), "--municipality", "153", "--crs", "EPSG:4258")
    assert "1 plans" in out
    assert b"EPSG/0/4258" in (tmp_path / "x.gml").read_bytes()
    out, _ = command("--out", str(tmp_path / "x.gml"), "--plan", "1")
    assert "1 plans" in out


def test_standard_output_is_the_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    store(PLANS)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw))
    out, err = command("--out", "-")
    assert out == ""
    assert "sha256" in err
    assert kinds(etree.fromstring(raw.getvalue()))["SpatialPlan"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--municipality", "9999"], "9999"),
        (["--plan", "404"], "No plan was found"),
        (["--plan", "4"], "drafts"),
        (["--crs", "EPSG:4326"], "EPSG:25832"),
        (["--since", "1-1"], "since"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    store(PLANS)
    assert said in refused("--out", str(tmp_path / "x.gml"), *arguments)
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    store(PLANS)
    assert "does not exist" in refused("--out", str(tmp_path / "no" / "x.gml"))
    assert "folder" in refused("--out", str(tmp_path))


def test_a_fault_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(PLANS)
    file = tmp_path / "x.gml"
    file.write_text("old")
    monkeypatch.setattr("gml.export.read_back", lambda path: {"SpatialPlan": 1})
    with pytest.raises(ExportFailed, match="Read back"):
        export_plans(file)
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.gml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<a><b></a>", "read back"),
        (
            "<g:featureMember><b g:id='x'/></g:featureMember><g:featureMember><b g:id='x'/></g:featureMember>",
            "two objects",
        ),
        ("<g:featureMember><b l:href='#y'/></g:featureMember>", "refers to y"),
    ],
)
def test_reading_back_finds_faults(tmp_path: Path, text: str, said: str) -> None:
    spaces = 'xmlns:g="http://www.opengis.net/gml/3.2" xmlns:l="http://www.w3.org/1999/xlink"'
    (tmp_path / "x.gml").write_text(f"<r {spaces}>{text}</r>")
    with pytest.raises(ExportFailed, match=said):
        read_back(tmp_path / "x.gml")


def test_a_plan_page_can_offer_the_file() -> None:
    store(PLANS)
    offer = exports["inspire-plu"]
    stream = io.BytesIO()
    written = offer.write(stream, plan_ids=["2"])
    assert written.plans == 1
    assert offer.media_type == "application/gml+xml"
    assert kinds(etree.fromstring(stream.getvalue()))["SpatialPlan"] == 1
