"""What is taken in for imports, of people who have signed in; what is larger is read by the command."""

from __future__ import annotations

from typing import Final

from geodata.uploads import Taken, takers

#: All files of one delivery, bytes.
MOST_BYTES: Final = 2 * 2**30


def register() -> None:
    """Declare it; called once, when the app is ready."""
    takers.register("/imports/upload/", Taken(MOST_BYTES, signed_in=True))
