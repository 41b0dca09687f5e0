"""The zone (byzone, landzone, sommerhusområde) that a parcel lies in; planloven § 34. One query."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from geodata import shapes
from geodata.property_lookup.answers import Answer, Asker, State, localized
from geodata.property_lookup.place import Place

_ZONES: Final = """
SELECT v.zone_code, o.register, c.recorded_at::date, ST_AsBinary(v.geometry)
FROM planning_zoneversion v JOIN planning_zone o ON o.id = v.object_id JOIN ledger_change c ON c.id = v.change_from_id
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND ST_Intersects(v.geometry, ST_GeomFromWKB(%s, 25832))
ORDER BY v.zone_code, o.id
"""
_NAMES: Final = {1: N_("Urban zone"), 2: N_("Rural zone"), 3: N_("Summer-house zone")}


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Each zone that the parcel lies in, with its share in per cent.

    Every parcel lies in some zone, so that nothing is known of it is not answered, whatever was delivered.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, [place.wkb])
        rows = cursor.fetchall()
    share: dict[int, float] = {}
    about: dict[int, tuple[str, object]] = {}
    drawn = np.array([shapely.from_wkb(bytes(row[3])) for row in rows], dtype=object)
    ground = np.full(len(rows), place.geometry, dtype=object)
    for (code, register, day, _wkb), area in zip(rows, shapes.overlap(drawn, ground).area_m2, strict=True):
        if area > 0.0:
            share[code] = share.get(code, 0.0) + float(area) / place.geometry.area
            about.setdefault(code, (register, day))
    if not share:
        words = _("No zone map covers the parcel.")
        return [Answer("zone", _("Zone"), State.NOT_ANSWERED, words, code="not_delivered")]
    told = place.told.get("zone")
    found = []
    for code, part in sorted(share.items(), key=lambda item: -item[1]):
        register, day = about[code]
        said = f"{_(_NAMES[code])}; " + _("%(share)s %% of the parcel") % {
            "share": localized(min(part, 1.0) * 100, 1)
        }
        as_of = (told.as_of if told else None) or day
        found.append(Answer(f"zone.{code}", _("Zone"), State.YES, said, code, source=register, as_of=as_of))  # type: ignore[arg-type]
    return found
