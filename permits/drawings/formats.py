"""The formats that can be read: one module each, added here (or by another app's ``ready()``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geodata.registry import Registry


@dataclass(frozen=True)
class Format:
    """One upload format.

    Parameters
    ----------
    parser : ``package.module:function`` with ``(data, options) -> Parsed.plain()``, called in the sandbox.
    contents : words of :func:`permits.drawings.sniff.content` that are this format.
    suffixes : words of :func:`permits.drawings.sniff.promised` that announce it.
    default_crs : system of a file that declares none; ``None`` when the format has no such rule.
    drawn_twice : one outline is often drawn twice (a hatch on its boundary), and that is no mistake.
    measured : outlines can be taken from it; else it is an attachment only.
    """

    parser: str
    contents: tuple[str, ...]
    suffixes: tuple[str, ...]
    default_crs: str | None = None
    drawn_twice: bool = False
    measured: bool = True

    def is_for(self, content: str) -> bool:
        """Whether bytes of this kind are for this format."""
        return content in self.contents


formats: Final[Registry[Format]] = Registry("drawing format")
formats.register(
    "geojson",
    Format("permits.drawings.geojson:parse", ("json",), ("geojson", "json"), default_crs="OGC:CRS84"),
)
formats.register("dxf", Format("permits.drawings.dxf:parse", ("dxf",), ("dxf",), drawn_twice=True))
formats.register("geopackage", Format("permits.drawings.geopackage:parse", ("sqlite",), ("sqlite",)))
formats.register("shapefile", Format("permits.drawings.shapefile:parse", ("shp",), ("shp",)))
formats.register("gml", Format("permits.drawings.gml:parse", ("xml",), ("xml",)))
formats.register("zip", Format("permits.drawings.archive:parse", ("zip",), ("zip",)))
formats.register("ifc", Format("permits.drawings.ifc:parse", ("ifc",), ("ifc",)))
formats.register("pdf", Format("permits.drawings.pdf:parse", ("pdf",), ("pdf",), measured=False))
