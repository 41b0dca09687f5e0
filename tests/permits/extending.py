"""Packages of a municipality's own for tests: written, built, installed, and found as on a server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.management import call_command

from permits import extensions
from permits.engine import ruleset_files
from permits.proofs import proof, words

ID = "fjordby.parks"
THEME = "6800_parl_fl"


def forget() -> None:
    """What a program finds out once, it finds out anew."""
    for found in (
        extensions.extensions,
        ruleset_files.shipped,
        ruleset_files._read,
        proof._explanations,
    ):
        found.cache_clear()
    words.DANISH.clear()


@contextmanager
def beside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What lies in a folder is installed beside the project."""
    known = set(sys.modules)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(folder))
        forget()
        yield
    for name in set(sys.modules) - known:
        where = getattr(sys.modules[name], "__file__", None) or ""
        if where.startswith(str(folder)):
            del sys.modules[name]
    forget()


def written(site: Path, name: str, files: dict[str, str], version: str = "1.0") -> None:
    """A distribution as an installer leaves it: its files, and what it brings by entry points.

    Each folder of ``files`` that is called like a group (``rules``) is what the group names.
    """
    package = name.replace("-", "_")
    groups = sorted({Path(path).parts[0] for path in files})
    for path, text in {**files, **{f"{group}/__init__.py": "" for group in groups}}.items():
        place = site / package / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text), encoding="utf-8")
    (site / package / "__init__.py").touch()
    info = site / f"{package}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    points = "".join(f"[planvaerk.{group}]\n{package} = {package}.{group}\n" for group in groups)
    (info / "entry_points.txt").write_text(points)


def scaffold(folder: Path, rule: str = ID, **options: str) -> str:
    """What ``new_rule`` says when it writes a rule into a folder."""
    out = StringIO()
    words = {
        "law": "planloven § 15, stk. 2",
        "da": "Afstand til parker",
        "en": "Distance to parks",
        **options,
    }
    call_command("new_rule", rule, into=folder, stdout=out, **words)
    return out.getvalue()


def install(folder: Path, target: Path) -> None:
    """Build a package and put it where Python looks."""
    uv = Path(sys.executable).parent / "uv"
    quietly = ("--offline", "--no-cache", "--no-deps", "--quiet")
    subprocess.run(
        [uv, "pip", "install", *quietly, "--python", sys.executable, "--target", target, folder], check=True
    )
