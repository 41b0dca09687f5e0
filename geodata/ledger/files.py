"""The files of an import: known by what they hold, read by the source's reader, kept until they are stored."""

from __future__ import annotations

import importlib
import inspect
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final

import shapely
from django.conf import settings

from geodata.ledger.models import ImportRun
from geodata.readers import generic
from geodata.readers.delivery import Delivery
from geodata.readers.mapping import parse
from geodata.readers.refusal import CannotRead
from geodata.registry import readers

_CHUNK: Final = 2**20
#: A file that was written to in the last hour may belong to a request that goes on.
_STILL_COMING_S: Final = 3600
_SIDES: Final = (".dbf", ".shx", ".prj", ".cpg")
#: What the source of a run by a mapping file begins with.
MAPPED: Final = "mapping:"


@dataclass(frozen=True)
class GivenFile:
    """A file to be read: where it lies, what people call it, and the hash of its bytes."""

    path: Path
    name: str
    sha256: str

    @classmethod
    def at(cls, path: Path, name: str | None = None) -> GivenFile:
        """The file at a path.

        Raises
        ------
        CannotRead : there is none, or it may not be read.
        """
        try:
            return cls(path.resolve(), name or path.name, _digest(path))
        except OSError as error:
            raise CannotRead(
                f"{path.name}: {error.strerror or error}. Name a file that exists and may be read"
            ) from None

    def as_json(self) -> dict[str, str]:
        """As the run keeps it."""
        return {"path": str(self.path), "name": self.name, "sha256": self.sha256}


def _digest(path: Path) -> str:
    digest = sha256()
    # A Shapefile is what its side files say as well.
    beside = sorted(p for p in path.parent.glob("*") if p.stem == path.stem and p.suffix.lower() in _SIDES)
    for part in [path, *(beside if path.suffix.lower() == ".shp" else [])]:
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def run_digest(files: Sequence[GivenFile]) -> str:
    """One hash for what a run reads, whatever the files are called and in whatever order they come."""
    if len(files) == 1:
        return files[0].sha256
    return sha256(" ".join(sorted(file.sha256 for file in files)).encode()).hexdigest()


@cache
def reading_stamp(reader: Callable[..., Any]) -> str:
    """Hash of the reader's code: a reader that has learned something reads the same file anew."""
    here = Path(inspect.getfile(importlib.import_module(reader.__module__))).parent
    folders = {here, Path(inspect.getfile(Delivery)).parent}
    digest = sha256(reader.__module__.encode())
    for path in sorted(p for folder in folders for p in folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def keep(name: str, chunks: Iterable[bytes]) -> GivenFile:
    """Keep an uploaded file until its import is finished; it lies under its own hash."""
    folder: Path = settings.UPLOADS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256()
    suffix = re.sub(r"[^A-Za-z0-9.]", "", "".join(Path(name).suffixes[-2:]))[:20]
    # A name that no other process can have thought of: two may be given files of one name at the same moment.
    number, half = mkstemp(prefix=".", dir=folder)
    try:
        with open(number, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        target = folder / f"{digest.hexdigest()}{suffix}"
        Path(half).replace(target)
    finally:
        Path(half).unlink(missing_ok=True)
    return GivenFile(target, Path(name).name[:200] or "file", digest.hexdigest())


def give_up_files(run: ImportRun) -> None:
    """Delete what was kept for a finished run, unless another one still waits for the same file."""
    if run.kept:
        let_go((Path(file["path"]) for file in run.files), but=run)


def let_go(paths: Iterable[Path], *, but: ImportRun | None = None) -> list[Path]:
    """Delete kept files that no unfinished run waits for, except perhaps one; those that were deleted."""
    from geodata.ledger.models import FINISHED

    waiting = ImportRun.objects.exclude(state__in=FINISHED)
    if but is not None:
        waiting = waiting.exclude(pk=but.pk)
    gone = [path for path in paths if not waiting.filter(files__contains=[{"path": str(path)}]).exists()]
    for path in gone:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return gone


def sweep() -> list[Path]:
    """Delete what requests that were cut off have left among the kept files; younger ones may still be coming."""
    before = time.time() - _STILL_COMING_S
    return let_go(path for path in settings.UPLOADS.glob("*") if path.stat().st_mtime < before)


def verify_files(run: ImportRun) -> None:
    """Make sure that the files are those which were ordered; one that was written over in between is not.

    Raises
    ------
    CannotRead : a file is gone or holds something else.
    """
    for file in run.files:
        if GivenFile.at(Path(file["path"]), file["name"]).sha256 != file["sha256"]:
            raise CannotRead(f"{file['name']} has changed since its import was asked for; ask for it again")


def reader_of(run: ImportRun) -> Callable[..., list[Delivery]]:
    """The reader of a run's source; a mapping is the one that the run was ordered with."""
    name = run.source.removeprefix(MAPPED)
    if name != run.source:
        return partial(generic.read, mapping=parse(run.options["mapping"], name))
    return readers[run.source]


def read_files(run: ImportRun, say: Callable[[str], None]) -> list[Delivery]:
    """The deliveries of all files of a run, in order.

    Raises
    ------
    CannotRead : a file cannot be used.
    """
    reader = reader_of(run)
    code = run.options.get("municipality")
    return [d for file in run.files for d in read_one(reader, Path(file["path"]), file["name"], code, say)]


def read_one(
    reader: Callable[..., list[Delivery]],
    path: Path,
    name: str,
    municipality: str | None,
    say: Callable[[str], None],
) -> list[Delivery]:
    """The deliveries of one file.

    Raises
    ------
    CannotRead : the file cannot be used; also for what no reader foresaw, so that a person gets a sentence.
    """
    say(f"{name}: reading …")
    try:
        found = reader([path], municipality=municipality)
    except CannotRead as error:
        # A kept file lies under its hash; people know it by its own name.
        raise CannotRead(str(error).replace(path.name, name), error.word) from None
    except (
        ValueError,
        TypeError,
        KeyError,
        OSError,
        RecursionError,
        MemoryError,
        shapely.errors.GEOSException,
    ) as error:
        raise CannotRead(
            f"{name} could not be understood ({type(error).__name__}: {error}). Check that it is the "
            f"register's own export"
        ) from error
    for delivery in found:
        say(f"{name}: {len(delivery.frame)} × {delivery.theme} read, {len(delivery.rejected)} set aside")
    return found
