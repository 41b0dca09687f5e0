"""Parsers that hang, eat memory or reach out are stopped; the site goes on."""

from __future__ import annotations

import errno
import json
import socket
import tempfile
from pathlib import Path

import pytest

from geodata.sandbox import Limits, StoppedError, kept_off_network, run
from permits.drawings.messages import message
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


def test_the_kernel_refuses_what_compiled_code_asks_for() -> None:
    assert "seccomp" in kept_off_network()
    assert run(f"{EVIL}:call_past_python", b"") == [errno.EPERM, errno.EPERM]


def test_the_size_of_a_written_file_is_limited_exactly() -> None:
    limits = Limits(output_bytes=1024**2)
    assert run(f"{EVIL}:write", b"", {"size": 1024**2}, limits) == 1024**2
    with pytest.raises(StoppedError) as stopped:
        run(f"{EVIL}:write", b"", {"size": 1024**2 + 1}, limits)
    assert stopped.value.why in ("output", "error")


def test_the_size_of_the_answer_is_limited_exactly() -> None:
    # The answer is the value in JSON: what goes round it is part of it.
    around = len(json.dumps({"state": "ok", "value": "", "kept_off": list(kept_off_network())}))
    limits = Limits(output_bytes=64 * 1024)
    fits = limits.output_bytes - around
    assert len(run(f"{EVIL}:answer", b"", {"size": fits}, limits)) == fits
    with pytest.raises(StoppedError) as stopped:
        run(f"{EVIL}:answer", b"", {"size": fits + 1}, limits)
    assert stopped.value.why == "output"


def test_memory_and_open_files_within_the_limit_are_given_and_beyond_it_refused() -> None:
    limits = Limits(memory_bytes=512 * 1024**2, open_files=32)
    assert run(f"{EVIL}:spend", b"", {"size": 256 * 1024**2}, limits) == 256 * 1024**2
    with pytest.raises(StoppedError) as stopped:
        run(f"{EVIL}:spend", b"", {"size": 512 * 1024**2}, limits)
    assert stopped.value.why == "memory"
    assert run(f"{EVIL}:open_many", b"", {"count": 20}, limits) == 20
    with pytest.raises(StoppedError) as stopped:
        run(f"{EVIL}:open_many", b"", {"count": 32}, limits)
    assert "Too many open files" in stopped.value.detail


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
    assert [(f.code, dict(f.where)) for f in found] == [("stopped_time", {"file": "house.dxf"})]
    assert all(vars(message(found[0])).values())
    assert list(tmp_path.iterdir()) == []
    assert len(read_drawing(dxf_house(), filename="house.dxf", crs="EPSG:25832").buildings) == 1
    assert list(tmp_path.iterdir()) == []


def test_one_driver_alone_is_left_in_gdal_and_nothing_is_fetched() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.1)
        options = {"port": server.getsockname()[1]}
        before = run(f"{EVIL}:other_drivers", b"", {**options, "confined": False})
        after = run(f"{EVIL}:other_drivers", b"", {**options, "confined": True})
        with pytest.raises(TimeoutError):
            server.accept()
    assert before["x.vrt"] == before["points.g"] == "1 features"
    assert set(after.values()) == {"DriverError"}
