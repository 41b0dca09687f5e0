"""INSPIRE Planned Land Use read into the form in which plans are stored: the way back of ``gml.profiles``.

What this house wrote comes back as it was, so that a document written again has the same bytes. Of other documents
is taken what the plan model has a place for; the rest is counted and told, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from django.utils import timezone
from lxml import etree

from geodata.checks.delivery import checked
from geodata.crs import GRID, GRID_SRID, transformer
from geodata.models.base import object_id
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.files import unpacked
from geodata.readers.moments import moment
from geodata.readers.refusal import CannotRead
from gml.profiles import plu_tables as t
from gml.profiles.plu_limits import limits_and_fields
from gml.profiles.plu_text import web_address
from gml.profiles.plu_zoning import OWN_OUTLINE, OWN_ZONE
from gml.validate import geometry
from gml.validate.document import Document, Feature
from gml.validate.fault import FileReport, Report
from gml.validate.identity import identity_of
from gml.validate.profiles import PROFILES
from gml.validate.rules import RULES
from gml.validate.structure import is_void
from gml.validate.tables import BASE2, GML, PLU, XLINK
from planning.models.plans import Level

Thing = TypeVar("Thing")

#: Source of deliveries of this reader; a register's own delivery is believed before it.
SOURCE: Final = "plu/gml"
#: Register of objects that name none: their ids are those of their inspireId.
FOREIGN: Final = "plu"
_HREF: Final = f"{{{XLINK}}}href"
_PLU: Final = f"{{{PLU}}}"
_REGISTER: Final = re.compile(re.escape(t.REGISTER_SPACE) + r"([a-z0-9_\-]{1,40})$")
_LONGEST_ADDRESS: Final = 254
_LONGEST_PART: Final = 20
#: So much of a record is kept with what was set aside, bytes.
_MOST_KEPT: Final = 100_000

_LEVELS: Final = {value: level for level, value in t.PLAN_LEVEL.items()}
_PLAN_TYPES: Final = {value: code for code, (value, _) in t.PLAN_TYPES.items()}
_PART_LEVELS: Final = {value: level for level, (value, _) in t.LEVEL_TYPES.items()}
_REGULATIONS: Final = {
    t.REGULATION["building_field"]: Level.BUILDING_FIELD.value,
    t.REGULATION["building_line"]: Level.BUILDING_LINE.value,
}
_FIELD_WORDS: Final = {words: state for state, (_, words) in t.FIELD_NATURE.items()}
_FIELD_NATURES: Final = {"generallyBinding": "yes", "bindingForDevelopers": "yes", "nonBinding": "no"}
_STATUS: Final = {"elaboration": "F", "adoption": "V", "legalForce": "V", "obsolete": "A"}
_STATUSKODE: Final = {"F": 2, "V": 3, "A": 4}
_DATES: Final = {column: attribute for attribute, column in t.ORDINANCES}
#: Columns that a document speaks for.
_SPEAKS: Final = (
    "level", "parent_register_id", "plan_type", "number", "title", "part_number", "status", "status_src",
    *_DATES.values(), "in_force_on", "repealed_on", "register_updated_at", "document_url", "use_general",
    "use_specific", "field_state", "limits", "register_fields",
)  # fmt: skip
#: Elements that say nothing which the plan model would have to keep.
_STRUCTURE: Final = frozenset(
    {"inspireId", "extent", "geometry", "member", "restriction", "plan", "levelOfSpatialPlan", "regulationNature",
     "hilucsLandUse", "beginLifespanVersion", "supplementaryRegulation"}
)  # fmt: skip
_TAKEN: Final = _STRUCTURE | {
    "officialTitle", "alternativeTitle", "planTypeName", "processStepGeneral", "ordinance", "officialDocument",
    "validFrom", "validTo", "specificLandUse", "dimensioningIndication", "specificSupplementaryRegulation",
    "specificRegulationNature", "name", "planDocument",
}  # fmt: skip


@dataclass(slots=True)
class _Said:
    """What one feature says, out of its XML."""

    kind: str
    gid: str
    line: int
    namespace: str
    local: str
    texts: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    ordinances: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    register: str = FOREIGN
    register_id: str = ""
    municipality: str | None = None
    name: str = ""
    shape: Any = None
    crs: int = 0
    fault: str = ""
    original: bytes = b""

    def link(self, name: str) -> str:
        """First reference of this name, empty = none."""
        return next(iter(self.links.get(name, ())), "")

    def codes(self, name: str) -> list[str]:
        """Values of code lists that the references of this name lead to: the last parts of their addresses."""
        return [link.rpartition("/")[2] for link in self.links.get(name, ())]

    def own_codes(self, name: str) -> list[str]:
        """The same of our lists under the object's name space: a number of another list is another code."""
        lists = f"{self.namespace}/codelist/"
        return [link.rpartition("/")[2] for link in self.links.get(name, ()) if link.startswith(lists)]

    def code(self, name: str) -> str:
        """The first of them, empty = none."""
        return next(iter(self.codes(name)), "")

    def uses(self) -> tuple[int | None, list[int]]:
        """General and specific uses of what is no zone, and therefore tells them among its regulations."""
        own = self.codes("specificSupplementaryRegulation")
        return next(iter(_codes(own, t.USE_VALUE)), None), _codes(own, t.SPECIFIC_USE_VALUE)


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Plans out of documents of INSPIRE Planned Land Use, also zipped.

    Danish: planer fra INSPIRE planlagt arealanvendelse (GML).

    Returns
    -------
    One delivery a register. Objects that name no register (``gml:name`` in a code space ``…/register/NAME``) are of
    the register ``plu``, under the name space and local id of their inspireId.

    Raises
    ------
    CannotRead : a file is no GML of plans, cut off, too large, or has a DOCTYPE.

    Notes
    -----
    Refused and told of, since the plan model has no place for them: curved geometry, regulations that are neither
    building fields nor building lines, plans of other levels than a municipality's.
    """
    found: dict[str, list[Delivery]] = {}
    for path in paths:
        with unpacked(path) as files:
            for file in files:
                for delivery in _Reading(file).deliveries():
                    found.setdefault(delivery.register, []).append(delivery)
    return [delivery for group in found.values() for delivery in group]


class _Reading:
    """One document."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.no_place: Counter[str] = Counter()
        self.plans: list[_Said] = []
        self.parts: list[_Said] = []
        self.documents: dict[str, str] = {}  # gml:id → address, empty where it has none or two differ
        self.titles: dict[str, str] = {}  # local id of a document's owner → title
        self.rejected: list[Rejected] = []

    def deliveries(self) -> list[Delivery]:
        self._read()
        rows = self._rows()
        _moved([said for said, _ in rows])
        by_register: dict[str, list[tuple[_Said, dict[str, Any]]]] = {}
        for said, row in rows:
            by_register.setdefault(said.register, []).append((said, row))
        told = [
            f"{self.path.name}: {number} × {name} has no place among plans and was left out"
            for name, number in sorted((+self.no_place).items())
        ]
        found = []
        for register, members in by_register.items():
            found.append(self._delivery(register, members, self.rejected, told))
            self.rejected, told = [], []  # told once a document
        if not found:
            raise CannotRead(
                f"{self.path.name} holds no plan that can be taken"
                + (f": {self.rejected[0].explanation}" if self.rejected else ""),
                "empty",
            )
        return found

    def _read(self) -> None:
        report = Report(PROFILES["inspire-plu"])
        report.files.append(FileReport(self.path.name))
        with self.path.open("rb") as stream:
            document = Document(stream)
            geometries = geometry.Geometries(report)
            for feature in document.features():
                if not feature.ours:
                    self.no_place[feature.kind] += 1
                    continue
                before = len(report.faults)
                geometries.check(feature)
                geometries.settle()
                wrong = [
                    f for f in report.faults[before:] if f.rule not in _HARMLESS and f.severity == "error"
                ]
                del report.faults[before:]
                report.unplaced.clear()
                self._take(feature, RULES[wrong[0].rule].said % wrong[0].values if wrong else "")
        for finding in document.findings:
            if finding.fatal:
                raise CannotRead(
                    f"{self.path.name}, line {finding.line}: {RULES[finding.rule].said % finding.values} "
                    f"{RULES[finding.rule].remedy}",
                    finding.rule,
                )
        if not self.plans and not self.parts:
            raise CannotRead(
                f"{self.path.name} holds no object of INSPIRE Planned Land Use; deliver GML of plans",
                "not_what_it_says",
            )

    def _take(self, feature: Feature, fault: str) -> None:
        said = _said(feature, fault, self.no_place)
        if said is None:
            self.rejected.append(_rejected(feature, "no_register_id", "it has no inspireId"))
        elif said.kind == "OfficialDocumentation":
            address = said.texts.get("link", "")
            if said.gid and self.documents.setdefault(said.gid, address) != address:
                self.documents[said.gid] = ""
                self.no_place["plu:OfficialDocumentation of a gml:id that another has"] += 1
            self.titles[said.local.removesuffix(".document")] = said.texts.get("title", "")
            if not address:
                self.no_place["plu:OfficialDocumentation without a link"] += 1
        elif said.register != FOREIGN and said.local != str(
            object_id(said.register, "plan", said.register_id)
        ):
            self.rejected.append(
                _rejected(
                    feature,
                    "identity",
                    f"its local id is not that of {said.register} {said.register_id}; take out the gml:name "
                    f"of the register, or correct it",
                )
            )
        elif said.kind == "SpatialPlan":
            self.plans.append(said)
        else:
            self.parts.append(said)

    # From features to records.

    def _rows(self) -> list[tuple[_Said, dict[str, Any]]]:
        gids = Counter(plan.gid for plan in self.plans)
        rows: list[tuple[_Said, dict[str, Any]]] = []
        named: dict[str, tuple[_Said, dict[str, Any]]] = {}  # gml:id → a plan that was taken
        for plan in self.plans:
            level = _LEVELS.get(plan.code("levelOfSpatialPlan"))
            if level is None:
                self._refuse(
                    plan, "level", "plans of this level are not kept here; only a municipality's are"
                )
                continue
            if plan.gid and gids[plan.gid] > 1:
                self._refuse(
                    plan, "identity", "another plan has the same gml:id, so that parts could be of either"
                )
                continue
            row = self._common(plan) | {
                "level": level,
                "plan_type": _PLAN_TYPES.get(plan.code("planTypeName")),
                "title": plan.texts.get("officialTitle"),
                "number": plan.texts.get("alternativeTitle"),
                **self._provisions(plan, ()),
            }
            rows.append((plan, row))
            if plan.gid:
                named[plan.gid] = rows[-1]
        for part in self.parts:
            owner = named.get(part.link("plan").removeprefix("#"))
            if owner is None:
                self._refuse(part, "no_plan", "its plan is not in the document, or was not taken")
            elif part.local == owner[0].local + OWN_ZONE:
                owner[1].update(self._provisions(part, part.numbers))
            elif part.local == owner[0].local + OWN_OUTLINE:
                owner[0].shape, owner[0].crs, owner[0].fault = part.shape, part.crs, part.fault
                uses = part.uses()
                if part.numbers or uses != (None, []):
                    owner[1].update(self._provisions(part, part.numbers, uses))
            else:
                found = self._part(part, *owner)
                if found is not None:
                    found["title"] = self.titles.get(part.local)
                    rows.append((part, found))
        return rows

    def _part(self, part: _Said, plan: _Said, of: Mapping[str, Any]) -> dict[str, Any] | None:
        own = part.codes("specificSupplementaryRegulation")
        level = None
        if part.kind == "ZoningElement":
            local = of["level"] == Level.LOCAL_PLAN.value
            level = Level.SUB_AREA.value if local else Level.FRAMEWORK.value
        else:
            level = next((_PART_LEVELS[v] for v in own if v in _PART_LEVELS), None)
            level = level or _REGULATIONS.get(part.code("supplementaryRegulation"))
        if level is None or level in t.PLAN_LEVEL:
            self._refuse(
                part,
                "no_place",
                f"regulations of the kind {part.code('supplementaryRegulation')} are not kept here",
            )
            return None
        overlaid = part.kind != "ZoningElement" and level in t.ZONING
        row = self._common(part) | self._provisions(part, part.numbers, part.uses() if overlaid else None)
        types = [v.removeprefix(t.PLAN_TYPE_VALUE) for v in own if v.startswith(t.PLAN_TYPE_VALUE)]
        name = part.name or part.texts.get("name") or ""
        row |= {
            "level": level,
            "parent_register_id": plan.register_id,
            "plan_type": types[0] if types else None,
            "part_number": name if name and len(name) <= _LONGEST_PART else None,
            "number": name if len(name) > _LONGEST_PART else None,
        }
        if level == Level.BUILDING_FIELD.value:
            words = part.texts.get("specificRegulationNature", "")
            nature = _FIELD_NATURES.get(part.code("regulationNature"), "undeclared")
            row["field_state"] = _FIELD_WORDS.get(words, nature)
        return row

    def _common(self, said: _Said) -> dict[str, Any]:
        status = _STATUS.get(said.code("processStepGeneral"))
        begun = self._read_as(_day, said, "validFrom")
        row: dict[str, Any] = dict.fromkeys(_SPEAKS)
        row |= {
            "register_id": said.register_id,
            "municipality": said.municipality,
            "status": status or ("V" if begun else "F"),
            "status_src": "column" if status else "date",
            "in_force_on": begun,
            "repealed_on": self._read_as(_day, said, "validTo"),
            "register_updated_at": self._read_as(moment, said, "beginLifespanVersion"),
            "document_url": self._address(said),
        }
        row["statuskode"] = _STATUSKODE[row["status"]]
        for column, text in said.ordinances:
            attribute = _DATES.get(column)
            if attribute is None or (day := _day(text)) is None:
                self.no_place[f"plu:ordinance {column[:40]}"] += 1
            else:
                row[attribute] = day
        return row

    def _read_as(self, form: Callable[[str], Thing | None], said: _Said, name: str) -> Thing | None:
        """What the text of an element means; None = it is not there, or (which is told) means nothing."""
        text = said.texts.get(name, "")
        found = form(text)
        if text and found is None:
            self.no_place[f"plu:{name} {text[:40]!r}"] += 1
        return found

    def _address(self, said: _Said) -> str | None:
        addresses = []
        for link in said.links.get("officialDocument", ()):
            found = self.documents.get(link.removeprefix("#"))
            if found is None and not link.startswith("#"):
                self.no_place["plu:officialDocument elsewhere"] += 1
            elif found:
                addresses.append(found)
        if not addresses:
            return None
        self.no_place["plu:officialDocument beside the first"] += len(addresses) - 1
        address = addresses[0]
        if len(address) > _LONGEST_ADDRESS and web_address(unquote(address)) == address:
            # Letters as such, where quoted they are too long to be kept.
            return unquote(address)
        return address

    def _provisions(
        self,
        said: _Said,
        numbers: Iterable[tuple[str, str]],
        uses: tuple[int | None, list[int]] | None = None,
    ) -> dict[str, Any]:
        """Uses, limits and fields; ``uses`` are the general and specific ones of what is no zone."""
        hilucs = tuple(said.codes("hilucsLandUse"))
        silent = hilucs == (t.USE_NOT_REGULATED,)
        general, specific = uses or self._uses(said, hilucs, silent=silent)
        limits, fields, lost = limits_and_fields(numbers, general, use_not_regulated=silent)
        self.no_place.update(f"plu:dimensioningIndication {name[:40]}" for name in lost)
        return {
            "use_general": general,
            "use_specific": specific,
            "limits": limits,
            "register_fields": fields,
        }

    def _uses(self, said: _Said, hilucs: tuple[str, ...], *, silent: bool) -> tuple[int | None, list[int]]:
        """General and specific uses of a zone."""
        codes = _codes(said.own_codes("specificLandUse"), "")
        self.no_place["plu:specificLandUse"] += len(said.links.get("specificLandUse", ())) - len(codes)
        general = codes[0] if codes and _is_general(codes[0], hilucs) else None
        specific = codes[1:] if general is not None else codes
        if not codes and hilucs and hilucs != (t.USE_NOT_KNOWN,) and not silent:
            general = next((code for code, (_, found) in t.LAND_USE.items() if found == hilucs), None)
            if general is None:
                self.no_place["plu:hilucsLandUse"] += 1
        return general, specific

    def _refuse(self, said: _Said, reason: str, why: str) -> None:
        self.rejected.append(
            Rejected(f"{said.kind} {said.gid}", reason, why, f"line {said.line}", said.original)
        )

    def _delivery(
        self,
        register: str,
        members: list[tuple[_Said, dict[str, Any]]],
        rejected: list[Rejected],
        told: list[str],
    ) -> Delivery:
        frame = gpd.GeoDataFrame(
            pd.DataFrame([row for _, row in members], dtype=object).astype({"statuskode": "int64"}),
            geometry=gpd.GeoSeries([said.shape for said, _ in members], crs=GRID),
        )
        frame["use_general"] = frame["use_general"].astype("float64")
        delivery = Delivery("plan", SOURCE, register, frame, _SPEAKS, rejected=rejected, warnings=told)
        return checked(
            delivery,
            "polygon",
            record=lambda n: f"{members[n][0].kind} {members[n][0].gid}",
            original=lambda n: members[n][0].original,
            faults={n: said.fault for n, (said, _) in enumerate(members) if said.fault},
        )


