"""The page in a real browser: the map, an application with breaches, its words and its evidence."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from geodata.ledger.models import Epoch
from tests.permits.review.town import Town, build

CHROMIUM = Path("/usr/bin/chromium")
#: Software rendering; nothing that Chromium does by itself goes out.
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
ROOT = Path(settings.BASE_DIR)
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not (ROOT / "var" / "vendor").is_dir(), reason="the browser libraries are not installed"
    ),
]

IDLE = """() => new Promise((done) => {
    const map = window.planvaerkMap.map;
    const end = setTimeout(() => done(false), 30000);
    map.once("idle", () => { clearTimeout(end); done(true); });
    map.triggerRepaint();
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop of its own, which Django must not take for an asynchronous caller.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def town(transactional_db: None) -> Town:
    Epoch.objects.get_or_create(number=1)  # emptied with the other tables after each of these tests
    return build()


@dataclass
class Visit:
    """A page and what went wrong on it."""

    page: Page
    origin: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def idle(self) -> None:
        assert self.page.evaluate(IDLE), "the map did not come to rest"

    def open(self, path: str = "/") -> None:
        self.page.goto(self.origin + path)
        self.page.wait_for_selector('#map[data-state="ready"]', timeout=60_000)
        self.idle()

    def clean(self) -> None:
        assert self.foreign == []
        assert self.errors == []


def visit(browser: Browser, origin: str, **options: Any) -> Visit:
    page = browser.new_context(**options).new_page()
    made = Visit(page, origin)

    def asked(request: Any) -> None:
        if not request.url.startswith((origin, "blob:", "data:")):
            made.foreign.append(request.url)

    page.on("request", asked)
    page.on("console", lambda m: made.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: made.errors.append(str(e)))
    return made


@pytest.fixture
def desk(browser: Browser, live_server: Any, town: Town) -> Iterator[Visit]:
    made = visit(browser, live_server.url, viewport={"width": 1440, "height": 900})
    yield made
    made.page.context.close()


def drawn_roles(page: Page) -> set[str]:
    """Roles of the evidence that the map has as data."""
    features = page.evaluate(
        "() => window.planvaerkMap.map.querySourceFeatures('evidence').map((f) => f.properties)"
    )
    return {f["role"] for f in features}


def serious(page: Page) -> list[str]:
    """Serious faults that axe-core finds on the page."""
    page.evaluate(AXE.read_text())
    # A map drawn by WebGL has no text to measure; its own controls are looked at.
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {json.dumps([n['target'] for n in v['nodes']])}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def test_application_with_a_breach_shows_words_and_evidence(desk: Visit, town: Town, tmp_path: Path) -> None:
    page = desk.page
    desk.open()
    rendered = page.evaluate(
        "() => window.planvaerkMap.map.queryRenderedFeatures({layers: ['parcels-fill', 'applications-point']})"
        ".map((f) => f.source)"
    )
    assert {"parcels", "applications"} <= set(rendered)

    public_id = town.applications["near"].public_id
    page.click(f'[data-application="{public_id}"]')
    page.wait_for_selector(".finding")
    desk.idle()
    panel = page.inner_text("#panel")
    assert "Bygningen ligger 1,80 m fra skellet mod naboen" in panel
    assert "Kræver helhedsvurdering" in panel
    assert page.url.startswith(f"{desk.origin}/sager/{public_id}/")

    card = page.locator(".finding", has_text="Bygningen ligger 1,80 m").first
    card.locator(".js-show").click()
    page.wait_for_timeout(900)
    desk.idle()
    assert {"proposed", "shortest_line", "dimension_label"} <= drawn_roles(page)
    labels = page.evaluate(
        "() => window.planvaerkMap.map.queryRenderedFeatures({layers: ['evidence-labels']})"
        ".map((f) => f.properties.label)"
    )
    assert "1,80 m" in labels
    page.screenshot(path=os.environ.get("PLANVAERK_SCREENSHOT") or str(tmp_path / "map.png"))
    desk.clean()


def test_click_on_the_map_opens_the_application(desk: Visit, town: Town) -> None:
    page = desk.page
    desk.open()
    public_id = str(town.applications["high"].public_id)
    place = page.evaluate(
        """(id) => {
            const map = window.planvaerkMap.map;
            const f = map.queryRenderedFeatures({layers: ["applications-point"]})
                .find((one) => one.properties.public_id === id);
            const p = map.project(f.geometry.coordinates);
            const box = map.getCanvas().getBoundingClientRect();
            return {x: p.x + box.left, y: p.y + box.top};
        }""",
        public_id,
    )
    page.mouse.click(place["x"], place["y"])
    page.wait_for_selector(f'.case-head[data-application="{public_id}"]')
    assert "Kræver dispensation" in page.inner_text("#panel")
    page.go_back()
    page.wait_for_selector("#results")
    desk.clean()


def test_deep_link_language_and_permalink(desk: Visit, town: Town) -> None:
    page = desk.page
    desk.open(f"/sager/{town.applications['near'].public_id}/")
    assert "proposed" in drawn_roles(page)
    page.click('button[lang="en"]')
    page.wait_for_selector('#map[data-state="ready"]')
    assert "1.80 m" in page.inner_text("#panel")
    assert "kort=" in page.url
    desk.clean()


def test_list_is_filtered_without_leaving_the_page(desk: Visit) -> None:
    page = desk.page
    desk.open()
    page.fill("#q", "god plads")
    page.wait_for_function("() => document.querySelectorAll('.row-item').length === 1")
    assert "q=god" in page.url
    page.fill("#q", "")
    page.wait_for_function("() => document.querySelectorAll('.row-item').length === 4")
    page.check("#outcome-needs_dispensation")
    page.wait_for_function("() => document.querySelectorAll('.row-item').length === 1")
    desk.clean()


def test_keyboard_alone_reaches_the_findings_and_the_map(desk: Visit, town: Town) -> None:
    page = desk.page
    desk.open()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skipnav"
    page.focus(f'[data-application="{town.applications["near"].public_id}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".finding")
    assert page.evaluate("() => document.activeElement.id") == "case-title"
    desk.idle()
    page.focus(".maplibregl-canvas")
    page.keyboard.press("Enter")
    page.wait_for_selector(".map-place:not([hidden]), .finding.is-shown")
    desk.clean()


def test_the_list_is_there_without_webgl(browser: Browser, live_server: Any, town: Town) -> None:
    made = visit(browser, live_server.url, viewport={"width": 1000, "height": 700})
    page = made.page
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
    )
    page.goto(made.origin)
    page.wait_for_selector('#map[data-state="unable"]')
    assert "WebGL" in page.inner_text(".map-message")
    page.click(f'[data-application="{town.applications["near"].public_id}"]')
    page.wait_for_selector(".finding")
    made.clean()
    page.context.close()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_accessible_and_nothing_sticks_out(
    browser: Browser, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed")
    # axe-core is put in by the test, which the page's own policy would refuse.
    made = visit(browser, live_server.url, viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
    for path in ("/", f"/sager/{town.applications['near'].public_id}/"):
        made.open(path)
        assert serious(made.page) == []
        assert made.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    made.page.click(".legend summary")
    assert serious(made.page) == []
    made.clean()
    made.page.context.close()
