"""Parsers that misbehave; run in the sandbox only."""

from __future__ import annotations

import os
import socket
import time
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