def _codes(values: Sequence[str], prefix: str) -> list[int]:
    """Codes of uses among values of code lists: those that follow a prefix."""
    found = [value.removeprefix(prefix) for value in values if value.startswith(prefix)]
    return [int(value) for value in found if re.fullmatch(r"-?\d{1,9}", value)]


#: Faults of how the system is written; where the numbers lie is known all the same.
_HARMLESS: Final = frozenset({"crs-address", "crs-not-inspire", "ring-direction"})


def _is_general(code: int, hilucs: tuple[str, ...]) -> bool:
    """Whether the first code of a zone is its general use: the one that its HILUCS value stands for."""
    if code in t.LAND_USE:
        return t.LAND_USE[code][1] == hilucs or hilucs == (t.USE_NOT_REGULATED,)
    return 0 <= code < 100


def _said(feature: Feature, fault: str, no_place: Counter[str]) -> _Said | None:
    own = identity_of(feature)
    if own is None:
        return None
    said = _Said(feature.kind, feature.gid, feature.line, own.namespace, own.local, fault=fault)
    said.register_id = f"{own.namespace}/{own.local}"
    for namespace, local, element in feature.children():
        if namespace == GML:
            if local == "name":
                _named(said, element)
        elif namespace == PLU and not is_void(element):
            if local in _TAKEN:
                _element(said, local, element)
            elif local != "inheritedFromOtherPlans":  # which every object has without anybody having said it
                no_place[f"plu:{local}"] += 1
    if feature.shapes:
        said.shape, said.crs = next(iter(feature.shapes.values()))
    if said.kind != "OfficialDocumentation" and (fault or said.shape is None):
        said.original = etree.tostring(feature.element)[:_MOST_KEPT]
    return said


