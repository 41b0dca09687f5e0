"""Documents for the tests of the validator: a sound one of our own, and what can be done to it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from gml.validate.fault import Report
from gml.validate.validator import Bounds, Given, validate
from planning.records import PlanGroup
from tests.gml.plans import export, limit, record, square


def sound() -> str:
    """Two plans with zones, building fields and a document each."""
    groups = []
    for number in (1, 2):
        plan = record(
            f"{number}",
            geometry=square(400 * number, 0, 300),
            use_general=11,
            limits=(limit("plot_ratio", 30.0, per="parcel"), limit("max_height", 8.5)),
            document_url=f"https://dokument.example/{number}.pdf",
        )
        parts = (
            record(f"{number}.A", level="sub_area", parent_register_id=f"{number}",
                   geometry=square(400 * number, 0), use_general=11, number=f"{number}"),
            record(f"{number}.B", level="sub_area", parent_register_id=f"{number}",
                   geometry=square(400 * number + 100, 0), use_general=31, number=f"{number}"),
            record(f"{number}.F", level="building_field", parent_register_id=f"{number}", field_state="yes",
                   geometry=square(400 * number + 10, 10, 20), number=f"{number}"),
        )  # fmt: skip
        groups.append(PlanGroup(plan, parts))
    return export(*groups)[0].decode()


def given(text: str | bytes, name: str = "x.gml") -> Given:
    data = text.encode() if isinstance(text, str) else text
    return Given(name, lambda: BytesIO(data))


def judged(*texts: str | bytes, schemas: Path | None = None, **options: Any) -> Report:
    files = [given(text, f"{chr(ord('a') + n)}.gml") for n, text in enumerate(texts)]
    return validate(files, schemas=schemas, **options)


def rules(report: Report) -> set[str]:
    return {fault.rule for fault in report.faults}


SMALL = Bounds(document=2_000_000, feature=200_000)
