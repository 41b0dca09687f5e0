"""From words to parcels: by address, by number and district, by district alone, or by what other finders know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from geodata.registry import finders


@dataclass(frozen=True)
class Hit:
    """A parcel that the words may mean."""

    district: int
    number: str
    label: str
    #: What the address is called by which it was found; empty where it was found otherwise.
    address: str = ""


#: Districts are read off the index one by one; there are nine thousand of them in the country.
_DISTRICTS: Final = """
WITH RECURSIVE codes AS (
    (SELECT cadastral_district AS code FROM geodata_parcelversion WHERE cadastral_district IS NOT NULL
     ORDER BY cadastral_district LIMIT 1)
    UNION ALL
    SELECT (SELECT v.cadastral_district FROM geodata_parcelversion v WHERE v.cadastral_district > codes.code
            ORDER BY v.cadastral_district LIMIT 1) FROM codes WHERE codes.code IS NOT NULL
), districts AS (
    SELECT codes.code, n.name FROM codes CROSS JOIN LATERAL (
        SELECT v.district_name AS name FROM geodata_parcelversion v
        WHERE v.cadastral_district = codes.code AND v.change_to_id IS NULL LIMIT 1
    ) n WHERE codes.code IS NOT NULL
)
"""
_FOUND: Final = f"""
{_DISTRICTS}
SELECT p.cadastral_district, p.parcel_number, p.district_name FROM (
    SELECT code FROM districts
    WHERE (%(code)s::int IS NULL OR code = %(code)s) AND (%(name)s = '' OR name ILIKE %(name)s)
    ORDER BY code LIMIT %(districts)s
) d CROSS JOIN LATERAL (
    SELECT v.cadastral_district, v.parcel_number, v.district_name FROM geodata_parcelversion v
    WHERE v.cadastral_district = d.code AND v.change_to_id IS NULL AND v.off_kode = 1
        AND v.parcel_number IS NOT NULL AND ({{number}})
    ORDER BY v.parcel_number = %(number)s DESC, length(v.parcel_number), v.parcel_number LIMIT %(limit)s
) p ORDER BY p.parcel_number = %(number)s DESC, p.cadastral_district, length(p.parcel_number), p.parcel_number
LIMIT %(limit)s
"""
#: Figures of other scripts are no figures of the cadastre.
_NUMBER: Final = re.compile(r"[0-9]{1,5}[a-zæøå]{0,4}", re.IGNORECASE)
_CODE: Final = re.compile(r"[0-9]{4,8}")
_LONGEST: Final = 100


def find(words: str, limit: int = 10) -> list[Hit]:
    """Parcels (jordstykker) that words may mean, best first, from every finder there is.

    Parameters
    ----------
    words : "Skolegade 3, 9999", "2l, Prøveby", "60851 2l", the name of a district, or what other finders understand.
    limit : most hits.
    """
    text = " ".join(words.replace("\x00", "").replace(",", " ").split())[:_LONGEST]
    if len(text) < 2:
        return []
    hits: dict[tuple[int, str], Hit] = {}
    for finder in (finders[key] for key in finders):
        for hit in finder.find(text, limit):
            hits.setdefault((hit.district, hit.number), hit)
    return list(hits.values())[:limit]


def parcels(words: str, limit: int) -> list[Hit]:
    """Parcels by number and district; one query."""
    code, number, name = _read(words)
    if code is None and not number and not name:
        return []
    alike = (
        "v.parcel_number = %(number)s"
        if number and code is None and not name
        else "v.parcel_number ILIKE %(begins)s"
        if number
        else "true"
    )
    values = {
        "code": code,
        "name": f"%{_escaped(name)}%" if name else "",
        "number": number,
        "begins": f"{_escaped(number)}%",
        "limit": limit,
        "districts": 10_000 if number else limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(number=alike), values)
        return [
            Hit(district, parcel, _label(district, parcel, named))
            for district, parcel, named in cursor.fetchall()
        ]


_POINT: Final = """
SELECT v.cadastral_district, v.parcel_number, v.district_name FROM geodata_addresspoint o
JOIN geodata_addresspointversion a ON a.object_id = o.id AND a.change_to_id IS NULL
JOIN geodata_parcelversion v ON v.change_to_id IS NULL AND v.off_kode = 1 AND v.cadastral_district IS NOT NULL
    AND v.parcel_number IS NOT NULL AND ST_Intersects(v.geometry, a.geometry)
