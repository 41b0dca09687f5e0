"""The text twin of the map: what lies in a view, layer by layer, by name and with a link to its page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from geodata.accounts.tenancy import tenant
from geodata.crs import GRID_SRID
from geodata.registry import Layer, layers
from permits.review.labels import UNCHECKED, label
from planning.uses import GENERAL_USES
from tileserver.words import words

Row = Mapping[str, Any]

#: Features of a layer that are looked at, and lines that are listed; more is said to be more.
MOST_FEATURES: Final = 500
MOST_LINES: Final = 50

#: What a name or a link needs beside the columns of the tile: by the ids of the features.
_BESIDE: Final = {
    "parcels": "SELECT v.object_id, v.cadastral_district FROM geodata_parcelversion v "
    "WHERE v.change_to_id IS NULL AND v.object_id = ANY(%s)",
    **dict.fromkeys(
        ("frameworks", "local_plans", "sub_areas", "building_fields"),
        "SELECT v.object_id, v.document_url FROM planning_planversion v "
        "WHERE v.change_to_id IS NULL AND v.object_id = ANY(%s)",
    ),
}


def _parcel(row: Row, district: Any) -> tuple[str, str]:
    name = ", ".join(filter(None, (row["parcel_number"], row["district_name"])))
    if district is None or not row["parcel_number"]:
        return name, ""
    return name, reverse("lookup:property", args=[district, row["parcel_number"]])


def _plan(row: Row, document: Any) -> tuple[str, str]:
    use = GENERAL_USES.get(row["use_general"])
    said = [row["number"], row["title"], f"({_('proposal')})" if row["status"] == "F" else ""]
    name = " ".join(filter(None, said))
    name = f"{name} · {_(use)}" if use else name
    # The plan's own document prevails over its fields; another kind of address is none to follow.
    return name, document if document and urlsplit(document).scheme in ("http", "https") else ""


def _application(row: Row, _beside: Any) -> tuple[str, str]:
    said = " ".join(filter(None, (row["number"], row["title"])))
    return f"{said} · {label(row['outcome'] or UNCHECKED)}", reverse(
        "review:application", args=[row["public_id"]]
    )


def _proposal(row: Row, _beside: Any) -> tuple[str, str]:
    return row["name"] or "–", reverse("review:application", args=[row["public_id"]])


def _edge(row: Row, _beside: Any) -> tuple[str, str]:
    said = words()
    kind = said["kinds"].get(row["kind"], row["kind"])
    return f"{kind} ({said['ambiguous']})" if row["ambiguous"] else kind, ""


def _other(row: Row, _beside: Any) -> tuple[str, str]:
    for column in ("name", "title", "label", "building_type", "number", "kind"):
        if row.get(column):
            return str(row[column]), ""
    return "–", ""


_NAMES: Final[dict[str, Callable[[Row, Any], tuple[str, str]]]] = {
    "parcels": _parcel,
    "edges": _edge,
    **dict.fromkeys(("frameworks", "local_plans", "sub_areas", "building_fields"), _plan),
    "applications": _application,
    "proposals": _proposal,
}


def in_view(
    language: str,
    code: str | None,
    box: tuple[float, float, float, float],
    zoom: float,
    wanted: set[str] | None,
) -> list[dict[str, Any]]:
    """What the map draws in a view, in words.

    Parameters
    ----------
    language : ``da`` or ``en``; it must be the active one.
    code : the open municipality; without one the layers with personal data are left out.
    box : west, south, east, north in degrees.
    zoom : of the map; layers that are drawn from a larger one only are left out.
    wanted : ids of layers; None = all.

    Returns
    -------
    One group a layer that has something there: id, title, lines (name, link, number of features of that name, box
    in degrees) in the order of their names, and whether there is more than is listed.
    """
    found = []
    with tenant(code):
        for key, layer in layers.items():
            if (
                not (layer.public or code)
                or zoom < layer.min_zoom
                or (wanted is not None and key not in wanted)
            ):
                continue
            rows = _rows(layer, box)
            if rows:
                title = layer.title_da if language.startswith("da") else layer.title_en
                found.append({"id": key, "title": title, **_lines(layer, rows)})
    return found


def _rows(layer: Layer, box: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    columns = "".join(f", f.{name}" for name in layer.columns)
    sql = layer.sql.replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH view AS MATERIALIZED (SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(%s, %s, %s, %s, 4326), "
            f"%s), {GRID_SRID}) AS geom) SELECT f.id, Box2D(ST_Transform(ST_Envelope(f.geom), 4326))::text AS box"
            f"{columns} FROM ({sql}) f "
            "WHERE f.geom && (SELECT geom FROM view) AND ST_Intersects(f.geom, (SELECT geom FROM view)) "
            "ORDER BY f.id LIMIT %s",
            [*box, max(box[2] - box[0], box[3] - box[1]) / 10, MOST_FEATURES + 1],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _lines(layer: Layer, rows: list[dict[str, Any]]) -> dict[str, Any]:
    more = len(rows) > MOST_FEATURES
    rows = rows[:MOST_FEATURES]
    beside: dict[int, Any] = {}
    if layer.id in _BESIDE:
        with connection.cursor() as cursor:
            cursor.execute(_BESIDE[layer.id], [[row["id"] for row in rows]])
            beside = dict(cursor.fetchall())
    name_of = _NAMES.get(layer.id, _other)
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        name, link = name_of(row, beside.get(row["id"]))
        box = _numbers(row["box"])
        line = lines.setdefault((name, link), {"name": name, "link": link, "count": 0, "box": box})
        line["count"] += 1
        line["box"] = [*map(min, line["box"][:2], box[:2]), *map(max, line["box"][2:], box[2:])]
    ordered = sorted(lines.values(), key=lambda line: _natural(line["name"]))
    return {
        "lines": ordered[:MOST_LINES],
        "count": len(rows),
        "more": more or len(ordered) > MOST_LINES,
    }


def _numbers(box: str) -> list[float]:
    """Of PostGIS' ``BOX(w s,e n)``."""
    return [round(float(number), 6) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", box)]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Numbers by their value: 9a before 10b."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
