"""Every page of the site: accessible at three widths, with one heading, a title, and nothing that sticks out.

The pages are those that the site's addresses name: one that is new has to be listed here, or said to be none.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from playwright.sync_api import Browser, Page

from geodata.accounts.models import Role
from tests.browser.test_apply import settled
from tests.browser.test_map import AXE, browser, pytestmark, serious, town, visit
from tests.geodata.accounts.people import person
from tests.permits.portal.test_layers import drawing as unnamed
from tests.permits.portal.way import DISTRICT, NUMBER, Way, drawing
from tests.permits.review.town import OWN, Town

__all__ = ["browser", "pytestmark", "town"]

#: Folder for a picture of each page, and one of all.
PICTURES: Final = Path(folder) if (folder := os.environ.get("PLANVAERK_SCREENSHOTS")) else None
#: Telephone, tablet, desk.
WIDTHS: Final = (390, 768, 1440)

#: Addresses that answer with data or a file, or only take what a page sends, by name space and name.
NO_PAGE: Final = {
    "": {
        "choose_municipality",
        "faults",
        "health",
        "health_live",
        "health_ready",
        "health_sources",
        "health_worker",
        "known_defects",
        "metrics",
        "openapi",
        "set_language",
    },
    "imports": {"cancel", "detail", "json", "resume", "retry", "upload"},
    "lookup": {"answer", "contest", "export_looks", "purpose"},
    "portal": {"begin", "discard", "receipt_pdf", "submit", "use"},
    "codes": {"identifier"},
    "register": {
        "atom",
        "atom_plans",
        "bulk",
        "catalogue",
        "changes",
        "data_record",
        "key",
        "manifest",
        "opensearch",
        "plan",
        "service_record",
        "version",
    },
    "review": {
        "accept",
        "assign",
        "check_again",
        "correct",
        "event",
        "evidence",
        "finish_task",
        "override",
        "sign_ruleset",
        "task",
        "unjudge",
        "withdraw",
    },
}
#: Name spaces of programs alone.
FOR_PROGRAMS: Final = {"cases_api", "ogc", "property_api", "rules_api", "tiles"}
#: Pages of a visitor who is not signed in; the others are a team lead's.
SIGNED_OUT: Final = ("account_login", "account_signup")
ACCOUNT: Final = (
    "account_change_password", "account_email_verification_sent", "account_inactive", "account_logout",
    "account_reauthenticate",
)  # fmt: skip


def named() -> Iterator[str]:
    """Every address of the site that a person may see, as ``reverse`` takes it."""

    def walk(resolver: Any, space: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry, entry.namespace or space)
            elif space not in FOR_PROGRAMS and entry.name not in NO_PAGE.get(space, ()):
                yield f"{space}:{entry.name}".lstrip(":")

    yield from walk(get_resolver(), "")


def pages(town: Town, way: Way) -> Iterator[tuple[str, str]]:
    """Name and address of each page, in an order that can be walked."""
    for name in (*ACCOUNT, "accessibility", "audit"):
        yield name, reverse(name)
    for name in ("review:applications", "review:rulesets", "portal:start", "lookup:search", "lookup:looks",
                 "lookup:contests", "imports:list", "register:index", "register:validate"):  # fmt: skip
        yield name, reverse(name)
    yield "review:ruleset", reverse("review:ruleset", args=["BR18-2025"])
    yield "codes:index", reverse("codes:index")
    yield "codes:list", reverse("codes:list", args=["codelist/PlanTypeNameValue"])
    yield "codes:value", reverse("codes:value", args=["register", "plandata"])
    yield "review:application", reverse("review:application", args=[town.applications["near"].public_id])
    yield "review:print", reverse("review:print", args=[town.applications["near"].public_id])
    yield "lookup:property", reverse("lookup:property", args=[DISTRICT, NUMBER])
    asked = Way(way.client)
    asked.begin()
    asked.upload(unnamed("A-BLDG", "TAG"))
    yield "portal:layers", f"{asked.base}layers/"
    for step in ("what", "where", "applies", "drawing", "measures", "answer", "parties", "review"):
        yield f"portal:{step}", f"{way.base}{step}/"
    way.post("submit")
    yield "portal:receipt", f"{way.base}receipt/"


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open; rules of accessibility are asked on the telephone's width."""
    if page.locator("h1").count() != 1:
        yield f"{page.locator('h1').count()} headings of the first level"
    if page.title() in ("", "Planværk") or page.locator("html").get_attribute("lang") != "da":
        yield f"title {page.title()!r}, language {page.locator('html').get_attribute('lang')!r}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        if wide > width:
            yield f"{wide} points wide on a screen of {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    yield from serious(page)


def together(page: Page, pictures: Iterable[Path], sheet: Path) -> None:
    """Pictures on one sheet, with their names."""
    shown = "".join(
        f'<figure><img src="data:image/png;base64,{b64encode(file.read_bytes()).decode()}">'
        f"<figcaption>{file.stem}</figcaption></figure>"
        for file in sorted(pictures)
    )
    style = "body{margin:16px;display:grid;grid-template-columns:repeat(6,1fr);gap:14px;font:11px sans-serif}"
    style += "figure{margin:0}img{width:100%;border:1px solid #999}"
    page.goto("about:blank")
    page.set_viewport_size({"width": 2000, "height": 1000})
    page.set_content(f"<style>{style}</style>{shown}", wait_until="load")
    page.screenshot(path=sheet, type="jpeg", quality=72, full_page=True)


@pytest.mark.slow
def test_every_page(browser: Browser, live_server: Any, town: Town) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed")
    client = Client(HTTP_HOST=live_server.url.removeprefix("http://"))
    client.force_login(person(Role.LEAD, OWN))
    way = Way(client)
    way.draw(drawing(west=1.8))
    way.parties()
    # axe-core is put in by the test, which the pages' own policy would refuse.
    page = visit(browser, live_server.url, bypass_csp=True).page
    seen, wrong, pictures = set(), [], set()

    def look(name: str, path: str) -> None:
        seen.add(name)
        answer = page.goto(live_server.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, (name, answer.status)
        assert page.url.removeprefix(live_server.url).split("?")[0] == path, f"{name} leads to {page.url}"
        if PICTURES:
            page.set_viewport_size({"width": 1360, "height": 1000})
            settled(page)
            # Others put pictures of their own into the folder, which belong on no sheet of pages.
            pictures.add(picture := PICTURES / f"{name.replace(':', '-')}.png")
            page.screenshot(path=picture)
        wrong.extend(f"{name}: {fault}" for fault in faults(page))

    for name in SIGNED_OUT:
        look(name, reverse(name))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    for name, path in pages(town, way):
        look(name, path)
    if PICTURES:
        together(page, pictures, PICTURES / "pages.jpg")
    page.context.close()
    assert not wrong, "\n".join(wrong)
    assert seen == set(named())
