"""The boundaries (skel) of the parcel: what lies beyond each, and how sure its place is. One query."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from geodata.property_lookup.answers import Answer, Asker, State, localized
from geodata.property_lookup.place import Place

#: Boundaries between parcels of one property are none for the rules and are left out.
_EDGES: Final = """
SELECT e.kind, e.kind_src, e.sigma_m, e.ambiguous, ST_Length(e.geometry), ST_X(m.p), ST_Y(m.p), n.parcel_number,
    coalesce(n.district_name, n.cadastral_district::text), c.recorded_at::date
FROM geodata_edge e JOIN ledger_change c ON c.id = e.change_from_id
CROSS JOIN LATERAL (SELECT ST_LineInterpolatePoint(e.geometry, 0.5) AS p) m
LEFT JOIN geodata_parcelversion n ON n.object_id = e.neighbour_id AND n.change_to_id IS NULL
WHERE e.parcel_id = %s AND e.change_to_id IS NULL AND NOT e.inner ORDER BY e.id
"""
_KINDS: Final = {
    "parcel": N_("neighbouring parcel"),
    "road": N_("road"),
    "path": N_("path"),
    "water": N_("water"),
}
#: How the kind is known (``kind_src`` of an edge).
_SOURCES: Final = {
    "cadastral_line": N_("cadastral line"),
    "neighbour": N_("the parcel beyond"),
    "none": N_("nothing is recorded beyond"),
}


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Kind, length in metres and accuracy of each stretch; a stretch is named by where its middle lies."""
    with connection.cursor() as cursor:
        cursor.execute(_EDGES, [place.parcel])
        rows = cursor.fetchall()
    if not rows:
        words = _("The boundaries have not been worked out.")
        return [Answer("edges", _("Boundaries"), State.NOT_ANSWERED, words, code="not_derived")]
    return [_stretch(number, row) for number, row in enumerate(rows, 1)]


def _stretch(number: int, row: tuple) -> Answer:  # type: ignore[type-arg]
    kind, src, sigma_m, ambiguous, length_m, x, y, neighbour, district, day = row
    src = _(_SOURCES[src]) if src in _SOURCES else src
    title = _("Stretch %(number)s, %(length)s m") % {"number": number, "length": localized(length_m, 2)}
    key = f"edges.{x:.1f},{y:.1f}"
    accuracy = _("accuracy %(sigma)s m") % {"sigma": localized(sigma_m, 2)}
    if kind not in _KINDS:
        words = _("What lies beyond is not known; %(accuracy)s") % {"accuracy": accuracy}
        return Answer(key, title, State.NOT_ANSWERED, words, code="unknown_kind", source=src, as_of=day)
    said = _(_KINDS[kind])
    if kind == "parcel" and neighbour:
        said = f"{said} {neighbour}, {district}"
    doubt = "; " + _("the sources do not agree, it has to be looked at") if ambiguous else ""
    code = "ambiguous" if ambiguous else ""
    return Answer(key, title, State.YES, f"{said}; {accuracy}{doubt}", kind, code=code, source=src, as_of=day)
