"""Exports before judges who share no code with the writer: the state's rules, and GDAL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gml.export import export_plans, write_plans
from gml.validate.validator import Given, validate
from planning.records import LimitRecord, PlanGroup, plan_records
from tests.gml.plans import export, independent, record, square, store
from tests.gml.test_inspire_plu import full

SYSTEMS = ("EPSG:25832", "EPSG:4258", "EPSG:3044")


@pytest.mark.parametrize("crs", SYSTEMS)
def test_gdal_reads_the_same_features(tmp_path: Path, crs: str) -> None:
    (tmp_path / "x.gml").write_bytes(export(full(), PlanGroup(record("200")), crs=crs)[0])
    counts = {
        name: pyogrio.read_info(tmp_path / "x.gml", layer=name)["features"]
        for name in layers(tmp_path / "x.gml")
    }
    written = export(full(), PlanGroup(record("200")))[1].features
    assert counts == written
    frame = pyogrio.read_dataframe(tmp_path / "x.gml", layer="ZoningElement").to_crs(25832)
    plan = frame.iloc[-1] if len(frame) else None
    assert plan is not None
    areas = [shape for shape in frame.geometry if shapely.hausdorff_distance(shape, square(0, 0)) < 0.002]
    assert areas  # plan 200 is that very square


def layers(file: Path) -> list[str]:
    return [str(name) for name, _ in pyogrio.list_layers(file)]


@pytest.mark.samples
@pytest.mark.parametrize("crs", SYSTEMS)
def test_everything_at_once_is_valid(samples: Path, tmp_path: Path, crs: str) -> None:
    file = tmp_path / "x.gml"
    file.write_bytes(export(full(), PlanGroup(record("200", title="&<>\x00")), crs=crs)[0])
    judged = independent(samples, file, "--fail-on", "warning")
    assert judged.returncode == 0, judged.stdout + judged.stderr


texts = st.none() | st.text(max_size=30)
numbers = st.none() | st.floats(allow_nan=True) | st.integers(-5, 9) | st.text(max_size=5)
limits = st.lists(
    st.builds(
        LimitRecord,
        st.sampled_from(["max_height", "max_storeys", "plot_ratio", "use"]),
        st.sampled_from(["value", "not_regulated", "not_recorded"]),
        st.none() | st.floats(0, 500),
        st.sampled_from(["", "area", "property", "plot", "parcel"]),
        st.none() | st.sampled_from([1110, 3110]),
    ),
    max_size=4,
)


@pytest.mark.samples
@pytest.mark.parametrize("number", [15, *(pytest.param(n, marks=pytest.mark.slow) for n in (60, 1_000))])
def test_odd_values_stay_valid(samples: Path, tmp_path: Path, number: int) -> None:
    groups: list[PlanGroup] = []

    @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def collect(data: Any) -> None:
        place = len(groups)
        plan = record(
            f"{place}",
            title=data.draw(texts),
            number=data.draw(texts),
            document_url=data.draw(texts | st.text(max_size=20).map("https://x.example/".__add__)),
            status=data.draw(st.sampled_from("FVA")),
            level=data.draw(st.sampled_from(["local_plan", "municipal_plan"])),
            proposed_on=data.draw(st.none() | st.dates()),
            in_force_on=data.draw(st.none() | st.dates()),
            repealed_on=data.draw(st.none() | st.dates()),
            register_updated_at=data.draw(st.none() | st.datetimes(timezones=st.timezones())),
            use_general=data.draw(st.none() | st.sampled_from([11, 12, 31, 96, 0, -1])),
            limits=tuple(data.draw(limits)),
            register_fields=data.draw(
                st.dictionaries(
                    st.sampled_from(["eareal", "minmiljo", "udstykantal", "iomfangreg", "sforhold"]), numbers
                )
            ),
            geometry=square(300 * place, 0),
        )
        part = record(
            f"{place}.A",
            parent_register_id=plan.register_id,
            level=data.draw(st.sampled_from(["sub_area", "building_field", "building_line", "framework"])),
            part_number=data.draw(texts),
            field_state=data.draw(st.sampled_from([None, "yes", "no", "contradictory"])),
            geometry=square(300 * place + data.draw(st.floats(-50, 50)), 1, data.draw(st.floats(0.0001, 99))),
        )
        groups.append(PlanGroup(plan, (part,)))

    collect()
    file = tmp_path / "x.gml"
    with file.open("wb") as stream:
        write_plans(stream, groups=groups, statuses=("F", "V", "A"))
    assert len(groups) >= number
    judged = independent(samples, file)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    ours = validate([Given.at(file)], schemas=samples / "schemas")
    assert ours.valid is True, [
        (fault.rule, fault.values) for fault in ours.faults if fault.severity == "error"
    ][:9]


@pytest.mark.samples
@pytest.mark.django_db
def test_hvidovre_is_valid_in_every_system(samples: Path, tmp_path: Path) -> None:
    folder = samples / "data" / "dk" / "plandata"
    for name in (
        "hvidovre_lokalplan_vedtaget_2025-04",
        "hvidovre_lokalplan_forslag_full",
        "hvidovre_kommuneplan_oversigt",
    ):
        call_command("import_plans", str(folder / f"{name}.geojson"), "--municipality", "0167")
    assert len(list(plan_records())) >= 170
    for crs in SYSTEMS:
        file = tmp_path / f"{crs[5:]}.gml"
        written = export_plans(file, municipality="0167", crs=crs)
        assert written.plans >= 170
        judged = independent(samples, file, "--fail-on", "warning")
        assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.samples
@pytest.mark.django_db
def test_generated_rows_of_the_database_are_valid(samples: Path, tmp_path: Path) -> None:
    group = full()
    assert group.plan is not None
    store([group.plan, *group.parts], shuffle=3)
    export_plans(tmp_path / "x.gml")
    judged = independent(samples, tmp_path / "x.gml", "--fail-on", "warning")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert (tmp_path / "x.gml").read_bytes() == export(group)[0]
