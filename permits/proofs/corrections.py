"""Corrected inputs in a proof: what was corrected, from what, and why."""

from __future__ import annotations

from typing import Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.inputs import INPUTS, SUMS, reads
from permits.engine.overrides import KEYS
from permits.engine.world import World
from permits.proofs.parts import EDGE_WORDS
from permits.proofs.trace import Trace
from permits.proofs.words import say

_CHANGED: Final = N_(
    "Corrected by the case worker: %(what)s is %(corrected)s. Register or drawing: %(original)s. "
    "Reason: %(reason)s"
)
_ADDED: Final = N_(
    "Stated by the case worker: %(what)s is %(corrected)s. Register and drawing say nothing. Reason: %(reason)s"
)
#: Names that words go by; all others are said as they are.
WORDS: Final = {
    **EDGE_WORDS,
    "detached_house": N_("detached house"),
    "two_family_horizontal": N_("two flats one above the other"),
    "double_house": N_("double house"),
    "row_house": N_("row house"),
    "multi_storey_housing": N_("multi-storey housing"),
    "summer_house": N_("summer house"),
    "business": N_("business"),
    "farm_building": N_("farm building"),
    "silo": N_("silo"),
    "sanitary_building": N_("sanitary building"),
    "institution": N_("institution"),
    "other": N_("other building"),
    "garage": N_("garage"),
    "carport": N_("carport"),
    "shed": N_("shed"),
    "greenhouse": N_("greenhouse"),
    "covered_terrace": N_("covered terrace"),
    "terrace": N_("terrace"),
    "pool": N_("pool"),
    "stairs": N_("outdoor stairs"),
    "solar": N_("solar panels"),
}


def put_corrections(trace: Trace, world: World) -> tuple[str, ...]:
    """Put the corrections that the rule of a trace reads into it, and say each in the active language.

    Parameters
    ----------
    trace : of one finding.
    world : World of its site, corrections applied.

    Returns
    -------
    One sentence each; numbers, words and reasons stand in the trace as ``corrected_1``, ``original_1`` …

    Notes
    -----
    A correction of one building is named where the finding is about that building, or adds up all of them.
    """
    if not world.column("overrides", "applied").any():
        return ()
    lines = []
    told = world.overrides[world.overrides["applied"]]
    for number, row in enumerate(told.to_dict("records"), start=1):
        given = INPUTS[".".join((row["table"], row["column"]))]
        elsewhere = (
            row["table"] == "buildings" and trace.building not in (-1, row["key"]) and trace.rule not in SUMS
        )
        if not reads(trace.rule, given) or elsewhere:
            continue
        names = {part: f"{part}_{number}" for part in ("what", "corrected", "original", "reason")}
        what = name_of(world, str(row["table"]), int(row["key"]))
        trace.add(names["what"], f"{given.title}{f' ({what})' if what else ''}")
        if given.choices:
            trace.add(names["corrected"], WORDS.get(str(row["word"]), str(row["word"])))
            trace.add(names["original"], WORDS.get(str(row["original_word"]), str(row["original_word"])))
            known = bool(row["original_word"])
        else:
            trace.add(names["corrected"], float(row["value"]), given.unit, source="correction")
            trace.add(names["original"], float(row["original"]), given.unit)
            known = bool(np.isfinite(row["original"]))
        trace.add(names["reason"], str(row["reason"]))
        template = gettext(_CHANGED if known else _ADDED)
        for part, name in names.items():
            template = template.replace(f"%({part})s", f"%({name})s")
        lines.append(say(trace, template))
    return tuple(lines)


def name_of(world: World, table: str, key: int) -> str:
    """What people call a row: the parcel's number, the building's name; empty for the site and for boundaries."""
    column = {"parcels": "label", "buildings": "name"}.get(table)
    if column is None:
        return ""
    rows = getattr(world, table)
    found = rows.loc[rows[KEYS[table]] == key, column]
    return str(found.iloc[0]) if len(found) else ""
