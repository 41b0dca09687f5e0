"""The project's own list of FKG themes against the published one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from geodata.fkg.catalogue import Column, code_lists, fkg_themes
from geodata.models.base import Origin, Status, Visibility

TYPES = {
    "character varying": "text", "character": "fixed", "integer": "integer", "double precision": "number",
    "date": "day", "timestamp with time zone": "moment", "time without time zone": "time", "boolean": "flag",
    "uuid": "uuid", "jsonb": "json",
}  # fmt: skip
KINDS = {"F": "polygon", "L": "line", "P": "multipoint"}
SHAPES = {"MultiPolygon": "polygon", "MultiLineString": "line", "MultiPoint": "multipoint"}
#: The published index still lists what 5608 was before it became the nodes of the cycle network.
RENAMED = {"5608"}
#: The index and the table disagree on the name of the view; the table is what is served.
OTHER_VIEW = {"5603"}


@pytest.fixture
def published(samples: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = next(p.parent for p in sorted(samples.rglob("geofa_schema.json")))
    return tuple(json.loads((folder / f"geofa_{n}.json").read_text("utf-8")) for n in ("schema", "codelists"))  # type: ignore[return-value]


def tables(schema: dict[str, Any]) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    found = {}
    for name, columns in schema["tables"].items():
        if match := re.fullmatch(r"t_(\d{4})_(\w+)_t", name):
            found[match[1]] = (match[2], columns)
    return found


@pytest.mark.samples
def test_the_list_holds_every_theme_and_no_other(published: Any) -> None:
    schema, _ = published
    assert set(fkg_themes()) == set(schema["temaer"]) | set(tables(schema))
    groups = {g["id"]: g["navn"] for g in schema["temagrupper"]}
    for code, said in schema["temaer"].items():
        theme = fkg_themes()[code]
        assert theme.group == groups[said["temagruppe"]]
        assert theme.geometry == KINDS[said["geometri"]]
        if code not in RENAMED:
            assert theme.title == " ".join(said["navn"].split())
            assert code in OTHER_VIEW or f"t_{theme.id}" == said["view"]


@pytest.mark.samples
def test_columns_are_as_published(published: Any) -> None:
    schema, _ = published
    listed = tables(schema)
    for code, theme in fkg_themes().items():
        view, columns = listed.get(code, (theme.view, []))
        assert theme.view == view
        own = {c.name: c for c in theme.columns}
        for said in columns:
            if said["name"] == "versions_id":
                continue
            if said["type"].startswith("geometry"):
                kind = SHAPES[re.search(r"\((\w+),25832\)", said["type"])[1]]  # type: ignore[index]
                assert (theme.geometry, theme.geometry_required) == (kind, said["required"]), code
                continue
            column = own.pop(said["name"])
            assert compared(column, said), (code, said, column)
        assert not own, f"{code} has columns that are not published"


def compared(column: Column, said: dict[str, Any]) -> bool:
    match = re.fullmatch(r"([a-z ]+?)(?:\((\d+)\))?", said["type"])
    assert match
    same = (
        column.type == TYPES[match[1]]
        and column.length == (int(match[2]) if match[2] else None)
        and column.required == said["required"]
        and column.codes == (said["ref"].split(".")[1].removeprefix("d_") if said["ref"] else None)
    )
    return same and bounds(column) == published_bounds(column, said["check"] or "")


def bounds(column: Column) -> tuple[object, ...]:
    numbers = column.type in {"integer", "number"}
    ends = [None if end is None else float(end) if numbers else end for end in (column.low, column.high)]
    return (*ends, column.chosen)


def published_bounds(column: Column, check: str) -> tuple[object, ...]:
    """Lowest, highest, values; several checks of one column hold together, so the narrower bound counts."""
    if "ARRAY[" in check:
        return (None, None, tuple(re.findall(r"\d+", check.split("ARRAY[")[1].split("]", maxsplit=1)[0])))
    low: list[Any] = re.findall(r">= '?([-\d.: +]*\d)", check)
    high: list[Any] = re.findall(r"<= '?([-\d.: +]*\d)", check)
    if not low:  # the year of a season's day is bounded by a check that is published in pieces
        return (None, None, ())
    if column.type in {"integer", "number"}:
        return (max(map(float, low)), min(map(float, high)), ())
    if column.type == "moment":
        return (
            low[0].replace(" ", "T").replace("+00", "Z"),
            high[0].replace(" ", "T").replace("+00", "Z"),
            (),
        )
    return (low[0], high[0], ())


@pytest.mark.samples
def test_code_lists_are_as_published(published: Any) -> None:
    _, lists = published
    wanted = {
        name.split(".")[1].removeprefix("d_"): {str(e["kode"]): e["tekst"] for e in entries}
        for name, entries in lists.items()
    }
    assert {name: dict(codes) for name, codes in code_lists().items()} == wanted


def test_the_list_is_whole() -> None:
    assert len(fkg_themes()) == 100
    assert sum(bool(theme.columns) for theme in fkg_themes().values()) == 97
    assert all(len(theme.id) <= 40 for theme in fkg_themes().values()), "ids stand in a column of 40 letters"


def test_the_envelope_has_the_published_codes() -> None:
    for name, choices in (("oprindelse", Origin), ("status", Status), ("offentlig", Visibility)):
        assert {int(code) for code in code_lists()[f"basis_{name}"]} == set(choices.values)
