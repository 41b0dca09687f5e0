"""How the layers look: a calm Danish town map on which lines of the law and applications stand out.

A look names MapLibre layers with their place in the stack, and the entries of the legend. Colour never stands
alone: kinds of line differ in dash as well, outcomes are also said in words in the list. A layer that another
package registers gets a plain look from its geometry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from geodata.registry import Layer
from permits.review.labels import UNCHECKED, label
from planning.uses import GENERAL_USES
from tileserver.vector import LABELLED

#: A font of the page itself (dkfds brings it): the style has no glyphs address.
FONT: Final = ["IBM Plex Sans", "sans-serif"]
SEA: Final = "#dce7ec"
LAND: Final = "#f3f0e7"

#: Outcome → colour; at least 4.5:1 against white. The style sheet of the list uses the same.
OUTCOME_COLOURS: Final = {
    "fail": "#b3261e",
    "needs_dispensation": "#b4540a",
    "overall_assessment": "#8b2f6b",
    "needs_other_consent": "#7a6200",
    "needs_manual": "#4c55a3",
    "pass": "#1b7344",
    UNCHECKED: "#5f6b76",
}

#: Kind of boundary → (colour, dash in line widths, width at zoom 18 in pixels).
EDGE_LOOKS: Final[dict[str, tuple[str, list[float] | None, float]]] = {
    "parcel": ("#5a3f8c", None, 2.0),
    "road": ("#77716a", None, 3.0),
    "path": ("#2f7d4f", [3, 1.5], 2.5),
    "water": ("#1766a6", None, 3.0),
    "unknown": ("#a8590b", [1, 1.2], 2.5),
}
#: General use (anvendelse, ``anvgen``) → (colour, hatch). Colours have 4.5:1 against white, hatches differ where
#: colours do not for somebody, and the label says the use in words.
USE_LOOKS: Final[dict[int, tuple[str, str]]] = {
    11: ("#a63a1e", "diagonal"),
    21: ("#8a4b08", "backward"),
    31: ("#5b3a9e", "vertical"),
    41: ("#8f1d4f", "crossed"),
    51: ("#1b7344", "dots"),
    61: ("#8f6400", "horizontal"),
    71: ("#1a5a8a", "grid"),
    81: ("#4a5560", "dashes"),
    91: ("#4d6b12", "rings"),
    96: ("#5a4a42", "wide"),
}
AMBIGUOUS: Final = "#c2185b"
FAULT: Final = "#8f1d6b"

Paint = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A line of the legend: its words, and how its little picture is drawn."""

    label: str
    shape: str  # fill | line | point
    colour: str
    outline: str = ""
    dash: bool = False
    hatch: str = ""  # name of a hatch (:func:`hatches`)

    def as_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "shape": self.shape,
            "colour": self.colour,
            "outline": self.outline,
            "dash": self.dash,
            "hatch": self.hatch,
        }


@dataclass(frozen=True)
class Look:
    """MapLibre layers with their heights in the stack, and legend entries."""

    layers: tuple[tuple[int, Paint], ...]
    legend: tuple[Entry, ...] = ()
    visible: bool = True
    clickable: tuple[str, ...] = field(default=())


def _zoomed(*stops: float) -> list[Any]:
    """A number that grows with the zoom: zoom, value, zoom, value …"""
    return ["interpolate", ["exponential", 1.6], ["zoom"], *stops]


def _layer(layer: Layer, suffix: str, kind: str, paint: Paint, **rest: Any) -> Paint:
    made: Paint = {"id": f"{layer.id}{suffix}", "type": kind, "source": layer.id, "source-layer": layer.id}
    return {**made, **rest, "paint": paint}


def _label(layer: Layer, text: Any, size: float, colour: str, min_zoom: float, **layout: Any) -> Paint:
    made = _layer(
        layer,
        "-label",
        "symbol",
        {"text-color": colour, "text-halo-color": "rgba(255,255,255,.9)", "text-halo-width": 1.4},
        minzoom=min_zoom,
        layout={
            "text-field": text,
            "text-font": FONT,
            "text-size": size,
            "text-padding": 4,
            "text-max-width": 9,
            **layout,
        },
    )
    if layer.id in LABELLED:
        made["source-layer"] = f"{layer.id}-label"
    return made


