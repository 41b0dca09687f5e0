"""What a fault says, in the language of the reader."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext

from gml.validate.fault import Fault, FileReport, Stage
from gml.validate.rules import N_, RULES, STAGES

_VERDICTS: Final = {
    True: N_("Valid"),
    False: N_("Not valid"),
    None: N_("No fault was found, but not everything was looked at"),
}
_RAN: Final = {
    "run": N_("looked at"),
    "not_run": N_("not run"),
    "stopped": N_("broken off"),
}


def sentence(fault: Fault) -> str:
    """What is wrong."""
    values = dict(fault.values)
    if detail := values.get("detail"):
        values["detail"] = gettext(detail)
    return gettext(RULES[fault.rule].said) % values


def remedy(fault: Fault) -> str:
    """How to mend it."""
    return gettext(RULES[fault.rule].remedy)


def verdict(valid: bool | None) -> str:
    """Valid, not valid, or not known."""
    return gettext(_VERDICTS[valid])


def stage_title(name: str) -> str:
    """What a stage is called."""
    return gettext(STAGES[name])


def stage_state(stage: Stage) -> str:
    """What a stage did, with the reason when it did not look at everything."""
    state = gettext(_RAN[stage.ran])
    why = stage_why(stage)
    return f"{state} ({why})" if why else state


def stage_why(stage: Stage) -> str:
    """Why it did not look at everything; empty = it did."""
    return gettext(stage.why) if stage.why else ""


def summary(file: FileReport) -> str:
    """One line about a file."""
    features = ", ".join(f"{number} {kind}" for kind, number in sorted(file.features.items())) or "–"
    return gettext("%(verdict)s: %(errors)s errors, %(warnings)s warnings (%(features)s)") % {
        "verdict": verdict(file.valid),
        "errors": file.errors,
        "warnings": file.warnings,
        "features": features,
    }


def position(fault: Fault) -> str:
    """Coordinates of the place, east before north, with their system; empty = it has none."""
    if fault.place is None or fault.place.is_empty:
        return ""
    point = fault.place.representative_point()
    digits = 7 if abs(point.x) <= 360 and abs(point.y) <= 360 else 3
    system = f" (EPSG:{fault.crs})" if fault.crs else ""
    return f"{point.x:.{digits}f} {point.y:.{digits}f}{system}"
