"""Packages of the system: which ones are missing, and installing them as root."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from config.launch.cluster import ENVIRONMENT
from config.launch.progress import CommandFailed, Log, Trouble
from config.launch.system import check_room

BASE = (
    "ca-certificates",
    "fonts-dejavu-core",
    "gettext",
    "postgresql-15",
    "postgresql-15-postgis-3",
    "postgresql-client-15",
    "python3-venv",
    "util-linux",
)
FOR_TESTS = ("chromium", "libatomic1")  # the driver of playwright wants the second and does not bring it

# Debian's server package makes and starts a cluster of its own. While we install, this file says no; it is
# taken away afterwards, so that what an administrator installs later behaves as ever.
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/planvaerk.conf")

HINT_NETWORK = (
    "Check the network and the package sources in /etc/apt (behind a proxy: Acquire::http::Proxy), then run\n"
    "the same command again: it goes on where it stopped."
)


def missing(names: Sequence[str]) -> list[str]:
    """Return those packages that are not installed."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    installed = {line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def missing_right(names: Sequence[str]) -> Trouble:
    """Return the message for somebody who may not install packages."""
    return Trouble(
        "These packages of the system are missing, and only root may install them:\n    " + " ".join(names),
        hint=(
            "Ask an administrator to run this, then start again as yourself:\n"
            "    apt-get update\n"
            f"    apt-get install --no-install-recommends {' '.join(names)}"
        ),
    )


def install(names: Sequence[str], log: Log, env: Mapping[str, str], *, root: bool | None = None) -> None:
    """Install packages with apt.

    Raises
    ------
    Trouble
        Without the right to install, without network, or when the disk is full.
    """
    if not (os.geteuid() == 0 if root is None else root):
        raise missing_right(names)
    check_room(Path("/var"), 1000 if "chromium" in names else 500)
    quiet = dict(env) | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    apt = ["apt-get", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=2"]
    try:
        with no_main_cluster():
            # One broken source of this machine does not matter if the others have our packages.
            with contextlib.suppress(CommandFailed):
                log.run([*apt, "update"], env=quiet, cwd=Path("/"))
            log.run([*apt, "--no-install-recommends", "install", *names], env=quiet, cwd=Path("/"))
    except CommandFailed as error:
        raise error.trouble(
            "The system's packages could not be installed (apt-get):", HINT_NETWORK
        ) from error


@contextlib.contextmanager
def no_main_cluster(path: Path = NO_MAIN_CLUSTER) -> Iterator[None]:
    """Keep Debian from making a cluster while the block runs; an administrator's files stay as they are."""
    if path.exists():
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "# While ./run of Planvaerk installs packages.\ncreate_main_cluster = false\n", encoding="utf-8"
    )
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the folder was there before, or the package uses it now
            path.parent.rmdir()
