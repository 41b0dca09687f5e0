"""Zip archives taken out with suspicion: everything is looked at before a single byte is unpacked.

An archive may hold many files, but not climb out of its folder, link elsewhere, say one name twice, or blow up.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from geodata.readers.formats.fault import Unreadable

#: Unpacked to packed is a ratio from this size on; below it, it does no harm and says nothing.
RATIO_FROM: Final = 2**20
LONGEST_NAME: Final = 255
CHUNK: Final = 2**20


@dataclass(frozen=True)
class Bounds:
    """What an archive may hold: bytes unpacked, members, and unpacked to packed from :data:`RATIO_FROM` on."""

    total_bytes: int = 4 * 2**30
    members: int = 2_000
    ratio: int = 200


def unzip(path: Path, folder: Path, bounds: Bounds | None = None) -> list[Path]:
    """Unpack the files of a zip archive into a folder, each archive's folder into one of its own.

    Returns
    -------
    The files, in the order of the archive; their names are the last parts of those in it.

    Raises
    ------
    Unreadable : damaged, dangerous, encrypted, or larger than ``bounds``; the word says which.
    """
    bounds = bounds or Bounds()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse(path, members, bounds)
            homes = {name: i for i, name in enumerate(dict.fromkeys(_home(m) for m in members))}
            return [_extract(path, archive, m, folder, homes[_home(m)]) for m in members if not m.is_dir()]
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Unreadable(
            "truncated",
            f"{path.name} is a damaged zip file ({error}); fetch it again",
            found=str(error)[:120],
        ) from None


def _home(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename).parent


def _refuse(path: Path, members: list[zipfile.ZipInfo], bounds: Bounds) -> None:
    """Say no before a single byte is unpacked."""
    if len(members) > bounds.members:
        raise Unreadable(
            "compression_ratio",
            f"{path.name} holds {len(members)} files; at most {bounds.members} are taken",
            found=len(members),
            expected=bounds.members,
        )
    seen: set[str] = set()
    for number, member in enumerate(members):
        _refuse_member(path, number, member, seen, bounds)
    total = sum(m.file_size for m in members)
    if total > bounds.total_bytes:
        raise Unreadable(
            "compression_ratio",
            f"{path.name} unpacks to more than {bounds.total_bytes:,} bytes; deliver it in parts",
            found=total,
            expected=bounds.total_bytes,
        )
    if sum(m.compress_size for m in members) > path.stat().st_size:
        raise Unreadable(
            "compression_ratio",
            f"{path.name}: its entries share the same bytes; pack it again",
            found="shared bytes",
        )


def _refuse_member(path: Path, number: int, member: zipfile.ZipInfo, seen: set[str], bounds: Bounds) -> None:
    name = member.orig_filename
    where = {"entry": number, "file": name[:80]}
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ":" in name or "\x00" in name or ".." in parts:
        raise Unreadable(
            "path_traversal",
            f"{path.name}: the entry {name!r} leads out of the archive; pack it again without folders",
            found=name[:80],
            where=where,
        )
    if len(name) > LONGEST_NAME:
        raise Unreadable(
            "path_traversal",
            f"{path.name}: an entry's name has {len(name)} letters; at most {LONGEST_NAME} are taken",
            found=len(name),
            where=where,
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unreadable(
            "symlink",
            f"{path.name}: the entry {name!r} is a link to another file; pack the file itself",
            found=name[:80],
            where=where,
        )
    if member.flag_bits & 0x1:
        raise Unreadable(
            "password",
            f"{path.name}: the entry {name!r} is encrypted; pack it without a password",
            found=name[:80],
            where=where,
        )
    if name.casefold() in seen:
        raise Unreadable(
            "duplicate_names",
            f"{path.name} holds the name {name!r} twice; it is not clear which one counts",
            found=name[:80],
            where=where,
        )
    seen.add(name.casefold())
    if member.file_size > RATIO_FROM and member.file_size > bounds.ratio * max(1, member.compress_size):
        times = member.file_size // max(1, member.compress_size)
        raise Unreadable(
            "compression_ratio",
            f"{path.name}: the entry {name!r} unpacks to {times} times its size; no register's file does that",
            found=f"{times} : 1",
            expected=f"{bounds.ratio} : 1",
            where=where,
        )


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
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > member.file_size:
                raise Unreadable(
                    "compression_ratio",
                    f"{path.name}: {member.filename!r} is longer than it says; fetch it again",
                    found=written,
                    expected=member.file_size,
                    where={"file": member.filename[:80]},
                )
            file.write(chunk)
    return target
