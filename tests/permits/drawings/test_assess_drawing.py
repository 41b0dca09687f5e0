"""``assess`` takes every format by the same door, and places what has its own origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from shapely.geometry import box

from permits.models.applications import Application
from tests.permits.drawings.builders import SAID, dxf, dxf_bytes
from tests.permits.drawings.test_attachment import pdf
from tests.permits.drawings.test_formats import sent, written
from tests.permits.engine.test_from_database import E, N, town

pytestmark = pytest.mark.django_db
__all__ = ["town"]

HOUSE = box(E + 2, N + 12, E + 12, N + 20)
STATED = ("height=5.2", "storeys=1", "floor_area=80")


def assess(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        call_command(
            "assess", str(path), "--parcel", "99 1a", "--rules", "br18.boundary_distance", "--json", *options
        )
    return int(str(ended.value.code)), json.loads(capsys.readouterr().out)


def measured(told: dict[str, Any]) -> float:
    (finding,) = told["findings"]
    return float(finding["measured"])


def own_origin(folder: Path) -> Path:
    """The house and its parcel, drawn in millimetres from the corner of the parcel."""
    document, model = dxf(units=4)
    for layer, (west, south, east, north) in (("hus", (2, 12, 12, 20)), ("SKEL", (0, 0, 40, 25))):
        ring = [(west, south), (east, south), (east, north), (west, north)]
        model.add_lwpolyline([(x * 1000, y * 1000) for x, y in ring], close=True, dxfattribs={"layer": layer})
    path = folder / "plan.dxf"
    path.write_bytes(dxf_bytes(document))
    return path


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile", "GML"])
def test_features_of_every_format_are_measured_alike(
    driver: str, town: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, driver, (HOUSE, SAID))
    code, told = assess(capsys, path)
    assert (code, measured(told)) == (1, pytest.approx(2.0))
    data, name = sent(path)
    packed = tmp_path / f"sent-{name}"
    packed.write_bytes(data)
    assert assess(capsys, packed)[1]["findings"] == told["findings"]


def test_points_place_a_drawing_and_their_residuals_are_in_the_answer(
    town: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = (f"0,0={E},{N}", f"40000,0={E + 40.02},{N}", f"0,25000={E},{N + 25}")
    code, told = assess(capsys, own_origin(tmp_path), "--set", *STATED, "--place", *points)
    assert code == 1
    assert measured(told) == pytest.approx(2.0, abs=0.02)
    placed = told["drawing"]["placed"]
    assert placed["scale"] == 1
    assert len(placed["residuals_m"]) == 3
    assert 0 < max(placed["residuals_m"]) < 0.02


def test_points_that_do_not_fit_end_with_their_words(
    town: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = own_origin(tmp_path)
    for options, fault in (
        (("--place", f"0,0={E},{N}", f"40000,0={E + 41},{N}"), "placing_residual"),
        (("--corners", "skel"), "placing_ambiguous"),
        (("--place", "here"), "point_form"),
        ((), "not_placed"),
    ):
        code, told = assess(capsys, path, "--set", *STATED, *options)
        assert code == 2
        errors = [f for f in told["faults"] if f["level"] == "error"]
        assert [f["code"] for f in errors] == [fault]
        assert errors[0]["text"]


def test_a_print_is_refused_with_what_to_send(
    town: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(pdf())
    code, told = assess(capsys, path)
    assert (code, [f["code"] for f in told["faults"]]) == (2, ["not_measured"])
    assert "DXF" in told["faults"][0]["text"]
