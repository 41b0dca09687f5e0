"""The kernel on stored applications: from the database and back, against SQL, against a loop, one at a time."""

from __future__ import annotations

import io
import json
import statistics
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.db import connection

from config.benchmarks import kernel_sql
from config.benchmarks.bars import Bar
from config.benchmarks.corners import corner_distances
from config.benchmarks.grid import grid_frames, grid_world
from config.benchmarks.kernel import kernel_rules
from config.benchmarks.replay import fetched_s, queries, recorded, replay_s
from geodata import shapes
from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from geodata.crs import GRID
from geodata.frames import copy_rows
from geodata.ledger.imports import import_delivery
from geodata.ledger.revisions import finish_change, open_change
from geodata.ledger.themes import themes
from geodata.readers.delivery import Delivery
from permits.actions.check_applications import check_applications
from permits.engine.assess import CHUNK
from permits.engine.from_database import world_of
from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.run import run as run_rules
from permits.engine.store import finish_run, open_run, store
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.proofs.proof import prove

Tell = Callable[[str], object]

CODE: Final = "0999"
DAY: Final = date(2026, 3, 2)
_SAMPLE: Final = 500
_ASKED: Final = 100
_DATABASE_RATIO: Final = 1.4
_ALL_S: Final = 30.0
_LOOP_RATIO: Final = 100.0
_ONE_S: Final = 0.15
_NEWEST: Final = "BR18-2025"


def measure(tell: Tell, size: int, runs: int) -> list[Bar]:
    """Fill the scratch database with the grid, and measure on it."""
    tell(f"storing {size} applications …")
    fill(size)
    return [
        *there_and_back(tell, size, list(kernel_rules()), _ALL_S),
        *_one(tell, size),
        *_loop(tell, size),
        *kernel_sql.measure(tell, size, runs),
    ]


# -- filling -------------------------------------------------------------------------------------------------


def fill(size: int) -> None:
    """Put the grid into the database that is open: parcels, edges, buildings, plans, a zone, applications."""
    frames = grid_frames(size)
    Municipality.objects.get_or_create(code=CODE, defaults={"name": "Grid"})
    themes_only = "parcel_without_edges"
    if themes_only not in themes:
        themes.register(themes_only, replace(themes["parcel"], id=themes_only, after_open=()))
    parcels = frames["parcels"]
    import_rows(
        themes_only,
        {
            "register_id": (parcels["parcel"] + 1).astype(str),
            "municipality": CODE,
            "cadastral_district": 60_000,
            "parcel_number": parcels["parcel"].astype(str) + "a",
            "registered_m2": parcels["registered_m2"],
        },
        parcels["geometry"],
    )
    key = _keys("geodata_parcel", size)
    _edges(frames["edges"], key)
    _standing(frames["buildings"])
    _plans(frames)
    import_rows(
        "zone",
        {"register_id": ["1"], "municipality": CODE, "zone_code": [1]},
        [shapely.box(*shapely.total_bounds(shapes.column(gpd.GeoSeries(parcels["geometry"]))))],
    )
    with tenant(CODE):
        _applications(frames, key)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _standing(buildings: pd.DataFrame) -> None:
    """What stands already: outlines of the map, and the rows of BBR that they name."""
    rows = buildings[~buildings["proposed"].to_numpy(dtype=bool)].reset_index(drop=True)
    outline = np.asarray(rows["geometry"], dtype=object)
    name = [str(uuid.UUID(int=number)) for number in rows["building"].tolist()]
    import_rows(
        "building",
        {
            "register_id": rows["building"].astype(str),
            "municipality": CODE,
            "bbr_id": name,
            "basis": rows["basis"],
        },
        outline,
    )
    import_rows(
        "building_record",
        {
            "register_id": name,
            "municipality": CODE,
            "use_code": 930,  # a shed
            "floor_m2": 0.0,
            "built_m2": rows["floor_m2"].to_numpy(),
            "storeys": 1,
        },
        shapely.point_on_surface(outline),
    )


def import_rows(theme: str, columns: dict[str, Any], geometry: Any) -> None:
    """Deliver records of a theme, polygons as areas of one part."""
    shape = np.array(geometry, dtype=object)
    single = shapely.get_type_id(shape) == 3
    shape[single] = shapely.multipolygons(shape[single], indices=np.arange(int(single.sum())))
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shape, crs=GRID), crs=GRID)
    said = tuple(name for name in columns if name not in ("register_id", "municipality"))
    import_delivery(
        Delivery(theme, "benchmark", "benchmark", frame, speaks_for=said),
        acting_user=None,
        file_name=theme,
        file_sha256="",
    )


