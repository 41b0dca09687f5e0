"""GeoJSON: text to outlines. Runs in the child process; standard library only, so that it starts fast."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from permits.drawings.drawing import Parsed
from permits.drawings.features import GEOMETRIES, Features
from permits.drawings.sniff import encoding

#: Deeper nesting is no drawing; far below what the reader's stack can bear.
MAX_DEPTH: Final = 64
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a FeatureCollection, a Feature or a bare geometry.

    Parameters
    ----------
    data : the file, UTF-8 by definition; UTF-16 and UTF-32 are recognised.
    options : none.

    Returns
    -------
    :meth:`Parsed.plain`: positions in the file's own numbers and order, ``crs`` as declared; ``facts`` has
    ``crs_null`` when the file says ``"crs": null``.
    """
    del options
    parsed = Parsed()
    text = _decode(data, parsed)
    if text is None or not _shallow(text, parsed):
        return parsed.plain()
    tree = _load(text, parsed)
    if tree is not None:
        _Reader(parsed).top(tree)
    return parsed.plain()


def _decode(data: bytes, parsed: Parsed) -> str | None:
    name = encoding(data)
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        parsed.fault("encoding", found=name, where={"byte": error.start})
        return None


def _shallow(text: str, parsed: Parsed) -> bool:
    """Whether the nesting is of a depth that the JSON reader can be trusted with."""
    depth = 0
    for match in _TOKEN.finditer(text):
        mark = match.group()[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                parsed.fault("nesting", found=depth, expected=MAX_DEPTH, where=_line(text, match.start()))
                return False
        elif mark in "]}":
            depth -= 1
    return True


def _line(text: str, position: int) -> dict[str, Any]:
    before = text[:position]
    return {"line": before.count("\n") + 1, "column": position - before.rfind("\n")}


def _load(text: str, parsed: Parsed) -> Any:
    double: list[str] = []
    constants: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            names = [key for key, _ in items]
            double.extend(sorted({key for key in names if names.count(key) > 1}))
        return made

    def constant(name: str) -> float:
        constants.append(name)
        return math.nan

    try:
        tree = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        parsed.fault(_how_broken(text, error), found=error.msg, where=_line(text, error.pos))
        return None
    except ValueError as error:  # a number of thousands of digits
        parsed.fault("syntax", found=str(error)[:120])
        return None
    for key in sorted(set(double)):
        parsed.fault("duplicate_key", found=key[:80], where={"key": key[:80]})
    for name in sorted(set(constants)):
        parsed.fault("not_json_number", found=name)
    return tree


def _how_broken(text: str, error: json.JSONDecodeError) -> str:
    """Cut off, or wrong in the middle: a cut file breaks at its end, or in a word that runs to its end."""
    rest = text[error.pos :].strip()
    unfinished = error.msg.startswith("Unterminated string") or not re.search(r'[\[\]{}",:]', rest[:40])
    return (
        "truncated"
        if not rest or (unfinished and len(rest) < 12) or "Unterminated" in error.msg
        else "syntax"
    )


class _Reader:
    """Walks the tree and fills a :class:`Parsed`."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.features = Features(parsed)

    def top(self, tree: Any) -> None:
        if not isinstance(tree, dict):
            self.parsed.fault("unsupported", found=type(tree).__name__)
            return
        kind = tree.get("type")
        self._crs(tree)
        if kind == "FeatureCollection":
            features = tree.get("features")
            if not isinstance(features, list):
                self.parsed.fault("syntax", found="features", where={"key": "features"})
                return
            if not features:
                self.parsed.fault("empty")
            for index, feature in enumerate(features):
                self._feature(feature, {"feature": index})
        elif kind == "Feature":
            self._feature(tree, {"feature": 0})
        elif kind in GEOMETRIES:
            self._feature({"type": "Feature", "geometry": tree, "properties": {}}, {"feature": 0})
        else:
            self.parsed.fault("unsupported", found=str(kind)[:60], where={"key": "type"})

    def _crs(self, tree: dict[str, Any]) -> None:
        if "crs" not in tree:
            return
        crs = tree["crs"]
        if crs is None:
            self.parsed.facts["crs_null"] = True
            return
        properties = crs.get("properties") if isinstance(crs, dict) else None
        name = properties.get("name") if isinstance(properties, dict) else None
        if isinstance(crs, dict) and crs.get("type") == "name" and isinstance(name, str) and name.strip():
            self.parsed.crs = name.strip()[:200]
        else:
            self.parsed.fault("crs_not_named", found=str(crs)[:120], where={"key": "crs"})

    def _feature(self, feature: Any, where: dict[str, Any]) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            kind = feature.get("type") if isinstance(feature, dict) else type(feature).__name__
            self.parsed.fault("unsupported", found=str(kind)[:60], where=where)
            return
        properties = feature.get("properties")
        attributes = dict(properties) if isinstance(properties, dict) else {}
        if "id" not in attributes and isinstance(feature.get("id"), str | int):
            attributes["id"] = str(feature["id"])
        self.features.add(feature.get("geometry"), attributes, where)
