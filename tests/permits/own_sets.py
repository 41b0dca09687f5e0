"""A municipality's own rule set as a file: the newest national one, with some lines of its own."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

NATIONAL = files("permits.rulesets").joinpath("BR18-2025.toml").read_text(encoding="utf-8")
#: A number that differs: the distance of a house to the boundary, 2.5 m in the national set.
DISTANCE = "br18.boundary_distance.house_m"


def text(
    name: str = "Eget-2026",
    municipality: str = "0999",
    *,
    distance: object = 3.0,
    top: str = "",
    **lines: str,
) -> str:
    """The text of a set; ``lines`` replace lines of the head, ``top`` is put before it."""
    head, _, numbers = NATIONAL.partition("\n[numbers")
    kept = {
        "name": f'"{name}"',
        "title_da": '"Kommunens eget regelsæt"',
        "title_en": '"The municipality\'s own rule set"',
        "kind": '"own"',
        "municipality": f'"{municipality}"',
        "valid_from": "2026-01-01",
        **lines,
    }
    assert head
    body = "[numbers" + numbers
    changed = re.sub(
        rf'(\[numbers\."{re.escape(DISTANCE)}"\]\nvalue = )2\.5', lambda m: f"{m[1]}{distance}", body
    )
    assert changed != body or distance == 2.5
    return "\n".join([top, *(f"{key} = {value}" for key, value in kept.items() if value), "", changed])


def write(folder: Path, file: str = "eget.toml", **more: object) -> Path:
    """A file with such a set."""
    folder.mkdir(exist_ok=True)
    path = folder / file
    path.write_text(text(**more), encoding="utf-8")  # type: ignore[arg-type]
    return path
