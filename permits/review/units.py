"""In which unit the numbers of a rule's findings are told."""

from __future__ import annotations

from typing import Final

#: Word in a rule's id → unit of its ``measured`` and ``limit``, empty for a bare number; others are metres.
_UNITS: Final = {
    "plot_ratio": "%",
    "storeys": "storeys",
    "plot_size": "m²",
    "permit_free": "m²",
    "inside_parcel": "m²",
    "building_field": "m²",
    "rural_zone": "m²",
    "consultation.zone": "dB",
    "local_plan_duty": "",
}


def unit_of(rule: str) -> str:
    """Unit of the numbers of a rule's findings."""
    return next((unit for word, unit in _UNITS.items() if word in rule), "m")
