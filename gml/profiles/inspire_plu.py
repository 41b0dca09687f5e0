"""INSPIRE Planned Land Use 4.0: plans as SpatialPlan, ZoningElement, SupplementaryRegulation, OfficialDocumentation.

A pure function of the records and the name space: no clock, no random ids, so the same plans give the same bytes.
What the register does not record is void with its reason, and never a made-up value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely

from geodata.collector import uncollected
from geodata.parallel import by_turns
from geodata.shapes import usable
from gml.geometry import OutputCrs, canonical, multi_surfaces, output_crs
from gml.profiles import plu_tables as t
from gml.profiles.plu_limits import indication_xml, indications
from gml.profiles.plu_text import (
    NEVER_KEPT,
    STATIC,
    begin_of_version,
    cited_date,
    coded,
    element,
    ordinances,
    process_step,
    reference,
    validity,
    version_id,
    void,
    web_address,
)
from gml.profiles.plu_zoning import OVERLAID, Area, Layout, Parted, lay_out
from gml.writer import Output, encoded, escape
from planning.models.plans import Level
from planning.records import PUBLIC_STATUSES, LimitRecord, PlanGroup, PlanRecord

#: Geometries that are prepared and written together; bounds memory, since one plan has some megabytes at most.
_BATCH: Final = 1_000
#: Records that one process writes before another has its turn. A fork is worth it only for several batches, since
#: each begins without the memory that the batch before it has left free.
_PART: Final = 6_000
#: Sentences kept of all that was worth a warning.
MAX_WARNINGS: Final = 500
_NAMESPACE: Final = re.compile(r"https?://[A-Za-z0-9_.\-]+(:[0-9]+)?(/[A-Za-z0-9_.,:/\-]*)?")

_FIRST: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<gml:FeatureCollection{}\n xsi:schemaLocation="{}"\n'
_LAST: Final = "</gml:FeatureCollection>\n"
_ORDER: Final = {kind: tuple(name for name, _ in rows) for kind, rows in t.ELEMENTS.items()}
_REQUIRED: Final = {kind: frozenset(name for name, must in rows if must) for kind, rows in t.ELEMENTS.items()}

#: Marks in the text of an area, for what differs from one to the next; XML forbids their first letter.
_ID, _NAME, _VERSION, _BEGIN, _VALID, _NUMBERS, _LABEL, _DOCUMENT, _PLAN, _PLACE = (
    "\x00" + letter for letter in "invbfmldpg"
)
#: So many texts of areas are kept.
_TEMPLATES: Final = 4_096


@dataclass
class Summary:
    """What was written: plans, features by type, and what is worth knowing of what was not."""

    plans: int = 0
    features: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    more_warnings: int = 0

    def warn(self, sentence: str) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(sentence)
        else:
            self.more_warnings += 1

    def add(self, other: Summary) -> None:
        """Take in what was written behind this."""
        self.plans += other.plans
        self.features += other.features
        for sentence in other.warnings:
            self.warn(sentence)
        self.more_warnings += other.more_warnings


def write(
    groups: Iterable[PlanGroup],
    out: Output,
    *,
    namespace: str,
    crs: str = "EPSG:25832",
    statuses: Collection[str] = PUBLIC_STATUSES,
) -> Summary:
    """Write plans as one ``gml:FeatureCollection``.

    Danish: planer til INSPIRE (planlagt arealanvendelse).

    Parameters
    ----------
    groups : plans with their parts, in the order in which they are to stand; geometry in EPSG:25832.
    out : where the text goes.
    namespace : http address under which our ids and code lists live.
    crs : coordinate system to write in, see :data:`gml.geometry.SUPPORTED`.
    statuses : states that are written, for parts of plans.

    Returns
    -------
    Summary. Parts whose plan is not among the records are not written (a zone must name its plan) and are
    warned of.

    Raises
    ------
    ValueError : the CRS is not written here, the name space cannot be one.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise ValueError(
            f"{namespace!r} cannot be the name space of ids: an http address of plain letters is needed"
        )
    writer = _Writer(namespace.rstrip("/"), output_crs(crs), frozenset(statuses))
    spaces = "".join(f'\n xmlns:{prefix}="{uri}"' for prefix, uri in t.NAMESPACES.items())
    out.write(encoded([_FIRST.format(spaces, " ".join(t.SCHEMA_LOCATIONS)), ' gml:id="PlannedLandUse">\n']))
    summary = Summary()
    for text, told in by_turns(writer.written, _batches(groups, _PART)):
        out.write(text)
        summary.add(told)
    out.write(encoded([_LAST]))
    return summary


