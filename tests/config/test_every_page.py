"""Every address of the site, as visitor and as somebody with a role: headers, and nothing that the policy forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from lxml import html

from geodata.accounts.models import Role
from tests.config.test_health import seen
from tests.geodata.accounts.people import person
from tests.permits.portal.way import Way
from tests.permits.review.town import OWN, build

pytestmark = pytest.mark.django_db


def _patterns(
    patterns: list[URLPattern | URLResolver], before: str = "", names: str = ""
) -> Iterator[tuple[str, str]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            within = f"{names}{one.namespace}:" if one.namespace else names
            yield from _patterns(one.url_patterns, before + str(one.pattern), within)
        else:
            yield f"{names}{one.name}", before + str(one.pattern)


#: Every address: name and route. A page that is added is here by itself.
ALL = dict(_patterns(get_resolver().url_patterns))
#: What stands in for the parts of a route; those of a town come to it. A new kind of part needs its line here.
STANDS: dict[str, Any] = {
    "name": "BR18-2025",
    "district": "99001",
    "number": "1d",
    "layer": "parcels",
    "z": 15,
    "x": 17283,
    "y": 10237,
    "key": "parcels",
    "correction": 1,
    "contest": 1,
    "run": 1,
    "record": 1,
    "revision": 1,
    "key_b36": "x",
    "key_b64": "x",
    "uidb36": "x",
    "pk": 1,
}


def address(route: str, public_id: Any) -> str:
    """The route with its parts filled in."""

    def fill(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        return str(public_id if name == "public_id" or kind == "uuid" else STANDS[name])

    return "/" + re.sub(r"<([^>]+)>", fill, route).replace("\\Z", "").lstrip("^").rstrip("$")


@pytest.fixture
def visits() -> list[tuple[Client, Any]]:
    """Visitor, applicant with a draft, case worker and administrator; each with an application that is theirs."""
    town = build()
    found: list[tuple[Client, Any]] = [(Client(), town.applications["near"].public_id)]
    for role in (Role.CASE_WORKER, Role.ADMINISTRATOR):
        client = Client()
        client.force_login(person(role, OWN))
        found.append((client, town.applications["near"].public_id))
    drafting = Client()
    way = Way(drafting)
    way.draw()
    found.append((drafting, way.base.strip("/").rpartition("/")[2]))
    for client, _public_id in found:
        client.raise_request_exception = False
    return found


@pytest.mark.slow
def test_headers_and_content_security_policy_hold_on_every_page(visits: list[tuple[Client, Any]]) -> None:
    pages, faults = set(), []
    seen(-3600)  # a worker is alive for as long as this takes, or /health/worker were 503
    for name, route in ALL.items():
        for client, public_id in visits:
            answer = client.get(address(route, public_id))
            if answer.streaming:
                b"".join(answer.streaming_content)  # type: ignore[arg-type]
            if answer.status_code >= 500:
                faults.append(f"{name}: {answer.status_code}")
            faults += [f"{name}: {fault}" for fault in headers(answer)]
            if answer["Content-Type"].startswith("text/html") and answer.content:
                pages.add((name, answer.status_code))
                faults += [f"{name}: {fault}" for fault in body(answer)]
    assert sorted(set(faults)) == []
    shown = {name for name, status in pages if status == 200}
    assert {"review:applications", "review:application", "portal:answer", "lookup:property", "audit"} <= shown
    assert len(shown) > 25, shown


def headers(answer: Any) -> Iterator[str]:
    """What is wrong with the headers of an answer."""
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    for header, value in wanted.items():
        if answer.get(header) != value:
            yield f"{header} is {answer.get(header)!r}"
    if "geolocation=()" not in answer.get("Permissions-Policy", ""):
        yield "no Permissions-Policy"
    if not answer.get("X-Request-ID"):
        yield "no X-Request-ID"
    if "Server" in answer or "X-Powered-By" in answer:
        yield "tells what it is made of"
    policy = directives(answer)
    if policy.get("default-src") != ["'self'"] or policy.get("frame-ancestors") != ["'none'"]:
        yield "no policy, or a wide one"
    for directive in ("object-src", "base-uri", "form-action", "script-src", "connect-src"):
        if not policy.get(directive):
            yield f"{directive} is missing"
        for source in policy.get(directive, []):
            if source not in ("'self'", "'none'") and not source.startswith("'nonce-"):
                yield f"{directive} allows {source}"


def directives(answer: Any) -> dict[str, list[str]]:
    """The Content-Security-Policy by directive."""
    parts = [part.split() for part in answer.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


def body(answer: Any) -> Iterator[str]:
    """What a browser under the policy of the answer would refuse to run or fetch."""
    nonces = {s[7:-1] for s in directives(answer).get("script-src", []) if s.startswith("'nonce-")}
    document = html.fromstring(answer.content)
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
    from django.http import HttpResponse

    answer = HttpResponse(
        '<html><script>a()</script><p onclick="b()"></p><script src="https://cdn.example/x.js"></script></html>',
        headers={"Content-Security-Policy": "default-src *; script-src 'self' 'nonce-abc' 'unsafe-eval'"},
    )
    told = " ".join(body(answer))
    for fault in ("inline script", "<p onclick>", "https:cdn.example", "no language"):
        assert fault in told
    told = " ".join(headers(answer))
    for fault in ("nosniff", "a wide one", "allows 'unsafe-eval'", "object-src is missing", "X-Request-ID"):
        assert fault.replace("nosniff", "X-Content-Type-Options") in told


def test_a_browser_that_came_by_https_keeps_to_it(client: Client, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    assert client.get("/health/live", secure=True)["Strict-Transport-Security"] == "max-age=3600"
    assert "Strict-Transport-Security" not in client.get("/health/live")
