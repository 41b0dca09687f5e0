"""The property look-up in a real browser: search by keyboard alone, the map, paper, accessibility."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from playwright.sync_api import Browser

from geodata.fkg.database import load
from geodata.models.fkg import FkgThemeRow
from tests.browser.test_map import AXE, browser, desk, pytestmark, serious, town, visit
from tests.browser.test_map import Visit as Visited
from tests.permits.review.town import Town

__all__ = ["browser", "desk", "pytestmark", "town"]
PATH = "/ejendom/99001/1a/"


@pytest.fixture(autouse=True)
def _themes(transactional_db: None) -> None:
    """The list of themes is emptied with the other tables after each of these tests."""
    if not FkgThemeRow.objects.exists():
        load(apps)


def test_a_property_is_found_by_keyboard_and_drawn_beside_its_answers(desk: Visited, town: Town) -> None:
    page = desk.page
    page.goto(desk.origin + "/ejendom/")
    page.focus("#lookup-q")
    page.keyboard.type("Prøveby")
    page.wait_for_selector("#lookup-options li")
    assert page.get_attribute("#lookup-q", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.is_hidden("#lookup-options")
    page.keyboard.type(" 1a")
    page.wait_for_function("() => document.querySelectorAll('#lookup-options li').length === 1")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#lookup-q", "aria-activedescendant") == "lookup-option-0"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PATH}*")
    page.wait_for_selector('#map[data-state="ready"]', timeout=60_000)
    desk.idle()
    drawn = page.evaluate(
        "() => window.planvaerkMap.map.querySourceFeatures('evidence').map((f) => f.properties.role)"
    )
    assert "plot" in drawn
    text = page.inner_text(".lookup-text")
    assert "8,5 m" in text
    assert "Ikke besvaret" in text
    desk.clean()


@pytest.mark.slow
def test_paper_holds_every_answer_and_no_controls(desk: Visited, town: Town) -> None:
    page = desk.page
    desk.open(PATH)
    fold = page.locator("details.lookup-fold").first
    assert fold.get_attribute("open") is None
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert fold.get_attribute("open") is not None
    for gone in (".lookup-map", ".lookup-search", ".js-print"):
        assert page.is_hidden(gone)
    assert page.is_visible("#section-parcel")
    desk.clean()


@pytest.mark.parametrize("size", [pytest.param((1440, 900), marks=pytest.mark.slow), (390, 844)])
def test_accessible_and_nothing_sticks_out(
    browser: Browser, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed")
    made = visit(browser, live_server.url, viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
    made.page.goto(made.origin + "/ejendom/?q=findes+ikke")
    assert "Ingen ejendom fundet" in made.page.inner_text("main")
    assert serious(made.page) == []
    assert made.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    made.page.fill("#lookup-q", "Prøveby")
    made.page.wait_for_selector("#lookup-options li")
    assert serious(made.page) == []
    made.open(PATH)
    made.page.click("details.lookup-fold summary")
    assert serious(made.page) == []
    assert made.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    made.clean()
    made.page.context.close()
