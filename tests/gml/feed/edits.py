"""Plans that come, change and go, for tests of the feed."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import geopandas as gpd
from shapely.geometry import MultiPolygon, box

from geodata.accounts.models import Municipality
from geodata.ledger.imports import import_delivery
from geodata.readers.delivery import Delivery

E, N = 600_000.0, 6_200_000.0


def put(number: int, **values: Any) -> None:
    """A local plan, new or changed."""
    Municipality.objects.get_or_create(code="0999", defaults={"name": "Prøve"})
    columns: dict[str, Any] = {
        "level": "local_plan",
        "number": f"1.{number}",
        "title": f"Plan {number}",
        "status": "V",
        "adopted_on": date(2020, 1, 1),
        "use_general": 11,
        "limits": [],
        **values,
    }
    x = E + 200.0 * number
    shape = columns.pop("geometry", MultiPolygon([box(x, N, x + 100, N + 100)]))
    frame = gpd.GeoDataFrame(
        {
            "register_id": [f"{number}"],
            "municipality": "0999",
            **{key: [value] for key, value in columns.items()},
        },
        geometry=[shape],
        crs="EPSG:25832",
    )
    import_delivery(
        Delivery("plan", "test", "test", frame, speaks_for=tuple(columns)),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )


def edit(rng: random.Random) -> None:
    """A new plan, a changed one, one that is withdrawn (as a draft it is not public), or one that comes back."""
    put(rng.randrange(12), status=rng.choice(("V", "V", "V", "F", "KV")), title=f"Plan {rng.randrange(1000)}")
