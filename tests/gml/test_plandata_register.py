# ruff: noqa: E501
"""Packages of the national profile, sent to a register that enforces the published rules by code of its own."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gml.package import pack
from gml.profiles.plandata import broken, layer, properties
from planning.records import LimitRecord, PlanGroup, PlanRecord, plan_groups
from tests import tier
from tests.gml.plans import limit, record, square
from tests.gml.register_server import Register, register, upload
from tests.gml.test_plandata import FIELD, GOOD, PART

HVIDOVRE = (705_000.0, 6_160_000.0, 730_000.0, 6_180_000.0)

Server = tuple[Register, str]


@pytest.fixture
def server() -> Iterator[Server]:
    with register(167, HVIDOVRE) as made:
        yield made


def files(*groups: PlanGroup) -> dict[str, bytes]:
    """What somebody uploads of a package: each layer as zipped shape, and as zipped GeoJSON."""
    out = io.BytesIO()
    pack(groups, out)
    found = {}
    with zipfile.ZipFile(out) as archive:
        for name in archive.namelist():
            if name.endswith(".zip"):
                found[name] = archive.read(name)
            elif name.endswith(".geojson"):
                found[name] = zipped(name, archive.read(name))
    return found


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def bare(row: PlanRecord, plan: PlanRecord) -> bytes:
    """A record as a file of the register, whatever the rules say of it."""
    feature = {
        "type": "Feature",
        "properties": properties(row, plan),
        "geometry": json.loads(shapely.to_geojson(row.geometry)),
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    return zipped(f"{layer(row)}.geojson", text.encode())


def test_every_layer_is_taken_in_both_formats(server: Server) -> None:
    rules, address = server
    document = replace(GOOD, document_url=f"{address}/plan.pdf")
    sent = files(PlanGroup(document, (PART, FIELD)))
    assert len(sent) == 6
    assert {name: upload(address, body) for name, body in sent.items()} == {key: [] for key in sent}
    assert rules.taken == {
        "theme_pdk_lokalplan_vedtaget": 2,
        "theme_pdk_lokalplandelomraade_vedtaget": 2,
        "theme_pdk_byggefelt_vedtaget": 2,
    }


def around(*ring: tuple[float, float], holes: Any = ()) -> shapely.MultiPolygon:
    def moved(nodes: Any) -> list[tuple[float, float]]:
        return [(717_000 + x, 6_171_000 + y) for x, y in nodes]

    return shapely.MultiPolygon([shapely.Polygon(moved(ring), [moved(hole) for hole in holes])])


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"municipality": "0253"}, "municipality"),
        ({"number": "4" * 31}, "length"),
        ({"title": None}, "missing"),
        ({"document_url": "intet"}, "document"),
        ({"adopted_on": None}, "dates"),
        ({"status": "A"}, "dates"),
        ({"use_general": None}, "use"),
        ({"limits": (LimitRecord("plot_ratio", "value", 30.0),)}, "denominator"),
        ({"zone_code": 1}, "zone"),
        ({"geometry": square(0, 0, 0.9)}, "size"),
        ({"geometry": square(90_000, 0)}, "place"),
        ({"geometry": around((0, 0), (9, 0), (9, 0), (9, 9))}, "nodes"),
        ({"geometry": around((0, 0), (9, 9), (9, 0), (0, 5))}, "contact"),
        ({"geometry": around((0, 0), (9, 0), (9, 9), holes=[[(9, 9), (8, 5), (6, 5)]])}, "contact"),
        ({"geometry": around((0, 0), (9, 0), (9, 9), (4, 0), (0, 9))}, "contact"),
    ],
)
def test_the_register_refuses_what_breaks_a_rule(values: dict[str, Any], word: str, server: Server) -> None:
    assert upload(server[1], bare(GOOD, GOOD)) == []
    bad = replace(GOOD, **values)
    assert {said.split(": ")[1] for said in upload(server[1], bare(bad, bad))} == {word}


def test_what_is_no_upload_is_refused(server: Server) -> None:
    _, address = server
    assert upload(address, b"PK") == ["file: not a zip"]
    both = io.BytesIO()
    with zipfile.ZipFile(both, "w") as archive:
        archive.writestr("a_vedtaget.geojson", "{}")
        archive.writestr("b_vedtaget.geojson", "{}")
    assert upload(address, both.getvalue()) == ["file: 2 layers in one file"]
    missing = replace(GOOD, document_url=f"{address}/none.pdf")
    assert upload(address, bare(missing, missing)) == [f"row 0: document: {address}/none.pdf"]


days = st.none() | st.dates(date(1950, 1, 1), date(2030, 1, 1))
node = st.tuples(st.integers(0, 12), st.integers(0, 12))


@st.composite
def plans(draw: Any) -> PlanRecord:
    ring = draw(st.lists(node, min_size=3, max_size=7))
    return record(
        "11",
        number=draw(st.sampled_from(["1", "1" * 30, "1" * 31])),
        title=draw(st.sampled_from(["Lokalplan", "æ" * 130, "æ" * 131, None])),
        plan_type="20.1",
        status=draw(st.sampled_from("FVA")),
        use_general=draw(st.none() | st.just(11)),
        use_specific=draw(st.sampled_from([(), (1110,), (1110, 1120)])),
        document_url=draw(st.sampled_from(["https://x.example/1.pdf", "http://x.example/æ.pdf", "", "ftp://x", None])),
        proposed_on=draw(days), hearing_from=draw(days), hearing_to=draw(days), adopted_on=draw(days),
        in_force_on=draw(days), repealed_on=draw(days),
        zone_code=draw(st.none() | st.just(1)),
        limits=tuple(draw(st.sets(st.sampled_from([
            limit("plot_ratio", 30.0), limit("plot_ratio", 30.0, per="plot"), limit("max_height", 8.5),
        ]), max_size=2))),
        register_fields=draw(st.sampled_from([{}, {"izonereg": "true"}, {"izonereg": "false"}])),
        geometry=around(*ring) if draw(st.booleans()) else square(draw(st.integers(0, 50)), 0, draw(st.floats(0.5, 90))),
    )  # fmt: skip


def test_what_leaves_is_taken_and_what_stays_back_would_be_refused() -> None:
    rules = Register(167, HVIDOVRE)

    @settings(
        max_examples=tier.cases(300, fast=40),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(plans())
    def agree(plan: PlanRecord) -> None:
        mine = {one.rule for one in broken(plan, properties(plan, plan))}
        theirs = rules.judge(bare(plan, plan))
        assert bool(mine) == bool(theirs), (mine, theirs)

    agree()


@pytest.mark.samples
@pytest.mark.django_db
def test_hvidovre_s_plans_are_taken(samples: Path, server: Server) -> None:
    source = samples / "data" / "dk" / "plandata" / "hvidovre_lokalplan_forslag_full.geojson"
    call_command("import_plans", str(source), stdout=io.StringIO(), stderr=io.StringIO())
    sent = files(*plan_groups())
    assert sent
    assert {one: upload(server[1], body) for one, body in sent.items()} == {key: [] for key in sent}