def _element(said: _Said, local: str, element: Any) -> None:
    """Take what one element says."""
    if local == "ordinance":
        found = element.find(f"{_PLU}OrdinanceValue")
        if found is not None:
            column = found.findtext(f"{_PLU}ordinanceReference") or ""
            said.ordinances.append((column, found.findtext(f"{_PLU}ordinanceDate") or ""))
    elif local == "dimensioningIndication":
        reference = (element.findtext(f"*/{_PLU}indicationReference") or "").strip()
        said.numbers.append((reference, element.findtext(f"*/{_PLU}value") or ""))
    elif local == "planDocument":
        citation = element.find(f"{{{BASE2}}}DocumentCitation")
        if citation is not None:
            said.texts["title"] = citation.findtext(f"{{{BASE2}}}name") or ""
            said.texts["link"] = (citation.findtext(f"{{{BASE2}}}link") or "").strip()
    elif (href := element.get(_HREF)) is not None:
        said.links.setdefault(local, []).append(href)
    elif element.text and not len(element):
        said.texts.setdefault(local, element.text.strip())


def _named(said: _Said, element: Any) -> None:
    space, text = element.get("codeSpace") or "", (element.text or "").strip()
    if found := _REGISTER.search(space):
        said.register, said.register_id = found.group(1), text
    elif space.endswith(t.MUNICIPALITY_SPACE):
        said.municipality = text if re.fullmatch(r"\d{4}", text) else None
    elif not space:
        said.name = said.name or text


