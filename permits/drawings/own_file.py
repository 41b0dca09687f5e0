"""The file that a parser reads, in the child process's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def own_file(data: bytes, options: Mapping[str, Any], name: str) -> Path:
    """The path in ``options`` (of a file taken out of an archive), else the bytes written under that name."""
    if "path" in options:
        return Path(str(options["path"])).resolve()
    path = Path.cwd() / name
    path.write_bytes(data)
    return path
