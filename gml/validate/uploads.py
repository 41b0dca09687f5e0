"""What the page of the validator takes in."""

from __future__ import annotations

from typing import Final

from geodata.uploads import Taken, takers

#: Largest document that is taken, bytes.
MOST_BYTES: Final = 20 * 2**20


def register() -> None:
    """Declare it; called once, when the app is ready."""
    takers.register("/register/validate", Taken(MOST_BYTES))
