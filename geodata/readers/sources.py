"""The sources of this room by the names that people type."""

from __future__ import annotations

from geodata.registry import later, readers


def register() -> None:
    """Declare them; called once, when the app is ready."""
    for source in ("matriklen", "temaflade", "geodanmark", "bbr", "dar", "dagi", "dai", "dhm"):
        readers.register(source, later(f"geodata.readers.{source}:read"))
