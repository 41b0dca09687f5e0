"""inspireIds and dates: every object has its own id for life, versions and validity run forwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from gml.validate.document import Feature
from gml.validate.fault import Report
from gml.validate.structure import is_void
from gml.validate.tables import BASE

_LOCAL: Final = re.compile(r"[A-Za-z0-9_.\-]+")
_SPACE: Final = re.compile(r"[A-Za-z0-9_.,:/\-#%]+")
_IDENTIFIER: Final = f"{{{BASE}}}Identifier"
_PARTS: Final = tuple(f"{{{BASE}}}{part}" for part in ("namespace", "localId", "versionId"))
_LONGEST_VERSION: Final = 25
_SPANS: Final = (("beginLifespanVersion", "endLifespanVersion"), ("validFrom", "validTo"))
_DATED: Final = frozenset(name for span in _SPANS for name in span)


@dataclass(frozen=True, slots=True)
class Identity:
    """External identifier of an object (``base:Identifier``); ``version`` empty = it has none."""

    namespace: str
    local: str
    version: str

    def __str__(self) -> str:
        return "/".join(filter(None, (self.namespace, self.local, self.version)))


def identity_of(feature: Feature) -> Identity | None:
    """The inspireId of a feature, None when it has none with both a name space and a local id."""
    for element in feature.own().get("inspireId", ()):
        said: dict[str, str] = {}
        for identifier in element.iterchildren(_IDENTIFIER):
            for part in identifier.iterchildren(*_PARTS):
                said.setdefault(part.tag, (part.text or "").strip())
        space, own = said.get(_PARTS[0]), said.get(_PARTS[1])
        if space and own:
            return Identity(space, own, said.get(_PARTS[2], ""))
    return None


@dataclass(slots=True)
class _Seen:
    """Where an id was seen: file and line, and whether that version has no end."""

    file: int
    line: int


@dataclass
class Identities:
    """The stage for all files of a validation."""

    report: Report
    _seen: dict[Identity, _Seen] = field(default_factory=dict)
    _open: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def check(self, feature: Feature) -> Identity | None:
        """Look at the id and the dates of a feature; answers its id."""
        if not feature.ours:
            return None
        _dates(feature, self.report)
        own = identity_of(feature)
        if own is None:
            self.report.add("identity-missing", feature.line, feature.gid)
            return None
        for part, value, form in (("localId", own.local, _LOCAL), ("namespace", own.namespace, _SPACE)):
            if not form.fullmatch(value):
                self.report.add(
                    "identity-characters", feature.line, feature.gid, part=part, value=value[:200]
                )
        if len(own.version) > _LONGEST_VERSION:
            self.report.add("version-long", feature.line, feature.gid, value=own.version[:200])
        self._once(feature, own)
        return own

    def _once(self, feature: Feature, own: Identity) -> None:
        here = len(self.report.files) - 1
        first = self._seen.setdefault(own, _Seen(here, feature.line))
        if (first.file, first.line) != (here, feature.line):
            if first.file == here:
                self.report.add("identity-twice", feature.line, feature.gid, value=str(own), first=first.line)
            else:
                other = self.report.files[first.file].name
                self.report.add("identity-two-files", feature.line, feature.gid, value=str(own), other=other)
            return
        if not _has_end(feature):
            earlier = self._open.setdefault((own.namespace, own.local), (here, own.version))
            if earlier != (here, own.version) and earlier[0] == here:
                self.report.add(
                    "two-versions", feature.line, feature.gid, value=f"{own.namespace}/{own.local}"
                )


def _has_end(feature: Feature) -> bool:
    return any(not is_void(element) for element in feature.own().get("endLifespanVersion", ()))


def _dates(feature: Feature, report: Report) -> None:
    said = {
        local: (element.text or "").strip()
        for local in _DATED & feature.own().keys()
        for element in feature.own()[local]
        if not is_void(element)
    }
    for begin, end in _SPANS:
        a, b = said.get(begin), said.get(end)
        # Dates and times of one form sort as text, up to the second.
        if a and b and a[:19] > b[:19]:
            report.add(
                "dates-order", feature.line, feature.gid,
                begin=f"plu:{begin}", end=f"plu:{end}", since=a, until=b,
            )  # fmt: skip
