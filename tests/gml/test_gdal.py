"""Exports as GDAL reads them: the geometries and attributes of the plans that went in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from django.core.management import call_command

from gml.export import export_plans
from gml.geometry import canonical
from gml.profiles.plu_limits import indications
from planning.records import PlanGroup, PlanRecord, plan_groups
from tests.gml.plans import export, record
from tests.gml.test_inspire_plu import full

SYSTEMS = ("EPSG:25832", "EPSG:4258", "EPSG:3044")
TYPES = ("SpatialPlan", "ZoningElement", "SupplementaryRegulation", "OfficialDocumentation")


@pytest.fixture(autouse=True)
def _attributes_as_fields() -> Iterator[None]:
    pyogrio.set_gdal_config_options({"GML_ATTRIBUTES_TO_OGR_FIELDS": "YES"})
    yield
    pyogrio.set_gdal_config_options({"GML_ATTRIBUTES_TO_OGR_FIELDS": None})


def frames(file: Path) -> dict[str, Any]:
    found = {}
    for name, _ in pyogrio.list_layers(file):
        frame = pyogrio.read_dataframe(file, layer=name)
        found[str(name)] = (frame.to_crs(25832) if "geometry" in frame else frame).set_index("localId")
    return found


def values(row: Any, ending: str) -> set[Any]:
    """All values of the columns of this name, also of those that GDAL keeps apart by their path."""
    found: set[Any] = set()
    for column, value in row.items():
        if column == ending or column.endswith(f"|{ending}"):
            several = value if isinstance(value, list | np.ndarray) else [value]
            found |= {str(one) for one in several if not pd.isna(one)}  # GDAL makes numbers of what looks so
    return found


def compare(file: Path, groups: list[PlanGroup]) -> int:
    """Look every record up in GDAL's answer; how many were found."""
    read = frames(file)
    seen = 0
    for group in groups:
        assert group.plan is not None
        for record_ in (group.plan, *group.parts):
            kind = next(kind for kind in TYPES if str(record_.objekt_id) in read[kind].index)
            row = read[kind].loc[str(record_.objekt_id)]
            shape = canonical(np.array([record_.geometry], dtype=object))[0]
            assert shapely.hausdorff_distance(row.geometry, shape) < 0.001
            assert abs(row.geometry.area - shape.area) < 0.001 * shape.length + 0.001
            _attributes(row, record_, group, kind)
            seen += 1
    return seen


def _attributes(row: Any, found: PlanRecord, group: PlanGroup, kind: str) -> None:
    plan = group.plan
    assert plan is not None
    assert row["gml_id"] == f"{kind}.{found.objekt_id}"
    assert found.register_id in values(row, "name")
    assert (found.municipality is None) or found.municipality in values(row, "name")
    begun = found.in_force_on or plan.in_force_on if found.status != "F" else None
    assert {value[:10] for value in values(row, "validFrom")} == ({str(begun)} if begun else set())
    if kind == "SpatialPlan":
        assert row["officialTitle"] == (found.title or "").strip()
        assert values(row, "alternativeTitle") == ({found.number.strip()} if found.number else set())
        told = values(row, "member_href") | values(row, "restriction_href")
        assert {
            f"#{k}.{part.objekt_id}" for part in group.parts for k in TYPES[1:3]
        } & told or not group.parts
        return
    assert values(row, "plan_href") == {f"#SpatialPlan.{plan.objekt_id}"}
    want = list(indications(found, print))
    assert values(row, "indicationReference") == {one.reference for one in want}
    assert {value.removesuffix(".0") for value in values(row, "value")} == {one.value for one in want}
    assert values(row, "value_uom") == {one.uom for one in want if one.uom}
    if kind == "ZoningElement":
        codes = {href.rpartition("/")[2] for href in values(row, "specificLandUse_href")}
        assert codes == {str(code) for code in (found.use_general, *found.use_specific) if code is not None}


@pytest.mark.parametrize("crs", SYSTEMS)
def test_everything_at_once(tmp_path: Path, crs: str) -> None:
    groups = [full(), PlanGroup(record("200", municipality=None))]
    (tmp_path / "x.gml").write_bytes(export(*groups, crs=crs)[0])
    assert compare(tmp_path / "x.gml", groups) == 10


@pytest.mark.samples
@pytest.mark.django_db
@pytest.mark.parametrize("crs", SYSTEMS)
def test_hvidovre(samples: Path, tmp_path: Path, crs: str) -> None:
    folder = samples / "data" / "dk" / "plandata"
    for name in ("hvidovre_lokalplan_vedtaget_2025-04", "hvidovre_lokalplan_forslag_full"):
        call_command(
            "import_plans",
            str(folder / f"{name}.geojson"),
            "--municipality",
            "0167",
            stderr=io.StringIO(),
            stdout=io.StringIO(),
        )
    export_plans(tmp_path / "x.gml", municipality="0167", crs=crs)
    assert compare(tmp_path / "x.gml", list(plan_groups(municipality="0167"))) > 100
