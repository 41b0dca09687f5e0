"""Plans for the tests of exports: records in memory, and rows in the test database."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from lxml import etree

from geodata.accounts.models import Municipality
from geodata.ledger.models import Change
from geodata.ledger.revisions import finish_change, open_change
from geodata.models.base import object_id
from gml.export import Written, write_plans
from gml.profiles.plu_tables import NAMESPACES
from planning.models.plans import Limit, Plan, PlanVersion
from planning.records import LimitRecord, PlanGroup, PlanRecord

NS = {**NAMESPACES, "x": NAMESPACES["xlink"]}
HREF = f"{{{NAMESPACES['xlink']}}}href"
NIL = f"{{{NAMESPACES['xsi']}}}nil"


def square(x: float, y: float, side: float = 100.0) -> Any:
    """A square in Hvidovre, ``x`` and ``y`` metres from its corner."""
    return shapely.MultiPolygon(
        [shapely.box(717_000 + x, 6_171_000 + y, 717_000 + x + side, 6_171_000 + y + side)]
    )


def record(register_id: str, **values: Any) -> PlanRecord:
    """A local plan of 100 m × 100 m unless ``values`` say something else."""
    own = object_id("plandata", "plan", register_id)
    parent = values.get("parent_register_id")
    level = values.get("level", "local_plan")
    root = own if level in ("local_plan", "municipal_plan") else None
    if parent is not None:
        root = object_id("plandata", "plan", parent)
    defaults: dict[str, Any] = {
        "objekt_id": own,
        "register": "plandata",
        "register_id": register_id,
        "level": level,
        "status": "V",
        "root": root,
        "geometry": square(0, 0),
        "municipality": "0167",
        "number": register_id,
        "title": f"Lokalplan {register_id}",
    }
    return PlanRecord(**(defaults | values))


def limit(matter: str, value: float | None, state: str = "value", **values: Any) -> LimitRecord:
    return LimitRecord(matter, state, value, **values)


def export(*groups: PlanGroup, **options: Any) -> tuple[bytes, Written]:
    stream = BytesIO()
    written = write_plans(stream, groups=groups, **options)
    return stream.getvalue(), written


def tree(*groups: PlanGroup, **options: Any) -> Any:
    return etree.fromstring(export(*groups, **options)[0])


def features(root: Any, kind: str) -> list[Any]:
    return root.findall(f"gml:featureMember/plu:{kind}", NS)


def value(feature: Any, name: str) -> str | None:
    """Text, last part of a reference, or the reason of a void, of the first such element; None when left out."""
    found = feature.find(f"plu:{name}", NS)
    if found is None:
        return None
    if found.get(NIL) == "true":
        return f"void {found.get('nilReason')}"
    href = found.get(HREF)
    return href.rsplit("/", 1)[-1] if href else found.text


def shape(feature: Any) -> Any:
    """Geometry of a feature as written (coordinates in the order of the file)."""
    polygons = []
    for polygon in feature.iterfind(".//gml:Polygon", NS):
        rings = []
        for ring in polygon.iterfind(".//gml:posList", NS):
            numbers = [float(n) for n in ring.text.split()]
            rings.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(polygons)


def kinds(root: Any) -> Counter[str]:
    return Counter(etree.QName(member[0]).localname for member in root.findall("gml:featureMember", NS))


def independent(samples: Path, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the validator that shares no code with the writer."""
    return subprocess.run(
        [sys.executable, str(samples / "tools" / "validate_gml.py"), "--plu", *options, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )


_OWN = {
    "objekt_id",
    "register",
    "register_id",
    "municipality",
    "root",
    "revision",
    "geometry",
    "limits",
    "use_specific",
}


def store(records: Sequence[PlanRecord], *, shuffle: int | None = None, off_kode: int = 1) -> Change:
    """Put records into the database in one change; the order of the rows is ``shuffle``'s, if given."""
    change = open_change("test", acting_user=None, themes=["plan"])
    rows = list(records)
    if shuffle is not None:
        random.Random(shuffle).shuffle(rows)
    for row in rows:
        if row.municipality:
            Municipality.objects.get_or_create(code=row.municipality, defaults={"name": row.municipality})
        plan = Plan.objects.create(
            objekt_id=row.objekt_id,
            register=row.register,
            register_id=row.register_id,
            municipality_id=row.municipality,
            created_by=change,
        )
        own = {name: getattr(row, name) for name in PlanRecord.__dataclass_fields__ if name not in _OWN}
        version = PlanVersion.objects.create(
            object=plan,
            change_from=change,
            content_hash=row.objekt_id,
            off_kode=off_kode,
            use_specific=list(row.use_specific) or None,
            geometry=GEOSGeometry(shapely.to_wkb(row.geometry, hex=True), srid=25832),
            **own,
        )
        for found in row.limits:
            Limit.objects.create(version=version, **found._asdict())
    finish_change(change)
    return change
