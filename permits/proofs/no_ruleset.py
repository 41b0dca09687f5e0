"""Why a site has no numbers: the application names a rule set (regelsæt) that may not be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.ruleset_files import RulesetFile
from permits.engine.rulesets import refusals
from permits.engine.world import World
from permits.proofs.trace import Trace
from permits.proofs.words import Words, plain, say

_WHY: Final = {
    "unknown": N_("The application names the rule set %(named)s, and there is none of that name."),
    "faulty": N_("The rule set %(named)s that the application names has errors and cannot be used."),
    "unsigned": N_("The rule set %(named)s that the application names is a draft; nobody has signed it."),
    "changed": N_("The rule set %(named)s was changed after it was signed and is a draft again."),
    "not_in_force": N_("The rule set %(named)s was not in force on the day the application was sent in."),
}
_INSTEAD: Final = N_("No other rule set is used in its place.")


def without_ruleset(trace: Trace, world: World, title: str, files: Iterable[RulesetFile]) -> Words:
    """Words for a finding that has no numbers, with the name of the rule set in the trace.

    Parameters
    ----------
    trace : as :func:`permits.proofs.trace.start` has begun it.
    world : World of the one site.
    title : name of the rule.
    files : the rule sets as they stood when none of them was chosen.
    """
    why = str(refusals(world, files)[0])
    trace.add("named", str(world.sites["ruleset"].iloc[0]))
    words = plain(trace, title)
    return replace(words, details=(say(trace, gettext(_WHY[why])), gettext(_INSTEAD), *words.details))