def _batches(groups: Iterable[PlanGroup], most: int) -> Iterator[list[PlanGroup]]:
    """Plans one after the other until they have so many records."""
    batch: list[PlanGroup] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += 1 + len(group.parts)
        if size >= most:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Writer:
    """Turns batches of plans into text."""

    def __init__(self, namespace: str, crs: OutputCrs, statuses: frozenset[str]) -> None:
        self.namespace = namespace
        self.crs = crs
        self.summary = Summary()
        self.statuses = statuses
        self._templates: dict[tuple[Any, ...], str] = {}

    def written(self, groups: Sequence[PlanGroup]) -> Iterator[tuple[bytes, Summary]]:
        """Features of some plans as text, in batches, and what there is to tell of each."""
        for batch in _batches(groups, _BATCH):
            self.summary = Summary()
            with uncollected():
                text = encoded(self.text(batch))
            yield text, self.summary

    def text(self, groups: Sequence[PlanGroup]) -> Iterator[str]:
        """Text of the features of some plans."""
        if len(self._templates) > _TEMPLATES:
            self._templates.clear()
        layouts = self._layouts(groups)
        ids: list[str] = []
        shapes: list[Any] = []
        for layout in layouts:
            ids.append(f"SpatialPlan.{layout.plan.objekt_id}.extent")
            shapes.append(layout.extent)
            for kind, areas in (
                ("ZoningElement", layout.zones),
                ("SupplementaryRegulation", layout.regulations),
            ):
                ids += [f"{kind}.{area.local_id}.geometry" for area in areas]
                shapes += [area.shape for area in areas]
        if not ids:
            return
        array = np.empty(len(shapes), dtype=object)
        array[:] = shapes
        surfaces = iter(multi_surfaces(array, ids, self.crs))
        for layout in layouts:
            yield from self._plan(layout, surfaces)

    def _layouts(self, groups: Sequence[PlanGroup]) -> list[Layout]:
        records = [record for group in groups for record in (group.plan, *group.parts) if record is not None]
        array = np.empty(len(records), dtype=object)
        array[:] = [record.geometry for record in records]
        good = usable(array)
        array[~good] = None
        shapes = canonical(array)
        end = 0
        plans = []
        for group in groups:
            if group.plan is None:
                end += len(group.parts)
                for part in group.parts:
                    self._warn(
                        part, f"its plan {part.parent_register_id or '(not stated)'} is not here: not written"
                    )
                continue
            members = (group.plan, *group.parts)
            begin, end = end, end + len(members)
            for record, shape in zip(members, shapes[begin:end], strict=True):
                if shape is None:
                    self._warn(record, "it has no area that can be written: not written")
            if shapes[begin] is not None:
                areas = shapes[begin + 1 : end]
                there = ~shapely.is_missing(areas)
                parts = [part for part, is_there in zip(group.parts, there, strict=True) if is_there]
                plans.append(Parted(group.plan, shapes[begin], parts, areas[there]))
        return self._settled(lay_out(plans, self.statuses, self._warn), {id(shape) for shape in shapes})

    @staticmethod
    def _settled(layouts: list[Layout], done: set[int]) -> list[Layout]:
        """Unions and remainders come off the grid of written coordinates: put them back on it."""
        made = {
            id(s): s for x in layouts for s in (x.extent, *(z.shape for z in x.zones)) if id(s) not in done
        }
        if not made:
            return layouts
        array = np.empty(len(made), dtype=object)
        array[:] = list(made.values())
        settled = dict(zip(made, canonical(array), strict=True))

        def final(shape: Any) -> Any:
            return settled.get(id(shape), shape)

        result = []
        for layout in layouts:
            zones = tuple(Area(z.local_id, z.record, final(z.shape)) for z in layout.zones)
            kept = tuple(zone for zone in zones if zone.shape is not None)
            result.append(Layout(layout.plan, final(layout.extent), kept, layout.regulations))
        return result

    def _warn(self, record: PlanRecord, sentence: str) -> None:
        level = Level(record.level).label
        self.summary.warn(f"{level} {record.number or record.register_id}: {sentence}")

    # One plan: the features that refer to each other stand together.

    def _plan(self, layout: Layout, surfaces: Iterator[str]) -> Iterator[str]:
        plan = layout.plan
        documents = self._documents(layout)
        extent = next(surfaces)
        own = str(plan.objekt_id)
        values = {
            "inspireId": self._inspire_id(own, version_id(plan.register_updated_at)),
            "beginLifespanVersion": begin_of_version(plan.register_updated_at),
            "validFrom": self._validity(plan, plan),
            "processStepGeneral": process_step(plan, plan),
        }
        values["extent"] = element("extent", extent)
        values["officialTitle"] = element("officialTitle", self._title(plan))
        if not (plan.title or "").strip():
            self._warn(plan, "it has no title: its kind and number stand instead")
        number = self._escaped(plan, plan.number)
        values["alternativeTitle"] = (
            element("alternativeTitle", number) if number else void("alternativeTitle")
        )
        values["levelOfSpatialPlan"] = coded(
            "levelOfSpatialPlan", "LevelOfSpatialPlanValue", t.PLAN_LEVEL[plan.level]
        )
        value, label = t.PLAN_TYPES.get(plan.plan_type or "", t.LEVEL_TYPES[plan.level])
        values["planTypeName"] = self._own("planTypeName", "PlanTypeNameValue", value, label)
        values["backgroundMap"] = NEVER_KEPT["backgroundMap"]
        values["ordinance"] = "".join(ordinances(plan)) or void("ordinance")
        values["officialDocument"] = self._document_ref(plan, plan, documents)
        values["member"] = "".join(reference("member", f"#ZoningElement.{a.local_id}") for a in layout.zones)
        values["restriction"] = "".join(
            reference("restriction", f"#SupplementaryRegulation.{a.local_id}") for a in layout.regulations
        )
        self.summary.plans += 1
        yield self._feature("SpatialPlan", own, values, self._register_names(plan))
        back = reference("plan", f"#SpatialPlan.{own}")
        for area in layout.zones:
            yield self._zone(area, plan, back, next(surfaces), documents)
        for area in layout.regulations:
            yield self._regulation(area, plan, back, next(surfaces), documents)
        for local_id, record, address in sorted(documents.values(), key=lambda entry: entry[0]):
            yield self._document(local_id, record, plan, address)

    # Thousands of areas differ only in id, place, names, dates and numbers, so the rest of their text is kept.

    def _zone(self, area: Area, plan: PlanRecord, back: str, place: str, documents: _Documents) -> str:
        record = area.record
        uses = record.use_general, record.use_specific, _silent_on_use(record.limits)
        told = (record.level, process_step(record, plan), *uses)
        template = self._templates.get(told)
        if template is None:
            template = self._templates[told] = self._zone_template(record, plan, uses)
        filled = self._filled(area, plan, back, place, documents)
        if record.use_general is not None and record.use_general not in t.LAND_USE:
            self._warn(
                record, f"general use {record.use_general} is not in the code list: written as not known"
            )
        self.summary.features["ZoningElement"] += 1
        name = "" if record is plan else self._name(record)
        names = "" if record is plan else self._register_names(record)
        filled["n"] = f"<gml:name>{name}</gml:name>\n{names}" if name else names
        filled["m"] = self._indications(area)
        return template % filled

    def _zone_template(self, record: PlanRecord, plan: PlanRecord, uses: _Uses) -> str:
        values = STATIC["ZoningElement"] | self._marked(record, plan)
        values["hilucsLandUse"], values["specificLandUse"] = _land_uses(self.namespace, *uses)
        nature = "bindingOnlyForAuthorities" if record.level == Level.FRAMEWORK.value else "generallyBinding"
        values["regulationNature"] = coded("regulationNature", "RegulationNatureValue", nature)
        return _template(self._text("ZoningElement", _ID, values, _NAME), _VALID)

    def _regulation(self, area: Area, plan: PlanRecord, back: str, place: str, documents: _Documents) -> str:
        record = area.record
        own = record is not plan
        told = (
            own,
            area.mute,
            record.level,
            process_step(record, plan),
            record.plan_type,
            record.field_state,
            record.use_general,
            record.use_specific,
        )
        template = self._templates.get(told)
        if template is None:
            template = self._templates[told] = self._regulation_template(area, plan)
        filled = self._filled(area, plan, back, place, documents)
        if own and record.level == Level.BUILDING_FIELD.value and record.field_state == "contradictory":
            self._warn(record, "it is both binding and indicative: written as not binding, with the words")
        self.summary.features["SupplementaryRegulation"] += 1
        numbers = self._indications(area)
        name = self._name(record) if own else ""
        filled["m"] = numbers + "\n" if numbers else ""
        filled["l"] = element("name", name) + "\n" if name else ""
        filled["n"] = self._register_names(record) if own else ""
        return template % filled

    def _regulation_template(self, area: Area, plan: PlanRecord) -> str:
        record = area.record
        values = STATIC["SupplementaryRegulation"] | self._marked(record, plan)
        nature, own = "generallyBinding", t.LEVEL_TYPES[record.level]
        value = t.REGULATION.get(record.level, t.OUTLINE_REGULATION)
        if record is plan:
            own = t.OUTLINE_TYPE
        elif record.level == Level.BUILDING_FIELD.value:
            nature, words = t.FIELD_NATURE.get(
                record.field_state or "undeclared", t.FIELD_NATURE["undeclared"]
            )
            values["specificRegulationNature"] = element("specificRegulationNature", words)
        elif record.level == Level.FRAMEWORK.value:
            nature = "bindingOnlyForAuthorities"
        values["regulationNature"] = coded("regulationNature", "RegulationNatureValue", nature)
        types = [own]
        if not area.mute and (record.level in t.ZONING or record is plan):
            # Which use was planned is not lost because another zone came first.
            if record.use_general is not None:
                label = t.LAND_USE.get(record.use_general, ("",))[0]
                types.append((f"{t.USE_VALUE}{record.use_general}", label))
            types += [(f"{t.SPECIFIC_USE_VALUE}{code}", "") for code in record.use_specific]
        if record.plan_type in OVERLAID:
            # Which of two frameworks gives way to the other follows from it.
            types.append((f"{t.PLAN_TYPE_VALUE}{record.plan_type}", ""))
        values["specificSupplementaryRegulation"] = "".join(
            self._own("specificSupplementaryRegulation", "SpecificSupplementaryRegulationValue", *found)
            for found in types
        )
        values["supplementaryRegulation"] = coded(
            "supplementaryRegulation", "SupplementaryRegulationValue", value
        )
        values["name"] = _LABEL
        return _template(self._text("SupplementaryRegulation", _ID, values, _NAME), _VALID, _LABEL, _NUMBERS)

    def _marked(self, record: PlanRecord, plan: PlanRecord) -> dict[str, str]:
        """What areas of both types have, with marks where it differs."""
        return {
            "inspireId": self._inspire_id(_ID, _VERSION),
            "beginLifespanVersion": _BEGIN,
            "validFrom": _VALID,
            "processStepGeneral": process_step(record, plan),
            "geometry": element("geometry", _PLACE),
            "dimensioningIndication": _NUMBERS,
            "plan": _PLAN,
            "officialDocument": _DOCUMENT,
        }

    def _filled(
        self, area: Area, plan: PlanRecord, back: str, place: str, documents: _Documents
    ) -> dict[str, str]:
        """What stands in the place of these marks, but for the numbers."""
        record = area.record
        days = self._validity(record, plan)
        return {
            "i": area.local_id,
            "v": version_id(record.register_updated_at),
            "b": begin_of_version(record.register_updated_at),
            "f": days + "\n" if days else "",
            "d": self._document_ref(record, plan, documents),
            "p": back,
            "g": place,
        }

    def _document(self, local_id: str, record: PlanRecord, plan: PlanRecord, address: str) -> str:
        citation = (
            f'<base2:DocumentCitation gml:id="OfficialDocumentation.{local_id}.citation">'
            f"<base2:name>{self._title(record)}</base2:name>{cited_date(plan)}"
            f"<base2:link>{escape(address)}</base2:link></base2:DocumentCitation>"
        )
        values = {
            "inspireId": self._inspire_id(local_id, version_id(record.register_updated_at)),
            "planDocument": element("planDocument", citation),
        }
        return self._feature("OfficialDocumentation", local_id, values)

    # What several feature types have in common.

    def _feature(self, kind: str, local_id: str, values: dict[str, str], name: str = "") -> str:
        self.summary.features[kind] += 1
        return self._text(kind, local_id, values, name)

    def _text(self, kind: str, local_id: str, values: dict[str, str], name: str) -> str:
        if not values.keys() >= _REQUIRED[kind]:
            raise ValueError(f"{kind} {local_id} lacks {', '.join(sorted(_REQUIRED[kind] - values.keys()))}")
        body = "\n".join([text for own in _ORDER[kind] if (text := values.get(own))])
        return (
            f'<gml:featureMember><plu:{kind} gml:id="{kind}.{local_id}">\n'
            f'<gml:identifier codeSpace="http://inspire.ec.europa.eu/ids">{self.namespace}/{local_id}'
            f"</gml:identifier>\n{name}{body}\n</plu:{kind}></gml:featureMember>\n"
        )

    def _validity(self, record: PlanRecord, plan: PlanRecord) -> str:
        start = record.in_force_on or plan.in_force_on
        end = record.repealed_on or plan.repealed_on if record.status == "A" else None
        if end and start and end < start:
            self._warn(
                record, f"it was repealed on {end} before it came into force on {start}: validTo is left out"
            )
            end = None
        return validity(start if record.status != "F" else None, end)

    def _inspire_id(self, local_id: str, version: str) -> str:
        return (
            f"<plu:inspireId><base:Identifier><base:localId>{local_id}</base:localId><base:namespace>"
            f"{self.namespace}</base:namespace>{version}</base:Identifier></plu:inspireId>"
        )

    def _own(self, name: str, code_list: str, value: str, label: str = "") -> str:
        return reference(name, f"{self.namespace}/codelist/{code_list}/{value}", label)

    def _escaped(self, record: PlanRecord, text: str | None) -> str:
        return escape((text or "").strip(), lambda sentence: self._warn(record, sentence))

    def _title(self, record: PlanRecord) -> str:
        title = self._escaped(record, record.title)
        if title:
            return title
        return f"{Level(record.level).label} {self._escaped(record, record.number or record.register_id)}".strip()

    def _name(self, record: PlanRecord) -> str:
        return self._escaped(record, record.part_number or record.number)

    def _register_names(self, record: PlanRecord) -> str:
        """The id that the register knows it by, and its municipality: names in their own code spaces."""
        before, after = _around_register_id(self.namespace, record.register, record.municipality)
        return f"{before}{self._escaped(record, record.register_id)}{after}"

    def _indications(self, area: Area) -> str:
        def warn(sentence: str) -> None:
            self._warn(area.record, sentence)

        numbers = indications(area.record, warn) if area.numbers is None else area.numbers
        return "".join(indication_xml(found, warn) for found in numbers)

    def _documents(self, layout: Layout) -> _Documents:
        """Documents of a plan by address: its own, and those that parts have beside it."""
        found: _Documents = {}
        told: set[str | None] = set()
        records = [layout.plan, *(area.record for area in (*layout.zones, *layout.regulations))]
        for record in records:
            said = (record.document_url or "").strip()
            address = web_address(said) if said else None
            if said and address is None and record.document_url not in told:
                told.add(record.document_url)
                self._warn(record, f"its document {said!r} is not an address: it is left out")
            elif address and address not in found:
                found[address] = (f"{record.objekt_id}.document", record, address)
        return found

    @staticmethod
    def _document_ref(record: PlanRecord, plan: PlanRecord, documents: _Documents) -> str:
        address = web_address(record.document_url or "") or web_address(plan.document_url or "")
        if not address:
            return void("officialDocument")
        return reference("officialDocument", f"#OfficialDocumentation.{documents[address][0]}")


