"""Mapping files: what the fields of a foreign layer mean, as data and not as code.

A mapping is TOML. ``[source]`` says whose data they are and where they go, ``[fields.<column>]`` how a column of
the theme is filled (several names where a field was renamed between versions), ``[codes.<list>]`` how foreign
codes are read. Without a sample a mapping is ``verified = false``, and every report says ``unverified``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from geodata.readers.formats.table import Wanted
from geodata.readers.refusal import CannotRead

#: Mappings that are shipped, found by their name.
SHIPPED: Final = Path(__file__).parents[1] / "mappings"
KINDS: Final = ("polygon", "line", "point", "multipoint", "any", "none")
CONVERSIONS: Final = ("text", "integer", "number", "flag", "day", "moment", "uuid", "json")
SCOPES: Final = ("country", "municipality")
_SOURCE: Final[Mapping[str, type | tuple[type, ...]]] = {
    "name": str, "register": str, "theme": str, "title": str, "layer": (str, list), "crs": str, "abroad": bool,
    "verified": bool, "key": (str, list), "geometry": str, "geometry_field": (str, list), "encoding": str,
    "sigma_m": (int, float), "scope": str, "visibility": int,
}  # fmt: skip
_FIELD: Final[Mapping[str, type | tuple[type, ...]]] = {
    "from": (str, list), "convert": str, "codes": str, "scale": (int, float), "required": bool,
    "value": (str, int, float, bool), "lower": bool, "pattern": str, "pad": int, "otherwise": str,
}  # fmt: skip
_SERVICE: Final[Mapping[str, type | tuple[type, ...]]] = {
    "kind": str,
    "count": int,
    "sort": str,
    "format": str,
}
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_./-]{0,38}")
_FILE: Final = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True)
class Service:
    """How a layer is asked for page by page.

    ``kind`` is ``wfs`` or ``features`` (empty: the address decides), ``count`` the features of a page, ``sort`` the
    field that keeps pages in order (empty: the key), ``format`` the outputFormat of a WFS (empty: its own).
    """

    kind: str = ""
    count: int = 1_000
    sort: str = ""
    format: str = ""


@dataclass(frozen=True)
class FieldRule:
    """How one column is filled: from the first of ``names`` that the data have, or by a constant ``value``.

    ``pad`` fills numbers with zeros from the left to so many digits (codes that a format has made numbers of),
    ``otherwise`` stands for codes that the list does not have; without it such records are set aside.
    """

    column: str
    names: tuple[str, ...] = ()
    convert: str = "text"
    codes: Mapping[str, Any] | None = None
    scale: float = 1.0
    required: bool = False
    value: Any = None
    lower: bool = False
    pattern: str = ""
    pad: int = 0
    otherwise: str | None = None


@dataclass(frozen=True)
class LayerMapping:
    """A mapping file, checked.

    Attributes
    ----------
    id : name of the file without its suffix; an import run calls its source ``mapping:<id>``.
    source, register : who says it (rank and delta imports go by it) and which register gives the ids.
    theme : id of the theme that the records go to.
    layers : names of the layer, any of them; empty = the only one.
    crs : system of data that do not say theirs; None = such data are refused.
    abroad : the data lie outside Denmark. They can be looked at and checked, but not stored; they stay in their
        own system of metres (degrees go to the UTM zone of their middle), and no municipality is looked for.
    key : fields that together are the register's id; empty = no own key, a hash of the shape stands for it.
    kind : kind of shape; None = the theme's; ``any`` and ``none`` only for looking.
    sigma_m : accuracy of the coordinates, metres; None = unknown.
    scope : what a complete delivery covers.
    visibility : FKG ``off_kode``.
    service : how a web service is asked for it.
    verified : the mapping was tried on a sample of the source.
    text : the file itself; a run keeps it, so that it can be taken up again.
    """

    id: str
    source: str
    register: str
    theme: str
    fields: tuple[FieldRule, ...]
    title: str = ""
    layers: tuple[str, ...] = ()
    crs: str | None = None
    abroad: bool = False
    key: tuple[str, ...] = ()
    kind: str | None = None
    geometry_fields: tuple[str, ...] = ()
    encoding: str = ""
    sigma_m: float | None = None
    scope: str = "country"
    visibility: int = 1
    verified: bool = False
    service: Service = Service()
    text: str = ""

    def wanted(self) -> Wanted:
        """What the formats are asked for."""
        return Wanted(self.layers, self.geometry_fields, self.kind == "none", self.encoding)


def load(name: str) -> LayerMapping:
    """The mapping of a file, or the shipped one of that name.

    Raises
    ------
    CannotRead : no such file, or it is wrong; all its faults are told in one go.
    """
    for path in (Path(name), SHIPPED / name, SHIPPED / f"{name}.toml"):
        if path.is_file():
            try:
                return parse(path.read_text("utf-8"), path.stem)
            except UnicodeDecodeError:
                raise CannotRead(
                    f"the mapping {path.name} is not UTF-8; write it again", "encoding"
                ) from None
    known = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml"))) or "none"
    raise CannotRead(f"there is no mapping {Path(name).name!r}; name a TOML file, or a shipped one ({known})")


def parse(text: str, name: str) -> LayerMapping:
    """A mapping from its text; ``name`` is what it is called.

    Raises
    ------
    CannotRead : it is wrong; all its faults are told in one go.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotRead(f"the mapping {name} is no TOML: {error}") from None
    faults: list[str] = []
    source = told.get("source")
    if not isinstance(source, dict):
        raise CannotRead(f"the mapping {name} has no [source]; it says whose data they are and where they go")
    _unknown(told, ("source", "service", "fields", "codes"), "", faults)
    service = told.get("service", {})
    _typed(service, _SERVICE, "service", faults)
    if service.get("kind", "wfs") not in ("wfs", "features"):
        faults.append(f"service.kind is {service['kind']!r}; expected wfs or features")
    _typed(source, _SOURCE, "source", faults)
    for needed in ("name", "register", "theme"):
        if needed not in source:
            faults.append(f"source.{needed} is missing")
        elif needed != "theme" and not _NAME.fullmatch(str(source[needed])):
            faults.append(f"source.{needed} is {source[needed]!r}; expected small letters, digits, - _ . /")
    codes = told.get("codes", {})
    rules = [_rule(column, said, codes, faults) for column, said in told.get("fields", {}).items()]
    _values(source, faults)
    if faults:
        raise CannotRead(f"the mapping {name} has {len(faults)} faults: {'; '.join(faults)}")
    return LayerMapping(
        id=_FILE.sub("-", name.casefold())[:50] or "mapping",
        source=source["name"],
        register=source["register"],
        theme=source["theme"],
        fields=tuple(rule for rule in rules if rule is not None),
        title=source.get("title", ""),
        layers=_several(source.get("layer")),
        crs=source.get("crs"),
        abroad=source.get("abroad", False),
        key=_several(source.get("key")),
        kind=source.get("geometry"),
        geometry_fields=_several(source.get("geometry_field")),
        encoding=source.get("encoding", ""),
        sigma_m=source.get("sigma_m"),
        scope=source.get("scope", "country"),
        visibility=source.get("visibility", 1),
        verified=source.get("verified", False),
        service=Service(**service),
        text=text,
    )


