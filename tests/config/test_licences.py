"""Every dependency has a licence that may stand beside ours."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.management.commands.licences import permitted

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {"MIT": "", "Apache-2.0": "", "OFL-1.1": ""}


def test_every_package_of_the_lock_files_is_on_the_list() -> None:
    out = io.StringIO()
    call_command("licences", "--strict", stdout=out)
    told = out.getvalue().splitlines()
    assert any(line.startswith("python django 5.2") and line.endswith("BSD-3-Clause") for line in told)
    assert any(line.startswith("npm    maplibre-gl ") for line in told)
    locked = len(tomllib.loads((ROOT / "uv.lock").read_text())["package"]) - 1
    locked += len(json.loads((ROOT / "package-lock.json").read_text())["packages"]) - 1
    assert len(told) == locked


def test_a_licence_that_is_not_on_the_list_fails(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(
        '[[package]]\nname = "django"\nversion = "5.2"\n[[package]]\nname = "no-such-package"\nversion = "1"\n'
    )
    npm = {"": {}, "node_modules/closed": {"version": "2", "license": "SEE LICENSE IN EULA"}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": npm}))
    out, told = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="1 packages"):
        call_command("licences", "--root", str(tmp_path), stdout=out, stderr=told)
    assert "no-such-package 1  not installed here" in out.getvalue()
    assert told.getvalue().startswith("1 packages of groups that are not installed here were not looked at")
    with pytest.raises(CommandError, match="2 packages"):
        call_command("licences", "--root", str(tmp_path), "--strict", stdout=out)
    assert "no-such-package 1  says nothing  NOT ON THE LIST" in out.getvalue()
    assert "closed 2  SEE LICENSE IN EULA  NOT ON THE LIST" in out.getvalue()


@pytest.mark.parametrize(
    ("expression", "right"),
    [
        ("MIT", True),
        ("(MIT OR GPL-3.0-only)", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT AND OFL-1.1 AND Apache-2.0)", True),
        ("GPL-3.0-only OR MIT AND Apache-2.0", True),
        ("GPL-3.0-only", False),
        ("MIT AND (GPL-3.0-only OR MIT)", False),  # deeper than we read: somebody looks
        ("", False),
    ],
)
def test_expressions(expression: str, right: bool) -> None:
    assert permitted(expression, ALLOWED) is right
