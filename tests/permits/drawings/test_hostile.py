"""Every hostile file that can be sent as a drawing ends as ``expected.csv`` beside the files says."""

from __future__ import annotations

import csv
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
from django.utils import translation

from permits.drawings import messages
from permits.drawings.attachment import Attachment, read_attachment
from permits.drawings.drawing import Drawing, DrawingError, Fault
from permits.drawings.fit import ByPoints
from permits.drawings.read import read_drawing
from tests.permits.drawings.builders import X, Y

pytestmark = [pytest.mark.samples, pytest.mark.real_clock]

_FOLDER: Final = Path(os.environ.get("PLANVAERK_SAMPLES", "")) / "data" / "hostile"
#: Words of the table → those of a drawing that mean the same, where a drawing is judged more strictly or by another
#: name. A drawing has to have outlines at all, so a file without any is refused for that.
_SAME: Final = {
    "no_entities": {"no_outlines", "no_parts", "no_geometry", "empty", "no_features"},
    "no_geometry": {"no_geometry"},
    "not_what_it_says": {"not_gml"},
    "unsupported": {"schema_unknown"},
    "empty": {"unsupported"},
    "overlap": {"duplicate"},
    "units": {"units_missing"},
    "wrong_crs": {"no_crs", "no_outlines"},
    "password": {"encrypted"},
    "null_geometry": {"no_outlines"},
    "mixed_geometry": {"not_an_area"},
    "no_crs": {"no_outlines"},
    "truth_table": {"not_gml"},
}
#: Between features of a plan, and against its area: checks of plans, not of drawings.
_OF_PLANS: Final = ("gap", "overlap", "outside", "orientation", "duplicate_nodes", "degenerate")
#: A file that is whole may lie abroad, have no place yet, or hold no building or one too small to be meant.
_FOREIGN: Final = {
    "outside_denmark", "no_crs", "not_placed", "crs_unknown", "no_outlines", "no_building", "sliver", "huge",
}  # fmt: skip


def _rows() -> list[dict[str, str]]:
    if not _FOLDER.is_dir():
        return []
    with (_FOLDER / "expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        row
        for row in rows
        if row["format"] != "csv" and (row["format"] != "ifc" or find_spec("ifcopenshell"))
    ]


ROWS: Final = _rows()


@cache
def _read(path: Path) -> Drawing | Attachment | list[Fault]:
    """What comes of a file as it is: several tests look at the same answer, and each costs a process."""
    return _sent(path)


def _sent(path: Path, **options: Any) -> Drawing | Attachment | list[Fault]:
    try:
        if path.suffix == ".pdf":
            return read_attachment(path)
        return read_drawing(path, settings={"kind": "detached_house"}, **options)
    except DrawingError as error:
        return error.faults


def _told(outcome: Drawing | Attachment | list[Fault]) -> list[Fault]:
    return outcome if isinstance(outcome, list) else list(outcome.notes)


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_it_ends_as_expected(row: dict[str, str]) -> None:
    outcome = _read(_FOLDER / row["file"])
    told = _told(outcome)
    errors = {fault.code for fault in told if fault.level == "error"}
    codes = {fault.code for fault in told}
    meant = {row["reason"]} | _SAME.get(row["reason"], set())
    assert not {code for code in codes if code.startswith("stopped_")}
    assert isinstance(outcome, list) == bool(errors)
    if row["expect"] == "refuse":
        assert errors & meant, codes
    elif row["expect"] == "ok":
        assert errors <= _FOREIGN
    elif row["expect"] == "warn" and not (row["use"] == "plans" and row["reason"] in _OF_PLANS):
        assert codes & meant, codes
    if row["use"] == "plans":
        assert errors, "a plan is no building"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["reason"] == "georeferencing"], ids=lambda row: Path(row["file"]).stem
)
def test_the_verdict_on_a_georeference(row: dict[str, str]) -> None:
    told = _told(_read(_FOLDER / row["file"]))
    broken = {fault.where["rule"] for fault in told if fault.code == "georeferencing"}
    verdict = row["note"].partition(":")[0]
    assert (row["where"].split()[0] in broken) == (verdict == "fail")
    others = {
        "pass-grf000-correct_georeferencing": {"GRF005"},
        "pass-grf004-valid_geodetic_album": {"GRF002", "GRF006"},
        "pass-grf004-valid_vertical_datum_epsg_code_ifc4": {"GRF002", "GRF006"},
        "pass-grf008-correct_coordinates": {"GRF001"},
        "na-grf003-correct_building_with_georeferencing": {"GRF005"},
    }
    assert others.get(Path(row["file"]).stem, set()) <= broken
    codes = {fault.code for fault in told}
    if Path(row["file"]).stem in ("na-grf000-ifc4_no_georeferencing", "na-grf005-no_map_conversion"):
        assert "not_georeferenced" in codes
    if Path(row["file"]).stem in ("pass-grf000-ifc4_georeferencing", "na-grf001-none_none"):
        assert "georeference_unused" in codes


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["format"] == "ifc" and row["expect"] == "ok"],
    ids=lambda row: Path(row["file"]).stem,
)
def test_whole_models_without_a_place_are_read_when_they_are_placed(row: dict[str, str]) -> None:
    placement = ByPoints([((0, 0), (X, Y)), ((50, 0), (X + 50, Y)), ((0, 50), (X, Y + 50))])
    outcome = _sent(_FOLDER / row["file"], placement=placement)
    assert isinstance(outcome, Drawing)
    assert len(outcome.buildings) == 1


def test_each_answer_has_words_in_both_languages() -> None:
    seen: dict[str, Fault] = {}
    for row in ROWS[::4]:
        seen |= {fault.code: fault for fault in _told(_read(_FOLDER / row["file"]))}
    for language in ("da", "en"):
        with translation.override(language):
            for fault in seen.values():
                said = messages.message(fault)
                assert said.found
                assert "%(" not in str(said)
