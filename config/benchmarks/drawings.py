"""Drawings: a small GeoJSON and a DXF of ten megabytes, from bytes to buildings, the child process included.

The large drawing is a seeded site plan: a house among lines, texts, symbols, polylines and hatches on layers that
mean nothing here. The library alone on the whole file is the peer; both have to give the same outlines.
"""

from __future__ import annotations

import io
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ezdxf import filemanagement as library
from shapely.geometry import box

from config.benchmarks.bars import Bar, in_turn, median_s
from geodata import sandbox
from permits.drawings.read import read_drawing

Tell = Callable[[str], object]

_EAST, _NORTH = 684_700.0, 6_158_600.0
_BYTES: Final = 10_000_000
_SMALL_S: Final = 0.5
_LARGE_S: Final = 2.0
_LAYERS: Final = ("VAEGGE", "SKEL", "KOTER", "DOERE", "MAAL")
_HOUSE: Final = [(_EAST, _NORTH), (_EAST + 10, _NORTH), (_EAST + 10, _NORTH + 8), (_EAST, _NORTH + 8)]


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """All bars; ``size`` is of no account here, the drawings have theirs."""
    del size
    small = _geojson()
    tell(f"a drawing of {len(small):,} bytes")
    first = median_s(lambda: read_drawing(small, filename="house.geojson"), runs=runs)
    return [Bar("small GeoJSON, measured", first, _SMALL_S, "s"), *large_drawing(tell, runs)]


def large_drawing(tell: Tell, runs: int) -> list[Bar]:
    """A DXF of ten megabytes, and the same against the library alone."""
    large = site_plan(_BYTES)
    tell(f"a drawing of {len(large):,} bytes")
    near = box(_EAST - 60, _NORTH - 60, _EAST + 60, _NORTH + 60)
    limits = sandbox.Limits(cpu_s=120, wall_s=300.0)

    def measured() -> Any:
        return read_drawing(large, filename="plan.dxf", near=near, limits=limits).buildings.geometry[0]

    def by_the_library() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.dxf"
            path.write_bytes(large)
            query = library.readfile(path).modelspace().query('LWPOLYLINE[layer=="hus"]')
            return [tuple(point[:2]) for point in query[0].get_points()]

    if not measured().equals(box(_EAST, _NORTH, _EAST + 10, _NORTH + 8)) or by_the_library() != _HOUSE:
        raise AssertionError("the house in the site plan is not the house that was drawn")
    ratio, theirs, ours = in_turn(by_the_library, measured, runs=runs)
    return [
        Bar("DXF of 10 MB, measured", ours, _LARGE_S, "s"),
        Bar("the same against the library alone", ratio, None, "×", f"ezdxf {theirs:.2f} s"),
    ]


def _geojson() -> bytes:
    said = {"id": "b1", "kind": "detached_house", "height": 5.2, "storeys": 1, "floor_area": 80}
    ring = [list(point) for point in (*_HOUSE, _HOUSE[0])]
    feature = {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    crs = {"type": "name", "properties": {"name": "EPSG:25832"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}).encode()


def site_plan(size: int, seed: int = 20_260_302) -> bytes:
    """A DXF of about ``size`` bytes with one house on the layer ``hus``."""
    chance = random.Random(seed)  # noqa: S311 - a drawing, no secret
    document = library.new("R2010")
    document.header["$INSUNITS"] = 6
    model = document.modelspace()
    symbol = document.blocks.new("SYMBOL")
    symbol.add_line((0, 0), (1, 0))
    symbol.add_arc((0, 0), 1, 0, 90)
    symbol.add_lwpolyline([(0, 0), (0.1, 0), (0.1, 1), (0, 1)], close=True)
    model.add_lwpolyline(_HOUSE, close=True, dxfattribs={"layer": "hus"})
    for _ in range(size // 215):
        x, y = _EAST + chance.uniform(-40, 40), _NORTH + chance.uniform(-40, 40)
        layer, kind = {"layer": chance.choice(_LAYERS)}, chance.random()
        if kind < 0.45:
            model.add_line((x, y), (x + chance.random(), y + chance.random()), dxfattribs=layer)
        elif kind < 0.65:
            points = [(x + chance.random(), y + chance.random()) for _ in range(chance.randint(2, 12))]
            model.add_lwpolyline(points, close=chance.random() < 0.5, dxfattribs=layer)
        elif kind < 0.8:
            model.add_text(f"kote {chance.random():.2f}", dxfattribs={**layer, "insert": (x, y)})
        elif kind < 0.9:
            model.add_blockref("SYMBOL", (x, y), dxfattribs={**layer, "rotation": chance.uniform(0, 360)})
        elif kind < 0.95:
            model.add_arc((x, y), chance.random(), 0, 90, dxfattribs=layer)
        else:
            hatch = model.add_hatch(dxfattribs=layer)
            hatch.paths.add_polyline_path([(x, y), (x + 1, y), (x + 1, y + 1)], is_closed=True)
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode(document.output_encoding)
