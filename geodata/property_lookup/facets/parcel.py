"""The parcel (jordstykke): areas and what the cadastre calls it. No query of its own."""

from __future__ import annotations

import shapely
from django.utils.translation import gettext as _

from geodata.property_lookup.answers import Answer, Asker, flagged, measured
from geodata.property_lookup.place import Place


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """Registered, drawn and road area in m², common land, road (fælleslod, vej)."""
    told = place.told.get("parcel")
    source, day = place.register, (told.as_of if told else None) or place.recorded_on
    drawn = measured(
        "parcel.drawn_m2",
        _("Area as drawn"),
        float(shapely.area(place.geometry)),
        "m²",
        source=source,
        as_of=day,
        decimals=1,
    )
    return [
        measured(
            "parcel.registered_m2", _("Registered area"), place.registered_m2, "m²", source=source, as_of=day
        ),
        drawn,
        measured("parcel.road_m2", _("Of it road"), place.road_m2, "m²", source=source, as_of=day),
        flagged("parcel.common_land", _("Common land"), place.common_land, source=source, as_of=day),
        flagged("parcel.is_road", _("The parcel is a road"), place.is_road, source=source, as_of=day),
    ]
