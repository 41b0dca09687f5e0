"""All patterns of quarters by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from permits.demo.quarters.dense import centre, flats, rows
from permits.demo.quarters.houses import closes, green, horseshoe, streets, villas
from permits.demo.quarters.open import allotments, business, fields, forest, lake, park, summer
from permits.demo.quarters.quarter import Quarter

PATTERNS: Final[dict[str, Callable[[Quarter], None]]] = {
    "streets": streets, "closes": closes, "horseshoe": horseshoe, "villas": villas, "rows": rows, "flats": flats,
    "summer": summer, "centre": centre, "green": green, "business": business, "lake": lake, "forest": forest,
    "park": park, "fields": fields, "allotments": allotments,
}  # fmt: skip
#: Patterns whose streets lie over their plots.
CARVED: Final = frozenset({"closes", "centre"})
