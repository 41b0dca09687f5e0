"""What has been said against the values of a parcel, as its page shows it. One query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geodata.property_lookup.answers import Asker
from geodata.property_lookup.models.contests import Contest
from geodata.property_lookup.place import Place


@dataclass(frozen=True)
class Mark:
    """One objection; ``reason`` and ``answer`` are empty for those who are neither its author nor may answer it."""

    at: datetime
    open: bool
    reason: str = ""
    proposed: str = ""
    answer: str = ""
    outcome: str = ""


def marks_of(place: Place, asker: Asker) -> dict[str, tuple[Mark, ...]]:
    """Key of an answer → the objections to it, newest first.

    Only who has a role in the municipality of the parcel is told of any.
    """
    if not asker.signed_in or asker.tenant != place.municipality:
        return {}
    everything = asker.may("lookup.answer_contest", place.municipality)
    found: dict[str, tuple[Mark, ...]] = {}
    for row in Contest.objects.filter(parcel_id=place.parcel).select_related("answer").order_by("-id"):
        answer = getattr(row, "answer", None)
        mark = Mark(row.made_at, answer is None)
        if everything or (asker.user is not None and row.made_by_id == asker.user.pk):
            said = (answer.text, str(answer.get_outcome_display())) if answer else ("", "")
            mark = Mark(row.made_at, answer is None, row.reason, row.proposed, *said)
        found[row.key] = (*found.get(row.key, ()), mark)
    return found
