"""What each number of a rule set has to say, whoever brings it: a shipped set, a municipality's own, a package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: What each number has to say beside its value.
ASKED: Final = ("value", "clause", "source", "confidence")
CONFIDENCES: Final = ("sure", "likely", "setting", "unverified")
#: Nothing that is measured here is larger, in whatever unit.
MOST: Final = 1e9


def N_(text: str) -> str:  # noqa: N802
    """Mark a message id; arithmetic does without Django."""
    return text


def number_faults(key: str, entry: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """What is wrong with one number.

    Parameters
    ----------
    key : its name, such as ``heritage.dike.screen_m``.
    entry : its table.

    Returns
    -------
    Sentences with places (message ids) and what stands in the places; empty when it can be measured with.
    """
    lacking = [
        name
        for name in ASKED
        if name not in entry or (isinstance(entry[name], str) and not entry[name].strip())
    ]
    if lacking:
        return [(N_("%(key)s has no %(lacking)s."), {"key": key, "lacking": ", ".join(lacking)})]
    told = []
    if entry["confidence"] not in CONFIDENCES:
        known = {"key": key, "known": ", ".join(CONFIDENCES)}
        told.append((N_("The confidence of %(key)s must be one of: %(known)s."), known))
    value = entry["value"]
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str) and not (plain and 0 <= value <= MOST):
        told.append((N_("The value of %(key)s is no number that can be measured with."), {"key": key}))
    return told
