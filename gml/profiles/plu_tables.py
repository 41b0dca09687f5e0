"""INSPIRE Planned Land Use 4.0: order of elements, code lists, and how Danish codes translate.

Tables only. The order is that of the schema (``PlannedLandUse.xsd`` 4.0.1), which differs between the feature
types; True marks an element that must be there, with a value or as a void.
"""

from __future__ import annotations

from typing import Final

NAMESPACES: Final = {
    "gml": "http://www.opengis.net/gml/3.2",
    "plu": "http://inspire.ec.europa.eu/schemas/plu/4.0",
    "base": "http://inspire.ec.europa.eu/schemas/base/3.3",
    "base2": "http://inspire.ec.europa.eu/schemas/base2/2.0",
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gco": "http://www.isotc211.org/2005/gco",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
SCHEMA_LOCATIONS: Final = (
    "http://inspire.ec.europa.eu/schemas/plu/4.0",
    "https://inspire.ec.europa.eu/schemas/plu/4.0/PlannedLandUse.xsd",
    "http://www.opengis.net/gml/3.2",
    "http://schemas.opengis.net/gml/3.2.1/gml.xsd",
)
#: Registered values are compared as strings, so http it is, never https.
CODE_LISTS: Final = "http://inspire.ec.europa.eu/codelist"

ELEMENTS: Final[dict[str, tuple[tuple[str, bool], ...]]] = {
    "SpatialPlan": (
        ("inspireId", True),
        ("extent", True),
        ("beginLifespanVersion", True),
        ("officialTitle", True),
        ("levelOfSpatialPlan", True),
        ("endLifespanVersion", False),
        ("validFrom", False),
        ("validTo", False),
        ("alternativeTitle", True),
        ("planTypeName", True),
        ("processStepGeneral", True),
        ("backgroundMap", True),
        ("ordinance", True),
        ("officialDocument", True),
        ("member", False),
        ("restriction", False),
    ),
    "ZoningElement": (
        ("inspireId", True),
        ("geometry", True),
        ("validFrom", False),
        ("validTo", False),
        ("hilucsLandUse", True),
        ("beginLifespanVersion", True),
        ("hilucsPresence", True),
        ("specificLandUse", True),
        ("specificPresence", True),
        ("regulationNature", True),
        ("endLifespanVersion", False),
        ("processStepGeneral", True),
        ("backgroundMap", True),
        ("dimensioningIndication", False),
        ("officialDocument", True),
        ("plan", True),
    ),
    "SupplementaryRegulation": (
        ("validFrom", False),
        ("validTo", False),
        ("specificSupplementaryRegulation", True),
        ("processStepGeneral", True),
        ("backgroundMap", True),
        ("beginLifespanVersion", True),
        ("dimensioningIndication", False),
        ("inspireId", True),
        ("endLifespanVersion", False),
        ("geometry", True),
        ("inheritedFromOtherPlans", True),
        ("specificRegulationNature", True),
        ("name", False),
        ("regulationNature", True),
        ("supplementaryRegulation", True),
        ("officialDocument", True),
        ("plan", True),
    ),
    "OfficialDocumentation": (
        ("inspireId", True),
        ("legislationCitation", False),
        ("regulationText", False),
        ("planDocument", False),
    ),
}

#: Not known for this object, although others have it.
UNKNOWN: Final = "unknown"
#: Not kept in the data set at all.
UNPOPULATED: Final = "other:unpopulated"

#: General use (anvgen) → Danish label, HILUCS land uses, the most important first.
LAND_USE: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    11: ("Boligområde", ("5_1_PermanentResidentialUse",)),
    21: ("Blandet bolig og erhverv", ("5_2_ResidentialUseWithOtherCompatibleUses",)),
    31: ("Erhvervsområde", ("2_SecondaryProduction", "3_TertiaryProduction")),
    41: ("Centerområde", ("3_1_CommercialServices", "5_2_ResidentialUseWithOtherCompatibleUses")),
    51: ("Rekreativt område", ("3_4_CulturalEntertainmentAndRecreationalServices",)),
    61: ("Sommerhusområde", ("5_3_OtherResidentialUse",)),
    71: ("Område til offentlige formål", ("3_3_CommunityServices",)),
    81: ("Tekniske anlæg", ("4_3_Utilities",)),
    91: ("Landområde", ("1_1_Agriculture",)),
    96: ("Andet", ("6_6_NotKnownUse",)),
}
#: The plan does not regulate use; the use is not recorded or its code is not known.
USE_NOT_REGULATED: Final = "6_5_AreasWithoutAnySpecifiedPlannedUse"
USE_NOT_KNOWN: Final = "6_6_NotKnownUse"

