"""Metadata of the data set and of its service as ISO 19139 (INSPIRE Technical Guidance Metadata 2.0).

What was not tried by the official validator is told as not evaluated, never as conformant.
"""

from __future__ import annotations

from typing import Final

from gml.metadata.about import DATA_SET, About
from gml.writer import escape

_SPACES: Final = {
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gco": "http://www.isotc211.org/2005/gco",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "srv": "http://www.isotc211.org/2005/srv",
    "gml": "http://www.opengis.net/gml/3.2",
    "xlink": "http://www.w3.org/1999/xlink",
}
_LISTS: Final = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_LIMITS: Final = "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/noLimitations"
_CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/25832"
_THEME: Final = "http://inspire.ec.europa.eu/theme/lu"
#: What conformance is to: title, day of its publication.
_DATA_RULES: Final = (
    "Kommissionens forordning (EU) nr. 1089/2010 af 23. november 2010 om gennemførelse af Europa-Parlamentets og "
    "Rådets direktiv 2007/2/EF for så vidt angår interoperabilitet for geodatasæt og -tjenester",
    "2010-12-08",
)
_SERVICE_RULES: Final = (
    "Kommissionens forordning (EF) nr. 976/2009 af 19. oktober 2009 om gennemførelse af Europa-Parlamentets og "
    "Rådets direktiv 2007/2/EF for så vidt angår nettjenesterne",
    "2009-10-20",
)


def data_set(about: About) -> str:
    """The record of the data set."""
    west, south, east, north = about.box
    period = (
        '<gmd:temporalElement><gmd:EX_TemporalExtent><gmd:extent><gml:TimePeriod gml:id="held">'
        f'<gml:beginPosition>{about.first}</gml:beginPosition><gml:endPosition indeterminatePosition="now"/>'
        "</gml:TimePeriod></gmd:extent></gmd:EX_TemporalExtent></gmd:temporalElement>"
    )
    identification = (
        f"<gmd:MD_DataIdentification>{_citation(about.title, about, DATA_SET)}{_text('abstract', about.abstract)}"
        f"{_party('pointOfContact', about)}{_maintenance()}{_keywords()}{_constraints(about)}"
        f"<gmd:spatialRepresentationType>{_code('MD_SpatialRepresentationTypeCode', 'vector')}"
        f"</gmd:spatialRepresentationType>{_language()}"
        f"<gmd:characterSet>{_code('MD_CharacterSetCode', 'utf8')}</gmd:characterSet>"
        "<gmd:topicCategory><gmd:MD_TopicCategoryCode>planningCadastre</gmd:MD_TopicCategoryCode></gmd:topicCategory>"
        f"<gmd:extent><gmd:EX_Extent>{_box(west, south, east, north)}{period if about.first else ''}</gmd:EX_Extent>"
        "</gmd:extent></gmd:MD_DataIdentification>"
    )
    lineage = (
        f"<gmd:lineage><gmd:LI_Lineage>{_text('statement', about.lineage)}</gmd:LI_Lineage></gmd:lineage>"
    )
    online = (
        _online(about.atom, "INSPIRE Atom", "ATOM")
        + _online(about.ogc, "OGC API Features", "OGC API - Features")
        + _online(about.gml, "GML", "WWW:DOWNLOAD")
    )
    return _record(
        f"{DATA_SET}.data",
        "dataset",
        about,
        identification,
        online,
        _quality("dataset", _DATA_RULES, lineage),
    )


def service(about: About) -> str:
    """The record of the download service."""
    operation = (
        "<srv:containsOperations><srv:SV_OperationMetadata><srv:operationName><gco:CharacterString>"
        "Get Download Service Metadata</gco:CharacterString></srv:operationName><srv:DCP>"
        f'<srv:DCPList codeList="{_LISTS}#DCPList" codeListValue="WebServices">WebServices</srv:DCPList></srv:DCP>'
        f"<srv:connectPoint>{_resource(about.atom, 'INSPIRE Atom', 'ATOM')}</srv:connectPoint>"
        "</srv:SV_OperationMetadata></srv:containsOperations>"
    )
    west, south, east, north = about.box
    identification = (
        f"<srv:SV_ServiceIdentification>{_citation(about.service_title, about, f'{DATA_SET}-download')}"
        f"{_text('abstract', about.service_abstract)}{_party('pointOfContact', about)}{_service_keywords()}"
        f"{_constraints(about)}<srv:serviceType><gco:LocalName>download</gco:LocalName></srv:serviceType>"
        f"<srv:extent><gmd:EX_Extent>{_box(west, south, east, north)}</gmd:EX_Extent></srv:extent>"
        f'<srv:couplingType><srv:SV_CouplingType codeList="{_LISTS}#SV_CouplingType" codeListValue="tight">tight'
        f"</srv:SV_CouplingType></srv:couplingType>{operation}"
        f'<srv:operatesOn xlink:href="{escape(about.data_record)}"/></srv:SV_ServiceIdentification>'
    )
    online = _online(about.atom, "INSPIRE Atom", "ATOM") + _online(
        about.ogc, "OGC API Features", "OGC API - Features"
    )
    quality = _quality("service", _SERVICE_RULES, "")
    return _record(f"{DATA_SET}.service", "service", about, identification, online, quality)


