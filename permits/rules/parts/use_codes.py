"""Codes of use (anvendelse) in the plan register, and the kinds of building that each admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from permits.engine.world import World

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HOUSING: Final = (
    "detached_house",
    "two_family_horizontal",
    "double_house",
    "row_house",
    "multi_storey_housing",
)
#: General use (anvendelse generel): kinds of building it admits.
GENERAL: Final = {
    11: HOUSING,
    21: (*HOUSING, "business"),
    31: ("business",),
    41: (*HOUSING, "business", "institution"),
    61: ("summer_house",),
    71: ("institution",),
}
#: Specific use (anvendelse specifik): kinds of building it admits. It narrows, and never widens, a general one.
SPECIFIC: Final = {
    1110: ("detached_house", "two_family_horizontal", "double_house"),
    1120: ("row_house", "double_house"),
    1130: ("multi_storey_housing",),
}


class Admitted(NamedTuple):
    """What the codes of plan areas say of kinds of building, row by row.

    Attributes
    ----------
    strange : the general code is none of :data:`GENERAL`.
    refused : the general code does not admit the kind.
    specific : there are specific codes.
    named : one of them admits the kind.
    all_known : all of them are in :data:`SPECIFIC`.
    """

    strange: Bools
    refused: Bools
    specific: Bools
    named: Bools
    all_known: Bools


def admitted(world: World, area: Ints, general: Ints, building: Ints) -> Admitted:
    """Whether kinds of building fit the codes of plan areas.

    Danish: anvendelse generel og specifik.

    Parameters
    ----------
    world : World with ``uses``.
    area : keys of plan areas.
    general : general code of each, -1 = none (then specific codes speak alone).
    building : row of ``world.buildings``, one per row.

    Returns
    -------
    :class:`Admitted`, one row per row asked for.

    Examples
    --------
    1110 and a detached house: named. 31 and 1110: refused, whatever 1110 says. 1160: not all known.
    """
    known, admits = np.zeros((2, len(area)), dtype=bool)
    for code, kinds in GENERAL.items():
        here = general == code
        known |= here
        admits |= here & world.is_word("buildings", "kind", *kinds)[building]
    found = world.once("uses", lambda: _specific(world))
    row = world.rows("areas", area)
    named = np.zeros(len(area), dtype=bool)
    for code, kinds in SPECIFIC.items():
        named |= found.codes[code][row] & world.is_word("buildings", "kind", *kinds)[building]
    return Admitted(
        strange=(general >= 0) & ~known,
        refused=known & ~admits,
        specific=found.some[row],
        named=named,
        all_known=~found.strange[row],
    )


class _Specific(NamedTuple):
    """Specific codes of each row of ``world.areas``, and nothing behind the last."""

    some: Bools
    strange: Bools
    codes: dict[int, Bools]


def _specific(world: World) -> _Specific:
    code, row = world.column("uses", "code"), world.rows_of("uses", "area", "areas")

    def areas(mask: Bools) -> Bools:
        some = np.zeros(len(world.areas) + 1, dtype=bool)
        some[row[mask & (row >= 0)]] = True
        return some

    listed = {number: code == number for number in SPECIFIC}
    strange = ~np.logical_or.reduce(list(listed.values()))
    return _Specific(
        areas(np.ones(len(code), dtype=bool)),
        areas(strange),
        {number: areas(mask) for number, mask in listed.items()},
    )