#: Address → local id, the record that named it first, the address again.
_Documents = dict[str, tuple[str, PlanRecord, str]]
#: General use, specific uses, whether use is not regulated.
_Uses = tuple[int | None, tuple[int, ...], bool]


def _template(text: str, *lines: str) -> str:
    """Text with marks as a template for ``%``; ``lines`` bring their own end of line, since they may be missing."""
    for mark in lines:
        text = text.replace(f"{mark}\n", mark)
    return re.sub("\x00(.)", r"%(\1)s", text.replace("%", "%%"))


def _silent_on_use(limits: tuple[LimitRecord, ...]) -> bool:
    """Whether all that is said of the use of the area as a whole is that it is not regulated."""
    states = {limit.state for limit in limits if limit.matter == "use" and (limit.use_code or -1) < 0}
    return states == {"not_regulated"}


@lru_cache(maxsize=4096)
def _around_register_id(namespace: str, register: str, municipality: str | None) -> tuple[str, str]:
    """What stands before and behind the id that a register knows an object by."""
    before = f'<gml:name codeSpace="{namespace}{t.REGISTER_SPACE}{escape(register)}">'
    after = "</gml:name>\n"
    if municipality:
        space = f"{namespace}{t.MUNICIPALITY_SPACE}"
        after += f'<gml:name codeSpace="{space}">{escape(municipality)}</gml:name>\n'
    return before, after


@lru_cache(maxsize=8192)
def _land_uses(
    namespace: str, general: int | None, specific: tuple[int, ...], silent: bool
) -> tuple[str, str]:
    """hilucsLandUse and specificLandUse; not regulated, not recorded and another use are three things."""
    codes = dict.fromkeys(code for code in (general, *specific) if code is not None)
    own = "".join(
        reference(
            "specificLandUse",
            f"{namespace}/codelist/LandUseClassificationValue/{code}",
            t.LAND_USE.get(code, ("",))[0],
        )
        for code in codes
    )
    if silent:
        found: tuple[str, ...] = (t.USE_NOT_REGULATED,)
    else:
        found = t.LAND_USE[general][1] if general in t.LAND_USE else (t.USE_NOT_KNOWN,)
    hilucs = "".join(coded("hilucsLandUse", "HILUCSValue", value) for value in found)
    return hilucs, own or void("specificLandUse")
