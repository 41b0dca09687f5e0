"""Plans of the size of the whole country, made up: plans, sub-areas, frameworks and building fields.

Neighbours share every node of their common side, as they do in the register; sides bend, so that coordinates are
most of what is written. Titles, limits, dates and states differ from plan to plan.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from config.benchmarks.kernel_stored import import_rows
from geodata.accounts.models import Municipality

Floats = npt.NDArray[np.float64]

#: Whole volume, at ``--size 100000``.
PLANS: Final = 38_000
SUB_AREAS: Final = 66_000
FRAMEWORKS: Final = 51_000
FIELDS: Final = 57_000
MUNICIPALITIES: Final = 98
#: Pieces of each side of an area, and how far its nodes stray, of the side's length.
_PIECES: Final = 12
_STRAY: Final = 0.04
_LOCAL_M: Final = 240.0
_FRAME_M: Final = 400.0
_LOCAL_AT: Final = (480_000.0, 6_160_000.0)
_FRAMES_AT: Final = (480_000.0, 6_240_000.0)
_DAY: Final = date(1990, 1, 1)
_USES: Final = (11, 21, 31, 41, 51, 61, 71, 81, 91, 96)


def fill_country(size: int) -> dict[str, int]:
    """Put a country of plans into the database that is open; answers how many of each level.

    Parameters
    ----------
    size : 100,000 for the national volume, in proportion below it.
    """
    share = size / 100_000
    of = max(2, round(MUNICIPALITIES * share))
    codes = [f"{101 + n:04d}" for n in range(of)]
    Municipality.objects.bulk_create(
        [Municipality(code=code, name=f"Kommune {code}") for code in codes], ignore_conflicts=True
    )
    rng = np.random.default_rng(9)
    plans = max(4, round(PLANS * share)) - of
    made = _local_plans(rng, codes, plans, max(plans, round(SUB_AREAS * share)), round(FIELDS * share))
    return made | _municipal_plans(rng, codes, max(of, round(FRAMEWORKS * share)))


def tiles(rng: np.random.Generator, rows: int, columns: int, side_m: float, at: tuple[float, float]) -> Any:
    """Areas of a lattice with bent sides that neighbours share node by node, EPSG:25832; row by row."""
    n = _PIECES
    along = np.arange(n) / n
    flat = np.empty((rows + 1, columns, n, 2))
    flat[..., 0] = np.arange(columns)[None, :, None] + along
    flat[..., 1] = np.arange(rows + 1)[:, None, None] + _stray(rng, (rows + 1, columns, n))
    steep = np.empty((rows, columns + 1, n, 2))
    steep[..., 0] = np.arange(columns + 1)[None, :, None] + _stray(rng, (rows, columns + 1, n))
    steep[..., 1] = np.arange(rows)[:, None, None] + along
    corner = np.stack(np.meshgrid(np.arange(1, columns + 1), np.arange(1, rows + 1)), axis=-1).astype(float)
    far_left = corner - [1.0, 0.0]
    ring = np.concatenate(
        [
            flat[:-1],
            steep[:, 1:],
            corner[:, :, None],
            flat[1:, :, :0:-1],
            far_left[:, :, None],
            steep[:, :-1, :0:-1],
        ],
        axis=2,
    ).reshape(rows * columns, -1, 2)
    xy = np.round(ring * side_m + np.array(at), 3)
    return shapely.polygons(np.concatenate([xy, xy[:, :1]], axis=1))


def _stray(rng: np.random.Generator, shape: tuple[int, int, int]) -> Floats:
    found = rng.uniform(-_STRAY, _STRAY, shape)
    found[..., 0] = 0.0
    return np.asarray(found, dtype=np.float64)


def _limits(rng: np.random.Generator, number: int) -> list[list[dict[str, Any]]]:
    height = np.round(rng.uniform(5.0, 25.0, number), 1).tolist()
    ratio = rng.integers(15, 180, number).tolist()
    storeys = (rng.integers(2, 12, number) / 2).tolist()
    said = rng.random(number).tolist()

    def one(matter: str, value: float | None, per: str = "") -> dict[str, Any]:
        state = "not_recorded" if value is None else "value"
        return {"matter": matter, "state": state, "value": value, "per": per, "clause": "", "use_code": None}

    return [
        [
            one("max_height", h),
            one("plot_ratio", float(r), "parcel") if s < 0.8 else one("plot_ratio", None),
            one("max_storeys", t) if s < 0.6 else one("max_storeys", None),
        ]
        for h, r, t, s in zip(height, ratio, storeys, said, strict=True)
    ]


def _days(rng: np.random.Generator, number: int) -> list[date]:
    return [_DAY + timedelta(days=int(n)) for n in rng.integers(0, 12_000, number)]


def _local_plans(
    rng: np.random.Generator, codes: list[str], plans: int, areas: int, fields: int
) -> dict[str, int]:
    """Local plans as runs of areas along the rows of a lattice, their sub-areas, and fields in these."""
    side = int(np.ceil(np.sqrt(areas)))
    area = tiles(rng, side, side, _LOCAL_M, _LOCAL_AT)[:areas]
    starts = np.unique(np.concatenate([[0], np.sort(rng.permutation(np.arange(1, areas))[: plans - 1])]))
    owner = np.zeros(areas, dtype=np.int64)
    owner[starts] = 1
    owner = np.cumsum(owner) - 1
    gathered = shapely.geometrycollections(area, indices=owner)
    outline = np.asarray(shapely.coverage_union_all(gathered[:, None], axis=1), dtype=object)
    # A run that goes on in the next row of the lattice is a plan of two parts.
    own = np.array(codes)[np.arange(plans) * len(codes) // plans]
    days = _days(rng, plans)
    updated = [datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC) for day in days]
    number = [f"{1 + n % 40}.{n}" for n in range(plans)]
    use = np.array(_USES)[rng.integers(0, len(_USES), areas)]
    proposal = rng.random(plans) < 0.03
    plan = {
        "register_id": [f"L{n}" for n in range(plans)],
        "municipality": own,
        "level": "local_plan",
        "plan_type": np.array(["20.1", "20.1", "20.1", "20.2", "20.3"])[rng.integers(0, 5, plans)],
        "number": number,
        "title": [f"Boliger og erhverv ved Æblevej {n} – Skov & Strand" for n in range(plans)],
        "status": np.where(proposal, "F", "V"),
        "proposed_on": [day - timedelta(days=200) for day in days],
        "hearing_from": [day - timedelta(days=190) for day in days],
        "hearing_to": [day - timedelta(days=130) for day in days],
        "adopted_on": [
            None if f else day - timedelta(days=10) for f, day in zip(proposal, days, strict=True)
        ],
        "published_on": [None if f else day for f, day in zip(proposal, days, strict=True)],
        "in_force_on": [None if f else day for f, day in zip(proposal, days, strict=True)],
        "register_updated_at": updated,
        "document_url": [f"https://dokument.example/20_{n}_SLUT.pdf" for n in range(plans)],
        "use_general": use[starts],
        "is_complex": False,
        "limits": _limits(rng, plans),
    }
    import_rows("plan", plan, outline)
    part = {
        "register_id": [f"D{n}" for n in range(areas)],
        "municipality": own[owner],
        "level": "sub_area",
        "parent_register_id": [f"L{n}" for n in owner.tolist()],
        "number": [number[n] for n in owner.tolist()],
        "part_number": [chr(65 + n) for n in ((np.arange(areas) - starts[owner]) % 26).tolist()],
        "status": np.where(proposal, "F", "V")[owner],
        "register_updated_at": [updated[n] for n in owner.tolist()],
        "use_general": use,
        "use_specific": [[int(code) * 100 + 10, int(code) * 100 + 20] for code in use.tolist()],
        "is_complex": False,
        "limits": _limits(rng, areas),
    }
    import_rows("plan", part, area)
    within = rng.integers(0, areas, fields)
    middle = shapely.get_coordinates(shapely.centroid(area[within]))
    half = rng.uniform(4.0, 0.12 * _LOCAL_M, (fields, 2))
    # A house with a bay: six corners.
    corners = np.array([[-1, -1], [1, -1], [1, 0.2], [0.3, 0.2], [0.3, 1], [-1, 1], [-1, -1]])
    placed = np.round(middle[:, None] + corners * half[:, None] + rng.uniform(-40, 40, (fields, 1, 2)), 3)
    field = {
        "register_id": [f"F{n}" for n in range(fields)],
        "municipality": own[owner[within]],
        "level": "building_field",
        "parent_register_id": [f"L{n}" for n in owner[within].tolist()],
        "number": [number[n] for n in owner[within].tolist()],
        "part_number": [f"{n % 90}" for n in range(fields)],
        "status": np.where(proposal, "F", "V")[owner[within]],
        "register_updated_at": [updated[n] for n in owner[within].tolist()],
        "field_state": np.array(["yes", "no", "undeclared"])[rng.integers(0, 3, fields)],
        "limits": [None] * fields,
    }  # fmt: skip
    import_rows("plan", field, shapely.polygons(placed))
    return {"local_plan": plans, "sub_area": areas, "building_field": fields}


def _municipal_plans(rng: np.random.Generator, codes: list[str], frameworks: int) -> dict[str, int]:
    """One municipal plan each, with its frameworks as a block of the lattice."""
    each = -(-frameworks // len(codes))
    side = int(np.ceil(np.sqrt(each)))
    wide = int(np.ceil(np.sqrt(len(codes))))
    left = frameworks
    made = 0
    for n, code in enumerate(codes):
        count = min(each, left)
        left -= count
        if not count:
            break
        across, up = n % wide, n // wide
        at = (
            _FRAMES_AT[0] + across * (side + 1) * _FRAME_M,
            _FRAMES_AT[1] + up * (side + 1) * _FRAME_M,
        )
        area = tiles(rng, side, side, _FRAME_M, at)[:count]
        days = _days(rng, 1)
        updated = datetime(days[0].year, days[0].month, days[0].day, 12, tzinfo=UTC)
        plan = {
            "register_id": [f"K{n}"], "municipality": [code], "level": "municipal_plan", "number": [f"K{n}"],
            "title": [f"Kommuneplan {code}"], "status": "V", "adopted_on": days, "published_on": days,
            "in_force_on": days, "register_updated_at": [updated],
            "document_url": [f"https://dokument.example/11_{n}_SLUT.pdf"], "limits": [None],
        }  # fmt: skip
        import_rows("plan", plan, [shapely.coverage_union_all(area)])
        use = np.array(_USES)[rng.integers(0, len(_USES), count)]
        part = {
            "register_id": [f"R{n}.{k}" for k in range(count)],
            "municipality": code,
            "level": "framework",
            "parent_register_id": f"K{n}",
            "number": [f"{k // 20}.B.{k}" for k in range(count)],
            "title": [f"Boligområde {k}" for k in range(count)],
            "status": "V",
            "register_updated_at": [updated] * count,
            "use_general": use,
            "use_specific": [[int(code) * 100 + 10] for code in use.tolist()],
            "limits": _limits(rng, count),
        }
        import_rows("plan", part, area)
        made += count
    return {"municipal_plan": len(codes), "framework": made}
