"""What the descriptions of the two interfaces promise, held against the site by a stranger (schemathesis).

Cases that fit the description and cases that do not are sent to every operation: none is answered by an error of the
server, and each answer has a status, a media type and a form that are described.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import werkzeug
from django.conf import settings as site
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as described

from config.wsgi import application
from geodata.accounts.models import Role
from gml.feed.publish import publish
from permits.models.findings import Finding
from tests.geodata.accounts.people import person
from tests.permits.portal.way import drawing
from tests.permits.review.town import OWN, Town, build

pytestmark = [pytest.mark.django_db]
DOCUMENTS = ("/api/openapi.json", "/ogc/api")
TOKEN = "x" * 32
#: What forms send along; and a body as it is, since the test client unpacks none.
HEADERS = {"Accept-Encoding": "identity", "X-CSRFToken": TOKEN}
CHECKS = [
    checks.not_a_server_error,
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_schema_conformance,
]


@contextmanager
def within_the_test() -> Iterator[None]:
    """A request of the real application closes old connections, and the test's transaction with them."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def town(settings: Any, tmp_path: Path) -> Town:
    settings.VAR = tmp_path
    found = build()
    publish()
    return found


def known(town: Town) -> dict[str, list[Any]]:
    """Values that lead somewhere, by the name of the parameter."""
    case = town.applications["near"]
    findings = Finding.objects.filter(application_id=case.pk)
    plans = sorted(one["plan"] for one in Client().get("/register/changes").json()["changes"])
    feature = Client().get("/ogc/collections/spatialplan/items").json()["features"][0]["id"]
    return {
        "id": [str(case.public_id)],
        "finding": list(findings.order_by("pk").values_list("pk", flat=True)),
        "instead": ["pass", "fail", "not_applicable"],
        "reason": ["Besigtiget på stedet."],
        "district": [99_001],
        "number": ["1d", "7000a"],
        "parcel": ["99001 1d"],
        "plan": plans,
        "revision": [1],
        "list": ["LandUseClassificationValue"],
        "value": ["11"],
        "featureId": [feature, 1],
        "drawing": [drawing(west=1.8)],
    }


def led(case: Any, leading: dict[str, Any], alone: bool) -> None:
    """Put values that lead somewhere in place of what was made up; ``alone``: with one other value at most."""
    for part in (case.path_parameters, case.query, case.body):
        if not isinstance(part, dict):
            continue
        others = [name for name in part if name not in leading]
        if alone and part is not case.path_parameters:
            for name in others[1:]:
                del part[name]
        part |= {name: value for name, value in leading.items() if name in part}


def hold(operation: Any, leading: dict[str, Any], session: werkzeug.Client, examples: int) -> int:
    """Hold one operation to its description; how often it could do what it was asked.

    Raises
    ------
    FailureGroup : it does not answer as it is described.
    """
    well = []
    made = operation.as_strategy(schemathesis.GenerationMode.POSITIVE)
    made |= operation.as_strategy(schemathesis.GenerationMode.NEGATIVE)

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made, st.fixed_dictionaries(leading) | st.fixed_dictionaries({}, optional=leading), st.booleans())
    def answered(case: Any, leading: dict[str, Any], alone: bool) -> None:
        led(case, leading, alone)
        answer = case.call_and_validate(session=session, headers=HEADERS, checks=CHECKS)
        well.append(answer.status_code < 300)

    answered()
    return sum(well)


def asked(document: str, town: Town, examples: int) -> dict[str, int]:
    """Ask as a case worker; how often each operation could do what it was asked."""
    client = Client()
    client.force_login(person(Role.CASE_WORKER, OWN))
    session = werkzeug.Client(application)
    session.set_cookie(site.SESSION_COOKIE_NAME, client.cookies[site.SESSION_COOKIE_NAME].value)
    session.set_cookie(site.CSRF_COOKIE_NAME, TOKEN)
    leading = {name: st.sampled_from(found) for name, found in known(town).items()}
    well, faults = {}, []
    with within_the_test():
        schema = schemathesis.openapi.from_wsgi(document, application, config=SchemathesisConfig())
        for operation in (result.ok() for result in schema.get_all_operations()):
            try:
                well[operation.label] = hold(operation, leading, session, examples)
            except FailureGroup as found:
                faults.append(f"{operation.label}: {found}")
    assert not faults, "\n\n".join(faults)
    return well


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_described_is_answered(document: str, town: Town) -> None:
    asked(document, town, 5)


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS)
def test_whatever_is_asked_is_answered_as_it_is_described(document: str, town: Town) -> None:
    well = asked(document, town, 40)
    # Else the cases would not get past the door. Of the public layers the street has only some.
    shut = [operation for operation, times in well.items() if not times]
    assert all(operation.startswith("GET /collections/") for operation in shut), shut
