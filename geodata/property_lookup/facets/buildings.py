"""The buildings of the parcel: outlines of the map (GeoDanmark) and what BBR holds of each. Two queries."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from geodata.property_lookup.answers import Answer, Asker, State, measured, silent
from geodata.property_lookup.place import Place

_OUTLINES: Final = """
SELECT o.register, o.register_id, v.bbr_id::text, v.building_type, ST_Area(v.geometry), c.recorded_at::date
FROM geodata_buildingversion v JOIN geodata_building o ON o.id = v.object_id
JOIN ledger_change c ON c.id = v.change_from_id, ST_GeomFromWKB(%s, 25832) AS g
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND ST_Intersects(v.geometry, g)
    AND ST_Within(ST_PointOnSurface(v.geometry), g) ORDER BY o.id
"""
#: Those that stand, as far as BBR knows (``statuskode`` 0 unknown, 3 in force), neither planned nor gone.
_RECORDS: Final = """
SELECT o.register, o.register_id, v.use_code, v.year, v.floor_m2, v.built_m2, v.storeys, v.listed_code,
    c.recorded_at::date
FROM geodata_buildingrecordversion v JOIN geodata_buildingrecord o ON o.id = v.object_id
JOIN ledger_change c ON c.id = v.change_from_id, ST_GeomFromWKB(%s, 25832) AS g
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.statuskode IN (0, 3) AND ST_Intersects(v.geometry, g)
ORDER BY o.id
"""


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Use, year, areas in m² and storeys of each building; an empty field of BBR is not answered, never zero.

    A building belongs to the parcel that its BBR point lies on, or that most surely holds its outline.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, [place.wkb])
        records = cursor.fetchall()
        cursor.execute(_OUTLINES, [place.wkb])
        outlines = cursor.fetchall()
    outline_day, record_day = (
        place.told[theme].as_of if theme in place.told else None for theme in ("building", "building_record")
    )
    drawn = {row[2]: row for row in outlines if row[2]}
    found: list[Answer] = []
    for number, row in enumerate(records, 1):
        found += _recorded(number, row, drawn.pop(row[1].lower(), None), record_day, outline_day)
    told_of = {row[1].lower() for row in records}
    bare = [row for row in outlines if not row[2] or row[2] not in told_of]
    for number, row in enumerate(bare, len(records) + 1):
        group = _("Building %(number)s (on the map only)") % {"number": number}
        found.append(_outline(f"buildings.{row[0]}:{row[1]}", group, row, outline_day))
    if not records:
        none = _("BBR holds no standing building with its point on the parcel.")
        found.insert(
            0,
            silent("buildings.records", _("Buildings in BBR"), place.told.get("building_record"), none=none),
        )
    if not outlines:
        none = _("The map shows no building on the parcel.")
        found.append(
            silent("buildings.outlines", _("Buildings on the map"), place.told.get("building"), none=none)
        )
    return found


def _recorded(number: int, row: Any, outline: Any, record_day: Any, outline_day: Any) -> list[Answer]:
    register, key, use, year, floor, built, storeys, listed, recorded_on = row
    group = _("Building %(number)s") % {"number": number}
    base, day = f"buildings.{register}:{key}", record_day or recorded_on

    def one(name: str, title: str, value: float | None, unit: str = "") -> Answer:
        return measured(
            f"{base}.{name}", title, value, unit, source=register, as_of=day, group=group, decimals=1
        )

    def code(name: str, title: str, value: Any) -> Answer:
        answer = one(name, title, None)
        if value is None or value == "":
            return answer
        return Answer(
            answer.key, title, State.YES, str(value), str(value), group=group, source=register, as_of=day
        )

    return [
        code("use_code", _("Use (code of BBR)"), use),
        code("year", _("Year of building"), year),
        one("floor_m2", _("Floor area"), floor, "m²"),
        one("built_m2", _("Built-up area"), built, "m²"),
        one("storeys", _("Storeys"), storeys),
        code("listed_code", _("Listing (code of BBR)"), listed),
        *([_outline(f"{base}.outline", group, outline, outline_day)] if outline else []),
    ]


def _outline(key: str, group: str, row: Any, day: Any) -> Answer:
    register, _id, _bbr, kind, area_m2, recorded_on = row
    title = _("Outline on the map") + (f" ({kind})" if kind else "")
    return measured(
        key, title, area_m2, "m²", source=register, as_of=day or recorded_on, group=group, decimals=1
    )
