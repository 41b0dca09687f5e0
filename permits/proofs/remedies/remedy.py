"""Remedies: how to comply, proved by the engine.

For a finding in which a limit is passed: the smallest move, cut, lowering or reduction with which it passes and
nothing else becomes worse. Every amount is rounded to the safe side first and then carried out and run through all
rules; what does not hold is not offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.crs import GRID
from permits.engine.overrides import overridden
from permits.engine.prepare import prepare
from permits.engine.ruleset_files import every
from permits.engine.rulesets import choose, load
from permits.engine.run import run
from permits.engine.world import World
from permits.proofs.remedies import cut, fewer_storeys, lower, move, reduce
from permits.proofs.remedies.change import Change, carried_out, variants
from permits.proofs.remedies.compare import Key, Verdict, compare, summed
from permits.proofs.remedies.family import Family, Proved, smallest
from permits.proofs.remedies.situation import Situation
from permits.rules.parts.boundary import outlines

#: Kinds of remedies, in the order in which they are told: what changes the house least comes first.
KINDS: Final = (move, lower, cut, reduce, fewer_storeys)
_ORDER: Final = {kind.KIND: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True, eq=False)
class Remedy:
    """One way to comply with one finding.

    Attributes
    ----------
    kind : ``move``, ``cut``, ``lower``, ``reduce`` or ``fewer_storeys``.
    key : the finding that it is for.
    buildings : keys of the buildings that change.
    amount, unit : metres to move or to be lower, m² of footprint taken off or of floor less, storeys less.
    change : what is done, as :func:`permits.proofs.remedies.change.carried_out` takes it.
    settles, leaves : breaches that pass with it, and those that are still there.
    outline : the new footprints, EPSG:25832; ``None`` where they stay.
    arrow : from where the building stands to where it is moved; ``None`` where it is not moved.
    piece : what is cut off; ``None`` where nothing is.
    boxed : the building was measured as a box, since no roof is drawn; with a roof less may do.
    """

    kind: str
    key: Key
    buildings: tuple[int, ...]
    amount: float
    unit: str
    change: Change
    settles: tuple[Key, ...]
    leaves: tuple[Key, ...]
    outline: BaseGeometry | None = None
    arrow: BaseGeometry | None = None
    piece: BaseGeometry | None = None
    boxed: bool = False

    def as_dict(self, names: dict[int, str]) -> dict[str, Any]:
        """Plain data for JSON: geometry as GeoJSON in grid metres, buildings by name (``None`` = the site)."""

        def told(keys: Sequence[Key]) -> list[dict[str, Any]]:
            return [{"rule": key.rule, "building": names.get(key.building)} for key in keys]

        return {
            "kind": self.kind,
            "rule": self.key.rule,
            "building": names.get(self.key.building),
            "buildings": [names.get(key) for key in self.buildings],
            "amount": round(self.amount, 3),
            "unit": self.unit,
            "boxed": self.boxed,
            "dx_m": round(self.change.dx, 4),
            "dy_m": round(self.change.dy, 4),
            "settles": told(self.settles),
            "leaves": told(self.leaves),
            "crs": GRID,
            "geometry": {
                name: None if shape is None else shapely.geometry.mapping(shape)
                for name, shape in (("outline", self.outline), ("arrow", self.arrow), ("piece", self.piece))
            },
        }


def remedies(world: World, findings: pd.DataFrame | None = None) -> list[Remedy]:
    """Ways to comply with the breaches of one site, each proved by running all rules on what comes of it.

    Danish: sådan kan projektet overholde reglerne. Forvaltningsloven § 7 (vejledningspligt).

    Parameters
    ----------
    world : World of one site.
    findings : its findings by all rules, where they are known.

    Returns
    -------
    Remedies by finding, then kind. For each finding and kind the smallest that holds, and beside it the smallest that
    settles more. None where no limit is passed, or the site has no rule set that may be used.

    Raises
    ------
    ValueError : the World does not hold exactly one site.

    Notes
    -----
    Not considered: stairs, openings and what is inside, fire, and the ground that a building is moved to beyond what
    the rules look at. A remedy changes one thing; what several of them come to is seen by carrying out one after the
    other.

    Examples
    --------
    Complies: no remedy. Breaches: a wall at 2.10 m is moved by 0.40 m, or a strip of it is cut off. Unknown: no
    remedy, since nothing says that a limit is passed.
    """
    if len(world.sites) != 1:
        raise ValueError(f"remedies are for one site; got {len(world.sites)}")
    ready = prepare(overridden(world))
    files = every()
    ruleset = load(files).get(str(choose(ready, files)[0]))
    if ruleset is None or not ready.column("buildings", "proposed").any():
        return []
    there = Situation(ready, summed(run(ready) if findings is None else findings), ruleset)
    asked = _sorted(there.breaches)
    families: list[Family] = []
    for finding in asked:
        for kind in KINDS:
            if finding["rule"] in kind.RULES:
                families.extend(kind.families(there, finding))
    proved = _search(there, [family for family in families if not family.spare])
    settled = {(each.family.key, each.family.kind) for each in proved}
    proved += _search(there, [f for f in families if f.spare and (f.key, f.kind) not in settled])
    return [_told(there, each) for each in _chosen(proved)]


def _sorted(breaches: pd.DataFrame) -> list[dict[str, Any]]:
    rows = [
        {str(name): value for name, value in row.items()}
        for row in breaches.to_dict("records")
        if row["building"] >= 0
    ]
    return sorted(rows, key=lambda row: (row["rule"], row["building"]))


def _search(there: Situation, families: list[Family]) -> list[Proved]:
    return smallest(families, lambda changes: _judged(there, changes))


def _judged(there: Situation, changes: Sequence[Change]) -> list[Verdict]:
    world = there.world
    after = summed(run(variants(world, changes)))
    keys = np.append(world.column("buildings", "building"), -1)
    count = len(world.buildings)
    building = after["building"].to_numpy()
    row = np.where(building >= 0, building - after["site"].to_numpy() * count, -1)
    return compare(there.table, after.assign(building=keys[row]), len(changes))


def _chosen(proved: list[Proved]) -> list[Proved]:
    """For each finding and kind the smallest, and the smallest of those that settle more; none twice."""
    kept: list[Proved] = []
    order = sorted(
        proved,
        key=lambda p: (p.family.key, _ORDER[p.family.kind], p.steps, p.change.buildings),
    )
    for each in order:
        settled = set(each.verdict.settles)
        alike = [k for k in kept if k.family.kind == each.family.kind]
        if any(_same(k.change, each.change) for k in alike):
            continue
        mine = [k for k in alike if k.family.key == each.family.key]
        if not mine or (len(mine) == 1 and settled > set(mine[0].verdict.settles)):
            kept.append(each)
    return [each for each in kept if not any(_outdone(each, other) for other in kept)]


def _outdone(one: Proved, other: Proved) -> bool:
    """Whether another of the same kind settles as much and more with less."""
    alike = one.family.kind == other.family.kind and one.change.buildings == other.change.buildings
    return (
        alike
        and set(other.verdict.settles) >= set(one.verdict.settles)
        and other.steps < one.steps
        and one.change.off is None
    )


def _same(a: Change, b: Change) -> bool:
    if a.buildings != b.buildings or (a.off is None) != (b.off is None):
        return False
    if a.off is not None and not a.off.equals_exact(b.off, 1e-6, normalize=True):
        return False
    return bool(
        np.allclose(
            [a.dx, a.dy, a.lower_m, a.floor_m2, a.storeys],
            [b.dx, b.dy, b.lower_m, b.floor_m2, b.storeys],
            atol=1e-6,
        )
    )


def _told(there: Situation, proved: Proved) -> Remedy:
    world, change, verdict = there.world, proved.change, proved.verdict
    rows = world.rows("buildings", np.array(change.buildings, dtype=np.int64))
    old = shapely.union_all(there.outline[rows])
    amount, outline, arrow, piece = proved.amount, None, None, None
    if change.dx or change.dy or change.off is not None:
        outline = shapely.union_all(outlines(carried_out(world, change))[0][rows])
    if change.dx or change.dy:
        start = old.centroid
        arrow = shapely.LineString([(start.x, start.y), (start.x + change.dx, start.y + change.dy)])
    if change.off is not None:
        piece = shapely.difference(old, outline)
        # Up to the next tenth of a square metre, float noise aside.
        amount = float(np.ceil(piece.area * 10.0 - 1e-6) / 10.0)
    return Remedy(
        kind=proved.family.kind,
        key=proved.family.key,
        buildings=change.buildings,
        amount=amount,
        unit="m²" if change.off is not None else proved.family.unit,
        change=change,
        settles=verdict.settles,
        leaves=verdict.leaves,
        outline=outline,
        arrow=arrow,
        piece=piece,
        boxed=proved.family.key in there.boxed,
    )
