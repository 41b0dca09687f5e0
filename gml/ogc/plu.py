"""The four feature types of INSPIRE Planned Land Use as collections, made from the files that the feed published.

What a file says and what ``/ogc/`` says is therefore the same, and what the feed leaves out (drafts, plans that are
not for everybody) is not here either.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from typing import Any, Final

import shapely
from django.db import connection, transaction
from django.utils.translation import gettext_noop as N_

from gml.feed.publish import WHILE_WAITING
from gml.locks import FEATURES
from gml.models.plu import PluState
from gml.models.published import PublishedState
from gml.ogc.collection import Collection
from gml.profiles.plu_json import PROPERTIES, features
from gml.profiles.plu_tables import ELEMENTS

_BATCH: Final = 200

#: Id, kind, titles, whether it has a place and a time.
_KINDS: Final = {
    "spatialplan": ("SpatialPlan", "Planer (INSPIRE SpatialPlan)", "Plans (INSPIRE SpatialPlan)"),
    "zoningelement": (
        "ZoningElement", "Planers zoner (INSPIRE ZoningElement)", "Zones of plans (INSPIRE ZoningElement)"
    ),
    "supplementaryregulation": (
        "SupplementaryRegulation",
        "Supplerende bestemmelser (INSPIRE SupplementaryRegulation)",
        "Supplementary regulations (INSPIRE SupplementaryRegulation)",
    ),
    "officialdocumentation": (
        "OfficialDocumentation",
        "Plandokumenter (INSPIRE OfficialDocumentation)",
        "Documents of plans (INSPIRE OfficialDocumentation)",
    ),
}  # fmt: skip
_ABOUT: Final = {
    "spatialplan": N_(
        "Adopted and proposed municipal plans and local plans, as the register publishes them."
    ),
    "zoningelement": N_(
        "Sub-areas and frameworks, with their land use and limits; zones of a plan never overlap."
    ),
    "supplementaryregulation": N_(
        "Building fields, building lines, and areas of plans that lie over zones of the same plan."
    ),
    "officialdocumentation": N_(
        "The documents of plans; where they and the data differ, the document prevails."
    ),
}
_SQL: Final = {
    "string": "p.properties->>'{0}'",
    "boolean": "(p.properties->>'{0}')::boolean",
    "date": "(p.properties->>'{0}')::date",
    "date-time": "(p.properties->>'{0}')::timestamptz",
    "strings": "p.properties->'{0}'",
    "objects": "p.properties->'{0}'",
}


def _collection(key: str, kind: str, title_da: str, title_en: str) -> Collection:
    columns = PROPERTIES[kind]
    selected = ", ".join(f'{_SQL[type_].format(name)} AS "{name}"' for name, type_ in columns.items())
    timed = any(name == "validFrom" for name, _ in ELEMENTS[kind])
    return Collection(
        id=key,
        title_da=title_da,
        title_en=title_en,
        about=_ABOUT[key],
        sql=(
            f"SELECT p.local_id AS id, p.geometry AS geom, p.plan AS of_plan, p.properties, {selected} "
            f"FROM gml_plufeature p WHERE p.kind = '{kind}'"
        ),
        columns=columns,
        id_type="string",
        geometry=None if kind == "OfficialDocumentation" else "polygon",
        times=("validFrom", "validTo") if timed else None,
        kind=kind,
    )


#: Id → collection, in the order of the schema.
COLLECTIONS: Final = {key: _collection(key, *row) for key, row in _KINDS.items()}

#: Plans that a publication after one revision and up to another touched, with what stands of them since.
_TOUCHED: Final = """
SELECT DISTINCT ON (plan) plan, CASE WHEN gone THEN NULL ELSE id END FROM gml_publishedplan
WHERE epoch = %s AND revision > %s AND revision <= %s ORDER BY plan, revision DESC
"""
_INSERT: Final = """
INSERT INTO gml_plufeature (kind, local_id, plan, properties, geometry)
VALUES (%s, %s, %s, %s::jsonb, ST_SetSRID(ST_GeomFromWKB(%s), 25832))
ON CONFLICT (kind, local_id) DO UPDATE
SET plan = excluded.plan, properties = excluded.properties, geometry = excluded.geometry
"""
_EXTENTS: Final = """
SELECT kind, count(*), ST_Extent(ST_Transform(ST_Envelope(geometry), 4326)),
       min(properties->>'validFrom'), max(properties->>'validTo')
FROM gml_plufeature GROUP BY kind
"""


def refresh(
    now: PublishedState,
    *,
    most: int | None = WHILE_WAITING,
    progress: Callable[[int, int], object] | None = None,
) -> bool:
    """Bring the features up to a state of the feed; answers whether they are.

    Parameters
    ----------
    now : state that is published whole.
    most : do nothing where more plans than this have changed, since somebody waits; None = however many.
    progress : called with (done, of).

    Notes
    -----
    All of it is one transaction, so a reader sees the features of one publication or of the next.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        held = PluState.objects.first()
        if held is not None and (held.epoch, held.revision) >= (now.epoch, now.revision):
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FEATURES])
        if not cursor.fetchone()[0]:
            return False
        anew = held is None or held.epoch != now.epoch
        cursor.execute(_TOUCHED, [now.epoch, 0 if anew or held is None else held.revision, now.revision])
        touched = cursor.fetchall()
        if most is not None and len(touched) > most:
            return False
        # All that goes away goes first, since an area may have moved from one plan to another.
        if anew:
            cursor.execute("DELETE FROM gml_plufeature")
        else:
            cursor.execute("DELETE FROM gml_plufeature WHERE plan = ANY(%s)", [[plan for plan, _ in touched]])
        for start in range(0, len(touched), _BATCH):
            _one_batch(cursor, touched[start : start + _BATCH])
            if progress is not None:
                progress(min(start + _BATCH, len(touched)), len(touched))
        PluState.objects.update_or_create(
            id=1, defaults={"epoch": now.epoch, "revision": now.revision, "extents": _extents(cursor)}
        )
    return True


def _one_batch(cursor: Any, rows: list[tuple[Any, int | None]]) -> None:
    cursor.execute(
        "SELECT plan, content FROM gml_publishedplan WHERE id = ANY(%s)",
        [[number for _, number in rows if number is not None]],
    )
    made = []
    for plan, content in cursor.fetchall():
        for one in features(gzip.decompress(bytes(content))):
            shape = None if one.geometry is None else shapely.to_wkb(one.geometry)
            made.append((one.kind, one.local_id, plan, json.dumps(one.properties), shape))
    if made:
        cursor.executemany(_INSERT, made)


def _extents(cursor: Any) -> dict[str, dict[str, Any]]:
    cursor.execute(_EXTENTS)
    return {
        kind: {"count": count, "bbox": _box(box), "interval": [first, None if first else last]}
        for kind, count, box, first, last in cursor.fetchall()
    }


def _box(written: str | None) -> list[float] | None:
    """``BOX(w s,e n)`` as four degrees."""
    if written is None:
        return None
    west, south, east, north = map(float, written[4:-1].replace(",", " ").split())
    # Outwards, so that nothing lies beside it.
    return [
        math.floor(west * 1e5) / 1e5,
        math.floor(south * 1e5) / 1e5,
        math.ceil(east * 1e5) / 1e5,
        math.ceil(north * 1e5) / 1e5,
    ]


def extents() -> dict[str, dict[str, Any]]:
    """Kind → ``count``, ``bbox`` (west, south, east, north in degrees), ``interval`` of days."""
    held = PluState.objects.first()
    return held.extents if held is not None else {}
