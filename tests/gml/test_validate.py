# ruff: noqa: E501
"""The validator: each rule finds its fault, says where and how to mend it, and finds nothing in a sound document."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from gml.validate import words
from gml.validate.as_geojson import as_geojson
from gml.validate.as_html import as_html
from gml.validate.as_json import as_json
from gml.validate.rules import RULES, STAGES
from gml.validate.validator import validate
from tests.gml.documents import SMALL, given, judged, rules, sound

SOUND = sound()
ZONE = SOUND.index("<plu:ZoningElement")
EVERYTHING = {"profile": "planvaerk", "today": date(2026, 3, 2)}


def first(pattern: str, text: str = SOUND) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None, pattern
    return found.group(0)


def swapped(old: str, new: str, count: int = 1) -> str:
    """The sound document with something written otherwise; ``old`` must be there."""
    assert old in SOUND, old
    return SOUND.replace(old, new, count)


def cut(pattern: str, new: str = "", count: int = 1) -> str:
    text, number = re.subn(pattern, new, SOUND, count=count, flags=re.DOTALL)
    assert number == count, pattern
    return text


SQUARE = first(r"<gml:posList>[^<]*</gml:posList>")
NUMBERS = SQUARE.removeprefix("<gml:posList>").removesuffix("</gml:posList>").split()
PAIRS = [" ".join(NUMBERS[k : k + 2]) for k in range(0, len(NUMBERS), 2)]
FIELD = first(r"<plu:SupplementaryRegulation .*?</plu:SupplementaryRegulation>")
DOCUMENTATION = first(r"<gml:featureMember><plu:OfficialDocumentation.*?</gml:featureMember>\n")
ZONES = re.findall(r'<plu:ZoningElement gml:id="([^"]+)"', SOUND)
OUTSIDE = "600000.000 6200000.000"

#: Rule → a document that breaks it. What a rule is there for beside it may be told as well.
BROKEN = {
    "xml": swapped("</plu:officialTitle>", "</plu:officialTitel>"),
    "truncated": SOUND[: len(SOUND) // 2],
    "doctype": swapped("<gml:FeatureCollection", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<gml:FeatureCollection'),
    "encoding": swapped('encoding="UTF-8"', 'encoding="ISO-8859-1"'),
    "root": '<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"/>',
    "schema-location": cut(r"\sxsi:schemaLocation=\"[^\"]*\""),
    "nested-collection": swapped("<gml:featureMember>", '<gml:featureMember><gml:FeatureCollection gml:id="c"/></gml:featureMember><gml:featureMember>'),
    "no-feature": cut(r"<gml:featureMember>.*</gml:featureMember>\n"),
    "namespace": swapped("<gml:featureMember>", '<gml:featureMember><x:Thing xmlns:x="urn:x"/></gml:featureMember><gml:featureMember>'),
    "unknown-element": swapped("<plu:officialTitle>", "<plu:nickname>x</plu:nickname><plu:officialTitle>"),
    "element-order": cut(r"(<plu:officialTitle>[^\n]*\n)(<plu:levelOfSpatialPlan[^\n]*\n)", r"\2\1"),
    "element-missing": cut(r"<plu:officialTitle>[^\n]*\n"),
    "element-repeated": cut(r"(<plu:officialTitle>[^\n]*\n)", r"\1\1"),
    "not-voidable": cut(r"<plu:officialTitle>[^\n]*\n", '<plu:officialTitle xsi:nil="true" nilReason="unknown"/>\n'),
    "void-with-content": cut(r"(<plu:alternativeTitle)>", r'\1 xsi:nil="true" nilReason="unknown">'),
    "value": cut(r"<plu:inheritedFromOtherPlans>false", "<plu:inheritedFromOtherPlans>nej"),
    "value-missing": cut(r"<plu:member xlink:href=\"[^\"]*\"/>", "<plu:member/>"),
    "void-without-reason": cut(r' nilReason="other:unpopulated"( xsi:nil="true")', r"\1"),
    "void-reason": swapped('nilReason="other:unpopulated"', 'nilReason="unpopulated"'),
    "reason-without-void": cut(r"(<plu:alternativeTitle)>", r'\1 nilReason="unknown">'),
    "several-geometries": cut(r"(<plu:geometry>)(<gml:MultiSurface.*?</gml:MultiSurface>)", r"\1\2\2"),
    "documentation-empty": cut(r"<plu:planDocument>.*?</plu:planDocument>", '<plu:planDocument xsi:nil="true" nilReason="unknown"/>'),
    "code-list": swapped("RegulationNatureValue/generallyBinding", "RegulationNatureValue/default"),
    "code-list-https": swapped("http://inspire.ec.europa.eu/codelist/HILUCSValue", "https://inspire.ec.europa.eu/codelist/HILUCSValue"),
    "code-list-open": swapped("SupplementaryRegulationValue/5_1_UsableBuildingArea", "SupplementaryRegulationValue/5_1_Felt"),
    "code-list-spelling": swapped("SupplementaryRegulationValue/5_1_UsableBuildingArea", "SupplementaryRegulationValue/9_3_ForbidenActivities"),
    "code-address": cut(r'(<plu:planTypeName xlink:href=")[^"]*', r"\1lokalplan"),
    "crs-missing": cut(r' srsName="[^"]*"'),
    "crs-address": cut(r'srsName="[^"]*"', 'srsName="urn:ogc:def:crs:EPSG::25832"'),
    "crs-not-inspire": cut(r"EPSG/0/25832", "EPSG/0/3857"),
    "crs-mixed": cut(r"(<gml:Polygon )", r'\1srsName="http://www.opengis.net/def/crs/EPSG/0/4258" '),
    "axis-order": cut(r"EPSG/0/25832", "EPSG/0/4258"),
    "not-simple": swapped("<gml:surfaceMember>", "<gml:surfaceMembers>").replace("</gml:surfaceMember>", "</gml:surfaceMembers>", 1),
    "coordinates": swapped(SQUARE, SQUARE.replace(NUMBERS[0], "718.000,00")),
    "ring-short": swapped(SQUARE, f"<gml:posList>{PAIRS[0]} {PAIRS[1]} {PAIRS[0]}</gml:posList>"),
    "ring-open": swapped(SQUARE, f"<gml:posList>{' '.join(PAIRS[:-1])} {OUTSIDE}</gml:posList>"),
    "ring-flat": swapped(SQUARE, f"<gml:posList>{PAIRS[0]} {PAIRS[1]} {PAIRS[0]} {PAIRS[0]}</gml:posList>"),
    "ring-direction": swapped(SQUARE, f"<gml:posList>{' '.join(reversed(PAIRS))}</gml:posList>"),
    "polygon-empty": cut(r"<gml:exterior>.*?</gml:exterior>"),
    "polygon-invalid": swapped(SQUARE, "<gml:posList>717400 6171000 717409 6171009 717409 6171000 717400 6171005 717400 6171000</gml:posList>"),
    "members-overlap": cut(r'(<gml:surfaceMember><gml:Polygon gml:id=")([^"]*)(".*?</gml:surfaceMember>)', r"\1\2\3\1\2.again\3"),
    "id-missing": cut(r'<gml:Polygon gml:id="[^"]*"', "<gml:Polygon"),
    "id-twice": cut(r'gml:id="[^"]*\.extent\.1"', f'gml:id="{ZONES[0]}"'),
    "reference-empty": cut(r'(<plu:member xlink:href=")[^"]*', r"\1"),
    "reference-dangling": cut(r'(<plu:member xlink:href="#)[^"]*', r"\1nobody"),
    "reference-kind": cut(r"<plu:member (xlink:href=\"[^\"]*\"/>)", r"<plu:restriction \1"),
    "identity-missing": cut(r"<base:localId>[^<]*</base:localId>"),
    "identity-characters": cut(r"<base:localId>[^<]*", "<base:localId>område 1"),
    "identity-twice": swapped(DOCUMENTATION, DOCUMENTATION + re.sub(r'gml:id="([^"]*)"', r'gml:id="\1.again"', DOCUMENTATION)),
    "two-versions": swapped(
        DOCUMENTATION,
        DOCUMENTATION + re.sub(r'gml:id="([^"]*)"', r'gml:id="\1.again"', DOCUMENTATION).replace(
            "</base:namespace>", "</base:namespace><base:versionId>2</base:versionId>"),
    ),
    "version-long": swapped("</base:namespace>", "</base:namespace><base:versionId>2026-03-02T10:00:00.000001+00:00</base:versionId>"),
    "dates-order": cut(r"(<plu:alternativeTitle>)", r"<plu:validFrom>2026-01-02</plu:validFrom><plu:validTo>2026-01-01</plu:validTo>\1"),
    "extent": cut(r'<plu:member xlink:href="#[^"]*"/>\n').replace(
        first(rf'<gml:featureMember><plu:ZoningElement gml:id="{ZONES[0]}".*?</gml:featureMember>\n'), ""),
    "beyond-extent": swapped(FIELD, re.sub(r"<gml:posList>[^<]*", f"<gml:posList>{OUTSIDE} 600010 6200000 600010 6200010 {OUTSIDE}", FIELD)),
    "zones-overlap": SOUND[:ZONE] + re.sub(r"<gml:posList>.*?</gml:posList>", first(r"<gml:posList>[^<]*</gml:posList>", SOUND[SOUND.index(ZONES[1], ZONE):]), SOUND[ZONE:], count=1),
    "one-way-down": swapped(f'xlink:href="#{ZONES[0]}"', f'xlink:href="#{ZONES[-1]}"'),
    "one-way-up": cut(r'<plu:member xlink:href="#[^"]*"/>\n'),
    "percentage-of-what": swapped("bebygpct:af=4", "bebygpct"),
    "limit-out-of-range": cut(r"(maxbygnhjd</plu:indicationReference><plu:value[^>]*>)8.5", r"\g<1>8500"),
    "limit-twice": cut(r"(<plu:dimensioningIndication>.*?bebygpct:af=4.*?>)30(<.*?</plu:dimensioningIndication>)", r"\g<1>30\2\g<1>40\2"),
    "limit-unit": swapped('uom="m"', 'uom="cm"'),
    "future-version": cut(r'<plu:beginLifespanVersion [^>]*>', "<plu:beginLifespanVersion>2027-01-01T00:00:00Z</plu:beginLifespanVersion>"),
    "no-document": cut(r"<plu:officialDocument [^>]*>", '<plu:officialDocument xsi:nil="true" nilReason="unknown"/>'),
    "not-since": SOUND,
    "sliver": swapped(FIELD, re.sub(r"<gml:posList>[^<]*", "<gml:posList>717420 6171020 717430 6171020 717430 6171020.001 717420 6171020.001 717420 6171020", FIELD)),
    "outside-denmark": swapped(FIELD, re.sub(r"<gml:posList>[^<]*", "<gml:posList>100000 6200000 100010 6200000 100010 6200010 100000 6200000", FIELD)),
}  # fmt: skip
#: Rules that take more than one document, or bounds, or the schema.
ELSEWHERE = {"xsd", "too-large", "object-too-large", "identity-two-files"}


def test_nothing_is_wrong_with_a_sound_document() -> None:
    assert rules(judged(SOUND)) == set()
    assert rules(judged(SOUND, **EVERYTHING)) == {"not-since"}


def test_every_rule_is_tried() -> None:
    assert BROKEN.keys() | ELSEWHERE == RULES.keys()
    assert {rule.stage for rule in RULES.values()} == STAGES.keys()


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_finds_its_fault(rule: str) -> None:
    report = judged(BROKEN[rule], **EVERYTHING)
    found = [fault for fault in report.faults if fault.rule == rule]
    assert found, (rule, rules(report))
    fault = found[0]
    lines = BROKEN[rule].count("\n") + 1
    assert 1 <= fault.line <= lines
    assert fault.severity == RULES[rule].severity
    with translation.override("en"):
        sentence, remedy = words.sentence(fault), words.remedy(fault)
    assert sentence
    assert remedy
    assert "%(" not in sentence
    with translation.override("da"):
        assert words.sentence(fault) != sentence
        assert words.remedy(fault) != remedy
    if RULES[rule].severity == "error":
        assert report.valid is False


def test_the_line_is_that_of_the_fault() -> None:
    text = BROKEN["code-list"]
    line = next(n for n, said in enumerate(text.splitlines(), 1) if "RegulationNatureValue/default" in said)
    (fault,) = judged(text).faults
    assert (fault.rule, fault.line) == ("code-list", line)
    assert fault.object in ZONES
    assert fault.place is not None
    assert fault.crs == 25832


def test_lines_far_down_are_right_too() -> None:
    text = BROKEN["code-list"].replace("<plu:regulationNature", "\n" * 70_000 + "<plu:regulationNature", 1)
    line = next(n for n, said in enumerate(text.splitlines(), 1) if "RegulationNatureValue/default" in said)
    (fault,) = judged(text).faults
    assert fault.line == line > 70_000


def test_all_of_four_hundred_faults_are_told() -> None:
    head, member, rest = re.split(r"(<gml:featureMember><plu:OfficialDocumentation.*?</gml:featureMember>\n)", SOUND, maxsplit=1, flags=re.DOTALL)  # fmt: skip
    bad = member.replace("<base:Identifier>", "<base:Identifier><!-- -->").replace(
        "<plu:planDocument>", '<plu:planDocument xsi:nil="1">'
    )
    copies = "".join(
        re.sub(r'gml:id="([^"]*)"', rf'gml:id="\1.{n}"', bad).replace(
            "</base:localId>", f".{n}</base:localId>"
        )
        for n in range(400)
    )
    report = judged(head + member + copies + rest)
    assert report.counts["documentation-empty"] == 400
    assert report.counts["void-with-content"] == 400
    assert len({fault.line for fault in report.faults if fault.rule == "documentation-empty"}) == 400
    assert report.not_listed == 0


def test_faults_beyond_the_bound_are_counted() -> None:
    from gml.validate.validator import Bounds

    report = judged(
        BROKEN["several-geometries"].replace("generallyBinding", "default"), bounds=Bounds(faults=2)
    )
    assert len(report.faults) == 2
    assert report.not_listed == report.errors + report.warnings - 2 > 0


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "xml"),
        (b"   \n", "xml"),
        (b"hello", "xml"),
        (b'{"type": "FeatureCollection"}', "xml"),
        (b"\x1f\x8b\x08\x00", "xml"),
        (SOUND.encode("utf-16"), "encoding"),
        (b'<?xml version="1.0"?><!-- x -->\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "doctype"),
        (b"<!-- " + b"x" * 100_000 + b" --><!doctype a><a/>", "doctype"),
        (b'<a b="1"', "truncated"),
        (b"<a><b>text", "truncated"),
        (b"<a>" * 5_000, "xml"),
        (b"<a>\xff</a>", "xml"),
        (b"<a>\x00</a>", "xml"),
        (b"<a>&undefined;</a>", "xml"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(text: bytes, rule: str) -> None:
    report = judged(text)
    assert report.valid is False
    assert rule in rules(report) or (rule == "xml" and "truncated" in rules(report))
    assert report.files[0].refused
    assert all(stage.ran != "run" for stage in report.files[0].stages.values())


def test_too_large() -> None:
    long = swapped("<plu:officialTitle>", "<plu:officialTitle>" + "x" * 500_000)
    assert "object-too-large" in rules(judged(long, bounds=SMALL))
    plenty = DOCUMENTATION * (SMALL.document // len(DOCUMENTATION))
    assert "too-large" in rules(judged(swapped(DOCUMENTATION, plenty), bounds=SMALL))
    assert judged(long).valid is None


def test_truncated_says_how_far_it_came_and_what_was_wrong_until_then() -> None:
    text = BROKEN["code-list"]
    report = judged(text[: text.rindex("</plu:OfficialDocumentation>")])
    assert {"truncated", "code-list"} <= rules(report)
    assert "reference-dangling" not in rules(report), "what it refers to may stand in the rest"
    (fault,) = [f for f in report.faults if f.rule == "truncated"]
    assert fault.values["last"] in text
    assert report.files[0].stages["references"].ran == "stopped"


def test_without_schemas_nothing_is_valid() -> None:
    report = judged(SOUND)
    assert report.valid is None
    assert report.files[0].stages["schema"].ran == "not_run"
    assert "PLANVAERK_SCHEMAS" in report.files[0].stages["schema"].why
    assert judged(SOUND, schemas=Path("/nowhere")).valid is None


def test_references_lead_from_file_to_file() -> None:
    zone = first(rf'<gml:featureMember><plu:ZoningElement gml:id="{ZONES[0]}".*?</gml:featureMember>\n')
    without = SOUND.replace(zone, "").replace(f'"#{ZONES[0]}"', f'"b.gml#{ZONES[0]}"')
    head = SOUND[: SOUND.index("<gml:featureMember>")]
    plan = first(r'<plu:SpatialPlan gml:id="([^"]+)"').split('"')[1]
    document = first(r'<plu:OfficialDocumentation gml:id="([^"]+)"').split('"')[1]
    other = zone.replace(f'"#{plan}"', f'"a.gml#{plan}"').replace(f'"#{document}"', f'"a.gml#{document}"')
    second = head + other + "</gml:FeatureCollection>"
    assert not rules(judged(without, second)) & {"reference-dangling", "reference-kind"}
    gone = judged(without, second.replace(f'gml:id="{ZONES[0]}"', 'gml:id="else"'))
    assert gone.counts["reference-dangling"] == 1
    alone = judged(without)
    assert alone.files[0].not_followed == 1
    assert "reference-dangling" not in rules(alone)
    assert "identity-two-files" in rules(judged(SOUND, SOUND))
    assert judged(SOUND, SOUND).errors == 0


def test_addresses_of_objects_are_followed_in_what_is_at_hand() -> None:
    address = first(r"<gml:identifier[^>]*>[^<]*").rpartition(">")[2]
    to_plan = cut(r'<plu:plan xlink:href="#[^"]*', f'<plu:plan xlink:href="{address}')
    assert judged(to_plan).counts["reference-kind"] == 0
    wrong = cut(r'<plu:plan xlink:href="#[^"]*', f'<plu:plan xlink:href="{address}.document')
    assert judged(wrong).counts["reference-kind"] == 1


def test_single_feature_as_root() -> None:
    feature = first(r"<plu:OfficialDocumentation.*?</plu:OfficialDocumentation>")
    spaces = re.findall(r'xmlns:\w+="[^"]*"|xsi:schemaLocation="[^"]*"', SOUND)
    alone = feature.replace(
        "<plu:OfficialDocumentation ", f"<plu:OfficialDocumentation {' '.join(spaces)} ", 1
    )
    report = judged(alone)
    assert rules(report) == set()
    assert report.files[0].features == {"OfficialDocumentation": 1}


def test_answers_in_every_form() -> None:
    report = judged(BROKEN["zones-overlap"], BROKEN["ring-open"])
    told = json.loads(json.dumps(as_json(report)))
    assert told["valid"] is False
    assert {fault["rule"] for fault in told["faults"]} == rules(report)
    for fault in told["faults"]:
        assert fault["message"]
        assert fault["remedy"]
        assert fault["line"] > 0
    places = as_geojson(report)["features"]
    assert {place["properties"]["rule"] for place in places} >= {"zones-overlap", "ring-open"}
    overlap = next(p for p in places if p["properties"]["rule"] == "zones-overlap")
    assert overlap["geometry"]["type"] in ("Polygon", "MultiPolygon")
    (lon, lat), *_ = overlap["geometry"]["coordinates"][0]
    assert 12 < lon < 13
    assert 55 < lat < 56
    with translation.override("da"):
        page = as_html(report)
    assert '<html lang="da">' in page
    assert "Ikke gyldig" in page
    assert page.count("<tr class=") == len(report.faults)
    assert "<script" not in as_html(
        judged(
            swapped(
                "<plu:officialTitle>", "<plu:nickname><![CDATA[<script>]]></plu:nickname><plu:officialTitle>"
            )
        )
    )


def test_memory_does_not_grow_with_the_document() -> None:
    """Features are gone when the next one is read: none of the tree is left but the last."""
    from gml.validate.document import Document

    document = Document(given(swapped(DOCUMENTATION, DOCUMENTATION * 2_000)).open())
    there = [
        sum(1 for _ in feature.element.getroottree().iter("{*}planDocument"))
        for feature in document.features()
    ]
    assert len(there) > 2_000
    assert max(there) < 300
    assert document.skeleton is not None
    assert len(document.skeleton) <= 1


def test_unknown_profile() -> None:
    with pytest.raises(KeyError):
        validate([given(SOUND)], profile="xplanung")
