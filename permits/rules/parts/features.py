"""What is built or touched, held against registered features: protection lines, zones, objects.

Each rule says what follows where something lies in a feature, or too near it; how that is measured, what is too
shallow to count and what cannot be measured stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.shapes import mended
from permits.rulebook import EQUAL, FLAGS, SEVERITY, Words, findings, joined
from permits.rules.parts.measured import measured_once
from permits.rules.parts.roof import outlines
from permits.rules.parts.tolerance import BAND, any_of, within_tolerance

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: Work on the ground itself.
GROUND: Final = "terrain"
_LINE, _AREA = 1, 2
_TOLERANCE: Final = FLAGS["within_tolerance"]


class Things(NamedTuple):
    """What is built, and the ground that is touched.

    Attributes
    ----------
    site, building : keys; building -1 = the ground.
    row : row of the building in the World, -1 = the ground.
    shape : polygons, ``None`` = not drawn or not measurable.
    sigma_m : uncertainty of the outline.
    """

    site: Ints
    building: Ints
    row: Ints
    shape: Shapes
    sigma_m: Floats

    @property
    def ground(self) -> Bools:
        """Which of them are ground."""
        return self.row < 0


class Held(NamedTuple):
    """Pairs of things and features of one site.

    Attributes
    ----------
    thing : row of :class:`Things`.
    feature : row of ``world.features``.
    inside : what both have in common counts; of a line, more than 0.05 m of it lies inside the thing.
    near_line : it is too shallow to count, and more than touching.
    depth_m : depth of its deepest piece that counts; of a line the length.
    distance_m : between both, 0 where they meet; NaN = one of them cannot be measured.
    sigma_m : uncertainty of both together.
    turning : float noise decides whether it counts.
    """

    thing: Ints
    feature: Ints
    inside: Bools
    near_line: Bools
    depth_m: Floats
    distance_m: Floats
    sigma_m: Floats
    turning: Bools

    @property
    def blind(self) -> Bools:
        """Pairs that cannot be held against each other."""
        return np.isnan(self.distance_m)

    def of(self, which: Bools) -> Held:
        """Some of the pairs."""
        return Held._make(values[which] for values in self)


def things(world: World) -> Things:
    """What the application builds, whatever its role, and the ground that it touches; worked out once per World.

    Danish: det byggede og det terræn, der ændres.
    """
    return world.once("things", lambda: _things(world))


def _things(world: World) -> Things:
    proposed = np.flatnonzero(world.column("buildings", "proposed"))
    site, drawn = world.column("sites", "site"), world.column("sites", "geometry")
    # The place behind the last stands for a site that is not there.
    built = np.zeros(len(site) + 1, dtype=bool)
    built[world.rows_of("buildings", "site", "sites")[proposed]] = True
    touched = ~shapely.is_missing(drawn) | (world.is_word("sites", "work", GROUND) & ~built[:-1])
    ground = np.flatnonzero(touched)
    area = shapes.flat(drawn[ground])
    area = np.array(area, dtype=object)
    area[~shapes.usable(area)] = None
    return Things(
        site=np.concatenate([world.column("buildings", "site")[proposed], site[ground]]),
        building=np.concatenate([world.column("buildings", "building")[proposed], np.full(len(ground), -1)]),
        row=np.concatenate([proposed, np.full(len(ground), -1)]).astype(np.int64),
        shape=np.concatenate([outlines(world)[0][proposed], area]),
        sigma_m=np.concatenate([world.column("buildings", "sigma_m")[proposed], np.zeros(len(ground))]),
    )


def touches_something(world: World) -> Ints:
    """Sites whose work builds something or touches the ground, ascending."""
    return np.unique(things(world).site)


@measured_once
def held(world: World, kinds: tuple[str, ...]) -> Held:
    """Everything built or touched against the features of some kinds on its site.

    Danish: beliggenhed i forhold til beskyttelseslinjer og zoner.

    Parameters
    ----------
    kinds : register kinds.

    Returns
    -------
    :class:`Held`, one row per thing and feature of its site.

    Examples
    --------
    A zone along the wall: not inside, distance 0. A zone 0.04 m into the house: ``near_line``. No footprint: blind.
    """
    what = things(world)
    return compare(world, what.site, what.shape, what.sigma_m, kinds)


def compare(world: World, site: Ints, shape: Shapes, sigma_m: Floats, kinds: tuple[str, ...]) -> Held:
    """Shapes against the features of some kinds on their sites; see :func:`held`.

    Parameters
    ----------
    site, shape, sigma_m : one row per shape, sound polygons or ``None``.
    """
    rows = np.flatnonzero(world.is_word("features", "kind", *kinds))
    i, j = shapes.pairs(site, world.column("features", "site")[rows])
    zone, back = _sound(world.column("features", "geometry")[rows])
    one, other = shape[i], zone[back[j]]
    inside, near, turning = np.zeros((3, len(i)), dtype=bool)
    depth, distance = np.zeros(len(i)), np.full(len(i), np.nan)
    seen = np.flatnonzero(~shapely.is_missing(one) & ~shapely.is_missing(other))
    shapely.prepare(zone)
    meets = shapely.intersects(other[seen], one[seen])
    distance[seen[meets]] = 0.0
    apart = seen[~meets]
    distance[apart] = shapely.distance(one[apart], other[apart])
    seen = seen[meets]
    area = shapely.get_dimensions(other[seen]) == _AREA
    flat, thin = seen[area], seen[~area]
    within = shapely.covers(other[flat], one[flat])
    shared = shapes.nothing(len(flat))
    shared[within] = one[flat[within]]
    cut = flat[~within]
    shared[~within] = shapes.common(one[cut], other[cut])
    found = shapes.counted(shared)
    inside[flat], near[flat], depth[flat] = found.area_m2 > 0.0, found.near, found.depth_m
    turning[flat] = found.turning
    length = _length_inside(one[thin], other[thin])
    inside[thin], depth[thin] = length > shapes.OVERLAP_DEPTH_M, length
    near[thin] = ~inside[thin] & (length >= shapes.TOUCH_M)
    turning[thin] = np.abs(length - shapes.OVERLAP_DEPTH_M) <= BAND
    sigma = np.hypot(sigma_m[i], np.nan_to_num(world.column("features", "sigma_m")[rows[j]]))
    return Held(i, rows[j], inside, near, depth, distance, sigma, turning)


def _sound(geometry: Shapes) -> tuple[Shapes, Ints]:
    """Each geometry once, such that it can be measured with (``None`` where it cannot), and the place of each."""
    # One zone lies on many sites.
    keys = np.fromiter(map(id, geometry), dtype=np.int64, count=len(geometry))
    _, first, back = np.unique(keys, return_index=True, return_inverse=True)
    once = geometry[first]
    flat = shapely.get_dimensions(once) == _AREA
    zone = shapes.nothing(len(once))
    zone[flat] = mended(once[flat])
    rest = np.flatnonzero(~flat & ~shapely.is_missing(once) & np.isfinite(shapely.bounds(once)).all(axis=-1))
    thin = np.asarray(shapely.force_2d(once[rest]), dtype=object)
    real = (shapely.get_dimensions(thin) < _LINE) | (shapely.length(thin) > 0.0)
    zone[rest[real]] = thin[real]
    return zone, back


def _length_inside(shape: Shapes, line: Shapes) -> Floats:
    """Metres of the longest stretch of each line inside a shape; a point inside counts as endless.

    A line along a wall lies in the rim, which is not inside.
    """
    longest = np.zeros(len(shape))
    if not len(shape):
        return longest
    core = shapely.buffer(shape, -shapes.TOUCH_M, join_style="mitre")
    point = shapely.get_dimensions(line) < _LINE
    longest[point & shapely.intersects(core, line)] = np.inf
    rows = np.flatnonzero(~point)
    common = shapely.line_merge(shapely.intersection(shape[rows], line[rows]))
    part, at = shapely.get_parts(common, return_index=True)
    row = rows[at]
    deep = shapely.intersects(core[row], part)
    np.maximum.at(longest, row[deep], shapely.length(part[deep]))
    return longest


def inside_flags(met: Held) -> Ints:
    """Bits of flags of pairs where it decides whether the thing lies in the feature.

    ``within_tolerance`` where what lies inside is shallower, or the distance shorter, than the positions are exact.
    """
    doubt = met.turning | (met.inside & (met.depth_m < met.sigma_m))
    doubt |= ~met.inside & (met.distance_m < met.sigma_m)
    near: Ints = np.where(met.near_line, FLAGS["near_line"], 0)
    return np.asarray(near | np.where(doubt, _TOLERANCE, 0), dtype=np.int64)


def distance_flags(met: Held, margin: Floats) -> Ints:
    """Bits of flags of pairs where a distance decides, in metres to spare; inside, see :func:`inside_flags`."""
    bits = np.where(met.inside | met.turning, inside_flags(met), within_tolerance(margin, met.sigma_m))
    return np.asarray(bits | np.where(met.near_line, FLAGS["near_line"], 0), dtype=np.int64)


def answered(
    rule: str,
    world: World,
    met: Held,
    outcome: Words,
    reason: Words | str = "",
    *,
    flags: Ints | None = None,
    asked: Bools | None = None,
    measured: Any = np.nan,
    limit: Any = np.nan,
) -> pd.DataFrame:
    """Findings of a rule about things and features: of each thing the worst of its pairs.

    Parameters
    ----------
    rule : its id.
    met : the pairs that matter, as :func:`held` gives them.
    outcome, reason : per pair, as if all of them could be measured; those that cannot are ``missing_data``.
    flags : bits per pair, by default those of :func:`inside_flags`.
    asked : per thing: the rule is about it; by default all.
    measured, limit : per pair; the margin of a number that must not be larger is told by the rules themselves.

    Returns
    -------
    One finding per thing asked about, ``not_applicable`` where it has no pair; one for each site without any.
    """
    what = things(world)
    about = np.ones(len(what.site), dtype=bool) if asked is None else asked
    measured, limit = (np.broadcast_to(v, len(met.thing)).astype(np.float64) for v in (measured, limit))
    return worst_of(
        rule,
        world,
        met,
        about,
        outcome=outcome,
        reason=reason,
        flags=inside_flags(met) if flags is None else flags,
        measured=measured,
        limit=limit,
        margin=measured - limit,
    )


def worst_of(rule: str, world: World, met: Held, asked: Bools, **columns: Any) -> pd.DataFrame:
    """The same with all columns of the pairs told: outcome, reason, flags, measured, limit, margin."""
    what = things(world)
    blind = met.blind
    outcome = np.where(blind, "needs_manual", columns["outcome"]).astype(object)
    reason = np.where(blind, "missing_data", columns["reason"]).astype(object)
    number = {
        name: np.where(blind, np.nan, np.broadcast_to(columns[name], len(blind)))
        for name in ("measured", "limit", "margin")
    }
    kept = np.flatnonzero(asked[met.thing])
    severity = np.array([SEVERITY[str(word)] for word in outcome[kept]], dtype=np.int64)
    margin = np.where(np.isnan(number["margin"]), np.inf, number["margin"])[kept]
    thing = met.thing[kept]
    order = kept[np.lexsort((-met.depth_m[kept], margin, severity, thing))]
    thing, first = np.unique(met.thing[order], return_index=True)
    pick = order[first]
    size = len(what.site)
    chosen = np.full(size, "", dtype=object)
    chosen[thing] = outcome[pick]
    # What is uncertain about a pair counts where it has the answer that is told.
    bits = np.where(outcome == chosen[met.thing], columns["flags"], columns["flags"] & ~_TOLERANCE)
    near = any_of(bits[kept], met.thing[kept], size)
    told = findings(
        rule,
        site=what.site[thing],
        building=what.building[thing],
        outcome=outcome[pick],
        reason=reason[pick],
        flags=near[thing],
        feature=world.column("features", "feature")[met.feature[pick]],
        **{name: values[pick] for name, values in number.items()},
    )
    quiet = asked.copy()
    quiet[thing] = False
    every = world.column("sites", "site")
    empty = every[~np.isin(every, what.site[asked])]
    rest = findings(
        rule,
        site=np.concatenate([what.site[quiet], empty]),
        building=np.concatenate([what.building[quiet], np.full(len(empty), -1)]),
        outcome="not_applicable",
    )
    return joined(told, rest)


def unread(rule: str, world: World, kinds: tuple[str, ...], sites: Ints) -> pd.DataFrame:
    """``missing_data`` for the sites where one of several layers of a rule did not answer.

    Danish: et lag, der ikke svarede. What another layer of the rule found stands beside it.
    """
    silent = world.is_word("layers", "state", "not_answered") & world.is_word("layers", "kind", *kinds)
    lost = np.intersect1d(world.column("layers", "site")[silent], sites)
    return findings(rule, site=lost, outcome="needs_manual", reason="missing_data")


def too_near(met: Held, screen_m: float | Floats) -> Bools:
    """Pairs closer to each other than a distance; the exact distance is not."""
    return met.distance_m < screen_m - EQUAL


def of_building(values: npt.NDArray[Any], row: Ints, ground: Any) -> npt.NDArray[Any]:
    """What is known of each building, by rows of buildings; ``ground`` where the row is that of none."""
    return np.append(values, np.array([ground], dtype=values.dtype))[row]


def attribute(world: World, met: Held, name: str) -> npt.NDArray[Any]:
    """A column of the features, pair by pair."""
    return world.column("features", name)[met.feature]


def kind_of(world: World, met: Held, *kinds: str) -> Bools:
    """Which pairs have a feature of one of these kinds."""
    return world.is_word("features", "kind", *kinds)[met.feature]