def municipalities(layer: Layer) -> Look:
    """Land against sea, with the boundary as a chain line."""
    return Look(
        (
            (0, _layer(layer, "-fill", "fill", {"fill-color": LAND})),
            (52, _layer(layer, "-line", "line", {
                "line-color": "#7d6f8f", "line-width": 1.4, "line-dasharray": [5, 2, 1, 2],
            })),
            (90, _label(layer, ["get", "name"], 13, "#5b4f6b", 7) | {"maxzoom": 13}),
        ),
        (Entry(_("Municipal boundary"), "line", "#7d6f8f", dash=True),),
    )  # fmt: skip


def parcels(layer: Layer) -> Look:
    """Quiet ground; roads lighter than plots, numbers when they can be read."""
    road = ["==", ["get", "is_road"], True]
    return Look(
        (
            (10, _layer(layer, "-fill", "fill", {
                "fill-color": ["case", road, "#ffffff", "#ecebdc"], "fill-antialias": False,
            })),
            (30, _layer(layer, "-line", "line", {
                "line-color": ["case", road, "#c9c1b1", "#c4bda6"], "line-width": _zoomed(13, 0.3, 16, 0.7, 20, 1.4),
            })),
            (91, _label(layer, ["get", "parcel_number"], 11.5, "#6b6452", 16.6)),
        ),
        (
            Entry(_("Parcel"), "fill", "#ecebdc", "#c4bda6"),
            Entry(_("Road parcel"), "fill", "#ffffff", "#c9c1b1"),
        ),
        clickable=(f"{layer.id}-fill",),
    )  # fmt: skip


def buildings(layer: Layer) -> Look:
    """Standing buildings, as on the Danish town maps."""
    return Look(
        (
            (40, _layer(layer, "-fill", "fill", {
                "fill-color": "#d3bda7", "fill-outline-color": "#9b8268",
            })),
            (41, _layer(layer, "-line", "line", {
                "line-color": "#9b8268", "line-width": _zoomed(15, 0.4, 18, 1.1),
            }, minzoom=15)),
        ),
        (Entry(_("Existing building"), "fill", "#d3bda7", "#9b8268"),),
        clickable=(f"{layer.id}-fill",),
    )  # fmt: skip


def edges(layer: Layer) -> Look:
    """Boundaries by what lies on the other side, on a white casing."""
    words = {
        "parcel": _("Towards a neighbour"),
        "road": _("Towards a road"),
        "path": _("Towards a path"),
        "water": _("Towards water"),
        "unknown": _("Kind not known"),
    }
    stack: list[tuple[int, Paint]] = [
        (60, _layer(layer, "-casing", "line", {
            "line-color": "#ffffff", "line-width": _zoomed(15, 1.6, 18, 5), "line-opacity": 0.75,
        }, layout={"line-join": "round"})),
        (61, _layer(layer, "-ambiguous", "line", {
            "line-color": AMBIGUOUS, "line-width": _zoomed(15, 2.4, 18, 7), "line-opacity": 0.55,
        }, filter=["==", ["get", "ambiguous"], True], layout={"line-join": "round"})),
    ]  # fmt: skip
    legend = []
    for kind, (colour, dash, width) in EDGE_LOOKS.items():
        paint: Paint = {"line-color": colour, "line-width": _zoomed(15, width / 3, 18, width)}
        if dash:
            paint["line-dasharray"] = dash
        filter_ = ["==", ["get", "kind"], kind]
        stack.append((62, _layer(layer, f"-{kind}", "line", paint, filter=filter_)))
        legend.append(Entry(words[kind], "line", colour, dash=bool(dash)))
    legend.append(Entry(_("Could be of another kind"), "line", AMBIGUOUS))
    return Look(tuple(stack), tuple(legend), clickable=tuple(f"{layer.id}-{kind}" for kind in EDGE_LOOKS))


