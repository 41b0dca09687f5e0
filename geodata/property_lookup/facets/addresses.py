"""Addresses (DAR) on the parcel: what they are called, where the register puts them, and how surely. One query."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from geodata.property_lookup.answers import Answer, Asker, State, silent
from geodata.property_lookup.place import Place

_POINTS: Final = """
SELECT o.register, o.register_id, v.status_code, v.accuracy_class, c.recorded_at::date,
    (SELECT string_agg(n.designation, '; ' ORDER BY length(n.designation), n.designation)
     FROM geodata_housenumberversion n WHERE n.address_point_id = o.register_id AND n.change_to_id IS NULL
         AND n.off_kode = 1 AND n.statuskode IN (1, 3))
FROM geodata_addresspointversion v JOIN geodata_addresspoint o ON o.id = v.object_id
JOIN ledger_change c ON c.id = v.change_from_id
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND ST_Intersects(v.geometry, ST_GeomFromWKB(%s, 25832)) ORDER BY o.id
"""
#: Codes of DAR's status, and its classes of accuracy.
_STATUS: Final = {6: N_("prepared"), 7: N_("given up"), 8: N_("in use"), 9: N_("out of use")}
_CLASSES: Final = {"A": N_("placed at the building"), "B": N_("placed on the parcel")}


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Each address point with what is addressed by it (its id where nothing is), state and class of accuracy."""
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, [place.wkb])
        rows = cursor.fetchall()
    told = place.told.get("address_point")
    title = _("Address point")
    if not rows:
        return [silent("addresses", title, told, none=_("No address point lies on the parcel."))]
    found = []
    for register, key, status, accuracy, recorded, called in rows:
        words = [
            _(_STATUS[status]) if status in _STATUS else "",
            _(_CLASSES[accuracy]) if accuracy in _CLASSES else "",
        ]
        said = "; ".join(filter(None, (called or key, *words)))
        day = (told.as_of if told else None) or recorded
        found.append(
            Answer(f"addresses.{register}:{key}", title, State.YES, said, key, source=register, as_of=day)
        )
    return found