WHERE o.register_id = %s LIMIT %s
"""
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def address_points(words: str, limit: int) -> list[Hit]:
    """The parcel below an address point, by the point's id in DAR, which holds no names of roads; one query."""
    if not _UUID.fullmatch(words):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_POINT, [words.lower(), limit])
        return [
            Hit(district, parcel, _label(district, parcel, named))
            for district, parcel, named in cursor.fetchall()
        ]


#: House numbers that begin so, in force or preliminary, and the parcel below the point that each leads to.
_ADDRESS: Final = """
SELECT v.cadastral_district, v.parcel_number, v.district_name, n.designation FROM (
    SELECT designation, address_point_id,
        row_number() OVER (ORDER BY lower(replace(designation, ',', '')) NOT LIKE %(whole)s, length(designation),
            designation) AS place
    FROM geodata_housenumberversion
    WHERE change_to_id IS NULL AND off_kode = 1 AND statuskode IN (1, 3) AND address_point_id IS NOT NULL
        AND lower(replace(designation, ',', '')) LIKE %(begins)s AND lower(designation) LIKE ALL (%(rest)s::text[])
    ORDER BY place LIMIT %(limit)s
) n
JOIN geodata_addresspoint o ON o.register_id = n.address_point_id
JOIN geodata_addresspointversion a ON a.object_id = o.id AND a.change_to_id IS NULL AND a.off_kode = 1
JOIN geodata_parcelversion v ON v.change_to_id IS NULL AND v.off_kode = 1 AND v.cadastral_district IS NOT NULL
    AND v.parcel_number IS NOT NULL AND ST_Intersects(v.geometry, a.geometry)
ORDER BY n.place, v.cadastral_district, v.parcel_number
"""
_WITH_NUMBER: Final = re.compile(r"(?P<road>\S.*?) (?P<number>\d+)(?: ?(?P<letter>[a-zæøå]))?(?P<rest>| .*)")


def addresses(words: str, limit: int) -> list[Hit]:
    """The parcels below addresses that are called so (husnummer, DAR): road and number, then any words; one query."""
    told = words.lower()
    begins, rest = told, ""
    if match := _WITH_NUMBER.fullmatch(told):
        begins = f"{match['road']} {match['number']}{match['letter'] or ''}"
        rest = match["rest"]
    values: dict[str, Any] = {
        # Where words follow, the number has been written to its end.
        "begins": f"{_escaped(begins)} %" if rest.strip() else f"{_escaped(begins)}%",
        "whole": f"{_escaped(begins)} %",
        "rest": [f"%{_escaped(word)}%" for word in rest.split()],
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESS, values)
        return [
            Hit(district, parcel, f"{address} · {_label(district, parcel, named)}", address)
            for district, parcel, named, address in cursor.fetchall()
        ]


def _label(district: int, number: str, name: str | None) -> str:
    return f"{number}, {name or district} ({district})"


def _read(words: str) -> tuple[int | None, str, str]:
    """Code of a district, parcel number and name of a district, each empty when the words do not hold it.

    Of two plain numbers the longer one is the district; one alone of five digits or more is a district too.
    """
    code: int | None = None
    number = ""
    names = []
    figures = sorted((w for w in words.split() if w.isdigit() and w.isascii()), key=len, reverse=True)
    with_letters = any(_NUMBER.fullmatch(w) and not w.isdigit() for w in words.split())
    for word in words.split():
        district = code is None and _CODE.fullmatch(word) and word == figures[0]
        if district and (len(word) > 4 or with_letters or len(figures) > 1):
            code = int(word)
        elif not number and _NUMBER.fullmatch(word):
            number = word.lower()
        else:
            names.append(word)
    return code, number, " ".join(names)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
