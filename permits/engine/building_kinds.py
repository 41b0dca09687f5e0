"""What BBR's use codes mean to the rules."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

#: BBR use codes (byg021) as kinds of the rules; others are ``other``.
KINDS: Final = {
    110: ("primary", "detached_house"),  # stuehus: people live in it
    120: ("primary", "detached_house"),
    121: ("primary", "double_house"),
    122: ("primary", "double_house"),
    130: ("primary", "row_house"),
    131: ("primary", "row_house"),
    132: ("primary", "double_house"),  # dobbelthus
    140: ("primary", "multi_storey_housing"),
    150: ("primary", "institution"),
    160: ("primary", "institution"),
    210: ("primary", "farm_building"),
    320: ("primary", "business"),
    321: ("primary", "business"),
    322: ("primary", "business"),
    220: ("primary", "business"),
    420: ("primary", "institution"),
    430: ("primary", "institution"),
    440: ("primary", "institution"),
    510: ("primary", "summer_house"),
    910: ("secondary", "garage"),
    920: ("secondary", "carport"),
    930: ("secondary", "shed"),
    940: ("secondary", "greenhouse"),
    950: ("secondary", "covered_terrace"),
}


def roles_and_kinds(
    use: pd.Series | npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Role and kind of each building by its use code (anvendelseskode), and whether it is a secondary one.

    A code that is missing or means nothing to the rules is a primary building of kind ``other``.
    """
    codes = np.nan_to_num(np.asarray(use.astype(float)), nan=-1.0).astype(int).tolist()
    known = [KINDS.get(code, ("primary", "other")) for code in codes]
    role = np.array([role for role, _ in known], dtype=object)
    kind = np.array([kind for _, kind in known], dtype=object)
    return role, kind, np.asarray(role == "secondary", dtype=bool)
