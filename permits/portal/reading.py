"""A file that was sent becomes a drawing of the property, or the question what lies on its layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpRequest
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from permits.drawings import sniff
from permits.drawings.drawing import Drawing, DrawingError, Fault, errors
from permits.drawings.layers import LayerMapping, layers_of
from permits.drawings.messages import message
from permits.drawings.read import read_drawing
from permits.drawings.vocabulary import KINDS
from permits.engine.from_drawing import Land
from permits.portal.layers import remembered, remembers
from permits.proofs.words import number

#: Farther than this (m) from the property a drawing is one of another place, or in another system.
_ELSEWHERE_M: Final = 200.0
#: What a drawing need not say, since the next page asks for it.
_ASKED: Final = ("height", "storeys", "floor_area", "eaves_overhang", "dwellings")
#: What is wrong with a file only because nobody has said what its layers are.
_LAYERS: Final = ("unknown_layer", "no_building")


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    Attributes
    ----------
    drawing : ``None`` where somebody has to say first what its layers are.
    layers : its layers, where their names alone did not say what they are.
    """

    drawing: Drawing | None
    layers: LayerMapping | None = None


def read_file(request: HttpRequest, content: bytes, name: str, land: Land, kind: str) -> Outcome:
    """Read a file, by what its layers are called and what this visitor has said of such layers before.

    Parameters
    ----------
    kind : what is drawn, where the file does not say; empty = nothing was said.

    Raises
    ------
    DrawingError : the file cannot be used, whatever is said of its layers; all faults at once.
    """
    settings = {"kind": kind} if kind in KINDS else {}
    if sniff.content(content) == "dxf" and (settings or remembers(request)):
        outcome = _by_layers(request, content, name, land, settings)
        if outcome is not None:
            return outcome
    try:
        read = read_drawing(content, filename=name, settings=settings, near=land.outline)
        faults = list(read.notes)
    except DrawingError as wrong:
        if {fault.code for fault in errors(wrong.faults)} - set(_LAYERS):
            raise
        read, faults = None, wrong.faults
    if not any(fault.code == "unknown_layer" for fault in faults):
        if read is None:
            raise DrawingError(faults)
        return Outcome(read)
    return Outcome(None, layers_of(content, filename=name))


def _by_layers(
    request: HttpRequest, content: bytes, name: str, land: Land, settings: dict[str, str]
) -> Outcome | None:
    """By what was said before; ``None`` where that is nothing and the names say enough, or one kind is all."""
    mapping = remembered(request, layers_of(content, filename=name))
    if mapping.open and not (settings and len(mapping.uses) == 1):
        return Outcome(None, mapping)
    if not mapping.settings():
        return None
    return Outcome(read_by(content, name, land, mapping), mapping)


def read_by(content: bytes, name: str, land: Land, mapping: LayerMapping) -> Drawing:
    """The drawing as its layers are said to be.

    Raises
    ------
    DrawingError : it cannot be used.
    """
    return read_drawing(content, filename=name, settings=mapping.settings(), near=land.outline)


def elsewhere(read: Drawing, land: Land) -> str:
    """Words for a drawing that lies at another place than the property; empty for one that lies there."""
    far = float(read.buildings.geometry.distance(land.outline).min())
    if far <= 0.0:
        return ""
    if far <= _ELSEWHERE_M:
        words = _(
            "Nothing of the drawing stands on the property; the nearest building lies %(far)s from it. Is it a "
            "drawing of another parcel? Choose that parcel, or send another file."
        )
        return words % {"far": number(far, "m")}
    words = _(
        "The drawing lies %(far)s km from the property. Is it a drawing of another parcel, or in another "
        "coordinate system?"
    )
    return words % {"far": f"{far / 1000.0:.1f}".replace(".", get_format("DECIMAL_SEPARATOR"))}


def notes_of(read: Drawing) -> list[str]:
    """What is to be known about a drawing, as far as the next page does not ask for it."""
    return [said(note) for note in read.notes if note.where.get("key") not in _ASKED]


def said(fault: Fault) -> str:
    """A fault in words for the page: what is mended by a word of the terminal there, is mended by a box here."""
    words = message(fault)
    if "--" in words.remedy:
        choose = _("Choose below what is drawn.") if "kind=" in words.remedy else ""
        words = replace(words, remedy=choose)
    return str(words)
