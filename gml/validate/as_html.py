"""A validation as a page that needs nothing else: the verdict, what was looked at, every fault with its remedy."""

from __future__ import annotations

from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import get_language

from gml.validate import words
from gml.validate.fault import Report
from gml.validate.rules import RULES

#: Faults shown on a page; the JSON has all of them.
MOST_SHOWN: Final = 2_000


def context(report: Report) -> dict[str, Any]:
    """What the templates show."""
    return {
        "language": get_language(),
        "verdict": words.verdict(report.valid),
        "valid": report.valid,
        "profile": report.profile.id,
        "files": [
            {
                "name": file.name,
                "summary": words.summary(file),
                "not_followed": file.not_followed,
                "stages": [
                    (words.stage_title(stage.name), words.stage_state(stage))
                    for stage in file.stages.values()
                ],
            }
            for file in report.files
        ],
        "faults": [
            {
                "rule": fault.rule,
                "source": RULES[fault.rule].source,
                "severity": fault.severity,
                "file": report.files[fault.file].name,
                "line": fault.line,
                "object": fault.object,
                "said": words.sentence(fault),
                "remedy": words.remedy(fault),
                "position": words.position(fault),
            }
            for fault in report.faults[:MOST_SHOWN]
        ],
        "hidden": len(report.faults) - min(len(report.faults), MOST_SHOWN) + report.not_listed,
    }


def as_html(report: Report) -> str:
    """The report as one HTML document."""
    return render_to_string("gml/report.html", context(report))