#: Plan type (plantype) → value of our own list of plan type names, Danish label.
PLAN_TYPES: Final = {
    "20.1": ("lokalplan", "Lokalplan"),
    "20.2": ("byplanvedtaegt", "Byplanvedtægt"),
    "20.3": ("temalokalplan", "Temalokalplan"),
}
#: The same by level, when the type is not recorded.
LEVEL_TYPES: Final = {
    "municipal_plan": ("kommuneplan", "Kommuneplan"),
    "local_plan": ("lokalplan", "Lokalplan"),
    "framework": ("kommuneplanramme", "Kommuneplanramme"),
    "sub_area": ("delomraade", "Delområde"),
    "building_field": ("byggefelt", "Byggefelt"),
    "building_line": ("byggelinje", "Byggelinje"),
}
#: Levels that are zones of a plan.
ZONING: Final = frozenset({"sub_area", "framework"})
#: The outline of a plan whose parts reach beyond it.
OUTLINE_TYPE: Final = ("plangraense", "Plangrænse")
OUTLINE_REGULATION: Final = "6_2_BoundaryLine"
#: What follows our name space in the code space of a register's own id, and of the code of the municipality.
REGISTER_SPACE: Final = "/register/"
MUNICIPALITY_SPACE: Final = "/kommune"
#: What precedes a register's own type of plan in our list of regulations.
PLAN_TYPE_VALUE: Final = "plantype_"
#: The same for general and specific uses of areas that cannot be zones, and therefore have no land use.
USE_VALUE: Final = "anvgen_"
SPECIFIC_USE_VALUE: Final = "anvspec_"
#: Where a plan stands: a municipal plan is the general plan of a municipality, a local plan covers a part of it.
PLAN_LEVEL: Final = {"municipal_plan": "local", "local_plan": "infraLocal"}

#: State of a building field → nature of the regulation, and in words what the register says of it.
FIELD_NATURE: Final = {
    "yes": ("generallyBinding", "Bebyggelse må kun opføres inden for byggefeltet"),
    "no": ("nonBinding", "Byggefeltet er vejledende"),
    "undeclared": (
        "generallyBinding",
        "Registeret oplyser ikke, om byggefeltet er bindende eller vejledende",
    ),
    "contradictory": (
        "nonBinding",
        "Registeret oplyser både, at byggefeltet er bindende, og at det er vejledende: se planen",
    ),
}
#: Level → recommended value of a supplementary regulation.
REGULATION: Final = {
    "building_field": "5_1_UsableBuildingArea",
    "building_line": "6_1_BuildingLine",
    # A framework or sub-area that lies over another one cannot be zoning: zones of a plan exclude each other.
    "framework": "10_OtherSupplementaryRegulation",
    "sub_area": "10_OtherSupplementaryRegulation",
}
#: Registers whose adopted plans have been published, since a plan is shown there only then (planloven §§ 30-31).
PUBLISHED_BY_REGISTER: Final = frozenset({"plandata"})
#: Dates that become an ordinance, in the order of the procedure: attribute, name of the register's field.
ORDINANCES: Final = (
    ("proposed_on", "datoforsl"),
    ("hearing_from", "datostart"),
    ("hearing_to", "datoslut"),
    ("adopted_on", "datovedt"),
    ("published_on", "datopub"),
)
