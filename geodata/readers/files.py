"""What a file is by its content, and the files inside an archive, taken out with suspicion.

Names and suffixes are only hints. An archive may hold many files, but not climb out of its folder, link
elsewhere, say one name twice, or blow up.
"""

from __future__ import annotations

import gzip
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from geodata.readers.delivery import CannotRead

#: Bounds of an archive: bytes unpacked, members, and unpacked to packed above a size where it matters.
MOST_BYTES: Final = 4 * 2**30
MOST_MEMBERS: Final = 2_000
MOST_RATIO: Final = 200
_RATIO_FROM: Final = 2**20
_LONGEST_NAME: Final = 255
_CHUNK: Final = 2**20

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
        files = _unzip(path, Path(folder))
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
    limit = min(MOST_BYTES, max(_RATIO_FROM, path.stat().st_size * MOST_RATIO))
    try:
        with gzip.open(path) as packed, target.open("wb") as file:
            while chunk := packed.read(_CHUNK):
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


def _unzip(path: Path, folder: Path) -> list[Path]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse(path, members)
            homes = {name: i for i, name in enumerate(dict.fromkeys(_home(m) for m in members))}
            return [_extract(path, archive, m, folder, homes[_home(m)]) for m in members if not m.is_dir()]
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise CannotRead(
            f"{path.name} is a damaged zip file ({error}); fetch it again", "truncated"
        ) from None


def _home(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename).parent


def _refuse(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Say no before a single byte is unpacked."""
    if len(members) > MOST_MEMBERS:
        raise CannotRead(
            f"{path.name} holds {len(members)} files; at most {MOST_MEMBERS} are taken", "compression_ratio"
        )
    seen: set[str] = set()
    for member in members:
        name = member.orig_filename
        parts = PurePosixPath(name).parts
        if name.startswith("/") or "\\" in name or ":" in name or "\x00" in name or ".." in parts:
            raise CannotRead(
                f"{path.name}: the entry {name!r} leads out of the archive; pack it again without folders",
                "path_traversal",
            )
        if len(name) > _LONGEST_NAME:
            raise CannotRead(
                f"{path.name}: an entry's name has {len(name)} letters; at most {_LONGEST_NAME} are taken",
                "path_traversal",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise CannotRead(
                f"{path.name}: the entry {name!r} is a link to another file; pack the file itself", "symlink"
            )
        if member.flag_bits & 0x1:
            raise CannotRead(
                f"{path.name}: the entry {name!r} is encrypted; pack it without a password", "password"
            )
        if name.casefold() in seen:
            raise CannotRead(
                f"{path.name} holds the name {name!r} twice; it is not clear which one counts",
                "duplicate_names",
            )
        seen.add(name.casefold())
        if member.file_size > _RATIO_FROM and member.file_size > MOST_RATIO * max(1, member.compress_size):
            raise CannotRead(
                f"{path.name}: the entry {name!r} unpacks to "
                f"{member.file_size // max(1, member.compress_size)} times "
                f"its size; no register's file does that",
                "compression_ratio",
            )
    if sum(m.file_size for m in members) > MOST_BYTES:
        raise CannotRead(
            f"{path.name} unpacks to more than {MOST_BYTES:,} bytes; deliver it in parts", "compression_ratio"
        )
    if sum(m.compress_size for m in members) > path.stat().st_size:
        raise CannotRead(f"{path.name}: its entries share the same bytes; pack it again", "compression_ratio")


def _extract(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, number: int
) -> Path:
    # A folder for each folder of the archive, so that side files stay with their file. Only a member's last name
    # is used, so that nothing can be put anywhere else.
    home = folder / str(number)
    home.mkdir(exist_ok=True)
    target = home / (PurePosixPath(member.filename).name or "file")
    written = 0
    with archive.open(member) as packed, target.open("xb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > member.file_size:
                raise CannotRead(
                    f"{path.name}: {member.filename!r} is longer than it says; fetch it again",
                    "compression_ratio",
                )
            file.write(chunk)
    return target
