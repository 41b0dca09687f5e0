"""A thinned DXF gives the same answer as the whole one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from permits.drawings import dxf as reader
from permits.drawings.dxf_thin import CannotThinError, thin
from tests.permits.drawings.builders import HOUSE, X, Y, dxf, dxf_bytes

LAYERS = ("hus", "SKEL", "Købmandsgård", "0", "skjult")


def busy(seed: int, version: str = "R2010") -> bytes:
    """A drawing with a bit of everything, on layers with and without a meaning, in blocks and out of them."""
    chance = random.Random(seed)
    document, model = dxf(version, 6 if version != "R12" else None)
    document.layers.add("skjult").freeze()
    symbol = document.blocks.new("SYMBOL")
    symbol.add_line((0, 0), (1, 1))
    symbol.add_text("træ", dxfattribs={"layer": "SKEL"})
    symbol.add_circle((0, 0), 0.5)
    shed = document.blocks.new("SHED")
    shed.add_polyline2d([(0, 0), (3, 0), (3, 2)], close=True, dxfattribs={"layer": "skur"})
    nested = document.blocks.new("NESTED")
    nested.add_blockref("SYMBOL", (1, 1))
    nested.add_blockref("SHED" if chance.random() < 0.5 else "SYMBOL", (5, 5), dxfattribs={"layer": "SKEL"})
    for _ in range(80):
        x, y, layer = X + chance.uniform(-40, 40), Y + chance.uniform(-40, 40), chance.choice(LAYERS)
        attributes = {"layer": layer, "invisible": int(chance.random() < 0.05)}
        kind = chance.randrange(8)
        points = [(x + chance.random() * 5, y + chance.random() * 5) for _ in range(chance.randint(2, 5))]
        closed = chance.random() < 0.5
        if kind == 0:
            model.add_line((x, y), (x + 1, y), dxfattribs=attributes)
        elif kind == 1:
            model.add_polyline2d(points, close=closed, dxfattribs=attributes)
        elif kind == 2:
            model.add_text("kote 12,3", dxfattribs={**attributes, "insert": (x, y)})
        elif kind == 3:
            model.add_circle((x, y), chance.random() + 0.1, dxfattribs=attributes)
        elif kind == 4:
            name = chance.choice(("SYMBOL", "SHED", "NESTED", "MISSING"))
            many: dict[str, Any] = (
                {"row_count": 2, "column_count": 3, "row_spacing": 4} if chance.random() < 0.3 else {}
            )
            if chance.random() < 0.5:
                many["column_spacing"] = 3
            model.add_blockref(name, (x, y), dxfattribs={**attributes, **many, "rotation": 30})
        elif version == "R12":
            model.add_polyline3d([(*p, 1.0) for p in points], close=closed, dxfattribs=attributes)
        elif kind == 5:
            ring = [*points, points[0]] if chance.random() < 0.3 else points
            model.add_lwpolyline(ring, close=closed, dxfattribs=attributes)
        elif kind == 6:
            model.add_hatch(dxfattribs=attributes).paths.add_polyline_path([(x, y), (x + 1, y), (x, y + 1)])
        else:
            model.add_spline([(*p, 0) for p in points] * 2, dxfattribs=attributes)
    if chance.random() < 0.5 and version != "R12":
        document.layout("Layout1").add_line((0, 0), (1, 1))
    return dxf_bytes(document)


def both(
    data: bytes, options: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    """The answers with and without thinning."""
    monkeypatch.chdir(folder)
    answers = []
    for size in (0, 10**9):
        monkeypatch.setattr(reader, "THIN_BYTES", size)
        answers.append(reader.parse(data, options))
    return answers


@pytest.mark.parametrize("version", ["R12", "R2000", "R2010"])
@pytest.mark.parametrize("seed", range(6))
def test_the_answer_is_the_same(
    seed: int, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinned, whole = both(
        busy(seed, version), {"layers": ["koebmandsgaard"] if seed % 2 else []}, tmp_path, monkeypatch
    )
    assert thinned == whole
    assert thinned["shapes"]


def test_without_a_known_layer_any_layer_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document, model = dxf()
    model.add_lwpolyline(HOUSE[:-1], close=True, dxfattribs={"layer": "TEGNING"})
    model.add_line((X, Y), (X, Y + 1), dxfattribs={"layer": "TEGNING"})
    thinned, whole = both(dxf_bytes(document), {"any_layer": True}, tmp_path, monkeypatch)
    assert thinned == whole
    assert [shape["layer"] for shape in thinned["shapes"]] == ["TEGNING"]


def test_what_means_nothing_is_not_loaded() -> None:
    document, model = dxf()
    model.add_lwpolyline(HOUSE[:-1], close=True, dxfattribs={"layer": "hus"})
    few = len(dxf_bytes(document))
    for number in range(3000):
        model.add_line((X, Y), (X + number, Y), dxfattribs={"layer": "KOTER"})
    data, counted = thin(dxf_bytes(document), lambda layer: layer == "hus")
    assert len(data) < few
    assert counted.left_out["KOTER"] == {"LINE": 3000}
    assert counted.seen == 3000


@pytest.mark.parametrize("cut", [b"SECTION\n  2\nENTITIES", b"ENDSEC"])
def test_tags_out_of_order_are_left_to_the_library(cut: bytes) -> None:
    document, _ = dxf()
    data = dxf_bytes(document)
    with pytest.raises(CannotThinError):
        thin(data.replace(cut, b"NOTHING", 1), lambda _: True)


@pytest.mark.samples
def test_real_drawings_give_the_same_answer(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [*(samples / "data/drawings").glob("*.dxf"), *(samples / "data/hostile/dxf").iterdir()]
    assert len(files) > 15
    for number, file in enumerate(files):
        home = tmp_path / str(number)
        home.mkdir()
        thinned, whole = both(
            file.read_bytes(), {"layers": ["1parcelle", "3batidur", "0"]}, home, monkeypatch
        )
        assert thinned == whole, file.name