def hatches() -> dict[str, dict[str, str]]:
    """Hatches by name: colour and kind; the map component draws them, so that there is no sprite to fetch."""
    return {f"use-{use}": {"colour": colour, "kind": kind} for use, (colour, kind) in USE_LOOKS.items()}


def _by_use(values: dict[int, Any], otherwise: Any) -> list[Any]:
    pairs = [part for pair in values.items() for part in pair]
    return ["match", ["coalesce", ["get", "use_general"], 0], *pairs, otherwise]


def _plan(
    colour: str, fill: float, width: float, height: int, *, visible: bool, label_zoom: float
) -> Callable[[Layer], Look]:
    def look(layer: Layer) -> Look:
        proposed = ["==", ["get", "status"], "F"]
        wide = _zoomed(10, width / 3, 15, width)
        # Drawn on the inside, so that the border does not hide the boundary that it follows.
        inside = _zoomed(10, width / 6, 15, width)
        number = ["coalesce", ["get", "number"], ["get", "title"], ""]
        uses = layer.id != "building_fields"
        words = _by_use({use: f"\n{_(said)}" for use, said in GENERAL_USES.items()}, "") if uses else ""
        text = ["concat", _("Local plan") + " " if layer.id == "local_plans" else "", number, words]
        tint = _by_use({use: said[0] for use, said in USE_LOOKS.items()}, colour) if uses else colour
        hatch = (
            (
                (
                    height,
                    _layer(
                        layer,
                        "-hatch",
                        "fill",
                        {
                            "fill-pattern": _by_use({use: f"use-{use}" for use in USE_LOOKS}, ""),
                            "fill-opacity": 0.4,
                        },
                        filter=["in", ["coalesce", ["get", "use_general"], 0], ["literal", list(USE_LOOKS)]],
                    ),
                ),
            )
            if uses
            else ()
        )
        entries = (
            tuple(
                Entry(_(GENERAL_USES[use]), "fill", colour + "18", colour, hatch=f"use-{use}")
                for use, (colour, _kind) in USE_LOOKS.items()
            )
            if uses
            else ()
        )
        return Look(
            (
                (height, _layer(layer, "-fill", "fill", {"fill-color": tint, "fill-opacity": fill})),
                *hatch,
                (height + 42, _layer(layer, "-line", "line", {
                    "line-color": colour, "line-width": wide, "line-offset": inside, "line-opacity": 0.8,
                }, filter=["!", proposed], layout={"line-join": "round"})),
                (height + 42, _layer(layer, "-proposed", "line", {
                    "line-color": colour, "line-width": wide, "line-offset": inside, "line-dasharray": [3, 2],
                }, filter=proposed)),
                (92, _label(layer, text, 12.5, colour, label_zoom)),
            ),
            (
                Entry(_("Adopted"), "fill", colour + "33", colour),
                Entry(_("Proposal"), "fill", colour + "18", colour, dash=True),
                *entries,
            ),
            visible=visible,
            clickable=(f"{layer.id}-fill",),
        )  # fmt: skip

    return look


def _by_outcome() -> list[Any]:
    pairs = [part for pair in OUTCOME_COLOURS.items() for part in pair]
    return ["match", ["coalesce", ["get", "outcome"], ""], *pairs, OUTCOME_COLOURS[UNCHECKED]]


def proposals(layer: Layer) -> Look:
    """What somebody wants to build, in the colour of its worst answer."""
    return Look(
        (
            (70, _layer(layer, "-fill", "fill", {"fill-color": _by_outcome(), "fill-opacity": 0.38})),
            (71, _layer(layer, "-line", "line", {
                "line-color": _by_outcome(), "line-width": _zoomed(14, 1, 18, 2.4),
            })),
        ),
        (Entry(_("Proposed building, coloured by answer"), "fill", "#b3261e61", "#b3261e"),),
        clickable=(f"{layer.id}-fill",),
    )  # fmt: skip


