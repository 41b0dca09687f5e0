"""br18.plot_size: new plots are large enough when land is divided.

BR18 §§ 173-175: 700 m² for a detached house, 1200 m² for a summer house; road is left out. For other buildings the
law has no number, and the municipality weighs the matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from geodata.columns import Columns, columns_of
from permits.rulebook import EQUAL, Rule, Ruleset, findings, joined, worded, worst

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]

ID: Final = "br18.plot_size"


def plots(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """New plots with what they hold and what is asked, in m².

    Danish: grundstørrelse ved udstykning; BR18 §§ 173-174.

    Returns
    -------
    Columns ``site``, ``kind``, ``registered``, ``road``, ``area`` (what is left without road, NaN = not known),
    ``limit`` and ``most`` (limit, and the larger one where the kind is not known; NaN = the law has none).
    """
    whole = world.column("new_plots", "registered_m2")
    road = np.nan_to_num(world.column("new_plots", "road_m2"), posinf=np.inf, neginf=-np.inf)
    known = np.isfinite(whole) & (whole > 0.0) & np.isfinite(road) & (road >= 0.0)
    kind = world.column("new_plots", "kind")
    house, summer = ruleset.number(f"{ID}.house_m2"), ruleset.number(f"{ID}.summer_house_m2")
    limit = np.select(
        [kind == "detached_house", kind == "summer_house", kind == ""], [house, summer, house], np.nan
    )
    return Columns(
        {
            "site": world.column("new_plots", "site"),
            "kind": kind,
            "registered": whole,
            "road": road,
            "area": np.where(known, np.maximum(whole - road, 0.0), np.nan),
            "limit": limit,
            "most": np.where(kind == "", max(house, summer), limit),
        }
    )


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Area in m² of the smallest new plot without road.

    Danish: mindste grundstørrelse; BR18 §§ 173-175.

    Parameters
    ----------
    world : sites and new plots.
    ruleset : ``br18.plot_size.house_m2``, ``.summer_house_m2``.

    Returns
    -------
    One finding per site, about the plot that has the least to spare; ``not_applicable`` where no land is divided.

    Notes
    -----
    Not considered: corner cut-offs and land inside a road building line, which § 174 leaves out too.

    Examples
    --------
    Complies: 760 m² with 60 m² of road. Breaches: with 65 m². Unknown: a plot whose area is not stated.
    """
    site, area, limit, most = (
        columns_of(plots(world, ruleset))[name] for name in ("site", "area", "limit", "most")
    )
    unfixed = np.isnan(limit)
    broken = area < limit - EQUAL
    met = area >= most - EQUAL
    reason = worded([unfixed | broken, met], ["overall_assessment", ""], "missing_data")
    said = (broken | met) & ~unfixed
    told = findings(
        ID,
        site=site,
        outcome=worded([met & ~unfixed & ~broken], ["pass"], "needs_manual"),
        reason=reason,
        measured=np.where(said, area, np.nan),
        limit=np.where(said | (limit == most), np.where(met, most, limit), np.nan),
        margin=np.where(said, area - np.where(met, most, limit), np.nan),
    )
    bare = np.ones(len(world.sites) + 1, dtype=bool)
    bare[world.rows_of("new_plots", "site", "sites")] = False
    # The place behind the last takes plots of sites that are not there.
    bare = bare[:-1]
    divided = world.is_word("sites", "work", "subdivision")
    rest = findings(
        ID,
        site=world.column("sites", "site")[bare],
        outcome=worded([divided[bare]], ["needs_manual"], "not_applicable"),
        reason=worded([divided[bare]], ["missing_data"], ""),
    )
    return joined(worst(told), rest)


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 173-175",
    name_da="Grundstørrelse ved udstykning",
    name_en="Size of new plots",
    check=check,
)
