"""Zip: the one drawing in an archive, looked at before it is unpacked. Runs in the child process."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

from geodata.readers.archive import Bounds, unzip
from geodata.readers.formats.fault import Unreadable
from permits.drawings import sniff
from permits.drawings.drawing import Parsed
from permits.drawings.own_file import own_file

#: What an archive with one drawing may hold; each file of it is bound by the limit of a drawing besides.
BOUNDS: Final = Bounds(total_bytes=2 * sniff.MAX_BYTES, members=200, ratio=200)
#: Files that belong to another one and are no drawing by themselves.
_BESIDE: Final = (
    ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".qmd", ".fix", ".gfs", ".xsd", ".qml", ".sld",
    ".lyr", ".shp.xml", ".aux.xml",
)  # fmt: skip
#: Folders that a packing program adds.
_ADDED: Final = ("__MACOSX",)


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Unpack, find the one drawing, and let the parser of its format read it.

    Parameters
    ----------
    data : the archive.
    options : those of the inner format, and ``formats``: words of :func:`permits.drawings.sniff.content` →
        (name of the format, its parser).

    Returns
    -------
    :meth:`Parsed.plain` of the inner drawing; ``facts`` has ``format`` and ``inner`` (name of the file).
    """
    parsed = Parsed()
    packed = own_file(data, options, "upload.zip")
    folder = Path.cwd() / "unpacked"
    folder.mkdir()
    try:
        files = unzip(packed, folder, BOUNDS)
    except Unreadable as error:
        word = _word(error)
        parsed.fault(word, found=error.found, expected=error.expected, where=error.where)
        return parsed.plain()
    known: dict[str, tuple[str, str]] = options.get("formats", {})
    drawings, others = _sorted([f for f in files if not f.name.startswith("._")], known)
    if nested := [f for f, kind in others if kind in ("zip", "gzip")]:
        parsed.fault("nested_archive", found=nested[0].name[:80], where={"file": nested[0].name[:80]})
        return parsed.plain()
    if len(drawings) != 1:
        names = ", ".join(f.name for f, _ in drawings or others)[:200]
        parsed.fault("several_drawings" if drawings else "no_drawing_inside", found=names)
        return parsed.plain()
    file, kind = drawings[0]
    if file.stat().st_size > sniff.MAX_BYTES:
        parsed.fault(
            "too_large_file",
            found=file.stat().st_size,
            expected=sniff.MAX_BYTES,
            where={"file": file.name[:80]},
        )
        return parsed.plain()
    name, parser = known[kind]
    return _inner(file, name, parser, options, [f.name for f, _ in others])


#: A damaged archive is told as what it is, not as a damaged drawing.
_WORDS: Final = {"truncated": "damaged_archive", "password": "password_archive"}
#: What is too much of an archive, by the bound that it passes.
_TOO_MUCH: Final = {BOUNDS.members: "too_many_files", BOUNDS.total_bytes: "too_large_unpacked"}


def _word(error: Unreadable) -> str:
    if error.word == "compression_ratio":
        return _TOO_MUCH.get(error.expected, error.word)
    return _WORDS.get(error.word, error.word)


def _sorted(
    files: list[Path], known: dict[str, tuple[str, str]]
) -> tuple[list[tuple[Path, str]], list[tuple[Path, str]]]:
    """Drawings and the rest, each with what it is; side files are neither."""
    drawings: list[tuple[Path, str]] = []
    others: list[tuple[Path, str]] = []
    for file in files:
        if file.name.lower().endswith(_BESIDE):
            continue
        with file.open("rb") as stream:
            kind = sniff.content(stream.read(8192))
        if file.suffix.lower() == ".shp":
            kind = "shp"  # whatever its bytes are: its reader says what is wrong with them
        (drawings if kind in known else others).append((file, kind))
    if any(kind != "pdf" for _, kind in drawings):
        # A print of the drawing beside it is no second drawing.
        others += [pair for pair in drawings if pair[1] == "pdf"]
        drawings = [pair for pair in drawings if pair[1] != "pdf"]
    return drawings, others


def _inner(file: Path, name: str, parser: str, options: dict[str, Any], others: list[str]) -> dict[str, Any]:
    module, _, function = parser.partition(":")
    read = getattr(importlib.import_module(module), function)
    told: dict[str, Any] = read(file.read_bytes(), {**options, "path": str(file)})
    told["facts"] |= {"format": name, "inner": file.name[:120]}
    if others:
        beside = Parsed()
        beside.fault("left_out_files", "warning", found=", ".join(others)[:200])
        told["faults"] += beside.plain()["faults"]
    return told
