"""Running the import commands as a person would, for the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command


@dataclass(frozen=True)
class Outcome:
    """Exit code, closing line (empty = there was none) and everything that was said."""

    code: int
    line: str
    out: str
    said: str


def run_import(*arguments: object, plans: bool = False, **options: Any) -> Outcome:
    """``import_geodata`` (or ``import_plans``) with what it answers."""
    out, err = StringIO(), StringIO()
    code = 0
    said = ""
    command = "import_plans" if plans else "import_geodata"
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        code, said = error.returncode, str(error)
    except SystemExit as stop:
        code = int(stop.code or 0)
    lines = out.getvalue().splitlines()
    return Outcome(code, lines[-1] if lines else "", out.getvalue(), err.getvalue() + said)


def feature(coordinates: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature; ``coordinates`` None = no geometry."""
    geometry = None if coordinates is None else {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(path: Path, *features: dict[str, Any], crs: str | None = "EPSG:25832") -> Path:
    """Write features to a GeoJSON file."""
    document: dict[str, Any] = {"type": "FeatureCollection", "features": list(features)}
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(document, allow_nan=True), encoding="utf-8")
    return path


def square(x: float = 700_000.0, y: float = 6_170_000.0, size: float = 10.0) -> list[list[list[float]]]:
    """Rings of a square."""
    return [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]


def counts(new: int = 0, changed: int = 0, unchanged: int = 0, quarantined: int = 0) -> str:
    """The closing line."""
    return f"{new} new, {changed} changed, {unchanged} unchanged, 0 ended, {quarantined} quarantined"


#: Mapping files of the tests.
MAPPINGS = Path(__file__).parent / "mappings"


def mapped(name: str) -> str:
    """SOURCE of ``import_geodata`` for a mapping of the tests."""
    return f"mapping:{MAPPINGS / name}.toml"


def run_check(*arguments: object, **options: Any) -> Outcome:
    """``check_geodata`` with what it answers."""
    out, err = StringIO(), StringIO()
    code = 0
    said = ""
    try:
        call_command("check_geodata", *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        code, said = error.returncode, str(error)
    except SystemExit as stop:
        code = int(stop.code or 0)
    lines = out.getvalue().splitlines()
    return Outcome(code, lines[-1] if lines else "", out.getvalue(), err.getvalue() + said)


def looked(name: str, path: Path) -> list[str]:
    """Arguments of ``check_geodata`` that look at a file by a mapping of the tests."""
    return ["--mapping", str(MAPPINGS / f"{name}.toml"), str(path)]
