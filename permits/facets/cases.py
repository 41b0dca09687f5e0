"""Building cases (byggesager) on a property: personal data, of the open municipality only. One query."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from geodata.accounts.whose import public_municipality
from geodata.property_lookup.answers import Answer, Asker, State
from geodata.property_lookup.place import Place
from permits.outcomes import worst_sql
from permits.review.access import READ
from permits.review.labels import UNCHECKED, label

_MOST: Final = 100
#: Row-level security leaves the cases of the tenant alone. A case is about all parcels of its property.
_CASES: Final = f"""
SELECT a.public_id, a.number, a.title, a.applied_on, coalesce({worst_sql("a.id")}, '{UNCHECKED}')
FROM permits_application a WHERE a.state <> 'draft'
    AND EXISTS (SELECT FROM permits_applicationparcel p WHERE p.application_id = a.id AND p.parcel_id = %s)
ORDER BY a.applied_on DESC, a.id DESC LIMIT {_MOST + 1}
"""


def answers(place: Place, asker: Asker) -> list[Answer]:
    """Cases on the parcel with their worst answer, newest first; who has signed in says what for, once a session.

    Visitors see the invented cases of the public demonstration. What is shown is put down in ``asker.seen``.
    """
    title = _("Case")
    if asker.tenant is None or asker.tenant != place.municipality:
        words = _("Only the municipality of the property sees its cases.")
        return [Answer("cases", _("Cases"), State.NOT_ANSWERED, words, code="not_yours")]
    if asker.tenant != public_municipality() and not asker.may(READ, asker.tenant):
        words = _("Your role gives no access to the cases of others.")
        return [Answer("cases", _("Cases"), State.NOT_ANSWERED, words, code="not_allowed")]
    if asker.signed_in and not asker.purpose:
        words = _("State the purpose of the look-up first.")
        return [Answer("cases", _("Cases"), State.NOT_ANSWERED, words, code="purpose_needed")]
    with connection.cursor() as cursor:
        cursor.execute(_CASES, [place.parcel])
        rows = cursor.fetchall()
    rows, older = rows[:_MOST], rows[_MOST:]
    asker.seen["cases"] = [row[1] for row in rows]
    if not rows:
        return [
            Answer("cases", _("Cases"), State.NO, _("There is no case on the parcel."), source="planvaerk")
        ]
    found = [
        Answer(
            f"cases.{number}",
            title,
            State.YES,
            f"{number} {name}: {label(outcome)}",
            number,
            source="planvaerk",
            as_of=day,
            link=reverse("review:application", args=[public_id]),
            link_title=_("Open the case"),
        )
        for public_id, number, name, day, outcome in rows
    ]
    if older:
        words = _("The %(n)s newest cases are shown; there are older ones.") % {"n": _MOST}
        link, link_title = reverse("review:applications"), _("All cases")
        found.append(
            Answer("cases", title, State.YES, words, source="planvaerk", link=link, link_title=link_title)
        )
    return found
