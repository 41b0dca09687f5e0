"""Problem documents (RFC 9457): what a program is told when its request cannot be answered; all faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.http import JsonResponse


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (name of the parameter), a stable code, and words."""

    parameter: str
    code: str
    detail: str


def problem(status: int, title: str, faults: Sequence[Fault] = (), *, detail: str = "") -> JsonResponse:
    """A problem document; ``errors`` lists every fault, not the first one alone."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if faults:
        body["errors"] = [asdict(fault) for fault in faults]
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    return response
