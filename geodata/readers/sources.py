"""The sources of this room by the names that people type."""

from __future__ import annotations

from geodata.readers import bbr, dagi, geodanmark, matriklen
from geodata.registry import readers


def register() -> None:
    """Declare them; called once, when the app is ready."""
    readers.register("matriklen", matriklen.read)
    readers.register("geodanmark", geodanmark.read)
    readers.register("bbr", bbr.read)
    readers.register("dagi", dagi.read)
