"""A plan register to send packages to: takes a zip over HTTP, tries its published rules, and says what it refuses.

It shares no code with what writes the packages: fiona reads the file, and the rules are plain loops over nodes and
fields. The rules are those that the national register's guides name: EPSG:25832 alone, areas alone, at least three
nodes, none twice in a row, no outline that meets itself, no polygon under 1 m², the parts of a sub-area in one row,
everything inside the municipality, a document that is a PDF, dates by state, a use and a specific use, a denominator
to a percentage, a zone only where zone is regulated, lengths of texts, and only the own municipality.
"""

from __future__ import annotations

import io
import itertools
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import fiona

Node = tuple[float, float]
Ring = list[Node]
#: Field of the register → longest text; a shapefile knows the first ten letters of a name.
LONGEST = {"plannr": 30, "plannavn": 130, "doklink": 254, "delnr": 5}
DATES = {"forslag": ("datoforsl", "datostart", "datoslut"), "vedtaget": ("datovedt", "datoikraft"),
         "aflyst": ("datoaflyst",)}  # fmt: skip
PDF = b"%PDF-1.4\n%%EOF\n"


class Register:
    """The rules, for one municipality with its outline as (west, south, east, north) in EPSG:25832."""

    def __init__(self, municipality: int, box: tuple[float, float, float, float]) -> None:
        self.municipality, self.box = municipality, box
        self.taken: dict[str, int] = {}

    def judge(self, body: bytes) -> list[str]:
        """Every fault of an uploaded file; none = its rows are in the register."""
        try:
            names = [name for name in zipfile.ZipFile(io.BytesIO(body)).namelist() if "/" not in name]
        except zipfile.BadZipFile:
            return ["file: not a zip"]
        data = [name for name in names if name.endswith((".shp", ".geojson"))]
        if len(data) != 1:
            return [f"file: {len(data)} layers in one file"]
        with TemporaryDirectory() as folder:
            zipfile.ZipFile(io.BytesIO(body)).extractall(folder)
            with fiona.open(Path(folder) / data[0]) as source:
                if source.crs.to_epsg() != 25832:
                    return [f"crs: {source.crs}"]
                rows = [
                    (row.geometry, {str(k).lower(): v for k, v in row.properties.items() if v is not None})
                    for row in source
                ]
        layer = Path(data[0]).stem
        faults = [
            f"row {n}: {said}"
            for n, (shape, told) in enumerate(rows)
            for said in self.row(layer, shape, told)
        ]
        parts = [(told.get("lokplan_id"), told.get("delnr"), told.get("planid")) for _, told in rows]
        if "delomraade" in layer and len({part[:2] for part in parts}) != len({part[2] for part in parts}):
            faults.append("rows: a sub-area stands in several rows")
        if not faults:
            self.taken[layer] = self.taken.get(layer, 0) + len(rows)
        return faults

    def row(self, layer: str, shape: Any, told: Mapping[str, Any]) -> Iterator[str]:
        yield from self.geometry(shape)
        state = layer.rsplit("_", 1)[1]
        plan = "lokalplan_" in layer or "kommuneplan_oversigt" in layer
        if int(told.get("komnr", -1)) != self.municipality:
            yield f"municipality: {told.get('komnr')}"
        for name, most in LONGEST.items():
            if len(str(told.get(name, ""))) > most:
                yield f"length: {name}"
        if "lokplan_id" not in told and not told.get("plannavn"):
            yield "missing: plannavn"
        for name in DATES[state] if plan else ():
            text = str(told.get(name, ""))
            if len(text) != 8 or not text.isdigit() or not 1 <= int(text[4:6]) <= 12:
                yield f"dates: {name} {text!r}"
        if "lokalplan_" in layer and not (told.get("anvgen") and told.get("anvspec1")):
            yield "use: none"
        if told.get("bebygpct") is not None and told.get("bebygpctaf") is None:
            yield "denominator: none"
        if str(told.get("izonereg", "")).lower() in ("t", "true", "1") and told.get("zone") is not None:
            yield "zone: not regulated, and there"
        if not is_pdf(str(told.get("doklink", ""))):
            yield f"document: {told.get('doklink')}"

    def geometry(self, shape: Any) -> Iterator[str]:
        if shape is None or shape.type not in ("Polygon", "MultiPolygon"):
            yield f"geometry: {shape and shape.type}"
            return
        polygons = [shape.coordinates] if shape.type == "Polygon" else shape.coordinates
        for polygon in polygons:
            rings = [[(float(n[0]), float(n[1])) for n in ring] for ring in polygon]
            if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
                yield "nodes: fewer than three, or open"
                continue
            if any(a == b for ring in rings for a, b in itertools.pairwise(ring)):
                yield "nodes: twice in a row"
                continue
            if abs(area(rings[0])) - sum(abs(area(hole)) for hole in rings[1:]) < 1.0:
                yield "size: under 1 m2"
            if meets_itself(rings):
                yield "contact: an outline meets itself"
            west, south, east, north = self.box
            if not all(west <= x <= east and south <= y <= north for ring in rings for x, y in ring):
                yield "place: outside the municipality"


