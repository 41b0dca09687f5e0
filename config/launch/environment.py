"""The Python environment in `.venv`: made with Debian's own Python, filled by uv from the lock file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from config.launch.place import Place
from config.launch.progress import CommandFailed, Log, Trouble
from config.launch.stamps import Stamp, content_hash

PYTHON = (3, 11)
UV = "0.13.9"

HINT_NETWORK = (
    "Check the network and the settings of your package mirror (pip.conf, PIP_INDEX_URL, UV_DEFAULT_INDEX,\n"
    "SSL_CERT_FILE), then run the same command again: it goes on where it stopped."
)


def find_python(
    candidates: Iterable[str] = ("/usr/bin/python3", "/usr/bin/python3.11", sys.executable),
) -> str:
    """Return an interpreter of the version that the lock file is made for; the system's own comes first."""
    wanted = f"{PYTHON[0]}.{PYTHON[1]}"
    for candidate in candidates:
        if candidate and Path(candidate).exists() and _version(candidate) == wanted:
            return candidate
    raise Trouble(
        f"Python {wanted} was not found.",
        hint="Install it (Debian 12: apt-get install python3 python3-venv), or say python3.11 ./run",
    )


def _version(program: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [program, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


class Environment:
    """The environment, and what is to be done so that it holds some dependency groups."""

    def __init__(self, place: Place, log: Log, env: Mapping[str, str]) -> None:
        self.place = place
        self.log = log
        self.env = {
            **env,
            "UV_PROJECT_ENVIRONMENT": str(place.venv),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_PROGRESS": "1",
            # An office network may bring its own certificate authority, known to the system alone.
            "UV_SYSTEM_CERTS": env.get("UV_SYSTEM_CERTS", "1"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.stamp = Stamp(place.venv / "planvaerk.json")

    def lock_hash(self) -> str:
        """Return what the environment shall be made from."""
        root = self.place.root
        return content_hash([root / "pyproject.toml", root / "uv.lock"], root, UV)

    def groups_there(self) -> set[str]:
        """Return the groups that a former run has put in."""
        groups = self.stamp.read().get("groups")
        return {str(name) for name in groups} if isinstance(groups, list) else set()

    def is_made(self) -> bool:
        """Tell whether there is an interpreter that works (a copied or moved clone has a broken one)."""
        python = self.place.python
        if not python.exists() or _version(str(python)) != f"{PYTHON[0]}.{PYTHON[1]}":
            return False
        # The scripts in bin/ name their interpreter by its full path.
        return self.stamp.read().get("at", str(self.place.venv)) == str(self.place.venv)

    def is_ready(self, groups: Iterable[str]) -> bool:
        """Tell whether nothing is to be done."""
        return set(groups) <= self.groups_there() and self.stamp.says(self.lock_hash()) and self.is_made()

    def make(self) -> None:
        """Make the environment and put uv into it."""
        python = find_python()
        clear = ["--clear"] if self.place.venv.exists() and not self.is_made() else []
        try:
            self.log.run(
                [python, "-I", "-m", "venv", *clear, str(self.place.venv)], env=self.env, cwd=self.place.root
            )
        except CommandFailed as error:
            raise error.trouble(
                "The Python environment in .venv could not be made:",
                "Install the package python3-venv; if that is there, remove the folder .venv and try again.",
            ) from error
        self._put_uv()

    def _put_uv(self) -> None:
        pip = [str(self.place.python), "-m", "pip"]
        try:
            self.log.run(
                [*pip, "install", "--no-input", "--quiet", f"uv=={UV}"], env=self.env, cwd=self.place.root
            )
        except CommandFailed as error:
            raise error.trouble(
                "Python packages could not be fetched (pip install uv):", HINT_NETWORK
            ) from error

    def sync(self, groups: Iterable[str]) -> None:
        """Put in what the lock file says for these groups, and for those that are there already."""
        all_groups = sorted(self.groups_there() | set(groups))
        if not self.is_made() or not (self.place.venv / "bin" / "uv").exists():
            self.make()
        self.stamp.forget()
        argv = [str(self.place.venv / "bin" / "uv"), "sync", "--frozen", "--no-default-groups"]
        # Inexact: uv itself and pip are not in the lock file, and stay.
        argv += ["--inexact", "--python", str(self.place.python)]
        for name in all_groups:
            argv += ["--group", name]
        try:
            self.log.run(argv, env=self.env, cwd=self.place.root)
        except CommandFailed as error:
            raise error.trouble("Python packages could not be fetched (uv sync):", HINT_NETWORK) from error
        self.stamp.write(self.lock_hash(), groups=all_groups, at=str(self.place.venv))
