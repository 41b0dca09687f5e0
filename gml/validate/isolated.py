"""Validation in a child process: foreign bytes go in, plain values come out; see :mod:`geodata.sandbox`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import shapely

from gml.validate.fault import Fault, FileReport, Report, Stage
from gml.validate.profiles import PROFILES
from gml.validate.validator import Bounds, Given, validate


def check(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    """Validate one document; called in the child.

    Parameters
    ----------
    data : the document.
    options : ``name``, ``profile``, ``schemas`` (folder, or empty), ``today`` (ISO day), ``faults`` (most listed).
    """
    report = validate(
        [Given(str(options["name"]), lambda: BytesIO(data))],
        profile=str(options["profile"]),
        schemas=Path(str(options["schemas"])) if options["schemas"] else None,
        today=date.fromisoformat(str(options["today"])),
        bounds=Bounds(faults=int(options["faults"])),
    )
    return plain(report)


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON can hold it."""
    return {
        "profile": report.profile.id,
        "not_listed": report.not_listed,
        "counts": dict(report.counts),
        "files": [
            {
                "name": file.name,
                "bytes": file.bytes,
                "features": dict(file.features),
                "stages": [[stage.name, stage.ran, stage.why] for stage in file.stages.values()],
                "errors": file.errors,
                "warnings": file.warnings,
                "not_followed": file.not_followed,
                "refused": file.refused,
            }
            for file in report.files
        ],
        "faults": [
            [
                fault.rule,
                fault.severity,
                fault.file,
                fault.line,
                fault.object,
                dict(fault.values),
                shapely.to_wkb(fault.place, hex=True) if fault.place is not None else None,
                fault.crs,
            ]
            for fault in report.faults
        ],
    }


def report_of(told: Mapping[str, Any]) -> Report:
    """The report that :func:`plain` has taken apart."""
    report = Report(PROFILES[told["profile"]])
    report.not_listed = told["not_listed"]
    report.counts = Counter(told["counts"])
    for said in told["files"]:
        stages = {name: Stage(name, ran, why) for name, ran, why in said["stages"]}
        rest = {name: value for name, value in said.items() if name not in ("stages", "features")}
        report.files.append(FileReport(stages=stages, features=Counter(said["features"]), **rest))
    for rule, severity, file, line, obj, values, place, crs in told["faults"]:
        shape = shapely.from_wkb(place) if place else None
        report.faults.append(Fault(rule, severity, file, line, obj, values, shape, crs))
    return report
