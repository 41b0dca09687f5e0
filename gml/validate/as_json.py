"""A validation as JSON, for programs; the same words as people read."""

from __future__ import annotations

from typing import Any

from gml.validate import words
from gml.validate.fault import Fault, Report
from gml.validate.rules import RULES


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values; ``valid`` is null when nothing was found but a stage did not run."""
    return {
        "profile": report.profile.id,
        "valid": report.valid,
        "errors": report.errors,
        "warnings": report.warnings,
        "files": [
            {
                "file": file.name,
                "valid": file.valid,
                "bytes": file.bytes,
                "errors": file.errors,
                "warnings": file.warnings,
                "features": dict(sorted(file.features.items())),
                "references_not_followed": file.not_followed,
                "stages": {
                    stage.name: {"state": stage.ran, "why": words.stage_why(stage)}
                    for stage in file.stages.values()
                },
            }
            for file in report.files
        ],
        "counts": dict(sorted(report.counts.items())),
        "faults": [_fault(report, fault) for fault in report.faults],
        "not_listed": report.not_listed,
    }


def _fault(report: Report, fault: Fault) -> dict[str, Any]:
    rule = RULES[fault.rule]
    point = fault.place.representative_point() if fault.place is not None else None
    return {
        "rule": fault.rule,
        "severity": fault.severity,
        "stage": rule.stage,
        "source": rule.source,
        "file": report.files[fault.file].name,
        "line": fault.line,
        "object": fault.object,
        "message": words.sentence(fault),
        "remedy": words.remedy(fault),
        "place": {"x": point.x, "y": point.y, "crs": fault.crs} if point is not None else None,
    }
