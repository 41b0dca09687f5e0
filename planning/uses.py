"""General uses of plans (anvendelse generel, ``anvgen``) in words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

#: Code of ``anvgen`` → words; Plandata's own list.
GENERAL_USES: Final = {
    11: N_("Housing"),
    21: N_("Housing and business"),
    31: N_("Business area"),
    41: N_("Centre"),
    51: N_("Recreation"),
    61: N_("Summer houses"),
    71: N_("Public purposes"),
    81: N_("Technical installations"),
    91: N_("Countryside"),
    96: N_("Other use"),
}
