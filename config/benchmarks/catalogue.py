"""The whole catalogue: every rule on stored applications with registers around them, and re-checks after one change.

1. From the database and back with all rules, held against one read, the Shapely calls and one COPY.
2. One plan edited, and one new protection line: marked, checked again and stored, against a full run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any, Final

import numpy as np
import shapely
from django.core.management import call_command
from django.db import connection

from config.benchmarks.bars import Bar
from config.benchmarks.kernel_stored import CODE, DAY, fill, import_rows, there_and_back
from config.benchmarks.scratch import scratch_database
from geodata.fkg.catalogue import FkgTheme, state_themes
from geodata.ledger.models import SourceAnswer
from permits.actions.mark_affected import mark_affected
from permits.models.rechecks import LookedAt
from permits.rulebook import discover

Tell = Callable[[str], object]

_ALL_S: Final = 60.0
_AGAIN_S: Final = 2.0
#: Features of each kind, and how large each is, in metres.
_EACH: Final = 12
_SIZES_M: Final = (60.0, 400.0)
_VALUES: Final = {"depth": 0.3, "lden": 61.0, "save": 4, "height_difference": 0.0}


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """Measure and compare; once, whatever ``runs`` says, since a run takes minutes."""
    del runs
    with scratch_database(tell):
        tell(f"storing {size} applications, and registers around them …")
        fill(size)
        registers()
        bars = there_and_back(tell, size, list(discover()), _ALL_S)
        return [*bars, *_again(tell)]


def registers() -> None:
    """Areas and lines of every kind over the grid; each register has answered."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM "
                       "(SELECT ST_Extent(geometry) AS e FROM geodata_parcelversion) x")  # fmt: skip
        bounds = cursor.fetchone()
    rng = np.random.default_rng(24)
    kinds = [theme for theme in state_themes().values() if theme.kind]
    for theme in kinds:
        _one_theme(theme, rng, bounds)
    SourceAnswer.objects.bulk_create(
        [
            SourceAnswer(source="all", theme=name, municipality_id=CODE, state="found", as_of=DAY)
            for name in (*(theme.id for theme in kinds), "plan:local_plan", "zone")
        ],
        ignore_conflicts=True,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE geodata_themeversion")


def _one_theme(theme: FkgTheme, rng: np.random.Generator, bounds: tuple[float, ...]) -> None:
    west, south, east, north = bounds
    x, y = rng.uniform(west, east, _EACH), rng.uniform(south, north, _EACH)
    wide, high = rng.uniform(*_SIZES_M, (2, _EACH))
    shape: Any = shapely.box(x, y, x + wide, y + high)
    if theme.geometry == "line":
        ends = np.stack([np.column_stack([x, y]), np.column_stack([x + wide, y + high])], axis=1)
        shape = shapely.multilinestrings(shapely.linestrings(ends), indices=np.arange(_EACH))
    own = {column.name for column in theme.columns}
    import_rows(
        theme.id,
        {
            "register_id": [f"{theme.code}-{n}" for n in range(_EACH)],
            "municipality": CODE,
            **{name: value for name, value in _VALUES.items() if name in own},
        },
        shape,
    )


def _again(tell: Tell) -> list[Bar]:
    """One change, marked, checked again and stored by the command, as somebody would wait for it."""
    mark_affected(acting_user=None, as_of=DAY)
    LookedAt.objects.update(affected=False)  # the run before has checked everything
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE permits_lookedat")
        cursor.execute(
            "SELECT o.register_id, ST_AsBinary(v.geometry) FROM planning_planversion v "
            "JOIN planning_plan o ON o.id = v.object_id WHERE v.level = 'local_plan' AND v.change_to_id IS NULL "
            "ORDER BY o.register_id LIMIT 1"
        )
        name, outline = cursor.fetchone()
        cursor.execute(
            "SELECT ST_XMin(box), ST_YMin(box) FROM permits_lookedat ORDER BY application_id DESC LIMIT 1"
        )
        x, y = cursor.fetchone()
    tell("one plan edited …")
    limit = {
        "matter": "max_height",
        "state": "value",
        "value": 6.0,
        "per": "",
        "clause": "§ 7",
        "use_code": None,
    }
    columns = {
        "register_id": [name],
        "municipality": CODE,
        "level": "local_plan",
        "number": "9.99",
        "title": "Edited",
        "status": "V",
        "in_force_on": date(2010, 1, 1),
        "use_general": 11,
        "is_complex": False,
        "limits": [[limit]],
    }
    import_rows("plan", columns, [shapely.from_wkb(bytes(outline))])
    plan = _recheck("re-check after one plan was edited")
    tell("one new protection line …")
    import_rows(
        "s04_skovbyggelinje",
        {"register_id": ["new"], "municipality": CODE},
        [shapely.box(x - 60, y - 60, x + 60, y + 60)],
    )
    return [plan, _recheck("re-check after one new protection line")]


def _recheck(name: str) -> Bar:
    out = StringIO()
    start = time.perf_counter()
    call_command("recheck", as_of=DAY, stdout=out)
    spent = time.perf_counter() - start
    said = "; ".join(out.getvalue().splitlines())
    if said.endswith(" 0 applications checked") or "0 applications affected" in said:
        raise AssertionError(f"nobody was affected: {said}")
    return Bar(name, spent, _AGAIN_S, unit="s", against=said)
