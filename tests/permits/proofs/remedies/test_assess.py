"""The command that assesses a drawing tells what can be changed, in words and as JSON."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.permits.portal.way import DISTRICT, NUMBER, drawing
from tests.permits.review.town import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path, db: None) -> Path:
    build(check=False)
    path = tmp_path / "hus.dxf"
    path.write_bytes(drawing(west=1.8))
    return path


def assessed(file: Path, *more: str) -> tuple[str, int]:
    out = StringIO()
    settings = ("--set", "height=4", "storeys=1", "floor_area=120")
    with pytest.raises(SystemExit) as ended:
        call_command("assess", str(file), "--parcel", f"{DISTRICT} {NUMBER}", *settings, *more, stdout=out)
    return out.getvalue(), int(str(ended.value.code))


def test_as_json(file: Path) -> None:
    text, code = assessed(file, "--json")
    told = json.loads(text)
    assert (code, told["exit"]) == (1, 1)
    moved = next(each for each in told["remedies"] if each["kind"] == "move")
    assert (moved["amount"], moved["unit"], moved["dx_m"]) == (0.7, "m", 0.7)
    assert moved["settles"] == [{"rule": "br18.boundary_distance", "building": "hus"}]
    assert moved["geometry"]["arrow"]["type"] == "LineString"
    assert moved["crs"] == "EPSG:25832"
    assert "Flyt bygningen 0,70 m mod øst" in moved["text"]


def test_in_words_also_where_only_one_rule_was_asked_for(file: Path) -> None:
    text, _ = assessed(file, "--language", "en", "--voice", "planner", "--rules", "br18.boundary_distance")
    assert "What can be changed:" in text
    assert "Move the building 0.70 m to the east" in text
    assert "By 0.70 m east and 0.00 m north in EPSG:25832." in text