def _keys(table: str, size: int) -> np.ndarray:
    """Key of the object of each number."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT register_id::bigint, id FROM {table}")
        found = np.array(cursor.fetchall(), dtype=np.int64)
    key = np.zeros(size, dtype=np.int64)
    key[found[:, 0] - 1] = found[:, 1]
    return key


def _edges(edges: pd.DataFrame, key: np.ndarray) -> None:
    from django.db import transaction

    with transaction.atomic():
        change = open_change("benchmark", acting_user=None, themes=["parcel"])
        width = edges["width_across_m"].to_numpy()
        copy_rows(
            "geodata_edge",
            ["parcel_id", "change_from_id", "kind", "kind_src", "sigma_m", "width_across_m", "inner", "ambiguous",
             "geometry"],
            zip(
                key[edges["site"].to_numpy()].tolist(),
                [change.pk] * len(edges),
                edges["kind"].tolist(),
                edges["kind_src"].tolist(),
                edges["sigma_m"].tolist(),
                [None if np.isnan(w) else w for w in width.tolist()],
                [False] * len(edges),
                edges["ambiguous"].tolist(),
                _ewkt(edges["geometry"]),
                strict=True,
            ),
        )  # fmt: skip
        finish_change(change)


def _ewkt(geometry: Any) -> list[str | None]:
    wkb = shapely.to_wkb(shapely.set_srid(np.asarray(geometry, dtype=object), 25832), include_srid=True)
    return [None if value is None else value.hex() for value in wkb.tolist()]


def _plans(frames: dict[str, pd.DataFrame]) -> None:
    """The plan areas, those of a whole plan once and not once for each property."""
    areas, limits = frames["areas"], frames["limits"]
    said: dict[int, list[dict[str, Any]]] = {}
    for row in limits.to_dict("records"):
        area = int(row.pop("area"))
        said.setdefault(area, []).append(
            {str(name): value for name, value in row.items()} | {"use_code": None}
        )
    local = areas["level"] == "local_plan"
    name = np.where(local, "plan-" + areas["plan"].astype(str), "part-" + areas["area"].astype(str))
    of = areas.set_index("area")["plan"]
    above = of.reindex(areas["parent"]).fillna(-1).astype(int)
    parent = [None if key < 0 else f"plan-{key}" for key in above]
    rows = pd.DataFrame(
        {
            "register_id": name,
            "municipality": CODE,
            "level": areas["level"],
            "parent_register_id": parent,
            "number": areas["number"],
            "title": areas["title"],
            "status": "V",
            "in_force_on": date(2010, 1, 1),
            "use_general": 11,
            "use_specific": [[1110, 1120] if level == "local_plan" else None for level in areas["level"]],
            "field_state": [state or None for state in areas["field_state"]],
            "is_complex": False,
            "limits": [said.get(int(area)) for area in areas["area"]],
            "geometry": areas["geometry"],
        }
    ).drop_duplicates("register_id", ignore_index=True)
    columns = {str(name): rows[name] for name in rows if name != "geometry"}
    import_rows("plan", columns, rows["geometry"])


def _applications(frames: dict[str, pd.DataFrame], key: np.ndarray) -> None:
    size = len(key)
    number = range(1, size + 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO permits_application (id, municipality_id, public_id, number, title, work, state, address, "
            "applied_on, landzone_permit, ground_z_m) SELECT n, %s, gen_random_uuid(), n::text, 'House', 'new', "
            "'submitted', '', %s, false, 10.0 FROM generate_series(1, %s) n",
            [CODE, DAY, size],
        )
    _put(
        "permits_applicationparcel",
        ["application_id", "parcel_id", "municipality_id"],
        zip(number, key.tolist(), [CODE] * size, strict=True),
    )
    buildings = frames["buildings"]
    rows = buildings[buildings["proposed"].to_numpy(dtype=bool)]
    facets = frames["facets"]
    wkt = shapely.to_wkt(np.asarray(facets["geometry"], dtype=object), rounding_precision=6)
    roofs: dict[int, list[dict[str, Any]]] = {}
    for building, a, b, c, reference, text in zip(
        facets["building"], facets["a"], facets["b"], facets["c"], facets["reference"], wkt, strict=True
    ):
        roofs.setdefault(building, []).append({"wkt": text, "a": a, "b": b, "c": c, "reference": reference})
    _put(
        "permits_proposedbuilding",
        ["application_id", "municipality_id", "name", "role", "kind", "replaces", "demolished", "dwellings",
         "storeys", "height_m", "levels_absolute", "floor_m2", "eaves_m", "integrated", "openings", "basis",
         "sigma_m", "footprint", "roof"],
        zip(
            (rows["site"] + 1).tolist(),
            [CODE] * len(rows),
            rows["building"].astype(str).tolist(),
            rows["role"].tolist(),
            rows["kind"].tolist(),
            [""] * len(rows),
            [False] * len(rows),
            [1] * len(rows),
            rows["storeys"].tolist(),
            rows["height_m"].tolist(),
            [False] * len(rows),
            rows["floor_m2"].tolist(),
            rows["eaves_m"].fillna(0.0).tolist(),
            [False] * len(rows),
            rows["openings"].astype(int).tolist(),
            rows["basis"].tolist(),
            [0.0] * len(rows),
            _ewkt(rows["geometry"]),
            [json.dumps(roofs.get(building, [])) for building in rows["building"]],
            strict=True,
        ),
    )  # fmt: skip


def _put(table: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY by way of a table of our own: a table under row-level security takes none."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE put (LIKE {table}) ON COMMIT DROP")
        cursor.execute("ALTER TABLE put " + ", ".join(f"ALTER {c} DROP NOT NULL" for c in _required(cursor)))
        copy_rows("put", columns, rows)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM put")
        cursor.execute("DROP TABLE put")


def _required(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'put'::regclass AND attnum > 0 AND attnotnull"
    )
    return [row[0] for row in cursor.fetchall()]


# -- there and back --------------------------------------------------------------------------------------------


def there_and_back(tell: Tell, size: int, rules: Collection[str], most_s: float) -> list[Bar]:
    """Every application read, checked and stored: by one process against the floor, and by the action.

    ``rules`` are those that are run, ``most_s`` the bar of the action.
    """
    tell("all applications from the database and back, by one process …")
    spent = {"read": 0.0, "check": 0.0, "store": 0.0}
    bare = {"read": 0.0, "Shapely": 0.0}
    with tenant(CODE):
        record = open_run(rules=rules, rulesets=(), valid_on=DAY)
        for start in range(1, size + 1, CHUNK):
            ids = range(start, min(start + CHUNK, size + 1))
            with queries() as asked:
                world_of(ids, as_of=DAY)
            bare["read"] += fetched_s(asked)
            clock = time.perf_counter()
            world = world_of(ids, as_of=DAY)
            read = time.perf_counter()
            with recorded() as calls:
                ready = prepare(world)
                run_rules(ready, rules)
            bare["Shapely"] += replay_s(calls) + corner_distances(ready)()
            del calls, ready
            fresh = replace(world, derived={})
            again = time.perf_counter()
            table = run_rules(fresh, rules)
            checked = time.perf_counter()
            store(record, world, table)
            stored = time.perf_counter()
            spent["read"] += read - clock
            spent["check"] += checked - again
            spent["store"] += stored - checked
        finish_run(record)
        bare["COPY"] = _copied_s(record.pk)
    tell("the same by the action …")
    before = time.perf_counter()
    run, _ = check_applications(
        range(1, size + 1), acting_user=None, municipality=CODE, as_of=DAY, keep=False, rules=rules
    )
    whole = time.perf_counter() - before
    rows = Finding.objects.of_run(run).count()
    if rows != Finding.objects.of_run(record).count():
        raise AssertionError("several processes find something else than one")
    return [
        Bar(
            "all rules, from the database and back",
            sum(spent.values()) / sum(bare.values()),
            _DATABASE_RATIO,
            against=f"{_told(spent)} to {_told(bare)}",
        ),
        Bar(
            "the same by the action, on all processors",
            whole,
            most_s,
            unit="s",
            against=f"{rows} rows stored; one process {sum(spent.values()):.1f} s",
        ),
        Bar(
            "reading, each application",
            spent["read"] / size * 1e3,
            unit="ms",
            against=f"its queries by themselves {bare['read'] / size * 1e3:.3f} ms",
        ),
    ]


def _told(seconds: dict[str, float]) -> str:
    parts = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items())
    return f"{sum(seconds.values()):.1f} s ({parts})"


def _copied_s(run: int) -> float:
    """Seconds of one binary COPY of the rows of a run into a table of the same kind."""
    stream = io.BytesIO()
    with connection.cursor() as cursor:
        raw = cursor.cursor
        rows = f"SELECT * FROM permits_finding WHERE run_id = {int(run)}"
        with raw.copy(f"COPY ({rows}) TO STDOUT (FORMAT BINARY)") as out:
            for block in out:
                stream.write(block)
        cursor.execute("DROP TABLE IF EXISTS bare_finding")
        cursor.execute("CREATE TABLE bare_finding (LIKE permits_finding INCLUDING ALL)")
        start = time.perf_counter()
        with raw.copy("COPY bare_finding FROM STDIN (FORMAT BINARY)") as into:
            into.write(stream.getvalue())
        return time.perf_counter() - start


# -- one at a time ---------------------------------------------------------------------------------------------


def _one(tell: Tell, size: int) -> list[Bar]:
    tell("one application at a time …")
    rng = np.random.default_rng(1)
    times = []
    with tenant(CODE):
        for number in rng.integers(1, size + 1, _ASKED + 5).tolist():
            start = time.perf_counter()
            world = world_of([number], as_of=DAY)
            ready = prepare(world)
            table = run_rules(ready, kernel_rules())
            asked = table[(table["outcome"] != "pass") & (table["outcome"] != "not_applicable")]
            for row in asked.to_dict("records"):
                prove(ready, {str(name): value for name, value in row.items()})
            times.append(time.perf_counter() - start)
    warm = sorted(times[5:])
    at = warm[int(0.95 * len(warm))]
    return [
        Bar(
            "one application with proofs, 95 of 100 within",
            at,
            _ONE_S,
            unit="s",
            against=f"median {statistics.median(warm) * 1e3:.0f} ms",
        )
    ]


# -- a loop over objects ---------------------------------------------------------------------------------------


def _loop(tell: Tell, size: int) -> list[Bar]:
    """Distance, place and storeys by Django's objects, one application after the other."""
    tell(f"a loop over {_SAMPLE} applications …")
    ids = np.linspace(1, size, _SAMPLE).astype(int).tolist()
    world = prepare(grid_world(size))
    ruleset, rules = load()[_NEWEST], kernel_rules()
    bars = []
    with tenant(CODE):
        for name, ask in _BY_OBJECT.items():
            start = time.perf_counter()
            found = {(a.pk, key): value for a in _objects(ids) for key, value in ask(a)}
            each = (time.perf_counter() - start) / _SAMPLE
            fresh = replace(world, derived={})
            start = time.perf_counter()
            table = rules[name].check(fresh, ruleset)
            ours = (time.perf_counter() - start) / size
            own = _measured(table)
            if not found or any(abs(own[k] - v) > 1e-5 for k, v in found.items() if k in own):
                raise AssertionError(f"{name}: the loop over objects measures something else")
            bars.append(
                Bar(
                    f"{name}, loop ÷ kernel",
                    each / ours,
                    _LOOP_RATIO,
                    at_least=True,
                    against=f"{each * 1e6:.0f} µs to {ours * 1e6:.1f} µs each",
                )
            )
    return bars


