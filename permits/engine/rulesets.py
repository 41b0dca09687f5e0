"""Rule sets: the numbers of one version of the law, and which version a day leads to.

BR18 § 565: the text in force on the day the application is sent in decides; for work without a permit, the day
it begins. Each number carries its clause, source and confidence. A municipality's own set has a name of its own and
is used where it is named, if the municipality has signed the file as it stands and the day lies in its time. A named
set that may not be used is never replaced by another: the site gets no numbers (:func:`refusals`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from permits.engine.ruleset_files import RulesetFile, every, shipped
from permits.rulebook import Ruleset

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World


def load(files: Iterable[RulesetFile] | None = None) -> dict[str, Ruleset]:
    """All rule sets by name, drafts among them; a municipality's file that cannot be used is left out.

    Parameters
    ----------
    files : what :func:`permits.engine.ruleset_files.every` answered; read now by default. Who asks
        :func:`choose` and :func:`load` gives both the same, so that no file changes between the two.

    Raises
    ------
    ValueError : a shipped set has a fault: a number lacks clause, source or confidence, or a name is taken.
    """
    return {one.name: one.ruleset for one in files or every() if one.usable}


@cache
def _calendar() -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.object_]]:
    dated = [one for one in shipped() if one.status == "in_force"]
    starts = sorted((np.datetime64(one.valid_from or date.min, "D"), one.name) for one in dated)
    return np.array([s for s, _ in starts]), np.array([n for _, n in starts], dtype=object)


def unsettled(name: str) -> bool:
    """Whether a set stands for a time between two verified texts."""
    return any(one.name == name and one.kind == "unsettled" for one in shipped())


def by_date(applied_on: pd.Series | npt.NDArray[np.datetime64]) -> npt.NDArray[np.object_]:
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
    days = np.asarray(applied_on).astype("datetime64[D]")
    place = np.searchsorted(starts, days, side="right") - 1
    place = np.where(np.isnat(days), len(names) - 1, np.maximum(place, 0))
    return np.asarray(names[place], dtype=object)


def refusals(world: World, files: Iterable[RulesetFile] | None = None) -> npt.NDArray[np.object_]:
    """Why the rule set that a site names may not be used there; empty where it may, or where none is named.

    Parameters
    ----------
    world : its sites say what is named (``ruleset``) and the hash of what the municipality has signed under that
        name (``ruleset_signed``).
    files : see :func:`load`.

    Returns
    -------
    Per site ``unknown`` (no such set), ``faulty`` (its file cannot be used), ``unsigned``, ``changed`` (signed, and
    the file is another since), ``not_in_force`` (the day of sending in lies outside its time) or nothing.

    Examples
    --------
    Complies: a file as signed, sent in on its first day. Breaches: one line of the file was changed since. Unknown:
    no day of sending in; the set may be used when it has no last day.
    """
    named = world.sites["ruleset"].to_numpy(dtype=object)
    signed = world.sites["ruleset_signed"].to_numpy(dtype=object)
    days = world.sites["applied_on"].to_numpy().astype("datetime64[D]")
    told = np.full(len(named), "", dtype=object)
    known = {one.name: one for one in files or every()} if (named != "").any() else {}
    for name in set(named[named != ""].tolist()):
        mine = named == name
        told[mine] = _refusals(known.get(name), signed[mine], days[mine])
    return told


def _refusals(
    found: RulesetFile | None, signed: npt.NDArray[np.object_], days: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.object_] | str:
    if found is None:
        return "unknown"
    if not found.usable:
        return "faulty"
    if not found.own:
        return "" if found.status == "in_force" else "unsigned"
    unknown = np.isnat(days)
    late = unknown if found.valid_to else np.zeros(len(days), dtype=bool)
    first, last = np.datetime64(found.valid_from or date.min), np.datetime64(found.valid_to or date.max)
    outside = np.where(unknown, late, (days < first) | (days > last))
    return np.select(
        [signed == "", signed != found.sha256, outside], ["unsigned", "changed", "not_in_force"], ""
    ).astype(object)


def choose(world: World, files: Iterable[RulesetFile] | None = None) -> npt.NDArray[np.object_]:
    """The rule set of each site of a World: the municipality's own where one is named, else by date.

    A national set that is named but is not the one of the day does not count: the day decides. Empty where a set is
    named that may not be used (:func:`refusals`). ``files``: see :func:`load`.
    """
    named = world.column("sites", "ruleset")
    chosen = by_date(world.column("sites", "applied_on"))
    if not (named != "").any():
        return chosen
    national = [one.name for one in shipped()]
    chosen = np.where((named == "") | np.isin(named.astype(str), national), chosen, named)
    return np.where(refusals(world, files) == "", chosen, "")
