"""A clone of the launcher's own files in a temporary folder, and ways to call it as a person does."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.launch.cluster import Cluster
from config.launch.progress import Log

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Clone:
    """A small clone: the launcher, with the real lock files, without the site."""

    root: Path

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Call `./run` in it."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "PLANVAERK_"))
        }
        return subprocess.run(
            [str(self.root / "run"), *arguments],
            env={**clean, **env},
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A clone whose path has a space in it."""
    root = tmp_path / "en klon"
    (root / "config").mkdir(parents=True)
    shutil.copy(ROOT / "run", root / "run")
    (root / "config" / "__init__.py").touch()
    shutil.copytree(
        ROOT / "config" / "launch", root / "config" / "launch", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "uv.lock", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, root / name)
    (root / "manage.py").write_text("", encoding="utf-8")
    made = Clone(root)
    yield made
    made.run("stop")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that does not exist yet, below a path with a space and without a right for others."""
    home = tmp_path / "kun for mig"
    home.mkdir(mode=0o700)
    made = Cluster(home / "pg", Log(home / "setup.log"), durable=False)
    yield made
    made.stop()
