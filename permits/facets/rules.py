"""What applies on a property before anything is drawn: every rule with yes, no or not answered."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.utils.timezone import localdate

from geodata.property_lookup.answers import Answer, Asker
from geodata.property_lookup.place import Place
from permits.applies.everything import what_applies

_PROPERTY: Final = """
SELECT o.object_id FROM t_parcel p
JOIN t_parcel o ON o.object_id = p.object_id OR o.property_number = p.property_number
WHERE p.object_id = %s ORDER BY o.object_id
"""


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """One answer for each rule; all parcels of the property are its land."""
    with connection.cursor() as cursor:
        cursor.execute(_PROPERTY, [place.parcel])
        parcels = [row[0] for row in cursor.fetchall()]
    return what_applies(parcels, place.municipality, localdate())
