"""Made-up names: streets, districts, parcel letters. No person and no place behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

#: The demonstration municipality; the code is used by nobody.
CODE: Final = "0999"
NAME: Final = "Fjordby Kommune (demonstration)"
NEIGHBOUR_CODE: Final = "0998"
NEIGHBOUR_NAME: Final = "Nabokommunen (demonstration)"


def code_of(beyond: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    """Municipality of what lies beyond the border, and of what does not."""
    return np.where(beyond, NEIGHBOUR_CODE, CODE).astype(object)


def address(street: str, number: int, beyond: bool = False) -> str:
    """What an address is called; ``beyond`` = in the neighbouring municipality. Both postcodes are nobody's."""
    return f"{street} {number}, {'9998 Nabo' if beyond else '9999 Fjordby'}"


#: Cadastral districts (ejerlav) by where a parcel lies.
DISTRICTS: Final = {
    "town": (9990101, "Fjordby By, Fjordby"),
    "shore": (9990102, "Fjordby Strand, Fjordby"),
    "land": (9990103, "Fjordby Mark, Fjordby"),
    "beyond": (9980101, "Nabo By, Nabo"),
}
#: Lowest number of a property (BFE); far above those in use.
FIRST_PROPERTY: Final = 99_000_000

_STREETS: Final = (
    "Mågevej", "Ternevej", "Rylevej", "Lærkevej", "Stærevej", "Vibevej", "Svalevej", "Solsortevej", "Hybenvej",
    "Slåenvej", "Tjørnevej", "Hyldevej", "Havtornvej", "Birkevej", "Rønnevej", "Ahornvej", "Engvej", "Agervej",
    "Kløvervej", "Kornvænget", "Rugvænget", "Bygvænget", "Havrevænget", "Byvænget", "Møllebakken", "Fælledvej",
    "Skolevænget", "Sandgraven", "Toften", "Vangen",
)  # fmt: skip
_SUMMER: Final = ("Marehalmen", "Klitvænget", "Strandkrogen", "Hjelmevej", "Lyngstien", "Revlingvej")
_CENTRE: Final = ("Storegade", "Havnegade", "Kirkestræde", "Smedestræde", "Torvegade", "Bagergade")
_ROWS: Final = ("Rækkerne", "Gårdhavevej", "Teglgården", "Fællesgården")
_BUSINESS: Final = ("Industrivej", "Håndværkervej", "Smedevej", "Savværksvej", "Fabriksvej", "Værkstedsvej")
_STEMS: Final = (
    "Måge", "Terne", "Ryle", "Lærke", "Stære", "Vibe", "Svale", "Solsort", "Hyben", "Slåen", "Tjørne", "Hylde",
    "Havtorn", "Birke", "Rønne", "Ahorn", "Eng", "Ager", "Kløver", "Korn", "Rug", "Byg", "Havre", "Mølle", "Fælled",
    "Skole", "Sand", "Toft", "Vang", "Hassel", "Pile", "Elle", "Linde", "Ege", "Bøge", "Gran", "Fyrre", "Lyng",
)  # fmt: skip
_ENDINGS: Final = (
    "parken",
    "krogen",
    "bakken",
    "toften",
    "vænget",
    "stien",
    "haven",
    "lunden",
    "ageren",
    "marken",
)
_PREFIX: Final = ("", "Nordre ", "Søndre ", "Østre ", "Vestre ", "Lille ", "Store ", "Gammel ", "Ny ")
_LETTERS: Final = "abcdefghiklmnopqrstuvxyzæø"


def streets(of: str = "") -> Iterator[str]:
    """Street names for a pattern of quarters, without end and without repeating."""
    base = {"summer": _SUMMER, "centre": _CENTRE, "rows": _ROWS, "business": _BUSINESS}.get(of, _STREETS)
    yield from base
    if not of:
        for ending in _ENDINGS:
            for stem in _STEMS:
                yield stem + ending
        base += tuple(stem + ending for ending in _ENDINGS for stem in _STEMS)
    for prefix in _PREFIX[1:]:
        for name in base:
            yield prefix + name
    number = 1
    while True:
        for name in base:
            yield f"{name} {number}. række"
        number += 1


def letters(number: int) -> str:
    """Letters of a parcel number: a, b … ø, aa, ab …"""
    size = len(_LETTERS)
    text = _LETTERS[number % size]
    while number >= size:
        number = number // size - 1
        text = _LETTERS[number % size] + text
    return text
