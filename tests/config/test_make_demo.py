"""``make_demo``: what it leaves beside the database belongs to the demonstration that is in it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.management.commands import make_demo
from permits.demo.trial import Trial

pytestmark = pytest.mark.django_db

FILES = ("demo/hus.dxf", "demo/hus.txt", "export/demo-plans.gml")


@pytest.fixture
def left(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What an earlier demonstration left; nothing is built, and no plans are exported."""
    settings.VAR = tmp_path
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("earlier")
    monkeypatch.setattr(make_demo, "build", lambda *_args, **_more: None)
    monkeypatch.setattr(make_demo, "make_accounts", lambda _file: 0)
    monkeypatch.setattr(make_demo.Command, "_export", lambda *_args: None)
    return tmp_path


@pytest.mark.parametrize("made", [None, Trial(b"new", "9990101 1a", 9.0, 2, 260.0)])
def test_another_demonstration_leaves_nothing_of_the_earlier_one(
    left: Path, monkeypatch: pytest.MonkeyPatch, made: Trial | None
) -> None:
    monkeypatch.setattr(make_demo, "present", lambda *_args: False)
    monkeypatch.setattr(make_demo, "trial", lambda _ids: made)
    call_command("make_demo", stdout=StringIO())
    assert not (left / "export/demo-plans.gml").exists()
    assert (left / "demo/hus.dxf").exists() == (left / "demo/hus.txt").exists() == (made is not None)
    if made is not None:
        assert (left / "demo/hus.dxf").read_bytes() == b"new"


def test_the_same_demonstration_keeps_what_it_left(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_demo, "present", lambda *_args: True)
    call_command("make_demo", stdout=StringIO())
    assert all((left / name).read_text() == "earlier" for name in FILES)
