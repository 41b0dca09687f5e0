"""The page of accessibility: what is known to be missing, for people and for programs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from config.accessibility.defects import defects

pytestmark = pytest.mark.django_db


def test_each_known_defect_stands_on_the_page_in_both_languages(client: Client, settings: Any) -> None:
    danish = client.get("/tilgaengelighed/").content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.get("/tilgaengelighed/").content.decode()
    assert defects()
    for one in defects():
        assert one.da in danish
        assert one.en in english
        assert one.criterion in danish
    assert "skærmlæser" in danish


def test_programs_get_the_same_list(client: Client) -> None:
    told = json.loads(client.get("/tilgaengelighed/mangler.json").content)
    assert told["standard"].startswith("EN 301 549")
    assert [row["criterion"] for row in told["defects"]] == [one.criterion for one in defects()]


def test_a_defect_names_a_clause_and_pages_that_are_there() -> None:
    for one in defects():
        assert re.fullmatch(r"(9|10|11)(\.\d+){2,3}", one.criterion)
        for page in one.pages:
            try:
                resolve(page)
            except Resolver404:
                pytest.fail(f"{one.criterion}: there is no page {page}")


def test_the_municipality_s_statement_is_linked_or_said_to_be_missing(client: Client, settings: Any) -> None:
    assert "ikke oplyst" in client.get("/tilgaengelighed/").content.decode()
    settings.ACCESSIBILITY_STATEMENT = "https://erklaering.example/1"
    page = client.get("/tilgaengelighed/").content.decode()
    assert 'href="https://erklaering.example/1"' in page
    assert "ikke oplyst" not in page


def test_each_page_links_to_it(client: Client) -> None:
    assert 'href="/tilgaengelighed/"' in client.get("/ejendom/").content.decode()
