"""Parsers that misbehave; run in the sandbox only."""

from __future__ import annotations

import ctypes
import os
import socket
import time
from pathlib import Path
from typing import Any


def loop(data: bytes, options: dict[str, Any]) -> None:
    while True:
        pass


def sleep(data: bytes, options: dict[str, Any]) -> None:
    time.sleep(600)


def hoard(data: bytes, options: dict[str, Any]) -> int:
    kept = []
    while True:
        kept.append(bytearray(64 * 1024**2))


def flood(data: bytes, options: dict[str, Any]) -> str:
    return "x" * (8 * 1024**2)


def die(data: bytes, options: dict[str, Any]) -> None:
    os.abort()


def fail(data: bytes, options: dict[str, Any]) -> None:
    raise ValueError("no such thing")


def call(data: bytes, options: dict[str, Any]) -> str:
    with socket.create_connection(("127.0.0.1", options["port"]), timeout=2):
        return "connected"


def start(data: bytes, options: dict[str, Any]) -> None:
    os.system("true")


def look(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    print("this must not end up in the answer")
    return {"size": len(data), "environment": sorted(os.environ), "folder": os.listdir(), **options}


def call_past_python(data: bytes, options: dict[str, Any]) -> list[int]:
    """A socket and another program as compiled code asks for them; what the kernel says of each."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    first = ctypes.get_errno() if handle < 0 else 0
    libc.execve(b"/bin/true", None, None)
    return [first, ctypes.get_errno()]


def write(data: bytes, options: dict[str, Any]) -> int:
    Path("big").write_bytes(b"x" * options["size"])
    return Path("big").stat().st_size


def spend(data: bytes, options: dict[str, Any]) -> int:
    return len(bytearray(options["size"]))


def answer(data: bytes, options: dict[str, Any]) -> str:
    return "x" * options["size"]


def open_many(data: bytes, options: dict[str, Any]) -> int:
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(options["count"])]
    return len(kept)


def other_drivers(data: bytes, options: dict[str, Any]) -> dict[str, str]:
    """What GDAL says to files that would have it reach elsewhere, after one driver alone is allowed."""
    import fiona

    from permits.drawings.vector import only_allowed

    Path("points.geojson").write_text('{"type": "Point", "coordinates": [1, 2]}', encoding="utf-8")
    Path("x.vrt").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="points"><SrcDataSource>points.geojson</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    said = {}
    with fiona.Env():
        if options["confined"]:
            only_allowed("GML")
        for name in ("x.vrt", "points.geojson", f"/vsicurl/http://127.0.0.1:{options['port']}/x.geojson"):
            try:
                with fiona.open(name, allow_unsupported_drivers=True) as source:
                    said[name[:8]] = f"{len(source)} features"
            except (fiona.errors.FionaError, OSError) as error:
                said[name[:8]] = type(error).__name__
    return said
