"""The look-up itself: every registered facet asked about one parcel, by a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from geodata.property_lookup.answers import Answer, Asker
from geodata.property_lookup.place import Place
from geodata.registry import facets


@dataclass(frozen=True)
class Told:
    """What one facet answers."""

    id: str
    title: str
    contestable: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Look:
    """All that is answered about a parcel."""

    place: Place
    facets: tuple[Told, ...]

    def answer(self, key: str) -> tuple[Told, Answer] | None:
        """The answer with a key, and its facet."""
        for facet in self.facets:
            for answer in facet.answers:
                if answer.key == key:
                    return facet, answer
        return None


def look(place: Place, asker: Asker, *, only: Collection[str] = ()) -> Look:
    """Ask every facet about a parcel (opslag om ejendom).

    Parameters
    ----------
    place : the parcel; its geometry is in EPSG:25832.
    asker : who asks. The caller has opened the tenant; what was shown of people stands in ``asker.seen``.
    only : facets to ask; empty = all but those that are asked apart.
    """
    return Look(
        place,
        tuple(
            Told(key, str(facet.title), facet.contestable, tuple(facet.answer(place, asker)))
            for key, facet in facets.items()
            if (key in only if only else not facet.apart)
        ),
    )