def area(ring: Ring) -> float:
    x0, y0 = ring[0]
    return 0.5 * sum(
        (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) for (x1, y1), (x2, y2) in itertools.pairwise(ring)
    )


def meets_itself(rings: list[Ring]) -> bool:
    """Whether two sides of a polygon share a point that is not the node between neighbours; sides sorted by x."""
    sides = []
    for r, ring in enumerate(rings):
        last = len(ring) - 2
        for n, (a, b) in enumerate(itertools.pairwise(ring)):
            sides.append((min(a[0], b[0]), max(a[0], b[0]), a, b, r, n, last))
    sides.sort(key=lambda side: side[0])
    for i, (_, east, a, b, r, n, last) in enumerate(sides):
        for west, _, c, d, r2, n2, _ in sides[i + 1 :]:
            if west > east:
                break
            near = r == r2 and (abs(n - n2) == 1 or {n, n2} == {0, last})
            if near:
                common = ({a, b} & {c, d}).pop() if {a, b} & {c, d} else None
                others = [p for p in (a, b, c, d) if p != common]
                # Neighbours meet at their node; one that turns back lies on the other.
                if len(others) < 2 or on(others[0], common, others[1]) or on(others[1], common, others[0]):
                    return True
            elif crosses(a, b, c, d):
                return True
    return False


def turn(a: Node, b: Node, c: Node) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def on(p: Node, a: Node | None, b: Node) -> bool:
    """Whether p lies on the side from a to b."""
    if a is None or turn(a, b, p) != 0.0:
        return False
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def crosses(a: Node, b: Node, c: Node, d: Node) -> bool:
    if turn(a, b, c) * turn(a, b, d) < 0.0 and turn(c, d, a) * turn(c, d, b) < 0.0:
        return True
    return on(c, a, b) or on(d, a, b) or on(a, c, d) or on(b, c, d)


def is_pdf(address: str) -> bool:
    """Whether a document is a PDF; of another host only the form of its address is looked at."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    if parts.hostname != "127.0.0.1":
        return True
    try:
        with urlopen(Request(address), timeout=5) as answer:
            return bool(answer.read(5) == b"%PDF-")
    except OSError:
        return False


@contextmanager
def register(municipality: int, box: tuple[float, float, float, float]) -> Iterator[tuple[Register, str]]:
    """A register that listens on loopback, with its address; ``/plan.pdf`` there is a document."""
    rules = Register(municipality, box)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, PDF) if self.path == "/plan.pdf" else self.answer(404, b"<html>nothing</html>")

        def do_POST(self) -> None:
            faults = rules.judge(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(422 if faults else 200, json.dumps(faults).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield rules, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def upload(address: str, body: bytes) -> list[str]:
    """Send one file; the faults that the register tells."""
    try:
        with urlopen(Request(f"{address}/upload", data=body, method="POST"), timeout=60) as answer:
            return list(json.loads(answer.read()))
    except HTTPError as refused:
        if refused.code != 422:
            raise
        return list(json.loads(refused.read()))
