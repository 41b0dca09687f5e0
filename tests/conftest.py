"""What every test gets: a frozen clock, no network, the samples if they are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import translation
from pytest_django.live_server_helper import LiveServer

#: The day of all tests.
TODAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
_SAMPLES = os.environ.get("PLANVAERK_SAMPLES", "")


def pytest_configure(config: pytest.Config) -> None:
    from tests import tier

    tier.choose(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the samples out where there are none: one summary line, not a skip for each."""
    if _SAMPLES:
        return
    without = [item for item in items if item.get_closest_marker("samples")]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]
        config.stash[_left_out] = len(without)
        if hasattr(config, "workeroutput"):  # one of several processes: the one that reports has to be told
            config.workeroutput["left_out"] = len(without)


_left_out = pytest.StashKey[int]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Every process has collected the same tests and left out the same."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say once what was left out, and in CI count a skip as a failure."""
    if count := config.stash.get(_left_out, 0):
        terminalreporter.write_line(f"{count} tests on real data skipped: PLANVAERK_SAMPLES is not set")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("PLANVAERK_NO_SKIP") != "1":
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if skipped or session.config.stash.get(_left_out, 0):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _frozen_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("real_clock") or request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture(autouse=True)
def _danish_first() -> Iterator[None]:
    yield
    translation.deactivate()  # a page asked for in English must not decide what the next test hears


@pytest.fixture
def live_server() -> Iterator[LiveServer]:
    """A site that runs for one test: one that stays would be a thread beside tests that work in several processes."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of real data; tests that ask for it carry the marker ``samples``."""
    return Path(_SAMPLES)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What migrations put into the database; tests that commit leave all tables empty for a later session."""
    from django.apps import apps

    from geodata.fkg.database import load
    from tests.emptying import quickly_emptied

    with django_db_blocker.unblock():
        apps.get_model("ledger", "Epoch").objects.get_or_create(number=1)
        if not apps.get_model("geodata", "FkgColumnRow").objects.exists():
            load(apps)
    with quickly_emptied():
        yield
