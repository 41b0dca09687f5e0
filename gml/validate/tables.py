"""What the schema of Planned Land Use 4.0.1 asks of each feature type, as tables of our own.

Kept apart from the tables of the writer, so that a slip there is seen here; a test compares them with the schema.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

GML: Final = "http://www.opengis.net/gml/3.2"
PLU: Final = "http://inspire.ec.europa.eu/schemas/plu/4.0"
BASE: Final = "http://inspire.ec.europa.eu/schemas/base/3.3"
BASE2: Final = "http://inspire.ec.europa.eu/schemas/base2/2.0"
WFS: Final = "http://www.opengis.net/wfs/2.0"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

#: Prefixes in which messages name elements.
PREFIXES: Final = {
    GML: "gml",
    PLU: "plu",
    BASE: "base",
    BASE2: "base2",
    WFS: "wfs",
    XLINK: "xlink",
    XSI: "xsi",
    "http://inspire.ec.europa.eu/schemas/lunom/4.0": "lunom",
    "http://www.isotc211.org/2005/gmd": "gmd",
    "http://www.isotc211.org/2005/gco": "gco",
}

Kind = Literal[
    "identifier", "surface", "geometry", "date", "dateTime", "string", "boolean", "reference", "object"
]


class Row(NamedTuple):
    """One element: how often it stands, whether it may be void, what it holds. ``most`` 0 = as often as wanted."""

    name: str
    least: int
    most: int
    void: bool
    kind: Kind


FEATURES: Final[dict[str, tuple[Row, ...]]] = {
    "SpatialPlan": (
        Row("inspireId", 1, 1, False, "identifier"),
        Row("extent", 1, 1, False, "surface"),
        Row("beginLifespanVersion", 1, 1, True, "dateTime"),
        Row("officialTitle", 1, 1, False, "string"),
        Row("levelOfSpatialPlan", 1, 1, False, "reference"),
        Row("endLifespanVersion", 0, 1, True, "dateTime"),
        Row("validFrom", 0, 1, True, "date"),
        Row("validTo", 0, 1, True, "date"),
        Row("alternativeTitle", 1, 1, True, "string"),
        Row("planTypeName", 1, 1, False, "reference"),
        Row("processStepGeneral", 1, 1, True, "reference"),
        Row("backgroundMap", 1, 1, True, "object"),
        Row("ordinance", 1, 0, True, "object"),
        Row("officialDocument", 1, 0, True, "reference"),
        Row("member", 0, 0, False, "reference"),
        Row("restriction", 0, 0, False, "reference"),
    ),
    "ZoningElement": (
        Row("inspireId", 1, 1, False, "identifier"),
        Row("geometry", 1, 1, False, "surface"),
        Row("validFrom", 0, 1, True, "date"),
        Row("validTo", 0, 1, True, "date"),
        Row("hilucsLandUse", 1, 0, False, "reference"),
        Row("beginLifespanVersion", 1, 1, True, "dateTime"),
        Row("hilucsPresence", 1, 1, True, "object"),
        Row("specificLandUse", 1, 0, True, "reference"),
        Row("specificPresence", 1, 1, True, "object"),
        Row("regulationNature", 1, 1, False, "reference"),
        Row("endLifespanVersion", 0, 1, True, "dateTime"),
        Row("processStepGeneral", 1, 1, True, "reference"),
        Row("backgroundMap", 1, 1, True, "object"),
        Row("dimensioningIndication", 0, 0, True, "object"),
        Row("officialDocument", 1, 0, True, "reference"),
        Row("plan", 1, 1, False, "reference"),
    ),
    "SupplementaryRegulation": (
        Row("validFrom", 0, 1, True, "date"),
        Row("validTo", 0, 1, True, "date"),
        Row("specificSupplementaryRegulation", 1, 0, True, "reference"),
        Row("processStepGeneral", 1, 1, True, "reference"),
        Row("backgroundMap", 1, 1, True, "object"),
        Row("beginLifespanVersion", 1, 1, True, "dateTime"),
        Row("dimensioningIndication", 0, 0, True, "object"),
        Row("inspireId", 1, 1, False, "identifier"),
        Row("endLifespanVersion", 0, 1, True, "dateTime"),
        Row("geometry", 1, 1, False, "geometry"),
        Row("inheritedFromOtherPlans", 1, 1, True, "boolean"),
        Row("specificRegulationNature", 1, 1, True, "string"),
        Row("name", 0, 0, True, "string"),
        Row("regulationNature", 1, 1, False, "reference"),
        Row("supplementaryRegulation", 1, 0, False, "reference"),
        Row("officialDocument", 1, 0, True, "reference"),
        Row("plan", 1, 1, False, "reference"),
    ),
    "OfficialDocumentation": (
        Row("inspireId", 1, 1, False, "identifier"),
        Row("legislationCitation", 0, 1, True, "object"),
        Row("regulationText", 0, 1, True, "string"),
        Row("planDocument", 0, 1, True, "object"),
    ),
}
#: Elements of every GML feature that may stand before its own.
GML_FIRST: Final = frozenset(
    {
        "metaDataProperty",
        "description",
        "descriptionReference",
        "identifier",
        "name",
        "boundedBy",
        "location",
    }
)
#: Data types inside the features → their elements in order and what these hold.
VALUES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "OrdinanceValue": (("ordinanceDate", "dateTime"), ("ordinanceReference", "string")),
    "BackgroundMapValue": (
        ("backgroundMapDate", "dateTime"),
        ("backgroundMapReference", "string"),
        ("backgroundMapURI", "address"),
    ),
    "DimensioningIndicationValue": (("indicationReference", "string"),),
    "DimensioningIndicationCharacterValue": (("indicationReference", "string"), ("value", "string")),
    "DimensioningIndicationIntegerValue": (("indicationReference", "string"), ("value", "integer")),
    "DimensioningIndicationRealValue": (("indicationReference", "string"), ("value", "number")),
    "DimensioningIndicationMeasureValue": (("indicationReference", "string"), ("value", "number")),
}
#: Property → feature type that it leads to.
TARGETS: Final = {
    ("SpatialPlan", "member"): "ZoningElement",
    ("SpatialPlan", "restriction"): "SupplementaryRegulation",
    ("SpatialPlan", "officialDocument"): "OfficialDocumentation",
    ("ZoningElement", "plan"): "SpatialPlan",
    ("ZoningElement", "officialDocument"): "OfficialDocumentation",
    ("SupplementaryRegulation", "plan"): "SpatialPlan",
    ("SupplementaryRegulation", "officialDocument"): "OfficialDocumentation",
}
#: Property → code list of its values.
LISTS: Final = {
    "hilucsLandUse": "HILUCSValue",
    "specificLandUse": "LandUseClassificationValue",
    "levelOfSpatialPlan": "LevelOfSpatialPlanValue",
    "planTypeName": "PlanTypeNameValue",
    "processStepGeneral": "ProcessStepGeneralValue",
    "regulationNature": "RegulationNatureValue",
    "supplementaryRegulation": "SupplementaryRegulationValue",
    "specificSupplementaryRegulation": "SpecificSupplementaryRegulationValue",
}
#: Reasons of a void that the European test suite accepts.
VOID_REASONS: Final = frozenset(
    {
        "unknown",
        "other:unpopulated",
        "withheld",
        "http://inspire.ec.europa.eu/codelist/VoidReasonValue/Unknown",
        "http://inspire.ec.europa.eu/codelist/VoidReasonValue/Unpopulated",
        "http://inspire.ec.europa.eu/codelist/VoidReasonValue/Withheld",
    }
)

#: Elements that hold features, and what may hold them.
MEMBERS: Final = frozenset(
    {
        f"{{{GML}}}featureMember",
        f"{{{GML}}}featureMembers",
        f"{{{GML}}}member",
        f"{{{WFS}}}member",
        f"{{{WFS}}}additionalObjects",
        f"{{{BASE}}}member",
    }
)
COLLECTIONS: Final = frozenset(
    {
        f"{{{GML}}}FeatureCollection",
        f"{{{WFS}}}FeatureCollection",
        f"{{{WFS}}}SimpleFeatureCollection",
        f"{{{WFS}}}Tuple",
        f"{{{BASE}}}SpatialDataSet",
    }
)
FEATURE_TAGS: Final = frozenset(f"{{{PLU}}}{kind}" for kind in FEATURES)


def shown(tag: str) -> str:
    """A name ``{namespace}local`` as people write it."""
    namespace, _, local = tag.rpartition("}")
    prefix = PREFIXES.get(namespace[1:])
    return f"{prefix}:{local}" if prefix else tag
