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
    """

    parser: str
    contents: tuple[str, ...]
    suffixes: tuple[str, ...]
    default_crs: str | None = None

    def is_for(self, content: str) -> bool:
        """Whether bytes of this kind are for this format."""
        return content in self.contents


formats: Final[Registry[Format]] = Registry("drawing format")
formats.register(
    "geojson",
    Format("permits.drawings.geojson:parse", ("json",), ("geojson", "json"), default_crs="OGC:CRS84"),
)
formats.register("dxf", Format("permits.drawings.dxf:parse", ("dxf",), ("dxf",)))
