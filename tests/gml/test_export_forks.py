"""An export that is written by several processes is the one that a single process writes."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from geodata import parallel
from gml.export import ExportFailed, write_plans
from gml.profiles import inspire_plu
from planning.records import PlanGroup
from tests.gml.plans import export, record, square

#: Each plan has something to be warned of, so that the order of warnings shows.
GROUPS = [PlanGroup(record(str(n), title="", geometry=square(n * 200.0, 0))) for n in range(60)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of four plans, three batches a process, two processes; an odd number of parts."""
    monkeypatch.setattr(parallel, "processors", lambda: 2)
    monkeypatch.setattr(inspire_plu, "_BATCH", 4)
    monkeypatch.setattr(inspire_plu, "_PART", 12)
    monkeypatch.setattr(parallel, "may_fork", lambda: True)


def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Process ids of the forks that begin from here on."""
    seen: list[int] = []
    fork = os.fork

    def told() -> int:
        pid = fork()
        seen.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", told)
    return seen


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("crs", ["EPSG:25832", "EPSG:4258", "EPSG:3044"])
def test_same_bytes_and_warnings_with_and_without_forks(crs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspire_plu, "MAX_WARNINGS", 35)
    seen = forks(monkeypatch)
    forked = export(*GROUPS, crs=crs)
    assert seen
    begun = len(seen)
    monkeypatch.setattr(parallel, "may_fork", lambda: False)
    assert export(*GROUPS, crs=crs) == forked
    assert len(seen) == begun
    written = forked[1]
    assert written.plans == 60
    assert len(written.warnings) == 35
    assert written.more_warnings == 25
    assert [w.split(":")[0].split()[-1] for w in written.warnings] == [str(n) for n in range(35)]


def test_a_small_export_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "may_fork", lambda: True)
    seen = forks(monkeypatch)
    export(*GROUPS)
    assert seen == []


@pytest.mark.usefixtures("small")
def test_a_fork_that_is_killed_ends_the_export(monkeypatch: pytest.MonkeyPatch) -> None:
    here, text = os.getpid(), inspire_plu._Writer.text

    def killed(self: Any, groups: Any) -> Any:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return text(self, groups)

    monkeypatch.setattr(inspire_plu._Writer, "text", killed)
    with pytest.raises(ExportFailed, match="SIGKILL"):
        write_plans(io.BytesIO(), groups=GROUPS)


@pytest.mark.usefixtures("small")
def test_an_error_in_a_fork_is_the_error_of_the_export(monkeypatch: pytest.MonkeyPatch) -> None:
    here, text = os.getpid(), inspire_plu._Writer.text

    def failing(self: Any, groups: Any) -> Any:
        if os.getpid() != here:
            raise LookupError("not in the table")
        return text(self, groups)

    monkeypatch.setattr(inspire_plu._Writer, "text", failing)
    with pytest.raises(LookupError, match="not in the table"):
        write_plans(io.BytesIO(), groups=GROUPS)


@pytest.mark.usefixtures("small")
def test_no_fork_outlives_an_export_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = forks(monkeypatch)
    opened = len(list(Path("/proc/self/fd").iterdir()))

    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            if seen:
                raise OSError("No space left on device")
            return super().write(data)

    with pytest.raises(OSError, match="No space"):
        write_plans(Full(), groups=GROUPS)
    assert seen
    with pytest.raises(ChildProcessError):
        os.waitpid(seen[0], os.WNOHANG)
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
