"""Every page for a person: found where its address says, with one heading, a title and the language of the site.

What a browser sees of them at three widths is asked in the slow tier (tests/browser/test_every_page.py).
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from geodata.accounts.models import Role
from tests.browser.test_every_page import SIGNED_OUT, named, pages
from tests.geodata.accounts.people import person
from tests.permits.portal.way import Way, drawing
from tests.permits.review.town import OWN, build


@pytest.mark.django_db
def test_every_page_has_one_heading_and_a_title() -> None:
    town = build()
    client = Client()
    client.force_login(person(Role.LEAD, OWN))
    way = Way(client)
    way.draw(drawing(west=1.8))
    way.parties()
    seen, wrong = set(), []

    def look(visitor: Client, name: str, path: str) -> None:
        seen.add(name)
        answer = visitor.get(path)
        assert answer.status_code == 200, (name, answer.status_code)
        page = html.fromstring(answer.content)
        headings, title = page.findall(".//h1"), page.findtext(".//title", "").strip()
        if len(headings) != 1 or title in ("", "Planværk") or page.get("lang") != "da":
            wrong.append(f"{name}: {len(headings)} headings, title {title!r}, language {page.get('lang')!r}")

    for name in SIGNED_OUT:
        look(Client(), name, reverse(name))
    for name, path in pages(town, way):
        look(client, name, path)
    assert not wrong, "\n".join(wrong)
    assert seen == set(named())