def _record(name: str, level: str, about: About, identification: str, online: str, quality: str) -> str:
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _SPACES.items())
    standards = ("ISO 19115:2003/19139", "1.0")
    system = f"<gmd:RS_Identifier><gmd:code>{_anchor(_CRS, 'ETRS89 / UTM zone 32N')}</gmd:code></gmd:RS_Identifier>"
    reference = (
        "<gmd:referenceSystemInfo><gmd:MD_ReferenceSystem><gmd:referenceSystemIdentifier>"
        f"{system}</gmd:referenceSystemIdentifier></gmd:MD_ReferenceSystem></gmd:referenceSystemInfo>"
    )
    format_ = (
        f"<gmd:distributionFormat><gmd:MD_Format>{_text('name', 'application/gml+xml')}{_text('version', '3.2.1')}"
        "</gmd:MD_Format></gmd:distributionFormat>"
    )
    scope = f"<gmd:hierarchyLevel>{_code('MD_ScopeCode', level)}</gmd:hierarchyLevel>"
    named = _text("hierarchyLevelName", "tjeneste") if level == "service" else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<gmd:MD_Metadata{spaces}>'
        f"{_text('fileIdentifier', name)}{_language()}"
        f"<gmd:characterSet>{_code('MD_CharacterSetCode', 'utf8')}</gmd:characterSet>{scope}{named}"
        f"{_party('contact', about)}<gmd:dateStamp><gco:Date>{about.changed_at.date()}</gco:Date></gmd:dateStamp>"
        f"{_text('metadataStandardName', standards[0])}{_text('metadataStandardVersion', standards[1])}{reference}"
        f"<gmd:identificationInfo>{identification}</gmd:identificationInfo>"
        f"<gmd:distributionInfo><gmd:MD_Distribution>{format_}<gmd:transferOptions><gmd:MD_DigitalTransferOptions>"
        f"{online}</gmd:MD_DigitalTransferOptions></gmd:transferOptions></gmd:MD_Distribution></gmd:distributionInfo>"
        f"<gmd:dataQualityInfo>{quality}</gmd:dataQualityInfo></gmd:MD_Metadata>\n"
    )


def _text(name: str, text: str) -> str:
    return f"<gmd:{name}><gco:CharacterString>{escape(text)}</gco:CharacterString></gmd:{name}>"


def _anchor(address: str, text: str) -> str:
    return f'<gmx:Anchor xlink:href="{escape(address)}">{escape(text)}</gmx:Anchor>'


def _code(name: str, value: str) -> str:
    return f'<gmd:{name} codeList="{_LISTS}#{name}" codeListValue="{value}">{value}</gmd:{name}>'


def _language() -> str:
    listed = "http://www.loc.gov/standards/iso639-2/"
    code = f'<gmd:LanguageCode codeList="{listed}" codeListValue="dan">dan</gmd:LanguageCode>'
    return f"<gmd:language>{code}</gmd:language>"


def _party(name: str, about: About) -> str:
    mail = _text("electronicMailAddress", about.contact)
    role = "pointOfContact" if name == "contact" else "custodian"
    return (
        f"<gmd:{name}><gmd:CI_ResponsibleParty>{_text('organisationName', about.publisher)}<gmd:contactInfo>"
        f"<gmd:CI_Contact><gmd:address><gmd:CI_Address>{mail}</gmd:CI_Address></gmd:address></gmd:CI_Contact>"
        f"</gmd:contactInfo><gmd:role>{_code('CI_RoleCode', role)}</gmd:role></gmd:CI_ResponsibleParty></gmd:{name}>"
    )


def _dated(day: str, kind: str) -> str:
    return (
        f"<gmd:date><gmd:CI_Date><gmd:date><gco:Date>{day}</gco:Date></gmd:date><gmd:dateType>"
        f"{_code('CI_DateTypeCode', kind)}</gmd:dateType></gmd:CI_Date></gmd:date>"
    )


def _citation(title: str, about: About, code: str) -> str:
    own = _anchor(f"{about.space}/{code}", f"{about.space}/{code}")
    return (
        f"<gmd:citation><gmd:CI_Citation>{_text('title', title)}{_dated(str(about.changed_at.date()), 'revision')}"
        f"<gmd:identifier><gmd:MD_Identifier><gmd:code>{own}</gmd:code></gmd:MD_Identifier></gmd:identifier>"
        "</gmd:CI_Citation></gmd:citation>"
    )


