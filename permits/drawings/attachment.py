"""Files that go along with a drawing and are not measured: PDF, shown as a picture."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass

from geodata import sandbox
from permits.drawings import sniff
from permits.drawings.drawing import DrawingError, Fault, Parsed, capped, errors
from permits.drawings.read import bytes_of, stopped


@dataclass(frozen=True)
class Attachment:
    """A file that may be kept with a case.

    Parameters
    ----------
    sha256 : of the bytes.
    pages : their number; ``sizes_mm`` has width and height of the first ones.
    preview : one page as PNG, its longest side :data:`permits.drawings.pdf.PREVIEW_PX` pixels.
    notes : warnings, of scripts and files in it.
    """

    sha256: str
    pages: int
    sizes_mm: tuple[tuple[float, float], ...]
    preview: bytes
    notes: tuple[Fault, ...] = ()


def read_attachment(
    source: bytes | str | os.PathLike[str],
    *,
    filename: str | None = None,
    page: int = 0,
    limits: sandbox.Limits | None = None,
) -> Attachment:
    """Look through a PDF and draw one page of it.

    Parameters
    ----------
    source : the file's bytes, or its path.
    filename : name it was sent under (default: the path's).
    page : that is drawn, counted from 0.
    limits : of the process that reads it.

    Raises
    ------
    DrawingError : empty, too large, no PDF, cut off, locked by a password, without pages.
    OSError : ``source`` is a path that cannot be read.
    """
    data, name = bytes_of(source, filename)
    found = sniff.content(data)
    if len(data) > sniff.MAX_BYTES:
        raise DrawingError([Fault("too_large_file", found=len(data), expected=sniff.MAX_BYTES)])
    if found == "empty":
        raise DrawingError([Fault("empty_file", found=len(data), where={"file": name})])
    if found != "pdf":
        raise DrawingError([Fault("not_what_it_says", found, "pdf", {"file": name, "byte": 0})])
    try:
        parsed = Parsed.from_plain(sandbox.run("permits.drawings.pdf:parse", data, {"page": page}, limits))
    except sandbox.StoppedError as why:
        raise DrawingError([stopped(why, name, limits)]) from None
    if errors(parsed.faults):
        raise DrawingError(capped(parsed.faults))
    facts = parsed.facts
    return Attachment(
        hashlib.sha256(data).hexdigest(),
        int(facts["pages"]),
        tuple((float(w), float(h)) for w, h in facts["sizes_mm"]),
        base64.b64decode(facts["preview"]),
        tuple(parsed.faults),
    )
