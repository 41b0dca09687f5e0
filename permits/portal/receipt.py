"""The receipt of an application: what was sent in and what was answered that day, as it was said to the applicant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from permits.engine.from_drawing import Land
from permits.engine.rulesets import choose
from permits.engine.run import run
from permits.engine.version import ENGINE_VERSION
from permits.models.applications import Application
from permits.models.drafts import Draft
from permits.outcomes import BREACHES
from permits.portal.answer import Found, findings_of, world_of
from permits.portal.measures import form
from permits.portal.typeset import pdf
from permits.proofs.remedies.compare import summed
from permits.proofs.words import not_checked
from permits.review.labels import language

LANGUAGES: Final[tuple[Literal["da", "en"], ...]] = ("da", "en")
_TEMPLATE: Final = Path(__file__).with_name("receipt.typ")


def said(draft: Draft, land: Land, day: date) -> dict[str, Any]:
    """What is said to a draft as it is sent in, in every language, to be kept with it.

    Danish: svar ved indsendelsen. The receipt tells it ever after, whatever rules and plans become.

    Parameters
    ----------
    land : the property that it is about.
    day : plans and registers are read, and the rule set chosen, as of this day.

    Returns
    -------
    Plain data: ``ruleset``, ``engine``, and by language ``buildings`` (name, and label and value of each measure),
    ``findings`` (title, answer, building, sentences; worst first) and ``not_checked``.
    """
    world = world_of(draft, land, day)
    table = summed(run(world))
    words = {}
    for spoken in LANGUAGES:
        with override(spoken):
            words[spoken] = {
                "buildings": [_building(each) for each in form(draft.buildings)],
                "findings": [_finding(each) for each in findings_of(world, table)],
                "not_checked": list(not_checked()),
            }
    return {"ruleset": str(choose(world)[0]), "engine": ENGINE_VERSION, "words": words}


def _building(told: Any) -> dict[str, Any]:
    kind = next((label for value, label in told.kinds if value == told.kind), "")
    rows = [[_("Kind of building"), kind], [_("Footprint as drawn"), told.footprint]]
    rows += [[f.label, f"{f.shown} {f.unit}".strip()] for f in told.fields if f.shown]
    return {"name": told.name, "rows": rows}


def _finding(found: Found) -> dict[str, Any]:
    return {
        "title": found.title,
        "label": found.label,
        "outcome": found.outcome,
        "building": found.building,
        # What complies is told in one sentence; there is nothing to mend or to weigh.
        "lines": [found.words.verdict, *(found.words.details if found.outcome != "pass" else ())],
    }


def words_of(draft: Draft) -> dict[str, Any]:
    """What was said when it was sent in, in the active language; empty where nothing was kept."""
    kept = draft.answers.get("sent", {}).get("said", {}).get("words", {})
    found: dict[str, Any] = kept.get(language(), {})
    return found


def document(
    draft: Draft, application: Application, files: Sequence[Mapping[str, str]], authority: str
) -> bytes:
    """The receipt as an accessible PDF in the active language.

    Danish: kvittering.

    Parameters
    ----------
    draft : the one that was sent in.
    files : ``file_name`` and ``sha256`` of what was sent with it.
    authority : name of the municipality.
    """
    sent, words = draft.answers.get("sent", {}), words_of(draft)
    title = _("Receipt for application %(number)s") % {"number": application.number}
    sections = [
        _section(_("What was sent in"), rows=_told(application, sent, authority)),
        *(
            _section(_("Building %(name)s") % {"name": b["name"]}, rows=_rows(b["rows"]))
            for b in words.get("buildings", ())
        ),
        _section(_("Files"), rows=[[f["file_name"], [f"SHA-256 {f['sha256']}"]] for f in files]),
    ]
    if words:
        sections += _answered(sent["said"], words)
    sections.append(_section(_("What happens now"), points=happens()))
    whole = {
        "title": title,
        "author": authority or "Planværk",
        "language": language(),
        "sections": [
            section
            for section in sections
            if any(section[part] for part in ("lines", "rows", "parts", "points"))
        ],
    }
    return pdf(_TEMPLATE, whole, at=int(application.created_at.timestamp()))


def happens() -> list[str]:
    """What happens after an application was sent in."""
    return [
        _("The municipality looks whether something is missing, and asks you for it."),
        _("A case worker weighs what the rules leave to a person."),
        _("You get a decision with reasons, and may complain about it."),
    ]


def _told(application: Application, sent: Mapping[str, Any], authority: str) -> list[list[Any]]:
    parties = sent.get("parties", {})
    received = date_format(localtime(application.created_at), "d.m.Y H:i")
    address = [application.address] if application.address != sent.get("parcel") else []
    applicant = [parties.get(name, "") for name in ("name", "email", "phone")]
    if parties.get("role") == "agent":
        applicant.append(f"{_('for')} {parties.get('owner', '')}")
    elif parties.get("role") == "owner":
        applicant.append(_("owns the property"))
    return _rows(
        [
            [_("Number of the case"), application.number],
            [_("Received"), received, authority],
            [_("Work"), f"{application.get_work_display()}: {application.title}"],
            [_("The property"), sent.get("parcel", ""), *address],
            [_("Applicant"), *applicant],
        ]
    )


def _answered(kept: Mapping[str, Any], words: Mapping[str, Any]) -> list[dict[str, Any]]:
    against = [f for f in words["findings"] if f["outcome"] in BREACHES]
    rest = [f for f in words["findings"] if f not in against]
    by = _("Held against the rules %(rules)s by Planværk %(engine)s when it was sent in.")
    return [
        _section(
            _("Stands against the drawing"),
            lines=[by % {"rules": kept["ruleset"], "engine": kept["engine"]}]
            + ([] if against else [_("No rule that was checked is broken")]),
            parts=[_part(each) for each in against],
        ),
        _section(_("Other answers"), parts=[_part(each) for each in rest]),
        _section(_("What was not checked"), points=words["not_checked"]),
    ]


def _part(finding: Mapping[str, Any]) -> dict[str, Any]:
    name = " · ".join(part for part in (finding["title"], finding["building"]) if part)
    return {"title": name, "lines": [finding["label"], *finding["lines"]]}


def _rows(rows: Sequence[Sequence[str]]) -> list[list[Any]]:
    """Term and lines of each row that says something."""
    return [[term, lines] for term, *said in rows if (lines := [line for line in said if line])]


def _section(
    title: str,
    *,
    lines: Sequence[str] = (),
    rows: Sequence[Any] = (),
    parts: Sequence[Any] = (),
    points: Sequence[str] = (),
) -> dict[str, Any]:
    return {"title": title, "lines": lines, "rows": rows, "parts": parts, "points": points}
