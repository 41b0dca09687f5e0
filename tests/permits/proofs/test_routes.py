"""Where a dispensation or consent is asked for: said for each rule that may ask for one, and for no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from permits.engine.run import run
from permits.examples import find, read
from permits.proofs.proof import prove
from permits.proofs.routes import ROUTES, SENDING_ON, as_json, route_of
from permits.rulebook import discover, worst
from tests.permits.rules.features import building, feature, place

CASES = Path(__file__).parents[1] / "cases"


def sending_on() -> Iterator[str]:
    """Rules that some own case expects to send the applicant on."""
    for case in read(find([CASES])):
        for rule, told in case.data["expect"].items():
            if (told if isinstance(told, str) else told["outcome"]) in SENDING_ON:
                yield rule


def test_each_rule_that_sends_on_says_where_to_and_no_other_does() -> None:
    assert set(ROUTES) == set(sending_on())
    assert set(ROUTES) <= set(discover())


def proof_of(rule: str, kind: str, language: str = "da", **more: Any) -> Any:
    world = place([feature(kind)], building(**more))
    row = worst(run(world, [rule])).iloc[0]
    return prove(world, row, "applicant", language)  # type: ignore[arg-type]


def test_a_dispensation_from_the_beach_line_leads_to_the_coastal_authority() -> None:
    proof = proof_of("nature.beach_line", "strandbeskyttelse")
    assert proof.route.act == "naturbeskyttelsesloven §§ 15 og 65 b"
    text = proof.words.text()
    assert "Kystdirektoratet" in text
    assert "Der kan klages til Miljø- og Fødevareklagenævnet inden 4 uger." in text
    assert "bortfalder den efter 3 år" in text
    assert "Complaints go to" in proof_of("nature.beach_line", "strandbeskyttelse", "en").words.text()


def test_who_decides_is_said_once() -> None:
    text = proof_of("nature.beach_line", "strandbeskyttelse").words.text()
    assert text.count("Afgøres af") == 1


def test_what_a_person_weighs_needs_no_way_and_what_complies_neither() -> None:
    assert proof_of("nature.natura2000", "natura2000").route is None
    assert proof_of("nature.church_line", "kirkebyggelinje", height_m=8.0).route is None
    for rule in ROUTES:
        assert route_of(rule, "pass") is None
        assert route_of(rule, "needs_manual") is None


@pytest.mark.parametrize("rule", sorted(ROUTES))
def test_a_way_names_authority_act_and_form_and_a_notice_its_paragraph(rule: str) -> None:
    route = ROUTES[rule]
    assert route.authority
    assert route.form
    assert "§" in route.act
    assert (route.notice_weeks is None) == (route.notice_act == "")
    assert (route.complaint_weeks is None) == (route.board == "")
    told = as_json(route)
    assert told is not None
    assert "" not in told.values()
    assert None not in told.values()
