"""What the map component says, in the language of the visitor; it travels with the style."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def words() -> dict[str, Any]:
    """Texts of the map component by name; ``controls`` are those of MapLibre's own buttons."""
    return {
        "map": _("Map. Arrow keys move it, plus and minus zoom, Enter tells what lies in the middle."),
        "legend": _("Layers and legend"),
        "opacity": _("Opacity"),
        "drawing": _("Drawing"),
        "drawn": _("applied for, as drawn"),
        "roof": _("parts of the roof"),
        "evidence": _("Evidence of findings"),
        "measured": _("measured length"),
        "boundary": _("the boundary it is about"),
        "too_much": _("what is too much"),
        "strip": _("strip that it is about"),
        "zoom_in": _("zoom in to see"),
        "close": _("Close"),
        "proposal": _("proposal"),
        "ambiguous": _("could be of another kind"),
        "truncated": _("There is too much here to draw all of it. Zoom in to see all of:"),
        "tile_failed": _("A part of the map could not be loaded."),
        "no_background": _("The background map does not answer; the map goes on without it:"),
        "no_webgl": _(
            "This browser cannot draw the map (WebGL is missing or switched off). "
            "What it would show is listed here."
        ),
        "twin": {
            "title": _("List of what the map shows"),
            "none": _("Nothing that the map draws lies here."),
            "more": _("and more; zoom in to list all"),
            "failed": _("The list could not be loaded."),
            "loading": _("Listing …"),
            "show": _("Show on the map"),
            "nearer": _("Look closer"),
            "moves": _("Another part of the map"),
            "north": _("North"),
            "south": _("South"),
            "west": _("West"),
            "east": _("East"),
            "in": _("Zoom in"),
            "out": _("Zoom out"),
        },
        "kinds": {
            "parcel": _("towards a neighbour"),
            "road": _("towards a road"),
            "path": _("towards a path"),
            "water": _("towards water"),
            "unknown": _("kind not known"),
        },
        "controls": {
            "NavigationControl.ZoomIn": _("Zoom in"),
            "NavigationControl.ZoomOut": _("Zoom out"),
            "Map.Title": _("Map"),
        },
    }
