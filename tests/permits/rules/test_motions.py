"""Moving, turning, mirroring and re-ordering a situation changes no verdict outside a band of a micrometre."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.engine.run import run
from permits.example_world import build
from tests import tier
from tests.permits.situations import BOTH, box, flat, house, moved, situation


def _cases() -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    cases = []
    for _ in range(12):
        x, y = rng.uniform(1.0, 12.0, 2)
        w, d, z = rng.uniform(4.0, 9.0, 3)
        rise = rng.uniform(0.0, 2.5)
        half = x + w / 2
        ring = [(x, y, z), (half, y, z + rise), (half, y + d, z + rise), (x, y + d, z), (x, y, z)]
        west = "POLYGON Z ((" + ", ".join(f"{a} {b} {c}" for a, b, c in ring) + "))"
        east = west.replace(f"{x} {y}", f"{x + w} {y}").replace(f"{x} {y + d}", f"{x + w} {y + d}")
        shed = {
            "id": "s",
            "role": "secondary",
            "kind": "shed",
            "height": 3.0,
            "footprint": box(x, 22, x + 5, 26),
            "roof": [flat(x, 22, x + 5, 26, 2.0 + rise)],
        }
        around = [
            {"kind": "road", "wkt": box(-20, -12, float(rng.uniform(3, 30)), 0)},
            {"kind": "path", "wkt": "POLYGON ((30 0, 45 0, 45 20, 30 20, 30 0))"},
        ]
        land = "POLYGON ((0 0, 30 0, 30 14, 22 14, 22 20, 30 20, 30 30, 0 30, 0 0))"
        cases.append(
            situation(
                house(box(x, y, x + w, y + d), roof=[west, east]),
                shed,
                surroundings=around,
                parcel={"wkt": land},
            )
        )
    return cases


CASES = _cases()
STILL = run(build(CASES), rules=BOTH)


@settings(max_examples=tier.cases(8, fast=4), deadline=None)
@given(
    angle=st.floats(0.0, 2 * np.pi),
    east=st.floats(0.0, 720_000.0),
    north=st.floats(0.0, 6_170_000.0),
    mirror=st.booleans(),
    backwards=st.booleans(),
)
def test_motions(angle: float, east: float, north: float, mirror: bool, backwards: bool) -> None:
    c, s = np.cos(angle), np.sin(angle)
    flip = -1.0 if mirror else 1.0
    cases = [moved(case, [c * flip, -s, s * flip, c, east, north]) for case in CASES]
    table = run(build(cases[::-1] if backwards else cases), rules=BOTH)
    if backwards:
        table = table.assign(
            site=len(cases) - 1 - table["site"],
            building=2 * len(cases) - 2 + 2 * (table["building"] % 2) - table["building"],
        )
        table = table.sort_values(["site", "rule", "building"], kind="stable", ignore_index=True)
    near = np.abs(STILL["margin"].to_numpy() + 0.0005) < 1e-5
    for name in ("outcome", "reason", "flags"):
        assert (table[name] == STILL[name])[~near].all()
    secondary = STILL["building"].to_numpy() % 2 == 1
    gap = np.abs(table["margin"].to_numpy() - STILL["margin"].to_numpy())
    assert np.nanmax(gap[~secondary], initial=0.0) < 1e-6
    # The strip along the boundary is rounded by a polygon of many sides.
    assert np.nanmax(gap[secondary], initial=0.0) < 5e-4
