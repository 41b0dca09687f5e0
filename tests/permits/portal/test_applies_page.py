"""What applies here, by its answer: what applies first, what is not answered next, what does not apply folded."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from geodata.property_lookup.answers import State
from geodata.property_lookup.asking import Asker
from geodata.property_lookup.look import look
from geodata.property_lookup.pages.showing import SHOWN
from geodata.property_lookup.place import place_of
from tests.permits.portal.way import DISTRICT, Way
from tests.permits.review.town import build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]
#: In a plan, so that some rules apply.
NUMBER = "1a"


@pytest.fixture
def told(db: None) -> dict[State, list[Any]]:
    build(check=False)
    place = place_of(DISTRICT, NUMBER)
    assert place is not None
    (facet,) = look(place, Asker(), only=["rules"]).facets
    by_state = {state: [a for a in facet.answers if a.state is state] for state in State}
    assert all(by_state.values())
    return by_state


def folds(page: str) -> list[tuple[bool, str, str]]:
    """Folded parts: whether it stands open, its heading and its text."""
    found = re.findall(r"<details([^>]*)>\s*<summary>(.*?)</summary>(.*?)</details>", page, re.DOTALL)
    return [("open" in attributes.split(), heading, text) for attributes, heading, text in found]


@pytest.mark.parametrize(
    ("language", "silent", "no"),
    [
        ("da", "spørgsmål: ikke besvaret", "spørgsmål: nej"),
        ("en", "questions: not answered", "questions: no"),
    ],
)
def test_the_property_page_shows_what_applies_and_folds_the_rest(
    client: Client, told: dict[State, list[Any]], language: str, silent: str, no: str
) -> None:
    client.cookies["django_language"] = language
    page = client.get(f"/ejendom/{DISTRICT}/{NUMBER}/?facet=rules&part").content.decode()
    shown = page.partition("<details")[0]
    assert shown.count("<dt>") == len(told[State.YES])
    one, two = folds(page)
    counts = [len(told[State.NOT_ANSWERED]), len(told[State.NO])]
    assert [one[1], two[1]] == [f"{counts[0]} {silent}", f"{counts[1]} {no}"]
    assert [one[2].count("<dt>"), two[2].count("<dt>")] == counts
    assert (one[0], two[0]) == (counts[0] <= SHOWN, False)


def test_the_third_step_shows_what_applies_and_folds_the_rest(
    client: Client, told: dict[State, list[Any]]
) -> None:
    way = Way(client)
    way.post("what", work="new", title="Nyt hus")
    way.post("where", parcel=f"{DISTRICT} {NUMBER}")
    page = way.get("applies")
    first = page[page.index('id="facet-rules"') :].partition("</section>")[0]
    assert first.count("<dt>") == len(told[State.YES])
    assert page.index('id="facet-rules"') == page.index('id="facet-')
    silent, rest = folds(page)[-2:]
    assert "blev ikke besvaret" in silent[1]
    assert "forhold gælder ikke her" in rest[1]
    assert not rest[0]
    listed = [{html.unescape(t) for t in re.findall(r"<li>([^<]+)</li>", fold[2])} for fold in (silent, rest)]
    assert {a.title for a in told[State.NO]} <= listed[0] | listed[1]
    assert {a.title for a in told[State.NOT_ANSWERED]} <= listed[0]
    # What one register says no to and another does not answer is not answered.
    assert not listed[0] & listed[1]
    client.cookies["django_language"] = "en"
    assert "things do not apply here" in way.get("applies")
