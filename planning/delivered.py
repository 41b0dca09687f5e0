"""Which plans have been delivered: local plans may have been while frameworks have not.

A plan that happens to be stored, such as one made here or one that reaches across the border, proves nothing.
"""

from __future__ import annotations

from typing import Final

from planning.models.plans import Level, PlanStatus

#: Part of the theme that proposals of all levels are.
PROPOSALS: Final = "proposal"


def part(level: str | None, status: str | None) -> str | None:
    """Part of the theme ``plan`` that a record belongs to: proposals (forslag) are one, else its level is."""
    return PROPOSALS if status == PlanStatus.PROPOSAL.value else level


def theme_of(level: Level | None) -> str:
    """Name under which sources answer for the plans of a level, or (None) for proposals of all levels."""
    return f"plan:{PROPOSALS if level is None else level.value}"
