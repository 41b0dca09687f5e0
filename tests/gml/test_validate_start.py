"""The command starts without what it does not need: most of the time of a small file went into that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.gml.documents import sound


def test_neither_rooms_nor_a_database_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "plan.gml").write_text(sound())
    ran = started("-X", "importtime", "manage.py", "validate_plans", str(tmp_path / "plan.gml"))
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "gml.validate.validator" in loaded
    assert not loaded & {
        "pandas",
        "geopandas",
        "pyproj",
        "psycopg",
        "django.urls",
        "planning.models",
        "gml.models",
    }
    assert ran.returncode == 0
    assert "no fault was found" in ran.stdout.lower()


def test_its_words_and_pages_are_there_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "plan.gml").write_text(sound().replace("/generallyBinding", "/default", 1))
    ran = started("manage.py", "validate_plans", str(tmp_path / "plan.gml"), "--html")
    assert ran.returncode == 1
    assert "Brug en værdi fra den registrerede liste." in ran.stdout
    assert started("manage.py", "validate_plans", str(tmp_path / "none.gml")).returncode == 2


def started(*arguments: str) -> Any:
    """The command in a process of its own, with a database that is not there."""
    nowhere = dict.fromkeys(
        ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL"), "postgresql://a@127.0.0.1:9/b"
    )
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | nowhere | {"PLANVAERK_SCHEMAS": os.devnull, "PYTHONIOENCODING": "utf-8"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
