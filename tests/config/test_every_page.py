"""Every address of the site, as visitor and as somebody with a role: headers, and nothing that the policy forbids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from lxml import html

from geodata.accounts.models import Role
from geodata.ledger.models import Epoch
from tests.config.site import environment, served
from tests.config.test_health import seen
from tests.geodata.accounts.people import person
from tests.permits.portal.way import Way
from tests.permits.review.town import OWN, build

pytestmark = pytest.mark.django_db


#: Addresses that are patterns of letters: one of each.
PATTERNS = {
    "codes:value": "id/register/plandata",
    "codes:list": "id/codelist/PlanTypeNameValue",
    "codes:identifier": "id/0d0b4f0e-1b7c-5c4b-9a3c-2f1d5b6a7c8d",
}


def _patterns(
    patterns: list[URLPattern | URLResolver], before: str = "", names: str = ""
) -> Iterator[tuple[str, str]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            within = f"{names}{one.namespace}:" if one.namespace else names
            yield from _patterns(one.url_patterns, before + str(one.pattern), within)
        else:
            name = f"{names}{one.name}"
            yield name, PATTERNS[name] if "(?P<" in str(one.pattern) else before + str(one.pattern)


#: Every address: name and route. A page that is added is here by itself.
ALL = dict(_patterns(get_resolver().url_patterns))
#: What stands in for the parts of a route; those of a town come to it, and numbers of rows are 1. A new kind of part
#: needs its line here.
STANDS: dict[str, Any] = {
    "name": "BR18-2025",
    "district": "99001",
    "number": "1d",
    "layer": "parcels",
    "z": 15,
    "x": 17283,
    "y": 10237,
    "key": "parcels",
    "scope": "all",
    "key_b36": "x",
    "key_b64": "x",
    "uidb36": "x",
    "pk": 1,
}


def address(route: str, public_id: Any) -> str:
    """The route with its parts filled in."""

    def fill(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        if name == "public_id" or kind == "uuid":
            return str(public_id)
        return str(STANDS[name] if name in STANDS or kind != "int" else 1)

    return "/" + re.sub(r"<([^>]+)>", fill, route).replace("\\Z", "").lstrip("^").rstrip("$")


class Visit(NamedTuple):
    """Somebody who looks at every address: cookies, and an application that is theirs."""

    cookies: dict[str, str]
    public_id: Any


@pytest.fixture
def visits() -> dict[str, Visit]:
    """Visitor, case worker, administrator, and an applicant with a draft."""
    Epoch.objects.get_or_create(number=1)  # emptied with the other tables after tests that commit
    case = build().applications["near"].public_id
    found = {"visitor": Visit({}, case)}
    for role in (Role.CASE_WORKER, Role.ADMINISTRATOR):
        client = Client()
        client.force_login(person(role, OWN))
        found[role] = Visit(cookies(client), case)
    drafting = Client()
    way = Way(drafting)
    way.draw()
    return {**found, "applicant": Visit(cookies(drafting), way.base.strip("/").rpartition("/")[2])}


def cookies(client: Client) -> dict[str, str]:
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.mark.real_clock
@pytest.mark.django_db(transaction=True)
def test_every_page_under_the_role_of_the_site(visits: dict[str, Visit], tmp_path: Path) -> None:
    """Nothing fails, and headers and policy hold; by the very processes and the role that serve in earnest."""
    pages, faults = set(), []
    seen(0)  # a worker is alive, or /health/worker were 503
    with served(environment(tmp_path), tmp_path / "site.log") as site:
        for name, route in ALL.items():
            for who, visit in visits.items():
                answer = requests.get(
                    site.url + address(route, visit.public_id),
                    cookies=visit.cookies,
                    allow_redirects=False,
                    timeout=60,
                )
                # Bulk files are gathered by a command that nobody gave, and this worker gives no sign again.
                late = answer.status_code == 503 and name in ("register:bulk", "health_worker")
                if answer.status_code >= 500 and not late:
                    faults.append(f"{name} for {who}: {answer.status_code}")
                faults += [f"{name}: {fault}" for fault in headers(answer.headers)]
                if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
                    pages.add((name, answer.status_code))
                    faults += [f"{name}: {fault}" for fault in body(answer.headers, answer.content)]
        lines = map(json.loads, site.written().splitlines())
        faults += [f"{line['error']} at {line['places'][0]}" for line in lines if "places" in line]
    assert sorted(set(faults)) == []
    shown = {name for name, status in pages if status == 200}
    assert {"review:applications", "review:application", "portal:answer", "lookup:property", "audit"} <= shown
    assert len(shown) > 25, shown


def headers(sent: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the headers of an answer."""
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    for header, value in wanted.items():
        if sent.get(header) != value:
            yield f"{header} is {sent.get(header)!r}"
    if "geolocation=()" not in sent.get("Permissions-Policy", ""):
        yield "no Permissions-Policy"
    if not sent.get("X-Request-ID"):
        yield "no X-Request-ID"
    if "X-Powered-By" in sent:
        yield "tells what it is made of"
    policy = directives(sent)
    if policy.get("default-src") != ["'self'"] or policy.get("frame-ancestors") != ["'none'"]:
        yield "no policy, or a wide one"
    for directive in ("object-src", "base-uri", "form-action", "script-src", "connect-src"):
        if not policy.get(directive):
            yield f"{directive} is missing"
        for source in policy.get(directive, []):
            if source not in ("'self'", "'none'") and not source.startswith("'nonce-"):
                yield f"{directive} allows {source}"


