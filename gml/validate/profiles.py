"""Profiles: which rules count, and how gravely.

``inspire-plu`` holds any document to the schema, to what the European test suite asks, and to what the data
specification says beyond it. ``planvaerk`` is what leaves this house: our own checks of plans are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gml.validate.rules import RULES

Grave = Literal["error", "warning"]


@dataclass(frozen=True)
class Profile:
    """A set of rules: the stages that are asked, and (``graver``) which rules weigh otherwise than by themselves."""

    id: str
    stages: frozenset[str]
    graver: Mapping[str, Grave] = field(default_factory=dict)

    def severity(self, rule: str) -> Grave | None:
        """How grave a fault of this rule is; None = the profile does not ask."""
        own = RULES[rule]
        if own.stage not in self.stages:
            return None
        return self.graver.get(rule, own.severity)


_EUROPEAN: Final = frozenset(
    {"document", "schema", "structure", "code-lists", "geometry", "references", "identity", "data-set"}
)

PROFILES: Final = {
    "inspire-plu": Profile("inspire-plu", _EUROPEAN),
    "planvaerk": Profile("planvaerk", _EUROPEAN | {"plans"}),
}
#: For documents of others, and for those of this house.
DEFAULT: Final = "inspire-plu"
OWN: Final = "planvaerk"
