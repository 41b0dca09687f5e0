"""The applicant's way in a browser: by mouse, by keyboard alone, on a telephone, without JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from geodata.accounts.models import Role
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import Epoch
from permits.models.applications import Application, ProposedBuilding
from permits.models.findings import Finding
from tests.browser.test_map import Visit, browser, pytestmark, serious, visit
from tests.geodata.accounts.people import person
from tests.permits.portal.way import CORNER, DISTRICT, NUMBER, Way, drawing
from tests.permits.review.town import OWN, Town, build

__all__ = ["browser", "pytestmark"]

PASSWORD = "et langt kodeord"
#: The map is drawn by the processor, beside the server that answers.
PATIENCE_MS = 120_000


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town without the answers to other people's applications, which no page of an applicant shows."""
    Epoch.objects.get_or_create(number=1)
    return build(check=False)


@pytest.fixture
def applicant(town: Town) -> str:
    user = person(Role.APPLICANT, OWN, name="ansoeger")
    user.set_password(PASSWORD)
    user.save()
    return user.username


@pytest.fixture
def desk(browser: Browser, live_server: Any, town: Town) -> Iterator[Visit]:
    made = visit(browser, live_server.url, viewport={"width": 1360, "height": 900})
    made.page.set_default_timeout(PATIENCE_MS)
    yield made
    made.page.context.close()


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A house 1.8 m from its neighbour; its height and its floor are told beside it."""
    path = tmp_path / "hus.dxf"
    path.write_bytes(drawing(west=1.8))
    return path


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PLANVAERK_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def settled(page: Page) -> None:
    """Wait for the map, where the page has one and the browser draws it."""
    if page.locator("#map").count():
        page.wait_for_selector('#map[data-state="ready"]', timeout=60_000)


def looked_at(page: Page, name: str) -> None:
    settled(page)
    picture(page, name)
    assert serious(page) == [], name


def go(page: Page) -> None:
    page.click(".apply-next .button-primary")


def to_the_answer(page: Page, origin: str, file: Path, prefix: str) -> None:
    page.goto(f"{origin}/apply/")
    looked_at(page, f"{prefix}-1-start")
    page.click("main form button")
    page.check("#work-new")
    page.fill("#title", "Nyt hus")
    looked_at(page, f"{prefix}-2-what")
    go(page)
    page.fill("#q", f"{NUMBER} Prøveby")
    page.keyboard.press("Enter")
    page.wait_for_selector("#parcel-1")
    page.check("#parcel-1")
    page.fill("#address", "Prøvevej 7")
    looked_at(page, f"{prefix}-3-where")
    go(page)
    looked_at(page, f"{prefix}-4-applies")
    go(page)
    page.set_input_files("#file", str(file))
    looked_at(page, f"{prefix}-5-drawing")
    go(page)
    page.select_option('[name="0-kind"]', "detached_house")
    for name, value in (("height_m", "9"), ("storeys", "2"), ("floor_m2", "400"), ("dwellings", "1")):
        page.fill(f'[name="0-{name}"]', value)
    looked_at(page, f"{prefix}-6-measures")
    go(page)
    page.wait_for_selector(".apply-sum")


@pytest.mark.slow
def test_three_breaches_read_moved_as_told_and_sent_in(
    desk: Visit, applicant: str, three: Path, town: Town
) -> None:
    page = desk.page
    to_the_answer(page, desk.origin, three, "da")
    looked_at(page, "da-7-answer")
    against = page.locator(".apply-beside > div > .apply-finding")
    said = " ".join(against.all_inner_texts())
    assert "Bygningen ligger 1,80 m fra skellet mod naboen" in said
    assert "Bebyggelsesprocent" in said
    assert "Bygningshøjde" in said
    # What can be changed stands on the map as well as in words.
    page.hover('[data-remedy="1"]')
    desk.idle()
    shown = page.evaluate(
        "() => window.planvaerkMap.map.queryRenderedFeatures({layers: ['remedies-line']})"
        ".map((f) => f.properties.role)"
    )
    assert "remedy_outline" in shown
    page.locator(".apply-remedy", has_text="Flyt bygningen 0,70 m mod øst").locator("button").click()
    page.wait_for_selector("#used")
    assert "Flyt bygningen 0,70 m mod øst" in page.inner_text("#used")
    # Height and floor are put right by hand, where the page leads to.
    page.locator("#remedies-title ~ p a", has_text="rette målene").click()
    for name, value in (("height_m", "3,4"), ("storeys", "1"), ("floor_m2", "120")):
        page.fill(f'[name="0-{name}"]', value)
    go(page)
    page.wait_for_selector(".apply-sum")
    assert page.locator(".apply-remedy").count() == 0
    assert "Ingen brud på de kontrollerede regler" in page.inner_text(".apply-sum")
    looked_at(page, "da-8-answer-mended")
    go(page)
    page.fill("#name", "Prøve Ansøger")
    page.fill("#email", "ansoeger@example.dk")
    page.check("#role-owner")
    looked_at(page, "da-9-parties")
    go(page)
    page.wait_for_selector(".apply-review")
    looked_at(page, "da-10-review")
    go(page)
    # Signing in loses nothing.
    page.fill('[name="login"]', applicant)
    page.fill('[name="password"]', PASSWORD)
    page.click("main form .button-primary")
    page.wait_for_selector(".apply-review")
    assert "Prøve Ansøger" in page.inner_text(".apply-review")
    page.dblclick(".apply-next .button-primary")
    page.wait_for_selector("#case-number")
    looked_at(page, "da-11-receipt")
    with tenant(OWN):
        sent = Application.objects.filter(number=page.inner_text("#case-number"))
        assert sent.count() == Application.objects.filter(title="Nyt hus").count() == 1
        built = ProposedBuilding.objects.get(application=sent[0])
        assert built.footprint is not None
        assert built.footprint.extent[0] == pytest.approx(CORNER[0] + 2.5, abs=0.011)
        found = Finding.objects.newest().filter(application_id=sent[0].pk, rule="br18.boundary_distance")
        assert found.get().outcome == "pass"
    page.go_back()
    page.wait_for_selector("#case-number")
    desk.clean()


def test_with_the_keyboard_alone_on_a_telephone_in_english(
    browser: Browser, live_server: Any, town: Town, three: Path
) -> None:
    made = visit(browser, live_server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = made.page
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{live_server.url}/apply/")
    page.click('button[lang="en"]')

    def press_on(selector: str, key: str = "Enter") -> None:
        """Go there by Tab alone, and press."""
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                break
        else:
            raise AssertionError(f"{selector} cannot be reached by Tab")
        if key:
            page.keyboard.press(key)

    press_on("main form button")
    page.wait_for_selector("#title")
    press_on("#work-new", "Space")
    press_on("#title", "")
    page.keyboard.type("New house")
    press_on(".apply-next button")
    page.wait_for_selector("#q")
    press_on("#q", "")
    page.keyboard.type(f"{DISTRICT} {NUMBER}")
    page.keyboard.press("Enter")
    page.wait_for_selector("#parcel-1")
    press_on(".apply-next button")
    page.wait_for_selector("dl.apply-list")
    looked_at(page, "phone-applies")
    press_on(".apply-next a")
    page.wait_for_selector("#file")
    page.set_input_files("#file", str(three))
    press_on(".apply-next button")
    page.wait_for_selector('[name="0-height_m"]')
    press_on('[name="0-height_m"]', "")
    page.keyboard.type("4")
    press_on(".apply-next button")
    page.wait_for_selector(".apply-sum")
    settled(page)
    looked_at(page, "phone-answer")
    assert "Move the building 0.70 m to the east" in page.inner_text("main")
    press_on(".apply-remedy button")
    page.wait_for_selector("#used")
    assert "No rule that was checked is broken" in page.inner_text(".apply-sum")
    overflow = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    made.clean()
    page.context.close()


@pytest.mark.slow
def test_without_javascript_up_to_the_review(
    browser: Browser, live_server: Any, town: Town, three: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{live_server.url}/apply/")
    page.click("main form button")
    page.check("#work-new")
    page.fill("#title", "Nyt hus")
    go(page)
    page.fill("#q", f"{NUMBER} Prøveby")
    page.click(".apply-search button")
    page.check("#parcel-1")
    go(page)
    go(page)
    page.set_input_files("#file", str(three))
    go(page)
    page.fill('[name="0-height_m"]', "4")
    go(page)
    assert "Flyt bygningen 0,70 m mod øst" in page.inner_text("main")
    page.click(".apply-remedy button")
    assert "Svaret herunder gælder den ændrede tegning" in page.inner_text("#used")
    go(page)
    page.fill("#name", "Prøve Ansøger")
    page.fill("#email", "ansoeger@")
    go(page)
    assert page.input_value("#name") == "Prøve Ansøger"
    page.fill("#email", "ansoeger@example.dk")
    page.check("#role-owner")
    go(page)
    assert "Prøve Ansøger" in page.inner_text(".apply-review")
    page.reload()
    page.go_back()
    assert page.input_value("#email") == "ansoeger@example.dk"
    context.close()


@pytest.mark.slow
def test_a_house_drawn_on_the_map(desk: Visit, client: Client, town: Town) -> None:
    page = desk.page
    way = Way(client)  # up to the drawing it is the other stories' way
    way.begin()
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": desk.origin}])
    page.goto(f"{desk.origin}{way.base}drawing/")
    settled(page)
    page.select_option("#kind", "shed")
    page.wait_for_selector("#draw-tools:not([hidden])")
    page.click('[data-tool="polygon"]')
    desk.idle()
    box = page.locator("#map canvas.maplibregl-canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    corners = [(x - 30, y - 30), (x + 30, y - 30), (x + 30, y + 30), (x - 30, y + 30), (x - 30, y - 30)]
    for at in corners:
        page.mouse.move(*at)
        page.mouse.click(*at)
        page.wait_for_timeout(120)
    page.wait_for_function("() => document.getElementById('drawn').value !== ''")
    assert re.search(r"\d", page.inner_text("#draw-status"))
    looked_at(page, "da-5-drawn")
    go(page)
    page.wait_for_selector('[name="0-kind"]')
    assert page.input_value('[name="0-kind"]') == "shed"
    desk.clean()
