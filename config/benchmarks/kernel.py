"""The kernel: rules on a seeded grid, against the bare Shapely calls, PostGIS and a loop over objects.

Its rules are those of site, plan and building regulation; others have benchmarks of their own.

1. Each rule by itself. The four that cut and measure are held against their own Shapely calls; what several
   rules share (``prepare``, and what the World remembers) is told on lines of its own.
2. From the database and back: read, prepared, all rules, stored; against one read, those Shapely calls and one
   COPY of the same rows.
3. PostGIS by SQL and a loop over the ORM's objects, with equal answers.
4. One application at a time, with proofs.
5. A million proposals in portions, arrays only.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from config.benchmarks.bars import Bar, median_s
from config.benchmarks.corners import corner_distances
from config.benchmarks.grid import grid_world
from config.benchmarks.replay import recorded, replay_s
from config.benchmarks.scratch import scratch_database
from geodata.collector import uncollected
from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.run import run as run_rules
from permits.engine.world import World
from permits.rulebook import Rule, Ruleset, discover

Tell = Callable[[str], object]

#: Rules whose work is geometry.
CUTTING: Final = (
    "br18.boundary_distance",
    "br18.sloped_plane",
    "plan.building_field",
    "site.inside_parcel",
)
#: Families of rules that make the kernel; rules that came later are measured by benchmarks of their own.
FAMILIES: Final = ("br18.", "plan.", "site.")
_RATIO: Final = 1.5
_REST_S: Final = 0.05
_ALL_S: Final = 30.0
_NEWEST: Final = "BR18-2025"
#: Proposals of one portion of a large batch, and of the small batch it is compared with.
_PORTION: Final = 50_000
_SMALL: Final = 10_000
_MEMORY_GIB: Final = 1.0


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """Measure and compare."""
    bars = [*_arrays(tell, size, runs), *_many(tell, size * 10)]
    from config.benchmarks import kernel_stored

    with scratch_database(tell):
        bars += kernel_stored.measure(tell, size, runs)
    return bars


def kernel_rules() -> dict[str, Rule]:
    """The rules that are measured, by id."""
    return {name: rule for name, rule in discover().items() if name.startswith(FAMILIES)}


def _fresh(world: World) -> World:
    """The same frames; of what is remembered, what came with them and nothing that was worked out since."""
    return replace(world, derived=dict(world.derived))


@uncollected()  # as a portion is checked in earnest; else a search over all shapes falls to one side or the other
def _arrays(tell: Tell, size: int, runs: int) -> list[Bar]:
    tell(f"{size} proposals on the grid …")
    world = grid_world(size)
    ruleset, rules = load()[_NEWEST], kernel_rules()
    ready = prepare(_fresh(world))
    bars = [
        Bar(f"prepare {size} proposals", median_s(lambda: prepare(_fresh(world)), runs=1), unit="s"),
    ]
    for name in CUTTING:
        tell(f"{name} …")
        bars.append(_cutting(rules[name], ready, ruleset, runs))
    warm = _fresh(ready)
    spent = median_s(lambda: [rule.check(warm, ruleset) for rule in rules.values()], runs=1)
    bars.append(Bar("all rules once, nothing remembered", spent, unit="s"))
    for name, rule in rules.items():
        if name not in CUTTING:
            taken = median_s(lambda check=rule.check: check(warm, ruleset), runs=runs)  # type: ignore[misc]
            bars.append(Bar(name, taken, _REST_S, unit="s"))
    return bars


def _cutting(rule: Rule, ready: World, ruleset: Ruleset, runs: int) -> Bar:
    """One of the rules that cut and measure, against its own Shapely calls on the same arrays."""
    with recorded() as calls:
        rule.check(_fresh(ready), ruleset)
    more = corner_distances(ready) if rule.id == "br18.sloped_plane" else None
    pairs = []
    for _ in range(runs):
        floor = replay_s(calls) + (more() if more else 0.0)
        pairs.append((floor, median_s(lambda: rule.check(_fresh(ready), ruleset), runs=1)))
    ratio = statistics.median(ours / floor for floor, ours in pairs)
    floor, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    what = "its Shapely calls" + (" and the distances of roof corners" if more else "")
    return Bar(rule.id, ratio, _RATIO, against=f"{ours:.2f} s to {what} {floor:.2f} s")


def _many(tell: Tell, count: int) -> list[Bar]:
    """A large batch in portions: time of each proposal and memory, against a small batch."""
    tell(f"{count} proposals in portions of {_PORTION} …")
    small = grid_world(_SMALL)
    run_rules(_fresh(small), kernel_rules())
    each_small = median_s(lambda: run_rules(_fresh(small), kernel_rules()), runs=3) / _SMALL
    spent, kept, portion_gib = 0.0, 0, 0.0
    _forget_peak()
    before = _peak_gib()
    for first in range(0, count, _PORTION):
        world = grid_world(min(_PORTION, count - first), first)
        if first == 0:
            portion_gib = _peak_gib() - before
        start = time.perf_counter()
        table = run_rules(world, kernel_rules())
        spent += time.perf_counter() - start
        kept += len(table)
    each = spent / count
    return [
        Bar(
            f"{count} proposals, time of each",
            each / each_small,
            _RATIO,
            against=f"{each * 1e6:.0f} µs to {each_small * 1e6:.0f} µs at {_SMALL}; {kept} findings",
        ),
        Bar(
            f"{count} proposals, memory beyond a portion",
            max(0.0, _peak_gib() - before - portion_gib),
            _MEMORY_GIB,
            unit="GB",
            against=f"a portion of {_PORTION} is {portion_gib:.2f} GB",
        ),
    ]


def _forget_peak() -> None:
    """Begin anew with the largest memory of this process, which remembers all that was done before."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_gib() -> float:
    """Largest memory of this process since it was last forgotten."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 2**20


def answers(table: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Findings of one rule about buildings, ordered."""
    mine = table[table["rule"] == rule]
    return mine.sort_values(["site", "building"], ignore_index=True)


def everything(world: World) -> tuple[pd.DataFrame, list[Any]]:
    """All findings, and the Shapely calls on the way to them."""
    with recorded() as calls:
        table = run_rules(_fresh(world), kernel_rules())
    return table, calls
