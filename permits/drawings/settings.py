"""Values stated beside a drawing: ``--set height=5.2``, ``--set garage.height=2.4``.

A key is the name of an attribute, before it, with a dot, optionally what it is said of: the id of a
building, a layer, a kind or a role. What is stated wins over what the file says, the nearer word (id, layer,
kind, role, all) over the farther; every value that is replaced is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from permits.drawings.drawing import DrawingError, Fault
from permits.drawings.fit import ByPoints
from permits.drawings.vocabulary import ATTRIBUTES, nearest, plain

#: Settings about the file as a whole: the unit of its coordinates (DXF), whatever its header says.
FILE_SETTINGS: Final = {"units": ("mm", "cm", "dm", "m")}
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?\Z")
#: No drawing on Earth has a position so far out, in millimetres either.
_FAR: Final = 1e12
_TRUE: Final = ("true", "yes", "ja", "1")
_FALSE: Final = ("false", "no", "nej", "0")


@dataclass(frozen=True)
class Setting:
    """One value: ``target`` is empty for all buildings, ``attribute`` a key of ``ATTRIBUTES``."""

    key: str
    target: str
    attribute: str
    value: Any


def parse_settings(assignments: Iterable[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE`` texts into values by key, as :func:`permits.drawings.read.read_drawing` takes them.

    Numbers are written with a point and without a unit, yes/no as ``true`` or ``false``, several numbers
    (``wall_heights``) with ``;`` between.

    Raises
    ------
    DrawingError : with one fault per text that cannot be read, all in one go.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for text in assignments:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not key:
            faults.append(Fault("setting_form", found=text, where={"key": key}))
        elif key in values:
            faults.append(Fault("setting_twice", found=text, where={"key": key}))
        else:
            made, fault = _read(key, value)
            values[key] = made
            faults += [fault] if fault else []
    if faults:
        raise DrawingError(faults)
    return values


def parse_points(texts: Iterable[str]) -> ByPoints:
    """Read ``X,Y=E,N`` texts into pairs of points: as the drawing writes it, and in EPSG:25832.

    Raises
    ------
    DrawingError : with one fault per text that cannot be read, all in one go.
    """
    pairs, faults = [], []
    for text in texts:
        sides = [side.split(",") for side in text.split("=")]
        if [len(side) for side in sides] == [2, 2] and all(_position(v.strip()) for s in sides for v in s):
            (x, y), (east, north) = ((float(a), float(b)) for a, b in sides)
            pairs.append(((x, y), (east, north)))
        else:
            faults.append(Fault("point_form", found=text[:80], where={"key": "--place"}))
    if faults:
        raise DrawingError(faults)
    return ByPoints(pairs)


def _position(text: str) -> bool:
    """A number that can be a position, in whatever unit; what has more figures could not be reckoned with."""
    return bool(_NUMBER.match(text)) and abs(float(text)) < _FAR


def split_settings(values: Mapping[str, Any]) -> tuple[list[Setting], dict[str, Any], list[Fault]]:
    """Split values by key into those about buildings, those about the file, and faults.

    Values may be text (read as on the command line) or already of their kind.
    """
    settings: list[Setting] = []
    file_values: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, given in values.items():
        value, fault = _read(key, given.strip()) if isinstance(given, str) else (given, _unknown(key))
        if fault:
            faults.append(fault)
        elif key in FILE_SETTINGS:
            file_values[key] = value
        else:
            target, attribute = _split(key) or ("", "")
            settings.append(Setting(key, target, attribute, value))
    return settings, file_values, faults


def _split(key: str) -> tuple[str, str] | None:
    """Target and attribute of a key; ``None`` when no attribute ends it."""
    for attribute in sorted(ATTRIBUTES, key=len, reverse=True):
        if key == attribute:
            return "", attribute
        if key.endswith(f".{attribute}"):
            return key[: -len(attribute) - 1], attribute
    return None


def _unknown(key: str) -> Fault | None:
    if key in FILE_SETTINGS or ((split := _split(key)) and (split[1] != "id" or split[0])):
        return None
    last = key.rpartition(".")[2]
    meant = nearest(last, (*ATTRIBUTES, *FILE_SETTINGS))
    return Fault(
        "setting_unknown", found=key, expected=", ".join(ATTRIBUTES), where={"key": key}, remedy=meant
    )


def _read(key: str, text: str) -> tuple[Any, Fault | None]:  # noqa: PLR0911
    if fault := _unknown(key):
        return None, fault
    where = {"key": key}
    if key in FILE_SETTINGS:
        if text in FILE_SETTINGS[key]:
            return text, None
        return None, Fault("unknown_word", found=text, expected=", ".join(FILE_SETTINGS[key]), where=where)
    split = _split(key)
    attribute = ATTRIBUTES[split[1] if split else key]
    if attribute.form == "word":
        return text, None
    if attribute.form == "flag":
        word = plain(text)
        if word in (*_TRUE, *_FALSE):
            return word in _TRUE, None
        return None, Fault("not_a_flag", found=text, where=where)
    if attribute.form == "numbers":
        return _numbers(text, where)
    if _NUMBER.match(text):
        number = float(text)
        return (int(number) if attribute.form == "count" and number.is_integer() else number), None
    return None, _not_a_number(text, where)


def _numbers(text: str, where: dict[str, str]) -> tuple[Any, Fault | None]:
    parts = [part.strip() for part in text.strip("[]").split("," if text.startswith("[") else ";")]
    if parts and all(_NUMBER.match(part) for part in parts):
        return [float(part) for part in parts], None
    return None, Fault("not_numbers", found=text, where=where)


def _not_a_number(text: str, where: dict[str, str]) -> Fault:
    """Danish numbers have a comma, and units creep in: say what would have been right."""
    bare = re.sub(r"\s*(m2|m²|m|meter)$", "", text.strip(), flags=re.IGNORECASE).replace(",", ".")
    return Fault("not_a_number", found=text, where=where, remedy=bare if _NUMBER.match(bare) else None)