def _maintenance() -> str:
    return (
        "<gmd:resourceMaintenance><gmd:MD_MaintenanceInformation><gmd:maintenanceAndUpdateFrequency>"
        f"{_code('MD_MaintenanceFrequencyCode', 'continual')}</gmd:maintenanceAndUpdateFrequency>"
        "</gmd:MD_MaintenanceInformation></gmd:resourceMaintenance>"
    )


def _keywords() -> str:
    thesaurus = (
        "<gmd:thesaurusName><gmd:CI_Citation>"
        f"{_text('title', 'GEMET - INSPIRE themes, version 1.0')}{_dated('2008-06-01', 'publication')}"
        "</gmd:CI_Citation></gmd:thesaurusName>"
    )
    return (
        "<gmd:descriptiveKeywords><gmd:MD_Keywords><gmd:keyword>"
        f"{_anchor(_THEME, 'Arealanvendelse')}</gmd:keyword>{thesaurus}</gmd:MD_Keywords></gmd:descriptiveKeywords>"
    )


def _service_keywords() -> str:
    return (
        f"<gmd:descriptiveKeywords><gmd:MD_Keywords>{_text('keyword', 'infoFeatureAccessService')}</gmd:MD_Keywords>"
        f"</gmd:descriptiveKeywords>{_keywords()}"
    )


def _constraints(about: About) -> str:
    restriction = _code("MD_RestrictionCode", "otherRestrictions")
    access = _anchor(_LIMITS, "Ingen begrænsninger på offentlighedens adgang")
    return (
        f"<gmd:resourceConstraints><gmd:MD_LegalConstraints><gmd:accessConstraints>{restriction}</gmd:accessConstraints>"
        f"<gmd:otherConstraints>{access}</gmd:otherConstraints></gmd:MD_LegalConstraints></gmd:resourceConstraints>"
        f"<gmd:resourceConstraints><gmd:MD_LegalConstraints><gmd:useConstraints>{restriction}</gmd:useConstraints>"
        f"{_text('otherConstraints', about.rights)}</gmd:MD_LegalConstraints></gmd:resourceConstraints>"
    )


def _box(west: float, south: float, east: float, north: float) -> str:
    sides = (("westBoundLongitude", west), ("eastBoundLongitude", east), ("southBoundLatitude", south),
             ("northBoundLatitude", north))  # fmt: skip
    told = "".join(f"<gmd:{name}><gco:Decimal>{value}</gco:Decimal></gmd:{name}>" for name, value in sides)
    return (
        f"<gmd:geographicElement><gmd:EX_GeographicBoundingBox>{told}</gmd:EX_GeographicBoundingBox>"
        "</gmd:geographicElement>"
    )


def _resource(address: str, name: str, protocol: str) -> str:
    return (
        f"<gmd:CI_OnlineResource><gmd:linkage><gmd:URL>{escape(address)}</gmd:URL></gmd:linkage>"
        f"{_text('protocol', protocol)}{_text('name', name)}<gmd:function>"
        f"{_code('CI_OnLineFunctionCode', 'download')}</gmd:function></gmd:CI_OnlineResource>"
    )


def _online(address: str, name: str, protocol: str) -> str:
    return f"<gmd:onLine>{_resource(address, name, protocol)}</gmd:onLine>"


def _quality(level: str, rules: tuple[str, str], lineage: str) -> str:
    title, day = rules
    described = (
        "<gmd:levelDescription><gmd:MD_ScopeDescription><gmd:other><gco:CharacterString>tjeneste</gco:CharacterString>"
        "</gmd:other></gmd:MD_ScopeDescription></gmd:levelDescription>"
    )
    return (
        f"<gmd:DQ_DataQuality><gmd:scope><gmd:DQ_Scope><gmd:level>{_code('MD_ScopeCode', level)}</gmd:level>"
        f"{described if level == 'service' else ''}</gmd:DQ_Scope></gmd:scope><gmd:report><gmd:DQ_DomainConsistency>"
        f"<gmd:result><gmd:DQ_ConformanceResult><gmd:specification><gmd:CI_Citation>{_text('title', title)}"
        f"{_dated(day, 'publication')}</gmd:CI_Citation></gmd:specification>"
        f"{_text('explanation', 'Ikke evalueret med den officielle validator')}"
        '<gmd:pass gco:nilReason="unknown"/></gmd:DQ_ConformanceResult></gmd:result></gmd:DQ_DomainConsistency>'
        f"</gmd:report>{lineage}</gmd:DQ_DataQuality>"
    )
