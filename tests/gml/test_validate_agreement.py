# ruff: noqa: E501
"""The validator beside the independent one, and its tables beside the schema."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from lxml import etree

from gml.profiles.plu_tables import ELEMENTS
from gml.validate.code_lists import code_lists
from gml.validate.schema import NoSchemas, Schemas
from gml.validate.tables import FEATURES
from gml.validate.validator import Given, validate
from tests.gml.documents import judged, rules, sound
from tests.gml.plans import independent

pytestmark = pytest.mark.samples

XS = "{http://www.w3.org/2001/XMLSchema}"
SOUND = sound()
#: What can be done to a document, each of which the schema or the European suite forbids.
HARM = {
    "an element left out": (r"<plu:officialTitle>[^\n]*\n", ""),
    "two elements swapped": (r"(<plu:officialTitle>[^\n]*\n)(<plu:levelOfSpatialPlan[^\n]*\n)", r"\2\1"),
    "a foreign element": (r"<plu:officialTitle>", "<plu:nickname/><plu:officialTitle>"),
    "no date": (r'<plu:beginLifespanVersion [^>]*>', "<plu:beginLifespanVersion>i går</plu:beginLifespanVersion>"),
    "an unknown code": ("RegulationNatureValue/generallyBinding", "RegulationNatureValue/default"),
    "https": ("http://inspire.ec.europa.eu/codelist/HILUCSValue", "https://inspire.ec.europa.eu/codelist/HILUCSValue"),
    "void reason": ('nilReason="other:unpopulated"', 'nilReason="unpopulated"'),
    "void that is none": (r"(<plu:alternativeTitle)>", r'\1 nilReason="unknown">'),
    "no coordinate system": (r' srsName="[^"]*"', ""),
    "system as urn": (r'srsName="[^"]*"', 'srsName="urn:ogc:def:crs:EPSG::25832"'),
    "system of the web": (r"EPSG/0/25832", "EPSG/0/3857"),
    "swapped axes": (r"EPSG/0/25832", "EPSG/0/3044"),
    "no id": (r'<gml:Polygon gml:id="[^"]*"', "<gml:Polygon"),
    "id twice": (r'gml:id="[^"]*\.extent\.1"', 'gml:id="PlannedLandUse"'),
    "nobody": (r'(<plu:member xlink:href="#)[^"]*', r"\1nobody"),
    "a zone as restriction": (r'<plu:member (xlink:href="[^"]*"/>)', r"<plu:restriction \1"),
    "no local id": (r"<base:localId>[^<]*</base:localId>", "<base:localId/>"),
    "open ring": (r"(<gml:posList>[^<]*) [0-9.]+ [0-9.]+(</gml:posList>)", r"\1 1 1\2"),
    "two geometries": (r"(<plu:geometry>)(<gml:MultiSurface.*?</gml:MultiSurface>)", r"\1\2\2"),
    "not a number": (r"<gml:posList>[0-9.]+", "<gml:posList>her"),
    "validity backwards": (r"(<plu:alternativeTitle>)", r"<plu:validFrom>2026-01-02</plu:validFrom><plu:validTo>2026-01-01</plu:validTo>\1"),
    "nothing in the documentation": (r"<plu:planDocument>.*?</plu:planDocument>", ""),
    "cut off": (r"</gml:FeatureCollection>", ""),
    "doctype": (r"<gml:FeatureCollection", '<!DOCTYPE a><gml:FeatureCollection'),
    "no schema location": (r"\sxsi:schemaLocation=\"[^\"]*\"", ""),
    "of another name space": (r"<gml:featureMember>", '<gml:featureMember><a xmlns="urn:x"/></gml:featureMember><gml:featureMember>'),
}  # fmt: skip


def documents(samples: Path) -> list[Path]:
    return sorted((samples / "data" / "plu").glob("*.gml"))


def test_the_validators_agree_on_every_document(samples: Path) -> None:
    found = {}
    for path in documents(samples):
        ours = validate([Given.at(path)], schemas=samples / "schemas")
        theirs = json.loads(independent(samples, path, "--json", "--max-errors", "0").stdout)["files"][0]
        found[path.name] = (ours.valid, theirs["valid"])
        assert ours.files[0].features == theirs["features"]
        if theirs["valid"]:
            assert ours.warnings == theirs["warning"]
    assert len(found) >= 5
    assert [name for name, (ours, theirs) in found.items() if ours != theirs] == []
    assert {ours for ours, _ in found.values()} == {True, False}


@pytest.mark.parametrize("harm", [None, *HARM])
def test_the_validators_agree_on_what_was_broken(samples: Path, tmp_path: Path, harm: str | None) -> None:
    text = SOUND
    if harm is not None:
        text, number = re.subn(*HARM[harm], SOUND, count=1, flags=re.DOTALL)
        assert number == 1
    (tmp_path / "x.gml").write_text(text)
    theirs = independent(samples, tmp_path / "x.gml")
    report = validate([Given.at(tmp_path / "x.gml")], schemas=samples / "schemas")
    assert report.valid is (theirs.returncode == 0), (rules(report), theirs.stdout)
    assert report.valid is (harm is None)


def test_our_tables_are_those_of_the_schema(samples: Path) -> None:
    schema = etree.parse(str(samples / "schemas/inspire.ec.europa.eu/schemas/plu/4.0/PlannedLandUse.xsd"))
    for kind, rows in FEATURES.items():
        found = schema.findall(f"{XS}complexType[@name='{kind}Type']//{XS}extension/{XS}sequence/{XS}element")
        found = [e for e in found if e.get("name")]
        told = [
            (e.get("name"), int(e.get("minOccurs", "1")), 0 if e.get("maxOccurs") == "unbounded" else 1,
             e.get("nillable") == "true")
            for e in found
        ]  # fmt: skip
        assert [(row.name, row.least, row.most, row.void) for row in rows] == told
        assert [(row.name, row.least > 0) for row in rows] == list(ELEMENTS[kind])


def test_the_code_lists_are_those_of_the_register(samples: Path) -> None:
    stored = json.loads((samples / "tools" / "plu_codelists.json").read_text())["lists"]
    for name, known in code_lists().items():
        assert known.values == set(stored[name]["values"])
        assert known.closed == (stored[name]["extensible"] == "none")


def test_a_folder_that_lacks_a_schema(tmp_path: Path) -> None:
    with pytest.raises(NoSchemas, match="PlannedLandUse"):
        Schemas(tmp_path)


def test_the_schema_tells_every_fault_with_its_line(samples: Path) -> None:
    text = SOUND.replace("<plu:officialTitle>", "<plu:nickname/>\n<plu:officialTitle>")
    report = judged(text, schemas=samples / "schemas")
    lines = [n for n, said in enumerate(text.splitlines(), 1) if "nickname" in said]
    assert [f.line for f in report.faults if f.rule == "xsd"] == lines
    assert len(lines) == 2
    collection = SOUND.replace('gml:id="PlannedLandUse"', 'gml:id="PlannedLandUse" hello="1"')
    assert rules(judged(collection, schemas=samples / "schemas")) == {"xsd"}


def test_other_themes_beside_plans(samples: Path) -> None:
    """What a collection holds beside plans is held to its own schema."""
    other = '<gml:featureMember><gn:NamedPlace xmlns:gn="http://inspire.ec.europa.eu/schemas/gn/4.0" gml:id="n"/></gml:featureMember>'
    report = judged(
        SOUND.replace("<gml:featureMember>", other + "<gml:featureMember>", 1), schemas=samples / "schemas"
    )
    assert rules(report) == {"xsd"}
    assert {f.object for f in report.faults} == {"n"}


class Command:
    """One run of the command."""

    def __init__(self, *arguments: str) -> None:
        out, kept = io.StringIO(), sys.stdout
        self.code = 0
        try:
            call_command("validate_plans", *arguments, stdout=out)
        except SystemExit as ended:
            self.code = int(ended.code or 0)
        assert sys.stdout is kept
        self.out = out.getvalue()


def test_the_command(samples: Path, tmp_path: Path, settings: Any) -> None:
    settings.SCHEMAS = samples / "schemas"
    good = tmp_path / "good.gml"
    good.write_text(SOUND)
    bad = tmp_path / "bad.gml"
    bad.write_text(
        SOUND.replace("RegulationNatureValue/generallyBinding", "RegulationNatureValue/default", 1)
    )
    ran = Command(str(good))
    assert (ran.code, "Valid: 0 errors, 2 warnings" in ran.out) == (0, True), "ids of ours ask for our checks"
    ran = Command(str(good), "--profile", "inspire-plu", "--json")
    assert (ran.code, json.loads(ran.out)["valid"], json.loads(ran.out)["profile"]) == (
        0,
        True,
        "inspire-plu",
    )
    ran = Command(str(good), str(bad), "--places", str(tmp_path / "places.geojson"))
    assert ran.code == 1
    assert re.search(
        r"bad\.gml:\d+: error code-list \[ZoningElement\.[^\]]*\]: plu:regulationNature .* at 7174", ran.out
    )
    assert json.loads((tmp_path / "places.geojson").read_text())["features"]
    ran = Command(str(bad), "--html")
    assert ran.code == 1
    assert "Ikke gyldig" in ran.out
    with override_settings(SCHEMAS=tmp_path / "none"):
        ran = Command(str(good))
    assert ran.code == 0
    assert "XML schema: not run" in ran.out
    assert "Valid:" not in ran.out
    with pytest.raises(CommandError) as refused:
        call_command("validate_plans", str(tmp_path / "nothing.gml"))
    assert refused.value.returncode == 2


def test_foreign_documents_are_not_held_to_our_checks(samples: Path, settings: Any) -> None:
    settings.SCHEMAS = samples / "schemas"
    ran = Command(str(samples / "data/plu/skeleton_minimal.gml"), "--json")
    assert json.loads(ran.out)["profile"] == "inspire-plu"
