"""The property (samlet fast ejendom, BFE): its number, and which parcels it is made of. One query."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from geodata.property_lookup.answers import Answer, Asker, State, measured
from geodata.property_lookup.place import Place

_PARCELS: Final = """
SELECT v.cadastral_district, v.parcel_number, v.district_name, v.registered_m2 FROM geodata_parcelversion v
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.property_number = %s
ORDER BY v.object_id <> %s, v.cadastral_district, v.parcel_number LIMIT %s
"""
#: Parcels that are named; large estates have hundreds.
_MOST: Final = 200


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Number of the property, its parcels, and their registered area together in m²."""
    told = place.told.get("parcel")
    source, day = place.register, (told.as_of if told else None) or place.recorded_on
    title = _("Property number (BFE)")
    if place.property_number is None:
        words = _("The register holds no value.")
        return [
            Answer(
                "property.number",
                title,
                State.NOT_ANSWERED,
                words,
                code="not_recorded",
                source=source,
                as_of=day,
            )
        ]
    with connection.cursor() as cursor:
        cursor.execute(_PARCELS, [place.property_number, place.parcel, _MOST + 1])
        rows = cursor.fetchall()
    number = str(place.property_number)
    more = " …" if len(rows) > _MOST else ""
    named = "; ".join(f"{p}, {name or d}" for d, p, name, _m2 in rows[:_MOST]) + more
    areas = [m2 for *_names, m2 in rows]
    whole = None if more or any(m2 is None for m2 in areas) else float(sum(areas))
    return [
        Answer("property.number", title, State.YES, number, number, source=source, as_of=day),
        Answer(
            "property.parcels",
            _("Parcels of the property"),
            State.YES,
            named,
            len(rows),
            source=source,
            as_of=day,
        ),
        measured(
            "property.registered_m2",
            _("Registered area of all parcels"),
            whole,
            "m²",
            source=source,
            as_of=day,
        ),
    ]
