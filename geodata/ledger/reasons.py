"""Why records were set aside, in the language of the page; what the reader of the file says of it is English."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

#: Word of a reason → what it means. A word that is not here is shown as it is.
TITLES: Final = {
    "duplicate_register_id": N_("Several records have the same id and say different things"),
    "identity": N_("The id is not that of the record, or stands twice"),
    "invalid_geometry": N_("The outline crosses or touches itself"),
    "level": N_("Only plans of a municipality are kept"),
    "no_authority": N_("The authority is not on the published list"),
    "no_geometry": N_("The record has no place"),
    "no_place": N_("There is no place to keep this kind of record"),
    "no_plan": N_("The record belongs to a plan that was not taken"),
    "no_register_id": N_("The record has no id of its register"),
    "not_finite": N_("A coordinate is no number"),
    "out_of_range": N_("The coordinates lie nowhere on earth"),
    "outside_denmark": N_("The place lies outside Denmark"),
    "required": N_("A field that has to be filled is empty"),
    "unfit_value": N_("A value does not fit its field"),
    "unknown_kind": N_("The kind of record is not known"),
    "unreadable_geometry": N_("The geometry cannot be read"),
    "unstorable_value": N_("A value is too long, too large or holds what no text can hold"),
    "wrong_geometry_kind": N_("The geometry is of another kind than the theme stores"),
}


def title(word: str) -> str:
    """What a reason means."""
    return _(TITLES[word]) if word in TITLES else word