def applications(layer: Layer) -> Look:
    """A point per application, in the colour of its worst answer; the worst lie on top."""
    return Look(
        (
            (95, _layer(layer, "-point", "circle", {
                "circle-color": _by_outcome(), "circle-stroke-color": "#ffffff",
                "circle-radius": _zoomed(9, 3, 13, 5, 16, 8), "circle-stroke-width": _zoomed(9, 1, 16, 2),
            }, layout={"circle-sort-key": ["match", ["coalesce", ["get", "outcome"], ""], "fail", 5,
                                           "needs_dispensation", 4, "overall_assessment", 3, "needs_manual", 2, 1]})),
            (96, _label(layer, ["get", "number"], 12, "#1a1a1a", 15.4, **{
                "text-offset": [0, 1.1], "text-anchor": "top", "text-optional": True,
            })),
        ),
        tuple(Entry(label(outcome), "point", colour) for outcome, colour in OUTCOME_COLOURS.items()),
        clickable=(f"{layer.id}-point",),
    )  # fmt: skip


def faults(layer: Layer) -> Look:
    """Faults that the quality checks have found: asked for by those who mend data, so hidden at first."""
    return Look(
        ((94, _layer(layer, "-point", "circle", {
            "circle-color": FAULT, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
            "circle-radius": _zoomed(11, 3, 16, 7),
        })),),
        (Entry(_("Fault in the data"), "point", FAULT),),
        visible=False,
    )  # fmt: skip


def plain(layer: Layer) -> Look:
    """A look for a layer that nobody has drawn one for."""
    colour = "#3d6b7d"
    if layer.geometry == "point":
        return Look(
            ((80, _layer(layer, "-point", "circle", {"circle-color": colour, "circle-radius": 4})),),
            (Entry(_("Place"), "point", colour),),
        )
    line = (80, _layer(layer, "-line", "line", {"line-color": colour, "line-width": 1.5}))
    if layer.geometry == "line":
        return Look((line,), (Entry(_("Line"), "line", colour),))
    fill = (20, _layer(layer, "-fill", "fill", {"fill-color": colour, "fill-opacity": 0.15}))
    return Look((fill, line), (Entry(_("Area"), "fill", colour + "33", colour),))


def picture(
    key: str, title: str, min_zoom: int, entries: Sequence[Entry] = (), attribution: str = ""
) -> tuple[Paint, dict[str, Any]]:
    """MapLibre layer and legend group of tiles that are pictures; switched on by who wants them."""
    drawn: Paint = {
        "id": key,
        "type": "raster",
        "source": key,
        "minzoom": min_zoom,
        "layout": {"visibility": "none"},
        "paint": {"raster-fade-duration": 0},
    }
    group = {
        "id": key,
        "title": title,
        "layers": [key],
        "clickable": [],
        "visible": False,
        "min_zoom": min_zoom,
        "entries": [entry.as_dict() for entry in entries],
        "attribution": attribution,
    }
    return drawn, group


LOOKS: Final[dict[str, Callable[[Layer], Look]]] = {
    "municipalities": municipalities,
    "parcels": parcels,
    "buildings": buildings,
    "edges": edges,
    "frameworks": _plan("#56707f", 0.06, 1.2, 19, visible=False, label_zoom=12),
    "local_plans": _plan("#a0285f", 0.07, 2.4, 22, visible=True, label_zoom=12.5),
    "sub_areas": _plan("#8a3d9e", 0.04, 1.4, 21, visible=False, label_zoom=14.5),
    "building_fields": _plan("#9a5b00", 0.12, 1.6, 23, visible=True, label_zoom=17),
    "proposals": proposals,
    "applications": applications,
    "faults": faults,
}


def look_of(layer: Layer) -> Look:
    """The look of a registered layer."""
    return LOOKS.get(layer.id, plain)(layer)