def _day(text: str) -> date | None:
    """The day of a date, or the Danish day of a moment; None = it is neither."""
    try:
        if "T" in text and (at := moment(text)) is not None:
            return timezone.localdate(at)
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        return None


def _rejected(feature: Feature, reason: str, why: str) -> Rejected:
    original = etree.tostring(feature.element)[:_MOST_KEPT]
    return Rejected(f"{feature.kind} {feature.gid}", reason, why, f"line {feature.line}", original)


def _moved(everything: Sequence[_Said]) -> None:
    """Put all shapes into EPSG:25832, on the millimetre when they come from another system."""
    for code in {said.crs for said in everything if said.shape is not None}:
        members = [said for said in everything if said.crs == code and said.shape is not None]
        shapes = np.empty(len(members), dtype=object)
        shapes[:] = [said.shape for said in members]
        # 3044 is 25832 with northing first; what was read has easting first already.
        if code not in (GRID_SRID, 3044, 0):
            shapes = _transformed(shapes, code)
        for said, shape in zip(members, shapes, strict=True):
            said.shape = shape
            if not code:
                said.fault = said.fault or "its coordinate system is not stated"


def _transformed(shapes: npt.NDArray[np.object_], code: int) -> npt.NDArray[np.object_]:
    move = transformer(f"EPSG:{code}")

    def moved(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        east, north = move.transform(xy[:, 0], xy[:, 1])
        return np.round(np.column_stack([east, north]), 3)

    return np.asarray(shapely.transform(shapes, moved), dtype=object)
