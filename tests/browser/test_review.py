"""The planner in a browser: opens a case, flies to findings, corrects, overrides, prints; mouse, then keyboard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from geodata.accounts.models import Role, User
from geodata.accounts.tenancy import tenant
from permits.models.findings import Finding
from permits.models.handling import Judgement
from tests.browser.test_map import Visit, browser, pytestmark, serious, town, visit
from tests.geodata.accounts.people import person
from tests.permits.review.town import OWN, Town

__all__ = ["browser", "pytestmark", "town"]

PASSWORD = "et langt kodeord"
#: The map is drawn by the processor, beside the server that answers.
PATIENCE_MS = 120_000
#: Where the map is, to two decimals of a metre.
PLACE = (
    "() => { const m = window.planvaerkMap.map; return [m.getZoom().toFixed(2), m.getCenter().toString()]; }"
)


@pytest.fixture
def worker(town: Town) -> User:
    user = person(Role.CASE_WORKER, OWN, name="sagsbehandler")
    user.set_password(PASSWORD)
    user.save()
    return user


def looked_at(page: Page, name: str) -> None:
    if folder := os.environ.get("PLANVAERK_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert serious(page) == [], name
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), name


def signed_in(made: Visit, user: User, language: str) -> None:
    """A session without the form of signing in."""
    client = Client()
    client.force_login(user)
    made.page.context.add_cookies(
        [
            {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": made.origin},
            {"name": "django_language", "value": language, "url": made.origin},
        ]
    )


def fly_to_each(made: Visit) -> None:
    """Every finding that is shown flies the map to its evidence, and the evidence leads back to the finding."""
    page = made.page
    buttons = page.locator(".finding:visible .js-show")
    places = set()
    for at in range(buttons.count()):
        buttons.nth(at).click()
        made.idle()
        places.add(str(page.evaluate(PLACE)))
        assert buttons.nth(at).get_attribute("aria-pressed") == "true"
    assert buttons.count() >= 3
    assert len(places) > 1
    line = page.locator(".finding", has_text="Bygningen ligger 1,80 m").first
    line.locator(".js-show").click()
    made.idle()
    middle = page.evaluate(
        """() => {
            const map = window.planvaerkMap.map;
            const line = map.queryRenderedFeatures({layers: ["evidence-line"]})
                .find((f) => f.properties.role === "shortest_line");
            const [a, b] = [line.geometry.coordinates[0], line.geometry.coordinates.at(-1)];
            const p = map.project([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
            const box = map.getCanvas().getBoundingClientRect();
            return [p.x + box.left, p.y + box.top];
        }"""
    )
    page.mouse.click(*middle)
    assert page.evaluate("() => document.activeElement.dataset.finding") == line.get_attribute("data-finding")


@pytest.mark.slow
def test_a_planner_corrects_overrides_and_prints(
    browser: Browser, live_server: Any, town: Town, worker: User, tmp_path: Path
) -> None:
    made = visit(
        browser,
        live_server.url,
        viewport={"width": 1440, "height": 900},
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page = made.page
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{made.origin}/konto/login/")
    page.fill('[name="login"]', worker.username)
    page.fill('[name="password"]', PASSWORD)
    page.click("main form .button-primary")
    made.open("/?sort=due")
    looked_at(page, "review-1-list")
    page.click(f'[data-application="{town.applications["near"].public_id}"]')
    page.wait_for_selector(".finding")
    made.idle()
    fly_to_each(made)
    page.locator(".legend summary").click()
    page.locator('[data-group="drawing"] input[type="range"]').press("Home")
    made.idle()
    page.locator(".legend summary").click()
    looked_at(page, "review-2-case")

    # The kind of one edge is corrected, and the verdict changes.
    edges = page.locator("#corrections").locator("xpath=ancestor::section")
    edges.locator("summary", has_text="Ret en oplysning").click()
    edges.locator('details:has(> form > [value="edges.kind"]) > summary').click()
    west = page.locator("#target-edges-kind option", has_text="vest").first
    page.select_option("#target-edges-kind", west.get_attribute("value"))
    page.select_option("#value-edges-kind", "road")
    page.fill("#reason-edges-kind", "Kortet er forældet; der er anlagt en vej.")
    edges.locator("form:has(#reason-edges-kind) button").click()
    page.wait_for_selector(".alert-success")
    page.wait_for_selector('#map[data-state="ready"]')
    near = town.applications["near"].pk
    found = Finding.objects.newest().get(application_id=near, rule="br18.boundary_distance")
    assert found.outcome == "pass"
    assert "Bygningen ligger 1,80 m fra skellet mod naboen" not in page.inner_text("#panel")

    # What is left is overridden, with a reason.
    card = page.locator(".finding:visible").first
    about = card.get_attribute("data-finding")
    card.locator("summary", has_text="Tilsidesæt").click()
    card.locator(f"#instead-{about}").select_option("pass")
    card.locator(f"#why-{about}").fill("Efterprøvet ved besigtigelse.")
    looked_at(page, "review-3-override")
    card.locator("form .button-primary").first.click()
    page.wait_for_selector(f"#finding-{about} .judged")
    page.wait_for_selector('#map[data-state="ready"]')
    assert "Efterprøvet ved besigtigelse." in page.inner_text(f"#finding-{about}")
    with tenant(OWN):
        assert Judgement.objects.get().made_by == worker

    page.click("text=Udskriv")
    page.wait_for_selector("svg.plan")
    looked_at(page, "review-4-print")
    text = page.inner_text("main")
    assert "Målestok 1:250" in text
    assert "Efterprøvet ved besigtigelse." in text
    page.emulate_media(media="print")
    assert page.is_hidden("nav.screen")
    # A hundred millimetres of the drawing are a hundred millimetres of paper: 25 m at 1:250.
    assert page.evaluate("() => document.querySelector('svg.plan').width.baseVal.value") == pytest.approx(
        180 / 25.4 * 96, abs=0.1
    )
    paper = tmp_path / "sag.pdf"
    page.pdf(path=str(paper), prefer_css_page_size=True)
    assert paper.read_bytes().startswith(b"%PDF-")
    made.clean()
    page.context.close()


def test_with_the_keyboard_alone_on_a_telephone_in_english(
    browser: Browser, live_server: Any, town: Town, worker: User
) -> None:
    made = visit(
        browser,
        live_server.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page = made.page
    page.set_default_timeout(PATIENCE_MS)
    signed_in(made, worker, "en")
    made.open("/")
    looked_at(page, "review-phone-1-list")

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

    press_on(f'[data-application="{town.applications["high"].public_id}"]')
    page.wait_for_selector(".finding")
    made.idle()
    press_on(".js-show")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-pressed')") == "true"
    made.idle()
    press_on("details:has([name=instead]) > summary")
    press_on("[name=instead]", "")
    page.keyboard.press("C")  # Complies
    press_on("[name=reason]", "")
    page.keyboard.type("Measured on the spot.")
    press_on("form:has([name=instead]) button")
    page.wait_for_selector(".judged")
    page.wait_for_selector('#map[data-state="ready"]')
    assert "Measured on the spot." in page.inner_text(".judged")
    assert "Needs a dispensation" in page.inner_text("#panel")  # what was found stays
    looked_at(page, "review-phone-2-case")
    page.goto(f"{page.url.partition('#')[0]}udskrift/")
    looked_at(page, "review-phone-3-print")
    assert "Measured on the spot." in page.inner_text("main")
    made.clean()
    page.context.close()
