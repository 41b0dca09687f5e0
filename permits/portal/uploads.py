"""What is taken in of applicants, and of programs that have a drawing looked at: one drawing at a time."""

from __future__ import annotations

from geodata.uploads import Taken, takers
from permits.drawings.sniff import MAX_BYTES


def register() -> None:
    """Declare it; called once, when the app is ready."""
    for path in ("/apply/", "/api/assess"):
        takers.register(path, Taken(MAX_BYTES))
