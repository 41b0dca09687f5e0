"""What the metadata records tell, said once for ISO 19139 and for DCAT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from gml.feed.bulk import ALL
from gml.models.published import PublishedState
from gml.ogc import plu

#: What follows our name space in the id of the data set, as in the Atom feed.
DATA_SET: Final = "planer"
#: Denmark, where no plan tells where the data lie: west, south, east, north in degrees.
_DENMARK: Final = (7.7, 54.4, 15.6, 58.0)


@dataclass(frozen=True)
class About:
    """The data set and its services, in the language of the record.

    Attributes
    ----------
    space : name space of ids; ``box``: west, south, east, north in degrees; ``first`` day that a plan holds, if any.
    home, atom, ogc, gml, data_record, service_record, catalogue : addresses.
    """

    title: str
    abstract: str
    service_title: str
    service_abstract: str
    lineage: str
    rights: str
    publisher: str
    contact: str
    space: str
    changed_at: datetime
    box: tuple[float, float, float, float]
    first: str | None
    home: str
    atom: str
    ogc: str
    gml: str
    data_record: str
    service_record: str
    catalogue: str


def about(request: HttpRequest, now: PublishedState, language: str = "da") -> About:
    """What is to be told of the register at a state of the feed."""
    known = plu.extents().get("SpatialPlan", {})
    west, south, east, north = known.get("bbox") or _DENMARK

    def address(name: str, *args: str) -> str:
        return request.build_absolute_uri(reverse(name, args=args))

    with translation.override(language):
        return About(
            title=_("Plans: municipal plans and local plans"),
            abstract=_(
                "Adopted and proposed municipal plans and local plans with their zones, building fields, limits and "
                "documents, as INSPIRE Planned Land Use."
            ),
            service_title=_("Download of plans"),
            service_abstract=_(
                "Plans as GML in an Atom feed and as files of each plan, and as features to be asked for (OGC API "
                "Features)."
            ),
            lineage=_(
                "Written from the municipality's plans at each change. Where the data and the document of a plan "
                "differ, the document prevails."
            ),
            rights=_("Free to use; name the source."),
            publisher=settings.REGISTER_PUBLISHER,
            contact=settings.REGISTER_CONTACT,
            space=settings.REGISTER_NAMESPACE.rstrip("/"),
            changed_at=now.recorded_at,
            box=(west, south, east, north),
            first=(known.get("interval") or [None])[0],
            home=address("register:index"),
            atom=address("register:atom"),
            ogc=address("ogc:landing"),
            gml=address("register:bulk", ALL),
            data_record=address("register:data_record"),
            service_record=address("register:service_record"),
            catalogue=address("register:catalogue"),
        )
