"""Rule sets: the numbers of one version of the law, and which version a day leads to.

BR18 § 565: the text in force on the day the application is sent in decides; for work without a permit, the day
it begins. Each number carries its clause, source and confidence. A municipality's own set is one more file,
with ``kind = "own"`` and a name of its own; it is used where it is named.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import Ruleset

if TYPE_CHECKING:
    from permits.engine.world import World

#: What each number has to say beside its value.
_ASKED: Final = ("value", "clause", "source", "confidence")


@cache
def _texts() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(files("permits.rulesets").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        text = tomllib.loads(file.read_text(encoding="utf-8"))
        for key, entry in text["numbers"].items():
            lacking = [a for a in _ASKED if a not in entry]
            if lacking:
                raise ValueError(f"{file.name}: {key} has no {', '.join(lacking)}")
        if text["name"] in found:
            raise ValueError(f"two rule sets are called {text['name']}")
        found[text["name"]] = text
    return found


@cache
def load() -> dict[str, Ruleset]:
    """All rule sets by name.

    Raises
    ------
    ValueError : two have the same name, or a number lacks clause, source or confidence.
    """
    return {name: Ruleset(name, text["numbers"]) for name, text in _texts().items()}


@cache
def _calendar() -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.object_]]:
    dated = [t for t in _texts().values() if t["kind"] in ("national", "unsettled")]
    starts = sorted((np.datetime64(t.get("valid_from", "0001-01-01"), "D"), str(t["name"])) for t in dated)
    return np.array([s for s, _ in starts]), np.array([n for _, n in starts], dtype=object)


def unsettled(name: str) -> bool:
    """Whether a set stands for a time between two verified texts."""
    return str(_texts()[name]["kind"]) == "unsettled"


def by_date(applied_on: pd.Series) -> npt.NDArray[np.object_]:
    """The rule set that each day of sending in leads to.

    BR18 § 565, stk. 3.

    Parameters
    ----------
    applied_on : datetimes; NaT (nobody knows) leads to the newest set.

    Returns
    -------
    Names of rule sets.

    Notes
    -----
    From 1 July 2020 to 28 June 2021 no text was read: ``BR18-2020`` has what the texts before and after share,
    and its road side is unsettled.

    Examples
    --------
    30 June 2020 leads to ``BR18-2018``, 1 July 2020 to ``BR18-2020``, an unknown day to the newest.
    """
    starts, names = _calendar()
    days = applied_on.to_numpy().astype("datetime64[D]")
    place = np.searchsorted(starts, days, side="right") - 1
    place = np.where(np.isnat(days), len(names) - 1, np.maximum(place, 0))
    return np.asarray(names[place], dtype=object)


def choose(world: World) -> npt.NDArray[np.object_]:
    """The rule set of each site of a World: the municipality's own where one is named, else by date.

    A national set that is named but is not the one of the day does not count: the day decides.
    """
    named = world.sites["ruleset"].to_numpy(dtype=object)
    chosen = by_date(world.sites["applied_on"])
    own = [name for name, text in _texts().items() if text["kind"] == "own"]
    return np.where(np.isin(named.astype(str), own), named, chosen)


def of_site(world: World, site: int) -> str:
    """Name of the rule set of one site; the newest when the World does not hold it."""
    rows = np.flatnonzero(world.sites["site"].to_numpy() == site)
    return str(choose(world)[rows[0]]) if len(rows) else str(_calendar()[1][-1])
