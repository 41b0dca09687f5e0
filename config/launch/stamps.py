"""Knowing what is done already: a stamp holds the hash of what a step was made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path


def content_hash(paths: Iterable[Path], base: Path, *extra: str) -> str:
    """Return one hash over the names (below `base`) and contents of files, and over extra words.

    The order of the paths does not count; a missing file counts as missing.
    """
    digest = hashlib.sha256()
    for word in extra:
        digest.update(f"word {word}\0".encode())
    for path in sorted(set(paths)):
        digest.update(f"file {path.relative_to(base).as_posix()}\0".encode())
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except FileNotFoundError:
            digest.update(b"missing")
    return digest.hexdigest()


def listing_hash(folders: Iterable[Path], base: Path, *extra: str) -> str:
    """Return one hash over names, sizes and times of all files below some folders: cheap for many files."""
    digest = hashlib.sha256("\0".join(extra).encode())
    for folder in sorted(set(folders)):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found = path.stat()
                digest.update(f"{path.relative_to(base)}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()


class Stamp:
    """A small JSON file beside the thing that it speaks of, so that both disappear together."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, object]:
        """Return what the stamp says; nothing when it is missing or spoilt."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def says(self, value: str) -> bool:
        """Tell whether the step was done from exactly this."""
        return self.read().get("made_from") == value

    def write(self, value: str, **more: object) -> None:
        """Remember what the step was done from; written aside and renamed, so it is never half there."""
        aside = self.path.with_name(self.path.name + ".new")
        aside.write_text(json.dumps({"made_from": value, **more}) + "\n", encoding="utf-8")
        os.replace(aside, self.path)

    def forget(self) -> None:
        """Remove the stamp before the step starts, so that a step that fails half-way is done again."""
        self.path.unlink(missing_ok=True)
