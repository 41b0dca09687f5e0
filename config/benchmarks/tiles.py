"""Vector tiles: a dense tile against the bare query, a kept one through the whole site, ten who ask at once.

The peer is one ``SELECT ST_AsMVT`` on the table, with the index, without a cap, a revision or anything else that a
map of registers needs. Both have to draw the same features.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any, Final

from django.db import connection
from django.test import Client

from config.benchmarks.bars import Bar, in_turn
from config.benchmarks.kernel_stored import fill
from config.benchmarks.mvt import decode
from config.benchmarks.scratch import scratch_database
from geodata.registry import layers
from tileserver import cache, vector

Tell = Callable[[str], object]
Place = tuple[int, int, int]

_RATIO: Final = 1.3
_KEPT_MS: Final = 5.0
_AT_ONCE: Final = 10
_ASKED: Final = 200
#: Features from which on a tile is dense, and held to its bar.
_DENSE: Final = 500

#: Layer → zoom at which its tiles are densest, and the bare query: its table and columns.
_PEERS: Final = {
    "parcels": (
        13,
        "SELECT v.object_id AS id, v.parcel_number, v.district_name, v.registered_m2, v.is_road, {geom} "
        "FROM geodata_parcelversion v WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.geometry && {box}",
    ),
    "edges": (
        15,
        "SELECT v.id, v.kind, v.ambiguous, v.sigma_m, v.width_across_m, {geom} "
        "FROM geodata_edge v WHERE v.change_to_id IS NULL AND NOT v.inner AND v.geometry && {box}",
    ),
    "local_plans": (
        10,
        "SELECT v.object_id AS id, coalesce(v.number, v.part_number) AS number, v.title, v.status, v.use_general, "
        "{geom} FROM planning_planversion v WHERE v.change_to_id IS NULL AND v.off_kode = 1 "
        "AND v.level = 'local_plan' AND v.status IN ('V', 'F') AND v.geometry && {box}",
    ),
}
_GEOM: Final = (
    "ST_AsMVTGeom(ST_Transform(v.geometry, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), "
    f"{vector.EXTENT}, {vector.BUFFER}) AS geom"
)
_BOX: Final = (
    f"ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {vector.BUFFER / vector.EXTENT}), 25832)"
)


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """All bars; ``size`` parcels, on a scratch database.

    Raises
    ------
    CannotMeasure : the role may not create databases.
    """
    with scratch_database(tell):
        tell(f"{size} parcels with boundaries, buildings and plans …")
        fill(size)
        bars = []
        for name in _PEERS:
            tell(f"a dense tile of {name} …")
            bars.append(_dense(name, max(runs, 9)))
        tell("a kept tile through the site …")
        bars.append(_kept(_middle("parcels")))
        tell(f"{_AT_ONCE} who ask at once …")
        bars.append(_at_once(_middle("edges")))
    return bars


def _middle(name: str) -> Place:
    """The tile in the middle of what the layer holds."""
    z = _PEERS[name][0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_SetSRID(ST_Centroid(ST_Extent(geometry)), 25832), "
            "3857) AS p FROM geodata_parcelversion) middle"
        )
        x, y = cursor.fetchone()
    west, south, east, _north = vector.web_box(0, 0, 0)
    side = (east - west) / 2**z
    return z, int((x - west) / side), int((-y - south) / side)


def _dense(name: str, runs: int) -> Bar:
    place = _middle(name)
    layer, z, x, y = layers[name], *place
    bare = f"SELECT ST_AsMVT(t, '{name}', {vector.EXTENT}, 'geom', 'id') FROM ({_PEERS[name][1]}) t"
    bare = bare.format(geom=_GEOM, box=_BOX)

    def peer() -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(bare, {"z": z, "x": x, "y": y})
            return bytes(cursor.fetchone()[0])

    def ours() -> bytes:
        return vector.draw(layer, z, x, y).body

    theirs, own = _said(peer(), name, z), _said(ours(), name, z)
    if not own or set(theirs) != set(own) or any(theirs[key] != own[key] for key in own):
        raise AssertionError(f"{name}: the bare query draws something else")
    ratio, other, mine = in_turn(peer, ours, runs=runs)
    return Bar(
        f"dense tile of {name}, to the bare query",
        ratio,
        _RATIO if len(own) >= _DENSE else None,  # of some dozen features the planning is most of the time
        against=f"{len(own)} features, {mine * 1e3:.1f} to {other * 1e3:.1f} ms",
    )


def _said(body: bytes, name: str, z: int) -> dict[int, Any]:
    """What a tile says of each feature: kind, values, and the points; where it is simplified, not these."""
    return {
        feature.id: (feature.kind, feature.properties, None if z < vector.EXACT_FROM else feature.points)
        for feature in decode(body).get(name, [])
    }


def _kept(place: Place) -> Bar:
    """A versioned tile that lies in the cache, by the test client: all of the site but the socket."""
    z, x, y = place
    layer = layers["parcels"]
    revision, edition = vector.revisions([layer])["parcels"], f"{vector.epoch()}-{cache.definition(layer)}"
    address = f"/tiles/parcels/{z}/{x}/{y}.mvt?v={revision}&e={edition}"
    client = Client(SERVER_NAME="127.0.0.1", headers={"accept-encoding": "gzip"})
    first = client.get(address)
    spent = []
    for _ in range(_ASKED + 20):
        start = time.perf_counter()
        answer = client.get(address)
        spent.append((time.perf_counter() - start) * 1e3)
        if answer.content != first.content or "immutable" not in answer["Cache-Control"]:
            raise AssertionError("a kept tile is not the tile that was made")
    warm = sorted(spent[20:])
    return Bar(
        "kept tile through the site, median",
        statistics.median(warm),
        _KEPT_MS,
        "ms",
        f"95 of 100 within {warm[int(0.95 * len(warm))]:.1f} ms, {len(first.content) / 1024:.0f} KiB",
    )


def _at_once(place: Place) -> Bar:
    """Ten who ask for a tile that nobody has: it is computed once, and all get it."""
    z, x, y = place
    layer = layers["edges"]
    revision, edition = vector.revisions([layer])["edges"], f"{vector.epoch()}-{cache.definition(layer)}"
    computed, counting, start = [0], Lock(), Barrier(_AT_ONCE)

    def make() -> cache.Stored:
        with counting:
            computed[0] += 1
        tile = vector.draw(layer, z, x, y)
        return cache.Stored(cache.packed(tile), tile.revision, tile.truncated)

    def ask(_number: int) -> bytes:
        try:
            connection.ensure_connection()
            start.wait(60)
            return cache.once("edges", place, edition, revision, make).body
        finally:
            connection.close()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        bodies = set(pool.map(ask, range(_AT_ONCE)))
    if len(bodies) != 1:
        raise AssertionError("those who ask at once get different tiles")
    return Bar(f"computations for {_AT_ONCE} who ask at once", computed[0], 1, "×", "all get the same bytes")
