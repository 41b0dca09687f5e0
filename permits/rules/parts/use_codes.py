"""Codes of use (anvendelse) in the plan register, and the kinds of building that each admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geodata import shapes

if TYPE_CHECKING:
    from permits.engine.world import World

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

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


def _admits(codes: dict[int, tuple[str, ...]], code: Ints, kind: Words) -> Bools:
    """Whether each code admits the kind beside it."""
    answer = np.zeros(len(code), dtype=bool)
    for number, kinds in codes.items():
        answer |= (code == number) & np.isin(kind.astype(str), kinds)
    return answer


def admitted(world: World, area: Ints, general: Ints, kind: Words) -> Admitted:
    """Whether kinds of building fit the codes of plan areas.

    Danish: anvendelse generel og specifik.

    Parameters
    ----------
    world : World with ``uses``.
    area : keys of plan areas.
    general : general code of each, -1 = none (then specific codes speak alone).
    kind : kind of building, one per row.

    Returns
    -------
    :class:`Admitted`, one row per row asked for.

    Examples
    --------
    1110 and a detached house: named. 31 and 1110: refused, whatever 1110 says. 1160: not all known.
    """
    size = len(area)
    known = np.isin(general, list(GENERAL))
    i, j = shapes.pairs(area, world.uses["area"].to_numpy())
    code = world.uses["code"].to_numpy()[j]

    def some(mask: Bools) -> Bools:
        return np.asarray(np.bincount(i[mask], minlength=size) > 0, dtype=bool)

    return Admitted(
        strange=(general >= 0) & ~known,
        refused=known & ~_admits(GENERAL, general, kind),
        specific=some(np.ones(len(i), dtype=bool)),
        named=some(_admits(SPECIFIC, code, kind[i])),
        all_known=~some(~np.isin(code, list(SPECIFIC))),
    )
