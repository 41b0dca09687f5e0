"""What applies here: every rule about a piece of land, before anything is drawn.

Danish: hvad gælder her. Each rule is answered with yes, no or not answered, and the figure that would matter. It is
the same World, the same rule sets and the same plan limits by which a drawing is measured afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from geodata.property_lookup.answers import Answer, State
from permits.applies import plans, registers, regulation
from permits.applies.land import land_of
from permits.applies.rules import about_rules, drawing_asked, key_of


def what_applies(
    parcels: Sequence[int], municipality: str | None, day: date, applied_on: date | None = None
) -> list[Answer]:
    """One answer for each rule, those that apply first, then what is not answered, then what does not.

    Parameters
    ----------
    parcels : keys of the parcels of one property.
    municipality : where it lies; None = not known.
    day : day as of which plans and registers are read.
    applied_on : day of sending in, which chooses the rule set; by default the same day.
    """
    land = land_of(parcels, municipality, day, applied_on or day)
    found = {a.key: a for family in (plans, regulation, registers) for a in family.answers(land)}
    order = [State.YES, State.NOT_ANSWERED, State.NO]
    told = [found.get(key_of(rule)) or drawing_asked(rule) for rule in about_rules()]
    return sorted(told, key=lambda answer: order.index(answer.state))
