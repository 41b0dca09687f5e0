"""From a request to the one who asks, and what is written down once they have been answered."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from geodata.accounts.permissions import allowed
from geodata.accounts.whose import municipality_of
from geodata.property_lookup.answers import Asker
from geodata.property_lookup.log import note, purpose_of
from geodata.property_lookup.look import Look

#: Largest code of a cadastral district that the database takes.
_MOST: Final = 2**31 - 1


def district_of(text: str) -> int | None:
    """Code of a cadastral district (ejerlavskode) as an address has it; None = it is no code."""
    known = text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= _MOST
    return int(text) if known else None


def number_of(text: str) -> str | None:
    """A parcel number (matrikelnummer) as an address has it; None = it cannot be one."""
    given = text.strip()
    return given if 0 < len(given) <= 20 and given.isprintable() else None


def asker_of(request: HttpRequest) -> Asker:
    """Who asks, with the municipality that the middleware has opened for the page."""
    answered: dict[tuple[str, str | None], bool] = {}

    def may(verb: str, municipality: str | None) -> bool:
        if (verb, municipality) not in answered:
            answered[verb, municipality] = allowed(request.user, verb, municipality)
        return answered[verb, municipality]

    code = municipality_of(request)
    return Asker(request.user, code, may, purpose_of(request, code))


def write_down(asker: Asker, look: Look) -> None:
    """Put into the log of look-ups what personal data this look-up showed; nothing, when it showed none."""
    for what, seen in asker.seen.items():
        note(
            asker.user,
            asker.tenant,
            what=what,
            subject=f"{look.place.district} {look.place.number}",
            seen=seen,
            purpose=asker.purpose,
        )
