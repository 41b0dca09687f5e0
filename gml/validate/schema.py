"""XML Schema: each feature against the schema of Planned Land Use, from a folder and from nowhere else.

The folder holds schema files as host/path (``inspire.ec.europa.eu/schemas/plu/4.0/PlannedLandUse.xsd``). Nothing is
fetched: an address that is not there is an error of the folder. A folder ``alt/gml-3.2.1.2`` comes first, since the
European suite validates with that copy of GML 3.2.1, in which every object needs an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from lxml import etree

from gml.validate.document import split
from gml.validate.tables import BASE, GML, PLU, PREFIXES, WFS

_ALTERNATIVE: Final = "alt/gml-3.2.1.2"
_INSPIRE: Final = "https://inspire.ec.europa.eu/schemas/"
#: Name space → where its schema is, of all that may stand in a document of plans.
_IMPORTS: Final = {
    PLU: _INSPIRE + "plu/4.0/PlannedLandUse.xsd",
    BASE: _INSPIRE + "base/3.3/BaseTypes.xsd",
    GML: "http://schemas.opengis.net/gml/3.2.1/gml.xsd",
    "http://www.isotc211.org/2005/gmd": "http://schemas.opengis.net/iso/19139/20070417/gmd/gmd.xsd",
}
_LATER: Final = {
    WFS: "http://schemas.opengis.net/wfs/2.0/wfs.xsd",
    **{
        f"http://inspire.ec.europa.eu/schemas/{theme}/4.0": f"{_INSPIRE}{theme}/4.0/{name}.xsd"
        for theme, name in (
            ("elu", "ExistingLandUse"),
            ("au", "AdministrativeUnits"),
            ("ad", "Addresses"),
            ("gn", "GeographicalNames"),
            ("cp", "CadastralParcels"),
            ("net", "Network"),
            ("tn", "CommonTransportElements"),
            ("bu-base", "BuildingsBase"),
            ("bu-core2d", "BuildingsCore2D"),
        )
    },
}
#: Releases of the INSPIRE schemas that differ in their numbers only.
_RELEASE: Final = re.compile(r"^schemas/202[45]\.\d/")
_BRACES: Final = re.compile(r"\{([^}]*)\}")
_LONGEST: Final = 500
_OURS: Final = (f"{{{PLU}}}", f"{{{GML}}}")


class NoSchemas(Exception):
    """The folder of schemas cannot be used; the message says why."""


class Schemas:
    """The schema, compiled once; :meth:`faults` says what is wrong with an element.

    Parameters
    ----------
    folder : the schema files as host/path.

    Raises
    ------
    NoSchemas : there is no such folder, or a file that is needed is not in it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NoSchemas(f"there is no folder of schemas {folder}")
        self._folder = folder.resolve()
        self._small = self._compiled(_IMPORTS)
        self._whole: etree.XMLSchema | None = None

    def _compiled(self, imports: dict[str, str]) -> etree.XMLSchema:
        resolver = _Resolver(self._folder)
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        parser.resolvers.add(resolver)
        lines = "".join(
            f'<xs:import namespace="{space}" schemaLocation="{address}"/>'
            for space, address in imports.items()
        )
        driver = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{lines}</xs:schema>'
        try:
            return etree.XMLSchema(etree=etree.fromstring(driver.encode(), parser))
        except (etree.XMLSchemaParseError, etree.XMLSyntaxError, NoSchemas) as error:
            lacking = f" (not there: {', '.join(resolver.lacking)})" if resolver.lacking else ""
            raise NoSchemas(f"the schemas cannot be read: {str(error)[:_LONGEST]}{lacking}") from error

    def _for(self, element: Any) -> etree.XMLSchema:
        """The small schema for plans; that with WFS and the other themes only where something asks for it."""
        if _plain(element):
            return self._small
        if self._whole is None:
            there = {s: a for s, a in _LATER.items() if _path(self._folder, a).is_file()}
            self._whole = self._compiled(_IMPORTS | there)
        return self._whole

    def faults(self, element: Any) -> Iterator[tuple[int, str]]:
        """Line and message of everything that is wrong with an element and what stands in it."""
        schema = self._for(element)
        if schema.validate(element):
            return
        for entry in cast(Iterable[Any], schema.error_log):
            yield entry.line, _readable(entry.message)


def _plain(element: Any) -> bool:
    return element.tag.startswith(_OURS) and _LATER.keys().isdisjoint(
        [split(child.tag)[0] for child in element.iterchildren("*")]
    )


def _readable(message: str) -> str:
    """The message with prefixes for name spaces."""
    short = _BRACES.sub(lambda found: PREFIXES.get(found.group(1), found.group(1)) + ":", message)
    return short.strip()[:_LONGEST]


def _path(folder: Path, url: str) -> Path:
    parts = urlsplit(url)
    below = _RELEASE.sub("schemas/", parts.path.lstrip("/"))
    path = (folder / parts.netloc / below).resolve()
    if not path.is_relative_to(folder):
        raise NoSchemas(f"{url} leads out of the folder of schemas")
    other = folder / _ALTERNATIVE / path.relative_to(folder)
    return other if other.is_file() else path


class _Resolver(etree.Resolver):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.lacking: list[str] = []

    def resolve(self, url: str, pubid: str | None, context: Any) -> Any:  # type: ignore[override]
        if urlsplit(url).scheme not in ("http", "https"):
            raise NoSchemas(f"{url} is no address of a schema")
        path = _path(self._folder, url)
        if not path.is_file():
            self.lacking.append(url)
            raise NoSchemas(f"{url} is not in the folder of schemas")
        # The official address stays its base: libxml2 knows a schema that it has read by it.
        return self.resolve_string(path.read_bytes(), context, base_url=url)
