"""What a file is by its content, and the files inside an archive, taken out with suspicion.

Names and suffixes are only hints.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from geodata.readers.archive import CHUNK, RATIO_FROM, Bounds, unzip
from geodata.readers.formats.fault import Unreadable
from geodata.readers.refusal import CannotRead

_BOUNDS: Final = Bounds()

_MAGIC: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\x00", "GeoPackage or SQLite"),
    (b"%PDF", "PDF"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
    (b"fgb", "FlatGeobuf"),
    (b"PAR1", "Parquet"),
    (b"AC10", "DWG"),
)


def sniff(path: Path) -> str:
    """What the file's first bytes say that it is.

    Returns
    -------
    ``zip``, ``gzip``, ``json``, ``xml``, ``text`` (a table, perhaps), ``empty``, or another format's name.

    Raises
    ------
    CannotRead : there is no such file, or it may not be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise CannotRead(
            f"{path.name}: {error.strerror or error}. Name a file that exists and may be read"
        ) from None
    if not head:
        return "empty"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "json"
    if text[:1] == b"<":
        return "xml"
    return "binary" if b"\x00" in head else "text"


@contextmanager
def unpacked(path: Path) -> Iterator[list[Path]]:
    """The file itself, or the files inside a zip or gzip archive, in a folder that lasts as long as the block.

    Raises
    ------
    CannotRead : the archive is damaged, dangerous, encrypted, nested or empty.
    """
    kind = sniff(path)
    if kind not in ("zip", "gzip"):
        yield [path]
        return
    with tempfile.TemporaryDirectory(prefix="planvaerk-") as folder:
        if kind == "gzip":
            yield [_gunzip(path, Path(folder))]
            return
        try:
            files = unzip(path, Path(folder))
        except Unreadable as error:
            raise CannotRead(str(error), error.word) from None
        if not files:
            raise CannotRead(
                f"{path.name} is an archive without files; deliver the register's file itself", "empty"
            )
        for file in files:
            if sniff(file) in ("zip", "gzip"):
                raise CannotRead(
                    f"{path.name} holds an archive inside the archive ({file.name}); "
                    f"unpack the inner one and deliver that",
                    "nested_archive",
                )
        yield files


def _gunzip(path: Path, folder: Path) -> Path:
    target = folder / (path.stem or "unpacked")
    written = 0
    limit = min(_BOUNDS.total_bytes, max(RATIO_FROM, path.stat().st_size * _BOUNDS.ratio))
    try:
        with gzip.open(path) as packed, target.open("wb") as file:
            while chunk := packed.read(CHUNK):
                written += len(chunk)
                if written > limit:
                    raise CannotRead(
                        f"{path.name} unpacks to more than {limit:,} bytes; no register's file does that",
                        "compression_ratio",
                    )
                file.write(chunk)
    except (OSError, EOFError) as error:
        raise CannotRead(
            f"{path.name} is a damaged gzip file ({error}); fetch it again", "truncated"
        ) from None
    return target
