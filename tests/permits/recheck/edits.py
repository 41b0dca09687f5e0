"""Changes to registers, plans and land around the street of the review tests, one at a time."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, MultiLineString, MultiPolygon, box

from geodata.fkg.catalogue import state_theme
from geodata.ledger.answers import tell
from geodata.ledger.imports import import_delivery
from geodata.ledger.models import AnswerState
from geodata.ledger.themes import ENVELOPE
from geodata.readers.delivery import Delivery
from permits.engine.from_database import world_of
from permits.engine.run import run
from permits.models.findings import Finding
from tests.permits.review.town import OTHER, OWN, SOUTH, WEST

DAY = date(2026, 3, 2)
#: Columns of findings that make two runs the same; measured numbers are rounded.
SAME = ["application_id", "rule", "building", "outcome", "reason", "flags", "feature", "measured", "limit"]


def put(theme: str, name: str, shape: Any, **columns: Any) -> None:
    """One record of a delivery; a name that is known already is a change."""
    frame = gpd.GeoDataFrame(
        {"register_id": [name], "municipality": OWN, **{key: [value] for key, value in columns.items()}},
        geometry=[shape],
        crs="EPSG:25832",
    )
    speaks = tuple(key for key in columns if key not in ENVELOPE)
    import_delivery(
        Delivery(theme, "test", "test", frame, speaks_for=speaks),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )


def area(rng: random.Random, reach: float = 130.0) -> MultiPolygon:
    """A rectangle somewhere on the street or beside it."""
    x, y = WEST + rng.uniform(-reach, reach), SOUTH + rng.uniform(-reach, reach)
    return MultiPolygon([box(x, y, x + rng.uniform(3, 120), y + rng.uniform(3, 120))])


def feature(rng: random.Random, day: date) -> None:
    view = rng.choice(
        (
            "strandbeskyttelse",
            "skovbyggelinje",
            "kirkebyggelinje",
            "beskyttet_natur",
            "fredning",
            "natura2000",
            "osd",
        )
    )
    days = {"gyldig_til": day + timedelta(days=rng.randrange(3))} if rng.random() < 0.3 else {}
    put(state_theme(view).id, f"f{rng.randrange(4)}", area(rng), **days)


def dike(rng: random.Random, _day: date) -> None:
    x = WEST + rng.uniform(-60, 160)
    line = MultiLineString([LineString([(x, SOUTH - 20), (x + rng.uniform(-9, 9), SOUTH + 60)])])
    put(state_theme("dige").id, f"d{rng.randrange(3)}", line)


def plan(rng: random.Random, day: date) -> None:
    value = rng.choice((5.0, 7.0, 8.5, 12.0))
    matter = rng.choice(("max_height", "max_storeys", "plot_ratio"))
    state = rng.choice(("value", "not_recorded"))
    limit = {"matter": matter, "state": state, "value": value if state == "value" else None, "clause": "§ 7"}
    limit["per"] = rng.choice(("area", "plot")) if matter == "plot_ratio" and state == "value" else ""
    number = f"9.{rng.randrange(3)}"
    put(
        "plan",
        f"test:{number}",
        area(rng, 120.0),
        level="local_plan",
        number=number,
        title="Ved vejen",
        status=rng.choice("VVF"),
        adopted_on=date(2020, 1, 1),
        in_force_on=day + timedelta(days=rng.randrange(-2, 3)),
        limits=[limit],
    )


def zone(rng: random.Random, _day: date) -> None:
    put("zone", f"z{rng.randrange(2)}", area(rng, 150.0), zone_code=rng.randrange(1, 4))


def building(rng: random.Random, _day: date) -> None:
    x, y = WEST + rng.uniform(0, 140), SOUTH + rng.uniform(0, 24)
    put("building", f"b{rng.randrange(4)}", MultiPolygon([box(x, y, x + 8, y + 6)]))


def land(rng: random.Random, _day: date) -> None:
    put(
        "building_record",
        f"{rng.randrange(3):08d}-0000-0000-0000-000000000000",
        box(WEST, SOUTH, WEST + rng.uniform(1, 290), SOUTH + 40).centroid,
        use_code=rng.choice((120, 910)),
        floor_m2=float(rng.randrange(40, 200)),
        built_m2=float(rng.randrange(10, 90)),
    )


def border(away_m: float, tolerance_m: float = 0.0) -> None:
    """The municipality beside the street ends so far west of it."""
    east = WEST - away_m
    columns = {"register_id": [OTHER], "municipality": [OTHER], "tolerance_m": [tolerance_m]}
    shape = MultiPolygon([box(east - 900, SOUTH - 900, east, SOUTH + 900)])
    import_delivery(
        Delivery(
            "municipality_outline", "test", "test",
            gpd.GeoDataFrame(columns, geometry=[shape], crs="EPSG:25832"), ("tolerance_m",),
        ),
        acting_user=None, file_name="f", file_sha256="0" * 64,
    )  # fmt: skip


def neighbour(rng: random.Random, _day: date) -> None:
    """The municipality beside comes nearer or goes farther, and some of its registers answer."""
    border(rng.choice((700.0, 400.0, 120.0, 20.0)), rng.choice((0.0, 50.0)))
    for code in (OWN, OTHER):
        for view in rng.sample(("beskyttet_natur", "natura2000", "fredning"), 2):
            tell("test", state_theme(view).id, code, AnswerState.ABSENT, as_of=None)


EDITS: tuple[Callable[[random.Random, date], None], ...] = (
    feature,
    feature,
    neighbour,
    dike,
    plan,
    plan,
    zone,
    building,
    land,
)


def stored(applications: list[int]) -> pd.DataFrame:
    """The findings that stand."""
    rows = Finding.objects.newest().filter(application_id__in=applications)
    return ordered(pd.DataFrame(list(rows.values(*SAME)), columns=SAME))


def afresh(applications: list[int], day: date) -> pd.DataFrame:
    """The same out of a full run that nobody stores."""
    found = run(world_of(applications, as_of=day)).rename(columns={"site": "application_id"})
    kept = found[(found["outcome"] != "not_applicable") | (found["flags"] != 0)]
    return ordered(pd.DataFrame(kept)[SAME])


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    rounded = table.assign(**{name: table[name].astype(float).round(6) for name in ("measured", "limit")})
    return rounded.sort_values(SAME, ignore_index=True, na_position="last")