def _objects(ids: list[int]) -> Any:
    return Application.objects.filter(pk__in=ids).order_by("pk").iterator(chunk_size=1)


def _measured(table: pd.DataFrame) -> dict[tuple[int, int], float]:
    known = table[table["measured"].notna()]
    return dict(zip(zip(known["site"] + 1, known["building"], strict=True), known["measured"], strict=True))


def _distance_of(application: Application) -> list[tuple[int, float]]:
    from geodata.models.cadastre import Edge

    found = []
    for building in application.buildings.filter(kind="detached_house"):
        nearest = None
        for link in application.parcels.all():
            for edge in Edge.objects.filter(parcel_id=link.parcel_id, change_to=None).exclude(kind="road"):
                gap = cast("Any", building.footprint).distance(edge.geometry)
                nearest = gap if nearest is None else min(nearest, gap)
        if nearest is not None and nearest >= 2.5 and (building.eaves_m or 0.0) <= 0.5:
            found.append((int(building.name), nearest))
    return found


def _place_of(application: Application) -> list[tuple[int, float]]:
    found = []
    for building in application.buildings.all():
        rest: Any = building.footprint
        for link in application.parcels.all():
            rest = rest.difference(link.parcel.versions.get(change_to=None).geometry)
        if rest.area == 0.0:
            found.append((int(building.name), 0.0))
    return found


_BY_OBJECT: Final[dict[str, Callable[[Application], list[tuple[int, float]]]]] = {
    "br18.boundary_distance": _distance_of,
    "site.inside_parcel": _place_of,
}
