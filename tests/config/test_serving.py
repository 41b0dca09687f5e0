"""The site as a server runs it: several processes, one log, one set of figures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.config.site import environment, served

pytestmark = [pytest.mark.slow, pytest.mark.real_clock, pytest.mark.django_db(transaction=True)]
ASKED = 40


def _count(text: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "planvaerk_requests_total" and sample.labels["view"] == "health_ready"
    )


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.05)


def test_processes_count_together_and_log_lines_hold_no_address(tmp_path: Path) -> None:
    with served(environment(tmp_path), tmp_path / "site.log") as site:
        with ThreadPoolExecutor(8) as many:
            paths = ["/health/ready?q=010190-1234+S%C3%B8ndergade"] * ASKED
            assert set(many.map(lambda path: site.get(path)[0], paths)) == {200}
        # A request is counted and written down when its answer is closed: whoever asked may have it before.
        _until(lambda: _count(site.get("/metrics")[1]) >= ASKED)
        _until(lambda: site.written().count('"health_ready"') >= ASKED)
        # Whichever process is asked answers for both.
        assert {_count(site.get("/metrics")[1]) for _n in range(10)} == {ASKED}
        assert site.get("/metrics", X_Forwarded_For="192.0.2.7")[0] == 403
        text = site.written()
    lines = [json.loads(line) for line in text.splitlines()]
    assert sum(line.get("view") == "health_ready" for line in lines) == ASKED
    assert any(line["logger"] == "gunicorn.error" for line in lines)
    for word in ("010190", "ndergade", "192.0.2.7"):
        assert word not in text
