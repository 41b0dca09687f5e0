"""In which unit the numbers of a rule's findings are told."""

from __future__ import annotations

from typing import Final

#: Rule → unit of ``measured`` and ``limit``; others are metres.
_UNITS: Final = {
    "plot_ratio": "%",
    "storeys": "storeys",
    "plot_size": "m²",
    "permit_free": "m²",
    "inside_parcel": "m²",
    "building_field": "m²",
}


def unit_of(rule: str) -> str:
    """Unit of the numbers of a rule's findings."""
    return next((unit for word, unit in _UNITS.items() if word in rule), "m")
