"""Documents for people as accessible PDF: tagged, with title and language (PDF/UA-1)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

#: Stands for a character that no font of this machine has.
_UNKNOWN: Final = "?"
#: Up to here (Latin, Greek, Cyrillic) and in the two blocks of signs every fallback font has its letters.
_LETTERS_TO: Final = 0x0530
_SIGNS: Final = range(0x2010, 0x2200)


@cache
def _fonts() -> typst.Fonts:
    """The fonts of the machine, looked for once a process."""
    return typst.Fonts()


def pdf(template: Path, document: Mapping[str, Any], *, at: int) -> bytes:
    """A document as PDF/UA-1 (ISO 14289-1).

    Parameters
    ----------
    template : Typst file that sets ``sys.inputs.receipt``, the document as JSON.
    document : plain data; texts are set as they stand, never read as markup.
    at : time of the document, seconds since 1970; the same document at the same time has the same bytes.

    Raises
    ------
    typst.TypstError : the document cannot be made accessible, such as one without a title.

    Notes
    -----
    A character that cannot be shown is no text for whoever has it read aloud, so the standard refuses it. Control
    characters are left out, and letters of scripts that no font here has are shown as a question mark.
    """
    source = template.read_bytes()
    try:
        return _compiled(source, _each(document, _printable), at)
    except typst.TypstError as wrong:
        if "could not be displayed" not in wrong.message:
            raise
        return _compiled(source, _each(document, _known), at)


def _compiled(source: bytes, document: Any, at: int) -> bytes:
    made = typst.compile(
        source,
        font_paths=_fonts(),
        sys_inputs={"receipt": json.dumps(document)},
        pdf_standards=["ua-1"],
        timestamp=at,
        format="pdf",
    )
    if not isinstance(made, bytes):
        raise TypeError(f"a PDF is one file of bytes; got {type(made).__name__}")
    return made


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_each(inner, change) for inner in value]
    return value


def _printable(text: str) -> str:
    """Without control characters, and marks that turn the direction of what follows."""
    return "".join(
        " " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or unicodedata.category(c)[0] != "C"
    )


def _known(text: str) -> str:
    """With a question mark for what lies outside the usual scripts."""
    return "".join(c if ord(c) < _LETTERS_TO or ord(c) in _SIGNS else _UNKNOWN for c in _printable(text))