def directives(sent: Mapping[str, str]) -> dict[str, list[str]]:
    """The Content-Security-Policy by directive."""
    parts = [part.split() for part in sent.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


def body(sent: Mapping[str, str], content: bytes) -> Iterator[str]:
    """What a browser under the policy of the answer would refuse to run or fetch."""
    nonces = {s[7:-1] for s in directives(sent).get("script-src", []) if s.startswith("'nonce-")}
    document = html.fromstring(content)
    for script in document.iter("script"):
        data = script.get("type", "") in ("application/json", "application/geo+json")
        if not script.get("src") and not data and script.get("nonce") not in nonces:
            yield "an inline script without the nonce"
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        for attribute, value in element.items():
            if attribute.startswith("on"):
                yield f"<{element.tag} {attribute}> would not run"
            if attribute in ("src", "href", "action", "formaction", "poster") and element.tag != "a":
                split = urlsplit(value)
                if (split.netloc or split.scheme) and not (split.scheme == "data" and element.tag == "img"):
                    yield f"<{element.tag} {attribute}> leads to {split.scheme}:{split.netloc}"
            if attribute in ("href", "action") and value.strip().lower().startswith("javascript:"):
                yield f"<{element.tag} {attribute}> is a script"
    if document.get("lang") not in ("da", "en"):
        yield "no language"


def test_the_policy_check_finds_what_it_looks_for() -> None:
    sent = {"Content-Security-Policy": "default-src *; script-src 'self' 'nonce-abc' 'unsafe-eval'"}
    content = b'<html><script>a()</script><p onclick="b()"></p><script src="https://cdn.example/x.js"></script></html>'
    told = " ".join(body(sent, content))
    for fault in ("inline script", "<p onclick>", "https:cdn.example", "no language"):
        assert fault in told
    told = " ".join(headers(sent))
    for fault in ("nosniff", "a wide one", "allows 'unsafe-eval'", "object-src is missing", "X-Request-ID"):
        assert fault.replace("nosniff", "X-Content-Type-Options") in told


def test_a_browser_that_came_by_https_keeps_to_it(client: Client, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    assert client.get("/health/live", secure=True)["Strict-Transport-Security"] == "max-age=3600"
    assert "Strict-Transport-Security" not in client.get("/health/live")
