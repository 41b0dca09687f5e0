"""What the layers of a drawing mean: proposed from their names, confirmed once, remembered for the same layers.

An architect's files have the same layers from one case to the next. The mapping is plain data: a page shows it, a
person confirms it, whoever stores it finds it again by :attr:`LayerMapping.key`, and it becomes settings of
:func:`permits.drawings.read.read_drawing`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from geodata import sandbox
from permits.drawings.drawing import DrawingError, Fault, Parsed, capped, errors
from permits.drawings.read import IGNORED, parsed_of
from permits.drawings.vocabulary import KINDS, ROLES, near_layer, nearest, of_layer, plain

Source = Literal["name", "near", "confirmed", "none"]


@dataclass(frozen=True)
class LayerUse:
    """One layer with closed outlines.

    Parameters
    ----------
    layer : its name as the file writes it.
    outlines : how many closed outlines lie on it.
    meaning : kind or role of what is drawn, ``ignored``, or empty = nobody knows.
    source : whence the meaning: its ``name``, a name ``near`` it (to be confirmed), ``confirmed``, or ``none``.
    """

    layer: str
    outlines: int
    meaning: str
    source: Source


@dataclass(frozen=True)
class LayerMapping:
    """The layers of one drawing, by name."""

    uses: tuple[LayerUse, ...]

    @property
    def key(self) -> str:
        """The same for all drawings with the same layers, whatever their capitals and gaps."""
        names = "\n".join(sorted({plain(use.layer) for use in self.uses}))
        return hashlib.sha256(names.encode()).hexdigest()

    @property
    def open(self) -> tuple[LayerUse, ...]:
        """Layers that a person has to say something about before the drawing is measured."""
        return tuple(use for use in self.uses if use.source in ("near", "none"))

    def confirmed(self, meanings: Mapping[str, str]) -> LayerMapping:
        """The mapping with meanings that a person has confirmed, by name of the layer.

        Raises
        ------
        DrawingError : a word is no kind, no role and not ``ignored``, or there is no such layer; all at once.
        """
        words = {plain(layer): word for layer, word in meanings.items()}
        layers = {plain(use.layer) for use in self.uses}
        faults = [
            Fault("setting_unmatched", layer, ", ".join(use.layer for use in self.uses)[:200], {"key": layer})
            for layer in meanings
            if plain(layer) not in layers
        ]
        allowed = (*KINDS, *ROLES, IGNORED)
        faults += [
            Fault("unknown_word", word, ", ".join(allowed), {"layer": layer}, nearest(word, allowed))
            for layer, word in meanings.items()
            if word not in allowed
        ]
        if faults:
            raise DrawingError(faults)
        return LayerMapping(tuple(_said(use, words.get(plain(use.layer))) for use in self.uses))

    def remembered(self, former: LayerMapping) -> LayerMapping:
        """The mapping with what was confirmed for layers of the same name before."""
        said = {plain(use.layer): use.meaning for use in former.uses if use.source == "confirmed"}
        return self.confirmed(
            {use.layer: said[plain(use.layer)] for use in self.uses if plain(use.layer) in said}
        )

    def settings(self) -> dict[str, str]:
        """What was confirmed, as settings of a drawing."""
        return {
            f"{use.layer}.{'kind' if use.meaning in KINDS else 'role'}": use.meaning
            for use in self.uses
            if use.source == "confirmed"
        }

    def plain(self) -> list[dict[str, Any]]:
        """As JSON has it."""
        return [vars(use).copy() for use in self.uses]

    @classmethod
    def from_plain(cls, told: list[dict[str, Any]]) -> LayerMapping:
        """Back from :meth:`plain`."""
        return cls(tuple(LayerUse(**use) for use in told))


def layers_of(
    source: bytes | str | os.PathLike[str],
    *,
    filename: str | None = None,
    limits: sandbox.Limits | None = None,
) -> LayerMapping:
    """The layers of a drawing that hold closed outlines, with the meaning that their names propose.

    Raises
    ------
    DrawingError : the file cannot be read; a layer without a meaning is no fault here.
    OSError : ``source`` is a path that cannot be read.
    """
    parsed = parsed_of(source, filename=filename, limits=limits)
    if wrong := errors(parsed.faults):
        raise DrawingError(capped([*wrong]))
    return LayerMapping(tuple(_use(layer, number) for layer, number in sorted(_counts(parsed).items())))


def _said(use: LayerUse, meaning: str | None) -> LayerUse:
    return use if meaning is None else replace(use, meaning=meaning, source="confirmed")


def _counts(parsed: Parsed) -> dict[str, int]:
    counts: dict[str, int] = dict(parsed.facts.get("unnamed", {}))
    drawn: dict[str, int] = {}
    for shape in parsed.shapes:
        if shape.layer is not None:
            drawn[shape.layer] = drawn.get(shape.layer, 0) + 1
    return {**drawn, **counts}


def _use(layer: str, outlines: int) -> LayerUse:
    if meaning := of_layer(layer):
        return LayerUse(layer, outlines, meaning[1] or meaning[0], "name")
    if near := near_layer(layer):
        role, kind = of_layer(near) or ("", "")
        return LayerUse(layer, outlines, kind or role, "near")
    return LayerUse(layer, outlines, "", "none")
