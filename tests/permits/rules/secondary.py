"""Situations with secondary buildings, for tests of their rules."""

from __future__ import annotations

from typing import Any

from tests.permits.situations import box, situation

HEIGHT = "br18.secondary_height"
LENGTH = "br18.secondary_length"
OPENINGS = "br18.secondary_openings"
STRIP = "br18.summer_house_clear_strip"
RAISED = "br18.raised_area"
SIZE = "br18.plot_size"
WALL = "br18.boundary_wall"
FREE = "br18.permit_free"
FAMILY = (HEIGHT, LENGTH, OPENINGS, STRIP, RAISED, SIZE, WALL, FREE)


def shed(footprint: str | None = box(0, 8, 4, 12), name: str = "s", **more: Any) -> dict[str, Any]:
    building = {
        "id": name,
        "role": "secondary",
        "kind": "shed",
        "height": 2.4,
        "floor_area": 16,
        "openings_toward_boundary": False,
        **more,
    }
    building = {key: value for key, value in building.items() if value is not None}
    return building if footprint is None else {**building, "footprint": footprint}


def summer(*buildings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return situation(*buildings, zone="sommerhusomraade", **more)


def nowhere(*buildings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A situation whose zone nobody knows."""
    case = situation(*buildings, **more)
    del case["zone"]
    return case


def road(x0: float, y0: float, x1: float, y1: float) -> list[dict[str, str]]:
    return [{"kind": "road", "wkt": box(x0, y0, x1, y1)}]
