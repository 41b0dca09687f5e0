"""Hvidovre's beach protection and protected areas as delivered: they decide what is built on and beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from django.db import connection
from shapely.affinity import rotate

from geodata.accounts.models import Municipality
from geodata.frames import read_sql
from permits.engine.from_database import world_around
from permits.engine.run import run
from permits.rulebook import worst
from tests.geodata.imports import run_import

pytestmark = [pytest.mark.samples, pytest.mark.django_db]
FILES = {
    "s01_strandbeskyttelse": (
        "temaflade", "data/dk/matriklen/hvidovre_strandbeskyttelse_jordstykketemaflade.geojson", "nature.beach_line"
    ),
    "s10_fredning": ("dai", "data/dk/dai/hvidovre_fredede_omraader.geojson", "nature.conservation_order"),
}  # fmt: skip
#: A piece of what both have in common that counts, said once more in SQL.
_MET = """
SELECT EXISTS (SELECT FROM t_{theme} t,
    LATERAL ST_Dump(ST_Intersection(t.geometri, ST_GeomFromWKB(%s, 25832))) AS piece
    WHERE ST_Intersects(t.geometri, ST_GeomFromWKB(%s, 25832)) AND ST_Dimension(piece.geom) = 2
    AND ST_Area(piece.geom) > 0.01 AND 2 * ST_Area(piece.geom) / ST_Perimeter(piece.geom) > 0.05)
"""


@pytest.fixture(autouse=True)
def _hvidovre(samples: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(samples if (samples / "data").is_dir() else samples.parent)
    Municipality.objects.get_or_create(code="0167", defaults={"name": "Hvidovre"})


def houses(areas: Any, each: int) -> list[shapely.Polygon]:
    """Houses in and around areas: well inside, over the line, touching it by little, beside it, some metres away."""
    rng = np.random.default_rng(167)
    found = []
    for area in areas:
        for at in rng.random(each):
            away = rng.choice([-9.0, 0.0, 3.9, 4.1, 5.5, 6.3, 6.5, 9.0])
            around = shapely.buffer(area, away)
            ring = max(
                shapely.get_parts(around if not around.is_empty else area), key=lambda p: p.area
            ).exterior
            middle = ring.interpolate(at, normalized=True)
            x, y = middle.x, middle.y
            found.append(rotate(shapely.box(x - 5, y - 4, x + 5, y + 4), rng.uniform(0, 90)))
    return found


@pytest.mark.parametrize("theme", FILES)
def test_the_rule_says_what_sql_says(theme: str) -> None:
    source, path, rule = FILES[theme]
    done = run_import(source, path, municipality="0167")
    assert done.code == 0, done.said
    areas = np.asarray(read_sql(f"SELECT ST_AsBinary(geometri) AS geometry FROM t_{theme}").geometry.array)
    drawn = houses(areas, each=max(5, 300 // len(areas)))
    key = np.arange(len(drawn))
    world = world_around(
        pd.DataFrame(
            {
                "site": key,
                "municipality": "0167",
                "work": "new",
                "applied_on": pd.Timestamp("2026-03-02"),
                "as_of": pd.Timestamp("2026-03-02"),
            }
        ),
        pd.DataFrame({"site": [], "parcel": []}, dtype="int64"),
        {
            "building": key,
            "site": key,
            "name": np.full(len(key), "hus", dtype=object),
            "role": np.full(len(key), "primary", dtype=object),
            "kind": np.full(len(key), "detached_house", dtype=object),
            "replaces": np.full(len(key), "", dtype=object),
            "proposed": np.full(len(key), True),
            "demolished": np.full(len(key), False),
            "geometry": np.array(drawn, dtype=object),
        },
        {"facet": [], "building": [], "a": [], "b": [], "c": [], "reference": [], "geometry": []},
    )
    said = worst(run(world, [rule])).set_index("site")["outcome"]
    expected = []
    with connection.cursor() as cursor:
        for house in drawn:
            cursor.execute(_MET.format(theme=theme), [shapely.to_wkb(house)] * 2)
            expected.append(cursor.fetchone()[0])
    asked = {"nature.beach_line": "needs_dispensation", "nature.conservation_order": "needs_manual"}[rule]
    assert (said.reindex(key) == asked).tolist() == expected
    assert min(sum(expected), len(expected) - sum(expected)) >= 20  # both sides were tried