def _several(said: Any) -> tuple[str, ...]:
    return () if said is None else (said,) if isinstance(said, str) else tuple(map(str, said))


def _unknown(said: Mapping[str, Any], known: Any, where: str, faults: list[str]) -> None:
    faults += [
        f"{where}{name} is not known (known: {', '.join(known)})" for name in said if name not in known
    ]


def _typed(
    said: Mapping[str, Any], types: Mapping[str, type | tuple[type, ...]], where: str, faults: list[str]
) -> None:
    _unknown(said, types, f"{where}.", faults)
    for name, value in said.items():
        wanted = types.get(name)
        # A flag is a number to Python, but not to a person.
        wrong = wanted is not None and (
            not isinstance(value, wanted) or (isinstance(value, bool) and wanted in (int, (int, float)))
        )
        if wrong:
            faults.append(f"{where}.{name} is {value!r}, which is of the wrong kind")


def _rule(column: str, said: Any, codes: Mapping[str, Any], faults: list[str]) -> FieldRule | None:
    where = f"fields.{column}"
    if isinstance(said, str | list):
        said = {"from": said}
    if not isinstance(said, dict):
        faults.append(f"{where} is {said!r}; expected the name of a field, or a table")
        return None
    before = len(faults)
    _typed(said, _FIELD, where, faults)
    if ("from" in said) == ("value" in said):
        faults.append(f"{where} needs either from (names of a field) or value (a constant)")
    if said.get("convert", "text") not in CONVERSIONS:
        faults.append(f"{where}.convert is {said['convert']!r}; expected {', '.join(CONVERSIONS)}")
    if "codes" in said and not isinstance(codes.get(said["codes"]), dict):
        faults.append(f"{where}.codes names {said['codes']!r}; there is no [codes.{said['codes']}]")
    if "pattern" in said:
        faults += _attempt(lambda: re.compile(said["pattern"]), f"{where}.pattern", re.error)
    if len(faults) > before:
        return None
    return FieldRule(
        column=column,
        names=_several(said.get("from")),
        convert=said.get("convert", "text"),
        codes=codes.get(said["codes"]) if "codes" in said else None,
        scale=float(said.get("scale", 1.0)),
        required=said.get("required", False),
        value=said.get("value"),
        lower=said.get("lower", False),
        pattern=said.get("pattern", ""),
        pad=said.get("pad", 0),
        otherwise=said.get("otherwise"),
    )


def _attempt(do: Callable[[], object], where: str, kind: type[Exception]) -> list[str]:
    try:
        do()
    except kind as error:
        return [f"{where} is wrong ({error})"]
    return []


def _values(source: Mapping[str, Any], faults: list[str]) -> None:
    if "crs" in source:
        faults += _attempt(lambda: CRS.from_user_input(source["crs"]), "source.crs", CRSError)
    if source.get("geometry", "any") not in KINDS:
        faults.append(f"source.geometry is {source['geometry']!r}; expected {', '.join(KINDS)}")
    if source.get("geometry") == "any" and not source.get("abroad"):
        faults.append(
            "source.geometry = any is only for looking at data abroad (abroad = true); a theme keeps one kind"
        )
    if source.get("scope", "country") not in SCOPES:
        faults.append(f"source.scope is {source['scope']!r}; expected {' or '.join(SCOPES)}")
    if source.get("visibility", 1) not in (1, 2, 3):
        faults.append("source.visibility is FKG's off_kode: 1 everybody, 2 this authority, 3 all authorities")
    if "encoding" in source:
        faults += _attempt(lambda: "".encode(source["encoding"]), "source.encoding", LookupError)
