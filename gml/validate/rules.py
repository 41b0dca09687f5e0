"""All rules of the validator: what each says of a fault and how to mend it, in words to be translated.

Tables only; the stages next door do the looking. ``%(name)s`` stands for what a fault brings along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


def N_(text: str) -> str:  # noqa: N802 - the translators' mark; Django's own wants settings, which a child has not
    """Mark a text for translation."""
    return text


@dataclass(frozen=True)
class Rule:
    """One rule: id, stage that looks after it, sentence about a fault, remedy, how grave, and where it stands."""

    id: str
    stage: str
    said: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    source: str = ""


_TG: Final = "D2.8.III.4"
_ETS: Final = "INSPIRE ETS 2021.3 "

#: Stages in the order in which a file meets them → what they are called.
STAGES: Final = {
    "document": N_("Document"),
    "schema": N_("XML schema"),
    "structure": N_("Elements"),
    "code-lists": N_("Code lists"),
    "geometry": N_("Geometry and coordinates"),
    "references": N_("References"),
    "identity": N_("Ids and dates"),
    "data-set": N_("The plan as a whole"),
    "plans": N_("Our checks of plans"),
}

_ALL: Final = (
    # document
    Rule("xml", "document", N_("The file is no well-formed XML: %(detail)s."),
         N_("Write the file again with a program that makes XML."), source=_ETS + "gml.a.1"),
    Rule("truncated", "document", N_("The file ends in the middle; the last whole object is %(last)s."),
         N_("Fetch or write the file again; nothing after this line could be looked at."), source=_ETS + "gml.a.1"),
    Rule("doctype", "document", N_("The file has a DOCTYPE, which could bring in other files or blow up."),
         N_("Take the DOCTYPE out; GML needs none. Nothing else was looked at.")),
    Rule("too-large", "document", N_("The file is larger than %(most)s bytes; it was read no further."),
         N_("Deliver the data in several files, one plan a file for example.")),
    Rule("object-too-large", "document", N_("The object after %(last)s is larger than %(most)s bytes; no plan is."),
         N_("Check what wrote it. Nothing after it was looked at.")),
    Rule("encoding", "document", N_("The file is in %(encoding)s."), N_("Write it in UTF-8."),
         source=_ETS + "gml.a.3"),
    Rule("root", "document", N_("The root element is %(name)s."),
         N_("Use wfs:FeatureCollection (2.0), gml:FeatureCollection (3.2), base:SpatialDataSet or one plan object."),
         source=_ETS + "gml.a.2"),
    Rule("schema-location", "document", N_("The root element does not say where its schema lies."),
         N_("Give the root element xsi:schemaLocation."), source=_ETS + "gmlas.b.1"),
    Rule("nested-collection", "document", N_("A collection lies inside another one."),
         N_("Put all objects into one collection."), "warning"),
    Rule("no-feature", "document", N_("The file holds no object of Planned Land Use."),
         N_("Write at least one SpatialPlan, ZoningElement, SupplementaryRegulation or OfficialDocumentation."),
         source=_ETS + "lu-gml.a.1"),
    Rule("namespace", "document", N_("%(name)s is in the name space %(namespace)s, which is not known here."),
         N_("Use the name spaces of PLU 4.0 and GML 3.2; take foreign objects out.")),
    # schema
    Rule("xsd", "schema", N_("Against the schema: %(detail)s"),
         N_("Write the element as the schema of PLU 4.0.1 has it."), source=_ETS + "gmlas.b.2"),
    # structure
    Rule("unknown-element", "structure", N_("%(type)s has no element %(name)s."),
         N_("Take it out, or correct its name and name space.")),
    Rule("element-order", "structure", N_("%(name)s stands after %(before)s."),
         N_("Write the elements in the order of the schema; it differs between the types.")),
    Rule("element-missing", "structure", N_("%(type)s lacks %(name)s."),
         N_("Write it; where the value is not known and a void is allowed, xsi:nil=\"true\" with a nilReason.")),
    Rule("element-repeated", "structure", N_("%(name)s stands %(count)s times; at most %(most)s are allowed."),
         N_("Keep one of them.")),
    Rule("not-voidable", "structure", N_("%(name)s is void, but must have a value."), N_("Write its value.")),
    Rule("void-with-content", "structure", N_("%(name)s is void and has a value as well."),
         N_("Keep the value or the void, not both.")),
    Rule("value", "structure", N_("%(name)s has the value “%(value)s”, which is no %(type)s."),
         N_("Write it as the schema asks: dates as 2026-03-02, times with hours and zone, numbers with a point.")),
    Rule("value-missing", "structure", N_("%(name)s is empty."), N_("Write its value, or make it void."),
         source=_ETS + "gmlas.c.1"),
    Rule("void-without-reason", "structure", N_("%(name)s is void without a reason."),
         N_("Give it a nilReason: unknown, other:unpopulated or withheld."), "warning"),
    Rule("void-reason", "structure", N_("%(name)s has the void reason “%(reason)s”."),
         N_("Use unknown, other:unpopulated, withheld, or an address under VoidReasonValue."),
         source=_ETS + "gmlas.c.3"),
    Rule("reason-without-void", "structure", N_("%(name)s has a nilReason but is not void."),
         N_("Write xsi:nil=\"true\" as well, or take the reason out."), source=_ETS + "gmlas.c.2"),
    Rule("several-geometries", "structure", N_("%(name)s holds %(count)s geometries."),
         N_("Put them into one gml:MultiSurface, gml:MultiCurve or gml:MultiGeometry.")),
    Rule("documentation-empty", "structure",
         N_("The documentation has neither a citation of a law, nor a text, nor a document."),
         N_("Fill one of legislationCitation, regulationText and planDocument, or take the object out."),
         source=_ETS + "lu-plu-as.b.1"),
    # code lists
    Rule("code-list", "code-lists", N_("%(name)s has the value “%(value)s”, which is not in %(list)s."),
         N_("Use a value of the registered list."), source=_ETS + "lu-plu-as.a.1-4"),
    Rule("code-list-https", "code-lists", N_("%(name)s says “%(value)s”; the register's ids begin with http."),
         N_("Write http:// instead of https://: ids are compared letter by letter."),
         source=_ETS + "lu-plu-as.a.1-4"),
    Rule("code-list-open", "code-lists", N_("%(name)s has the value “%(value)s”, which %(list)s does not recommend."),
         N_("Check the spelling; a value of your own belongs under your own address."), "warning"),
    Rule("code-list-spelling", "code-lists", N_("%(name)s: “%(value)s” is also found spelled “%(other)s”."),
         N_("Look the value up in the INSPIRE register before you rely on it."), "warning"),
    Rule("code-address", "code-lists", N_("%(name)s refers to “%(value)s”, which is no web address."),
         N_("Give the http address of the value in your own register."), source=_ETS + "lu-ia.a.1-4"),
    # geometry
    Rule("crs-missing", "geometry", N_("gml:%(name)s does not say its coordinate system."),
         N_("Give the outermost geometry a srsName.")),
    Rule("crs-address", "geometry", N_("The coordinate system is written “%(value)s”."),
         N_("Write it as http://www.opengis.net/def/crs/EPSG/0/ and the code."),
         source=_ETS + "rs.a.1"),
    Rule("crs-not-inspire", "geometry", N_("EPSG:%(code)s is not one of INSPIRE's coordinate systems."),
         N_("Use EPSG:25832, EPSG:4258 or EPSG:3044."), source=_ETS + "rs.a.1"),
    Rule("crs-mixed", "geometry", N_("gml:%(name)s is in %(value)s inside a geometry in %(outer)s."),
         N_("Use one coordinate system for the whole geometry.")),
    Rule("axis-order", "geometry", N_("EPSG:%(code)s wants %(want)s; the first position is %(first)s."),
         N_("Swap the axes, or name the system that the numbers are in."), source=_ETS + "rs.a.1"),
    Rule("not-simple", "geometry", N_("gml:%(name)s is no simple feature."),
         N_("Draw arcs as straight pieces (0.05 m off at most) and write polygons with gml:posList."),
         source=_ETS + "gmlas.d.1-9"),
    Rule("coordinates", "geometry", N_("The coordinates cannot be read: %(detail)s."),
         N_("Write numbers with a point between blanks, two for each position.")),
    Rule("ring-short", "geometry", N_("A ring has %(count)s positions; four are the least."), N_("Draw it again."),
         source=_ETS + "gmlas.d.10"),
    Rule("ring-open", "geometry", N_("A ring does not close."), N_("Repeat the first position at the end."),
         source=_ETS + "gmlas.d.10"),
    Rule("ring-flat", "geometry", N_("A ring encloses no area."), N_("Take it out."), source=_ETS + "gmlas.d.10"),
    Rule("ring-direction", "geometry", N_("%(which)s runs the wrong way round, seen on a map with north up."),
         N_("Exterior rings run counter-clockwise, interior ones clockwise."), "warning"),
    Rule("polygon-empty", "geometry", N_("A polygon has no exterior ring."), N_("Draw it again, or take it out.")),
    Rule("polygon-invalid", "geometry", N_("A polygon crosses or touches itself: %(detail)s."),
         N_("Draw it again at that place."), source=_ETS + "gmlas.d.10"),
    Rule("members-overlap", "geometry", N_("Polygons of one geometry overlap, or share a side: %(detail)s."),
         N_("Unite them into one polygon."), source=_ETS + "gmlas.d.11"),
    # references
    Rule("id-missing", "references", N_("gml:%(name)s has no gml:id."), N_("Give every GML object an id."),
         source="GML 3.2.1.2"),
    Rule("id-twice", "references", N_("The gml:id “%(value)s” stands on line %(first)s already."),
         N_("Give each object an id of its own.")),
    Rule("reference-empty", "references", N_("%(name)s has an empty xlink:href."),
         N_("Name the target, or make it void."),
         source=_ETS + "gmlas.c.1"),
    Rule("reference-dangling", "references", N_("%(name)s refers to “%(target)s”, which is not there."),
         N_("Deliver the object as well, or refer to it by its web address."), source=_ETS + "lu-ia.b.3-9"),
    Rule("reference-kind", "references", N_("%(name)s refers to a %(kind)s; a %(want)s is wanted."),
         N_("Correct the reference."), source=_ETS + "lu-ia.b.3-9"),
    # identity
    Rule("identity-missing", "identity", N_("The inspireId lacks localId or namespace."), N_("Write both.")),
    Rule("identity-characters", "identity", N_("%(part)s “%(value)s” has characters that ids should not have."),
         N_("Use A-Z a-z 0-9 _ . - only."), "warning"),
    Rule("identity-twice", "identity", N_("The inspireId %(value)s stands on line %(first)s already."),
         N_("Give each object its own id; a new version of it has its own versionId."), source=_TG + " 5.2"),
    Rule("identity-two-files", "identity", N_("The inspireId %(value)s is in %(other)s as well."),
         N_("Deliver each object in one file only."), "warning"),
    Rule("two-versions", "identity", N_("Two versions of %(value)s are both without an end."),
         N_("Give the older one an endLifespanVersion."), "warning", _TG + " 5.2"),
    Rule("version-long", "identity", N_("The versionId “%(value)s” has more than 25 characters."),
         N_("Use a time such as 2026-03-02T10:00:00Z."), source="base:Identifier"),
    Rule("dates-order", "identity", N_("%(begin)s (%(since)s) is after %(end)s (%(until)s)."),
         N_("Correct the dates."),
         source=_ETS + "dc.a.1, dc.b.1"),
    # data set
    Rule("extent", "data-set", N_("%(area)s m² are in the plan's extent but in none of its objects."),
         N_("The extent is the union of all zones and regulations: make it smaller, or add what is lacking there."),
         source=_TG + " SpatialPlan.extent"),
    Rule("beyond-extent", "data-set", N_("%(area)s m² of %(type)s %(id)s lie outside the plan's extent."),
         N_("The extent is the union of all zones and regulations: make it larger."),
         source=_TG + " SpatialPlan.extent"),
    Rule("zones-overlap", "data-set", N_("The zones %(id)s and %(other)s overlap by %(area)s m²."),
         N_("Zones of a plan exclude each other: cut one of them, or write it as a SupplementaryRegulation."),
         source=_TG + " ZoningElement"),
    Rule("one-way-down", "data-set", N_("The plan names %(target)s, which does not name the plan."),
         N_("Write plu:plan in the object, or take it out of the plan."), source=_TG + " SpatialPlan"),
    Rule("one-way-up", "data-set", N_("It names the plan %(target)s, which does not name it."),
         N_("Write it into the plan, as member or restriction."), source=_TG + " SpatialPlan"),
    # plans
    Rule("percentage-of-what", "plans", N_("%(reference)s does not say what the percentage is of."),
         N_("Write the denominator with it, such as bebygpct:af=3: without it the number means nothing.")),
    Rule("limit-out-of-range", "plans", N_("%(reference)s is %(value)s, which no plan means."),
         N_("Correct the number; where nothing is said, write no indication.")),
    Rule("limit-twice", "plans", N_("%(reference)s stands twice, with %(value)s and %(other)s."),
         N_("Keep the number that the plan says.")),
    Rule("limit-unit", "plans", N_("%(reference)s is in “%(unit)s”; %(want)s is wanted."), N_("Correct the unit.")),
    Rule("future-version", "plans", N_("%(name)s is %(value)s, after today."),
         N_("The life of a version begins when the data say it; put the date of the law into validFrom."), "warning"),
    Rule("no-document", "plans", N_("The plan is in force, but its document is not named."),
         N_("Give the address of the PDF, which prevails over the data."), "warning"),
    Rule("not-since", "plans", N_("The plan is in force, but not said since when."), N_("Write validFrom."),
         "warning"),
    Rule("sliver", "plans", N_("A part is only %(depth)s mm deep."),
         N_("Take the sliver out; it comes from drawings that do not quite meet."), "warning"),
    Rule("outside-denmark", "plans", N_("It lies outside Denmark."),
         N_("Check the coordinate system and the order of the axes.")),
)  # fmt: skip

RULES: Final = {rule.id: rule for rule in _ALL}
