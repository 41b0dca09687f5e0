"""Where things are in this clone, and the environment that its child processes get."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# GDAL and PROJ find their data inside the wheels. These variables, set for some other GIS program, would
# point them at data of another version. Compiled modules are kept, see `child_environment`.
UNWANTED = (
    "PROJ_LIB",
    "PROJ_DATA",
    "GDAL_DATA",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "PYTHONDONTWRITEBYTECODE",
)


@dataclass(frozen=True)
class Place:
    """One clone: its folder and what lies below it."""

    root: Path

    @property
    def var(self) -> Path:
        """All state of this clone."""
        return self.root / "var"

    @property
    def log(self) -> Path:
        """Log files."""
        return self.var / "log"

    @property
    def venv(self) -> Path:
        """The Python environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def vendor(self) -> Path:
        """Front-end files copied from npm packages, served as static files."""
        return self.var / "vendor"

    def make_folders(self) -> None:
        """Create `var` and its folders.

        `var` may be walked through (the database server of a root-started clone runs as another user) but not
        listed; what is below is for the owner alone.
        """
        self.var.mkdir(exist_ok=True)
        if self.var.stat().st_uid == os.geteuid():
            self.var.chmod(0o711)
        for folder in (self.log, self.var / "export"):
            folder.mkdir(mode=0o700, exist_ok=True)

    def secret_key(self) -> str:
        """Return this clone's generated key, made on first use and readable by its owner alone."""
        path = self.var / "secret"
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            key = secrets.token_urlsafe(50)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(key + "\n")
            return key


def child_environment(place: Place, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of child processes: the person's own, less what would mislead GDAL or Python."""
    env = {name: value for name, value in base.items() if name not in UNWANTED}
    env["PATH"] = os.pathsep.join([str(place.venv / "bin"), env.get("PATH") or os.defpath])
    # Where LANG is unset Python would otherwise fall back to ASCII for what it prints and opens.
    env["PYTHONUTF8"] = "1"
    # Compiled modules are kept, or each process would compile Django anew, which takes longer than to start it;
    # out of the sources, so that whoever wants none beside them has none there.
    env.setdefault("PYTHONPYCACHEPREFIX", str(place.var / "pycache"))
    env["PLANVAERK_VAR"] = str(place.var)
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return env
