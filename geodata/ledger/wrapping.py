"""What stood around a record in its file: enough to hand the record alone to the same reader again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from geodata.readers.files import sniff, unpacked
from geodata.readers.gml import COLLECTIONS
from geodata.readers.rows_xml import root_of

_GML: Final = b'<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2">%s</gml:FeatureCollection>'
_MEMBER: Final = b"<gml:featureMember>%s</gml:featureMember>"


def wrapping_of(path: Path) -> dict[str, Any]:
    """Kind of a file and what its records need: the coordinate system, or the line of column names.

    An archive's is that of its files when they agree; else there is none.
    """
    with unpacked(path) as files:
        found = [_of(file) for file in files]
    return found[0] if found and all(f == found[0] for f in found) else {}


def _of(path: Path) -> dict[str, Any]:
    kind = sniff(path)
    if kind == "json":
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError:
            return {"kind": "lines"}  # the reader took it, so it is one document a line
        return {"kind": kind, "crs": document.get("crs") if isinstance(document, dict) else None}
    if kind == "xml":
        root = root_of(path)
        return {"kind": kind} if root in ("", *COLLECTIONS) else {"kind": kind, "root": root}
    if kind == "text":
        with path.open("rb") as file:
            return {"kind": kind, "header": file.readline().decode("utf-8-sig", "replace").strip("\r\n")}
    return {}


def wrapped(wrapping: dict[str, Any], content: bytes) -> tuple[str, bytes] | None:
    """Suffix and bytes of a file that holds one record; None when its format does not allow that."""
    kind = wrapping.get("kind")
    if wrapping.get("whole"):
        return ".geojson", content
    if kind == "json":
        return ".geojson", _collection(wrapping, content)
    if kind == "xml":
        root = str(wrapping.get("root", "")).encode()
        return (
            (".xml", b"<%s>%s</%s>" % (root, content, root)) if root else (".gml", _GML % (_MEMBER % content))
        )
    if kind == "lines":
        return ".ndjson", content + b"\n"
    if kind == "text":
        return ".csv", wrapping["header"].encode() + b"\n" + content + b"\n"
    return None


def _collection(wrapping: dict[str, Any], content: bytes) -> bytes:
    """One feature in a collection of its own."""
    try:
        feature = json.loads(content)
    except ValueError:
        # Let the reader say what is wrong with it, in its own words.
        return content
    document = {"type": "FeatureCollection", "features": [feature]}
    if wrapping.get("crs"):
        document["crs"] = wrapping["crs"]
    return json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass")
