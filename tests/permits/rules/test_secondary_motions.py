"""Moving, turning, mirroring and re-ordering changes no answer about secondary buildings and raised areas."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.engine.run import run
from permits.example_world import build
from tests.permits.rules.secondary import HEIGHT, LENGTH, OPENINGS, RAISED, STRIP, shed
from tests.permits.situations import box, house, moved, situation

RULES = (HEIGHT, LENGTH, OPENINGS, STRIP, RAISED)


def _cases() -> list[dict[str, Any]]:
    rng = np.random.default_rng(12)
    cases = []
    for number in range(14):
        x, y = rng.uniform(0.0, 6.0, 2)
        w, d, z = *rng.uniform(2.0, 9.0, 2), rng.uniform(1.9, 2.8)
        rise = rng.uniform(-0.4, 0.9)
        ring = [(x, y, z), (x + w, y, z + rise), (x + w, y + d, z + rise), (x, y + d, z), (x, y, z)]
        roof = "POLYGON Z ((" + ", ".join(f"{a} {b} {c}" for a, b, c in ring) + "))"
        deck = {
            "id": "t",
            "role": "raised_area",
            "kind": "pool",
            "height": 1.0,
            "footprint": box(x, 24, x + 3, 27),
        }
        around = [
            {"kind": "road", "wkt": box(-20, -12, float(rng.uniform(3, 30)), 0)},
            {"kind": "path", "wkt": box(-9, float(rng.uniform(5, 20)), 0, 50)},
        ]
        cases.append(
            situation(
                shed(box(x, y, x + w, y + d), roof=[roof], openings_toward_boundary=bool(number % 2)),
                deck,
                existing=[
                    shed(box(26, 20, 29.5, 20 + d), "old"),
                    house(box(16, 10, 22, 16)),
                ],
                parcel={"wkt": "POLYGON ((0 0, 30 0, 30 14, 24 14, 24 17, 30 17, 30 30, 0 30, 0 0))"},
                surroundings=around,
                zone="sommerhusomraade" if number % 3 == 0 else "byzone",
            )
        )
    return cases


CASES = _cases()
STILL = run(build(CASES), rules=RULES)


def test_situations_are_mixed() -> None:
    assert {"pass", "needs_manual", "not_applicable"} <= set(STILL["outcome"])


@settings(max_examples=6, deadline=None)
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
    table = run(build(cases[::-1] if backwards else cases), rules=RULES)
    if backwards:
        table = table.assign(site=len(cases) - 1 - table["site"])
        # Each case has four buildings, numbered alike within it.
        table = table.assign(building=table["site"] * 4 + table["building"] % 4)
        table = table.sort_values(["site", "rule", "building"], kind="stable", ignore_index=True)
    near = np.abs(STILL["margin"].to_numpy() + 0.0005) < 1e-4
    for name in ("rule", "outcome", "reason", "flags"):
        assert (table[name] == STILL[name])[~near].all()
    gap = np.abs(table["margin"].to_numpy() - STILL["margin"].to_numpy())
    # The end of a strip is rounded by a polygon of many sides.
    assert np.nanmax(gap, initial=0.0) < 5e-4
