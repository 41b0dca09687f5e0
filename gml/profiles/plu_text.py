"""Small pieces of Planned Land Use text: voids, references, times, addresses, the step of a plan's procedure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

from gml.profiles import plu_tables as t
from planning.records import PlanRecord


def base2_void(name: str) -> str:
    """A ``base2`` element that is void, not known."""
    return f'<base2:{name} nilReason="{t.UNKNOWN}" xsi:nil="true"/>'


def void(name: str, reason: str = t.UNKNOWN) -> str:
    """A ``plu`` element that is void, with the reason why."""
    return f'<plu:{name} nilReason="{reason}" xsi:nil="true"/>'


def element(name: str, text: str) -> str:
    """A ``plu`` element around text that is XML already."""
    return f"<plu:{name}>{text}</plu:{name}>"


def reference(name: str, href: str, title: str = "") -> str:
    """A ``plu`` element that points somewhere; address and title are escaped already."""
    shown = f' xlink:title="{title}"' if title else ""
    return f'<plu:{name} xlink:href="{href}"{shown}/>'


@lru_cache(maxsize=256)
def coded(name: str, code_list: str, value: str) -> str:
    """A ``plu`` element with a value of an INSPIRE code list."""
    return reference(name, f"{t.CODE_LISTS}/{code_list}/{value}")


@lru_cache(maxsize=4096)
def instant(moment: datetime | None) -> str:
    """ISO 8601 in UTC of at most 24 characters (a version id may have 25), milliseconds only when there are any.

    Empty for no moment, and for one that lies beyond the calendar once it is in UTC.
    """
    if moment is None:
        return ""
    try:
        at = moment.astimezone(UTC)
    except OverflowError:
        return ""
    # strftime does not pad years; isoformat does.
    text = at.replace(tzinfo=None, microsecond=0).isoformat()
    return text + (f".{at.microsecond // 1000:03d}Z" if at.microsecond >= 1000 else "Z")


@lru_cache(maxsize=4096)
def version_id(moment: datetime | None) -> str:
    """The version of an identifier; empty when the time of the version is not recorded."""
    text = instant(moment)
    return f"<base:versionId>{text}</base:versionId>" if text else ""


@lru_cache(maxsize=4096)
def begin_of_version(moment: datetime | None) -> str:
    """When the register took up this version; void when that is not recorded."""
    text = instant(moment)
    return element("beginLifespanVersion", text) if text else void("beginLifespanVersion")


@lru_cache(maxsize=4096)
def validity(start: date | None, end: date | None) -> str:
    """First and last day in force, each on a line of its own; empty when neither is known."""
    days = (("validFrom", start), ("validTo", end))
    return "\n".join(element(name, day.isoformat()) for name, day in days if day)


@lru_cache(maxsize=4096)
def web_address(address: str) -> str | None:
    """The address with everything quoted that an address may not hold; None when it is none."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    kept = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", address.strip())
    before, hash_, after = kept.partition("#")
    safe = "%/:=&?~+!$,;'@()*"
    return quote(before, safe=safe) + hash_ + quote(after, safe=safe)


def cited_date(plan: PlanRecord) -> str:
    """Date of a plan's document: its publication, else its adoption; void when neither is recorded."""
    for day, role in ((plan.published_on, "publication"), (plan.adopted_on, "creation")):
        if day is not None:
            return (
                f"<base2:date><gmd:CI_Date><gmd:date><gco:Date>{day.isoformat()}</gco:Date></gmd:date><gmd:dateType>"
                f'<gmd:CI_DateTypeCode codeList="{_DATE_ROLES}" codeListValue="{role}">{role}</gmd:CI_DateTypeCode>'
                "</gmd:dateType></gmd:CI_Date></base2:date>"
            )
    return base2_void("date")


#: ISO 19139's list of what a date stands for.
_DATE_ROLES: Final = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml#CI_DateTypeCode"
NEVER_KEPT: Final = {
    name: void(name, t.UNPOPULATED)
    for name in ("backgroundMap", "hilucsPresence", "specificPresence", "specificRegulationNature")
}
STATIC: Final = {
    "ZoningElement": {n: NEVER_KEPT[n] for n in ("backgroundMap", "hilucsPresence", "specificPresence")},
    "SupplementaryRegulation": {
        "backgroundMap": NEVER_KEPT["backgroundMap"],
        "specificRegulationNature": NEVER_KEPT["specificRegulationNature"],
        "inheritedFromOtherPlans": element("inheritedFromOtherPlans", "false"),
    },
}


def process_step(record: PlanRecord, plan: PlanRecord) -> str:
    """Where in the procedure (planloven §§ 24-33): a plan is in force only once it has been published."""
    if record.status == "V":
        published = record.published_on or record.in_force_on or plan.published_on or plan.in_force_on
        step = "legalForce" if published or record.register in t.PUBLISHED_BY_REGISTER else "adoption"
    else:
        step = {"F": "elaboration", "A": "obsolete"}[record.status]
    return coded("processStepGeneral", "ProcessStepGeneralValue", step)


def ordinances(plan: PlanRecord) -> Iterator[str]:
    """One ordinance a date; midnight UTC, so that the day is the same day read in UTC and in Denmark."""
    for attribute, column in t.ORDINANCES:
        day: date | None = getattr(plan, attribute)
        if day is not None:
            yield (
                f"<plu:ordinance><plu:OrdinanceValue><plu:ordinanceDate>{day.isoformat()}T00:00:00Z"
                f"</plu:ordinanceDate><plu:ordinanceReference>{column}</plu:ordinanceReference>"
                "</plu:OrdinanceValue></plu:ordinance>"
            )
