"""Parsers that hang, eat memory or reach out are stopped; the site goes on."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from geodata.sandbox import Limits, StoppedError, run
from permits.drawings.read import read_drawing
from tests.permits.drawings.builders import dxf_house, faults

pytestmark = pytest.mark.real_clock
EVIL = "tests.permits.drawings.evil"


def _stopped(function: str, **limits: float) -> str:
    with pytest.raises(StoppedError) as stopped:
        run(f"{EVIL}:{function}", b"", limits=Limits(**limits))  # type: ignore[arg-type]
    return stopped.value.why


@pytest.mark.parametrize(
    ("function", "limits", "why"),
    [
        ("loop", {"cpu_s": 1}, "time"),
        ("loop", {"wall_s": 1.0}, "time"),
        ("sleep", {"wall_s": 1.0}, "time"),
        ("hoard", {"memory_bytes": 512 * 1024**2}, "memory"),
        ("flood", {"output_bytes": 1024**2}, "output"),
        ("die", {}, "crash"),
        ("fail", {}, "error"),
        ("start", {}, "error"),
    ],
)
def test_a_parser_that_misbehaves_is_stopped(function: str, limits: dict[str, float], why: str) -> None:
    assert _stopped(function, **limits) == why


def test_a_parser_has_no_network() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with pytest.raises(StoppedError) as stopped:
            run(f"{EVIL}:call", b"", {"port": server.getsockname()[1]})
    assert stopped.value.why == "error"


def test_a_parser_gets_its_bytes_and_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    seen = run(f"{EVIL}:look", b"12345", {"asked": True})
    assert seen["size"] == 5
    assert seen["asked"] is True
    assert "DATABASE_URL" not in seen["environment"]
    assert seen["folder"] == []


def test_what_was_stopped_is_a_fault_of_the_drawing_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = faults(dxf_house(), "house.dxf", limits=Limits(wall_s=0.05))
    assert [f.code for f in found] == ["stopped_time"]
    assert list(tmp_path.iterdir()) == []
    assert len(read_drawing(dxf_house(), filename="house.dxf", crs="EPSG:25832").buildings) == 1
    assert list(tmp_path.iterdir()) == []
