"""Names and values of table columns, into the attributes of a building. Runs in the child process.

A column cannot hold what JSON can: Shapefile cuts names to ten letters, few formats allow a dot in them, and
yes or no is often a number or a letter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from permits.drawings.vocabulary import ATTRIBUTES, SHAPES, plain

#: Columns that drivers add and nobody has written.
_OWN: Final = (
    "fid", "ogc_fid", "gml_id", "objectid", "shape_leng", "shape_area", "shape_length", "lowercorner", "uppercorner",
)  # fmt: skip
_CUT: Final = 10
_TRUE: Final = ("t", "y", "j", "1", "true", "yes", "ja")
_FALSE: Final = ("f", "n", "0", "false", "no", "nej")


def meanings(columns: Iterable[str], *, cut: bool = False) -> dict[str, str]:
    """Column → name of the attribute that it holds; others keep their own, drivers' columns are left out.

    Parameters
    ----------
    columns : names as the file has them, whatever their capitals; ``_`` stands for a dot.
    cut : names are cut to ten letters, so a longer one is known by its beginning.
    """
    known = {plain(name): name for name in (*ATTRIBUTES, *SHAPES)}
    found: dict[str, str] = {}
    for column in columns:
        word = plain(column)
        name = known.get(word)
        if name is None and cut and len(column) == _CUT:
            longer = [full for short, full in known.items() if short[:_CUT] == word]
            name = longer[0] if len(longer) == 1 else None
        if name is not None and name not in found.values():
            found[column] = name
        elif word not in _OWN:
            found[column] = column
    return found


def value(name: str, given: Any) -> Any:
    """A value as its attribute is written in a rule case, where the column could not hold it so; else as it is."""
    if (isinstance(given, float) and not math.isfinite(given)) or (
        isinstance(given, str) and not given.strip()
    ):
        return None
    if isinstance(given, str):
        given = given.strip()
    if name in SHAPES and isinstance(given, str):
        return _roof(given)
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        return given if isinstance(given, str | int | float | bool | None) else str(given)
    if attribute.form == "flag" and not isinstance(given, bool):
        word = str(given).casefold().removesuffix(".0")
        return True if word in _TRUE else False if word in _FALSE else given
    return _numbers(given) if attribute.form == "numbers" else given


def _numbers(given: Any) -> Any:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return [given]
    if not isinstance(given, str):
        return list(given) if isinstance(given, list | tuple) else given
    text = given.strip()
    parts = text[1:-1].split(",") if text.startswith("[") and text.endswith("]") else text.split(";")
    try:
        return [float(part) for part in parts]
    except ValueError:
        return given


def _roof(text: str) -> Any:
    """WKT as it is, several with ``;`` between; a list or a geometry as JSON."""
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return [part for part in text.split(";") if part.strip()] if ";" in text else text
