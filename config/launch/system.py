"""Is this a machine that we know, and has it room?"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from config.launch.progress import Trouble

ANY_SYSTEM = "PLANVAERK_ANY_SYSTEM"
OS_RELEASE = Path("/etc/os-release")

MEGABYTE = 1_000_000


def read_os_release(path: Path = OS_RELEASE) -> dict[str, str]:
    """Return the fields of an os-release file; empty when there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    fields: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            fields[name] = value.strip().strip("\"'")
    return fields


def is_debian_12(release: Mapping[str, str]) -> bool:
    """Tell whether the fields name Debian 12."""
    return release.get("ID") == "debian" and release.get("VERSION_ID") == "12"


def check_system(env: Mapping[str, str], path: Path = OS_RELEASE) -> bool:
    """Return True on Debian 12 and False on another system that the person has accepted.

    Raises
    ------
    Trouble
        On another system that has not been accepted.
    """
    release = read_os_release(path)
    if is_debian_12(release):
        return True
    if env.get(ANY_SYSTEM) == "1":
        return False
    name = release.get("PRETTY_NAME") or release.get("ID") or "an unknown system"
    raise Trouble(
        f"Planværk is made for Debian 12 (bookworm); this is {name}.",
        hint=(
            "Run it on Debian 12: a machine, a container, or a folder made with debootstrap.\n"
            "To try it here all the same, install Python 3.11, PostgreSQL 15 with PostGIS 3 and gettext\n"
            f"yourself, then set {ANY_SYSTEM}=1. Nothing will be installed outside this folder then."
        ),
    )


def check_room(folder: Path, needed_mb: int, free_bytes: int | None = None) -> None:
    """Refuse to begin what cannot be finished.

    Parameters
    ----------
    folder
        A folder on the disk in question.
    needed_mb
        Megabytes that the work will take.
    free_bytes
        Bytes free; asked of the system when not given.
    """
    free = shutil.disk_usage(folder).free if free_bytes is None else free_bytes
    if free < needed_mb * MEGABYTE:
        raise Trouble(
            f"Too little room on the disk of {folder}: {free // MEGABYTE:,} MB free, "
            f"about {needed_mb:,} MB needed.",
            hint="Free some space, or put the clone on a larger disk; then run the same command again.",
        )
