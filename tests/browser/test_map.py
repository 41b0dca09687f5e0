"""The page in a real browser: the map, an application with breaches, its words and its evidence."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright
from pyproj import Transformer

from geodata.ledger.models import Epoch
from tests.permits.review.town import SOUTH, WEST, WIDTH, Town, build
from tests.tileserver.test_hillshade import write

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_deep_link_language_and_permalink(desk: Visit, town: Town) -> None:
    page = desk.page
    desk.open(f"/sager/{town.applications['near'].public_id}/")
    assert "proposed" in drawn_roles(page)
    page.click('button[lang="en"]')
    page.wait_for_selector('#map[data-state="ready"]')
    assert "1.80 m" in page.inner_text("#panel")
    assert "kort=" in page.url
    desk.clean()


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_list_of_what_the_map_shows_follows_the_map(desk: Visit, town: Town) -> None:
    page = desk.page
    desk.open("/#kort=17.5/56.15588/10.19255")
    place = page.evaluate("() => window.planvaerkMap.map.getCenter().toArray()")
    page.evaluate(
        "(box) => window.planvaerkMap.map.jumpTo({center: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], zoom: 18})",
        here(),
    )
    assert page.evaluate("() => window.planvaerkMap.map.getCenter().toArray()") != place
    page.focus(".map-twin summary")
    page.keyboard.press("Enter")
    page.wait_for_selector('.map-twin a[href="/ejendom/99001/1c/"]')
    said = page.inner_text(".map-twin-said")
    assert "Jordstykker: " in said
    assert "Lokalplaner: 2" in said
    # Tab leads from the summary into the list, and Enter there moves the map and keeps the place.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.map-twin-lists') !== null")
    page.focus('.map-twin-there[aria-label="Vis på kortet: 1a, Prøveby"]')
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.planvaerkMap.map.getZoom() > 18.2")
    desk.idle()
    page.wait_for_function("() => document.activeElement.getAttribute('aria-label')?.includes('1a, Prøveby')")
    # What is switched off is not listed.
    page.click(".legend summary")
    page.uncheck(".legend-title:has-text('Jordstykker') input")
    page.wait_for_function(
        "() => !document.querySelector('.map-twin-said').textContent.includes('Jordstykker')"
    )
    desk.clean()


def here() -> list[float]:
    """The street's middle in degrees."""
    to = Transformer.from_crs(25832, 4326, always_xy=True)
    return [*to.transform(WEST, SOUTH), *to.transform(WEST + 6 * WIDTH, SOUTH + 32)]


@pytest.mark.slow
def test_plan_uses_have_hatch_label_and_legend(desk: Visit, town: Town) -> None:
    page = desk.page
    desk.open()
    page.evaluate(
        "(box) => window.planvaerkMap.map.jumpTo({center: [box[0], (box[1] + box[3]) / 2], zoom: 16})", here()
    )
    desk.idle()
    assert page.evaluate("() => window.planvaerkMap.map.hasImage('use-11')")
    assert page.evaluate(
        "() => window.planvaerkMap.map.queryRenderedFeatures({layers: ['local_plans-hatch']}).length > 0"
    )
    page.click(".legend summary")
    entry = page.locator(".legend-group", has_text="Lokalplaner").locator("li", has_text="Boligområde").first
    assert entry.locator("canvas").evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
    )
    slider = page.locator(
        '.legend-opacity[aria-label="Synlighed: Lokalplaner"], .legend-opacity[aria-label*="Lokalplaner"]'
    ).first
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "90 %"
    faded = page.evaluate(
        "() => window.planvaerkMap.map.getPaintProperty('local_plans-hatch', 'fill-opacity')"
    )
    assert faded == pytest.approx(0.36)
    desk.clean()


@pytest.mark.slow
def test_a_background_that_does_not_answer_is_said_in_words(
    browser: Browser, live_server: Any, town: Town, settings: Any
) -> None:
    from tests.tileserver.test_proxy import Service

    service = Service()
    thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.BACKGROUNDS = {
        "godt": {"URL": service.origin + "/good/{z}/{x}/{y}", "TITLE": "Godt kort", "ATTRIBUTION": "© Prøve"},
        "slemt": {"URL": service.origin + "/html/{z}/{x}/{y}", "TITLE": "Slemt kort"},
    }
    made = visit(browser, live_server.url, viewport={"width": 1440, "height": 900})
    page = made.page
    try:
        made.open()
        assert service.asked == []
        page.click(".legend summary")
        page.check(".legend-title:has-text('Godt kort') input")
        made.idle()
        assert page.inner_text(".map-attribution") == "© Prøve"
        assert service.asked
        assert page.is_hidden(".map-background")
        page.check(".legend-title:has-text('Slemt kort') input")
        page.wait_for_selector(".map-background:not([hidden])")
        assert page.inner_text(".map-background").endswith("kortet vises uden det: Slemt kort")
        made.idle()  # the map comes to rest without it
        page.uncheck(".legend-title:has-text('Slemt kort') input")
        assert page.is_hidden(".map-background")
        page.uncheck(".legend-title:has-text('Godt kort') input")
        assert page.is_hidden(".map-attribution")
        assert made.foreign == []
        assert all("503" in error for error in made.errors), made.errors
    finally:
        page.context.close()
        service.stop.set()
        service.shutdown()
        thread.join()
        service.server_close()


@pytest.mark.slow
def test_terrain_can_be_switched_on(
    browser: Browser, live_server: Any, town: Town, settings: Any, tmp_path: Path
) -> None:
    settings.TERRAIN = (str(write(tmp_path / "a.tif", WEST - 1000, SOUTH + 1000, 400)),)
    made = visit(browser, live_server.url, viewport={"width": 1000, "height": 700})
    page = made.page
    asked: list[tuple[str, int]] = []
    page.on("response", lambda r: asked.append((r.url, r.status)) if "/hillshade/" in r.url else None)
    made.open()
    page.evaluate(
        "(box) => window.planvaerkMap.map.jumpTo({center: [box[0], (box[1] + box[3]) / 2], zoom: 15.5})",
        here(),
    )
    made.idle()
    assert asked == []
    page.click(".legend summary")
    page.check(".legend-title:has-text('Terræn') input")
    made.idle()
    assert {status for _url, status in asked} == {200}
    made.clean()
    page.context.close()


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
    # The list is what is shown, and the keyboard moves it.
    page.wait_for_selector(".map-twin[open] .map-twin-group")
    assert "Kommunegrænser: 1" in page.inner_text(".map-twin-said")
    page.focus('.map-twin-there[aria-label^="Se nærmere: BYG-2026-001"]')
    page.keyboard.press("Enter")
    page.wait_for_selector('.map-twin a[href="/ejendom/99001/1b/"]')
    assert page.evaluate("() => document.activeElement.closest('.map-twin') !== null")
    page.get_by_role("button", name="Øst", exact=True).focus()
    for _half_a_view in range(3):
        page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('.map-twin a[href=\"/ejendom/99001/1b/\"]')")
    page.click(f'[data-application="{town.applications["near"].public_id}"]')
    page.wait_for_selector(".finding")
    made.clean()
    page.context.close()


@pytest.mark.slow
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
    made.page.click(".legend summary")
    made.page.click(".map-twin summary")
    made.page.wait_for_selector(".map-twin-group")
    assert serious(made.page) == []
    made.clean()
    made.page.context.close()
