# ruff: noqa: E501
"""Documents back into plans: what was exported, imported and exported again has the same bytes."""

from __future__ import annotations

import gzip
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.ledger.models import ImportRun, Statement
from geodata.readers.refusal import CannotRead
from gml.export import export_plans
from gml.reader import FOREIGN, read
from planning.models.plans import Limit, Plan, PlanVersion
from planning.records import LimitRecord, PlanGroup, PlanRecord, plan_records
from tests import tier
from tests.gml.documents import sound
from tests.gml.plans import export, limit, record, square, store
from tests.gml.test_inspire_plu import full

EVERY = ("F", "V", "A")


def imported(path: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_plans", str(path), *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip().splitlines()[-1]


def emptied() -> None:
    Limit.objects.all().delete()
    PlanVersion.objects.all().delete()
    Plan.objects.all().delete()
    Statement.objects.all().delete()


def again(text: bytes, folder: Path, **options: Any) -> bytes:
    """The bytes after import into an empty database and export."""
    emptied()
    (folder / "in.gml").write_bytes(text)
    imported(folder / "in.gml")
    export_plans(folder / "out.gml", statuses=EVERY, **options)
    return (folder / "out.gml").read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("crs", ["EPSG:25832", "EPSG:4258", "EPSG:3044"])
def test_the_same_bytes_again(tmp_path: Path, crs: str) -> None:
    groups = [full(), PlanGroup(record("200", status="F", document_url="https://x.example/æ b.pdf"))]
    groups.sort(key=lambda group: group.plan.objekt_id if group.plan else 0)
    text = export(*groups, crs=crs)[0]
    assert again(text, tmp_path, crs=crs) == text


@pytest.mark.django_db
def test_what_reaches_beyond_the_plan_comes_back(tmp_path: Path) -> None:
    """The extent is then more than the plan's own outline, which stands beside it."""
    parts = (
        record("1.A", level="sub_area", parent_register_id="1", geometry=square(-20, 0, 50), number="1"),
        record(
            "1.F", level="building_field", parent_register_id="1", geometry=square(80, 80, 40), number="1"
        ),
        record(
            "1.X",
            level="sub_area",
            parent_register_id="1",
            geometry=square(0, 60, 30),
            status="A",
            number="1",
        ),
    )
    text = export(PlanGroup(record("1"), parts))[0]
    assert b"plangraense" in text
    assert again(text, tmp_path) == text


@pytest.mark.django_db
@pytest.mark.parametrize("beyond", [0.0, 20.0])
def test_what_a_plan_provides_for_all_its_sub_areas_comes_back(tmp_path: Path, beyond: float) -> None:
    """They leave no zone of the plan's own; where they say nothing, its limits hold."""
    parts = tuple(
        record(f"1.{name}", level="sub_area", parent_register_id="1", part_number=name, number="1",
               geometry=shapely.MultiPolygon([shapely.box(x, 6_171_000, x + 50 + reach, 6_171_100)]), **own)
        for name, x, reach, own in [
            ("A", 717_000, 0.0, {"use_general": 11}),
            ("B", 717_050, beyond, {"use_general": 31, "limits": (limit("max_height", 8.5),)}),
        ]
    )  # fmt: skip
    wanted = (limit("max_height", 6.5), limit("plot_ratio", 30.0, per="property"))
    plan = record("1", use_general=21, use_specific=(2110,), limits=wanted)
    text = export(PlanGroup(plan, parts))[0]
    assert again(text, tmp_path) == text
    back = next(found for found in plan_records() if found.level == "local_plan")
    told = {(row.matter, row.value, row.per) for row in back.limits if row.state == "value"}
    assert {(row.matter, row.value, row.per) for row in wanted} <= told
    assert (back.use_general, tuple(back.use_specific)) == (21, (2110,))


@pytest.mark.django_db
def test_frameworks_that_give_way_do_so_again(tmp_path: Path) -> None:
    plan = record("9", level="municipal_plan", geometry=square(0, 0, 500), use_general=None)
    parts = tuple(
        record(f"9.{n}", level="framework", parent_register_id="9", plan_type=kind, number=f"{n}",
               geometry=square(40 * n, 0, 100), use_general=11)
        for n, kind in enumerate(["10.2", None, "10.3", "10.1", "10.2", None])
    )  # fmt: skip
    text = export(PlanGroup(plan, parts))[0]
    assert text.count(b"<plu:SupplementaryRegulation ") >= 2
    assert again(text, tmp_path) == text


numbers = st.one_of(st.none(), st.integers(0, 7), st.floats(0, 500).map(lambda x: round(x, 3)))
USES = st.sampled_from([1110, 1120, 3110])
provisions = st.lists(
    st.builds(
        LimitRecord,
        st.sampled_from(["max_height", "max_storeys", "plot_ratio"]),
        st.just("value"),
        st.floats(0.5, 400).map(lambda x: round(x, 2)),
        st.sampled_from(["", "area", "property", "plot", "parcel"]),
        st.none() | USES,
    ),
    max_size=4,
    unique_by=lambda row: (row.matter, row.use_code),
)
texts = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=18)


@st.composite
def plans(draw: Any, number: int) -> PlanGroup:
    def said(name: str, **values: Any) -> PlanRecord:
        fields = draw(
            st.dictionaries(
                st.sampled_from(
                    ["eareal", "minmiljo", "udstykantal", "eareal1", "bygm22", "m3_m23", "bygm2h", "earealh1"]
                ),
                numbers,
            )
        )
        fields |= {f"anvspec{place}": draw(USES) for place in (1, 2, 3)} | {"sforhold": draw(texts)}
        return record(
            name,
            number=draw(texts),
            use_general=draw(st.none() | st.sampled_from([11, 31, 96, 12])),
            use_specific=tuple(draw(st.lists(USES, unique=True, max_size=3))),
            limits=tuple(draw(provisions))
            + draw(st.sampled_from([(), (limit("use", None, "not_regulated"),)])),
            register_fields=fields,
            document_url=draw(st.none() | texts.map(lambda text: f"https://x.example/{text}") | texts),
            register_updated_at=draw(st.none() | st.datetimes(timezones=st.timezones())),
            **values,
        )

    x = 300.0 * number
    status = draw(st.sampled_from("FVA"))
    level = draw(st.sampled_from(["local_plan", "municipal_plan"]))
    day = st.none() | st.dates()
    plan = said(
        f"p{number}", status=status, level=level, title=draw(texts), geometry=square(x, 0),
        plan_type=draw(st.sampled_from([None, "20.1", "20.2", "20.3"])),
        in_force_on=draw(day), repealed_on=draw(day), adopted_on=draw(day), published_on=draw(day),
    )  # fmt: skip
    kinds = ["sub_area", "building_field", "building_line"] if level == "local_plan" else ["framework"]
    parts = tuple(
        said(
            f"p{number}.{n}", level=draw(st.sampled_from(kinds)), parent_register_id=f"p{number}", part_number=draw(texts),
            status=draw(st.sampled_from([status, "A"])), field_state=draw(st.sampled_from([None, "yes", "no", "contradictory"])),
            plan_type=draw(st.sampled_from([None, "10.2"])),
            geometry=square(x + draw(st.floats(-20, 80)), draw(st.floats(-20, 80)), draw(st.floats(1, 60))),
        )
        for n in range(draw(st.integers(0, 3)))
    )  # fmt: skip
    return PlanGroup(plan, parts)


@pytest.mark.django_db
def test_odd_plans_come_back_as_they_were(tmp_path: Path) -> None:
    groups: list[PlanGroup] = []

    @settings(
        max_examples=tier.cases(60, fast=12),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: Any) -> None:
        groups.append(data.draw(plans(len(groups))))

    collect()
    groups.sort(key=lambda group: group.plan.objekt_id if group.plan else 0)
    text = export(*groups, statuses=EVERY)[0]
    assert again(text, tmp_path) == text


@pytest.mark.django_db
def test_what_the_rules_read_is_what_was_written(tmp_path: Path) -> None:
    text = export(full())[0]
    again(text, tmp_path)
    want = {r.objekt_id: r for r in (full().plan, *full().parts) if r is not None}
    for found in plan_records():
        known = want[found.objekt_id]
        assert (found.level, found.status, found.municipality, found.root) == (
            known.level,
            known.status,
            known.municipality,
            known.root,
        )
        assert {row for row in found.limits if row.state == "value" and row.matter != "use"} == {
            row for row in known.limits if row.state == "value" and row.matter != "use"
        }
        assert found.use_general == known.use_general
        assert found.geometry.equals(known.geometry)
        if known.level == "building_field":
            assert found.field_state == known.field_state
    assert ImportRun.objects.filter(source="plu", state="done").count() == 1


@pytest.mark.django_db
def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.gml").write_bytes(export(full())[0])
    assert imported(tmp_path / "x.gml").startswith("9 new, 0 changed, 0 unchanged")
    assert imported(tmp_path / "x.gml").startswith("0 new, 0 changed, 9 unchanged")
    (tmp_path / "x.gml.gz").write_bytes(gzip.compress(export(full())[0]))
    assert imported(tmp_path / "x.gml.gz").startswith("0 new, 0 changed, 9 unchanged")


@pytest.mark.django_db
def test_the_register_is_believed_before_a_document(tmp_path: Path) -> None:
    group = full()
    assert group.plan is not None
    store([group.plan, *group.parts])
    (tmp_path / "x.gml").write_bytes(export(group)[0].replace(b"Lokalplan 100<", b"Noget andet<"))
    imported(tmp_path / "x.gml")
    assert {r.title for r in plan_records() if r.level == "local_plan"} <= {"Lokalplan 100", "Noget andet"}


def broken(old: str, new: str) -> bytes:
    text = sound()
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"<a/>", "no object of INSPIRE"),
        (b"", "empty"),
        (sound().encode()[:4000], "ends in the middle"),
        (broken("<gml:FeatureCollection", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><gml:FeatureCollection'), "DOCTYPE"),
        (sound().encode("utf-16"), "UTF-16"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "x.gml").write_bytes(text)
    with pytest.raises(CannotRead, match=said):
        read([tmp_path / "x.gml"])


def test_what_cannot_be_taken_is_told_with_its_line(tmp_path: Path) -> None:
    text = sound()
    for old, new in (
        ("SpecificSupplementaryRegulationValue/byggefelt", "SpecificSupplementaryRegulationValue/sti"),
        ("SupplementaryRegulationValue/5_1_UsableBuildingArea", "SupplementaryRegulationValue/7_3_1_1_Road"),
        ('<plu:backgroundMap nilReason="other:unpopulated" xsi:nil="true"/>', "<plu:backgroundMap/>"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "x.gml").write_text(text)
    (delivery,) = read([tmp_path / "x.gml"])
    (rejected,) = delivery.rejected
    assert rejected.reason == "no_place"
    assert "7_3_1_1_Road" in rejected.explanation
    assert rejected.place.startswith("line ")
    assert any("plu:backgroundMap" in warning for warning in delivery.warnings)
    assert len(delivery.frame) == 7


def test_a_curve_is_never_taken_in_half(tmp_path: Path) -> None:
    arc = '<gml:Ring><gml:curveMember><gml:Curve gml:id="c"><gml:segments><gml:Arc><gml:posList>1 1 2 2 3 1</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember></gml:Ring>'
    text = sound()
    at = text.index("<gml:surfaceMember>", text.index("<plu:ZoningElement"))
    member = f'<gml:surfaceMember><gml:Polygon gml:id="p"><gml:exterior>{arc}</gml:exterior></gml:Polygon></gml:surfaceMember>'
    (tmp_path / "x.gml").write_text(text[:at] + member + text[at:])
    (delivery,) = read([tmp_path / "x.gml"])
    (rejected,) = delivery.rejected
    assert rejected.reason == "unreadable_geometry"
    assert b"gml:Arc" in rejected.original


def test_a_wrong_identity_is_no_way_to_another_plan(tmp_path: Path) -> None:
    (tmp_path / "x.gml").write_bytes(broken('/register/plandata">1.A<', '/register/plandata">2.A<'))
    (delivery,) = read([tmp_path / "x.gml"])
    assert [r.reason for r in delivery.rejected] == ["identity"]


def taken(folder: Path, text: str) -> Any:
    (folder / "x.gml").write_text(text)
    (delivery,) = read([folder / "x.gml"])
    return delivery


@pytest.mark.parametrize(
    "moment",
    ["2024-06-01T00:00:00Z", "2024-05-31T22:00:00Z", "2024-06-01T00:00:00+02:00", "2024-06-01T00:00:00"],
)
def test_a_day_of_the_procedure_is_a_day_in_denmark(tmp_path: Path, moment: str) -> None:
    text = export(PlanGroup(record("1", adopted_on=date(2024, 6, 1))))[0].decode()
    assert text.count("2024-06-01T00:00:00Z") == 1
    delivery = taken(tmp_path, text.replace("2024-06-01T00:00:00Z", moment))
    assert list(delivery.frame["adopted_on"]) == [date(2024, 6, 1)]


def test_a_date_that_is_none_is_told(tmp_path: Path) -> None:
    text = export(PlanGroup(record("1", in_force_on=date(2024, 6, 1))))[0].decode()
    delivery = taken(tmp_path, text.replace("2024-06-01<", "1. juni<"))
    assert list(delivery.frame["in_force_on"]) == [None]
    assert [w for w in delivery.warnings if "plu:validFrom '1. juni'" in w]


def test_plans_of_one_name_are_no_plan_lost_without_a_word(tmp_path: Path) -> None:
    text = sound()
    first, second = re.findall(r'<plu:SpatialPlan gml:id="([^"]+)"', text)
    with pytest.raises(CannotRead, match="another plan has the same gml:id"):
        taken(tmp_path, text.replace(f'gml:id="{second}"', f'gml:id="{first}"'))
    # Without a name it is a plan like any other, but nothing can be said to be its part.
    delivery = taken(tmp_path, text.replace(f' gml:id="{second}"', ""))
    assert sorted(delivery.frame["level"]).count("local_plan") == 2
    assert [r.reason for r in delivery.rejected] == ["no_plan"] * 4


def test_a_number_for_a_use_that_is_not_told_is_none_for_the_whole_area(tmp_path: Path) -> None:
    rows = (limit("max_height", 5.0, use_code=1120),)
    text = export(PlanGroup(record("1", limits=rows)))[0].decode()
    delivery = taken(tmp_path, text.replace("maxbygnhjd:anvspec=1120", "maxbygnhjd:anvspec=garage"))
    (limits,) = delivery.frame["limits"]
    assert {row["state"] for row in limits} == {"not_recorded"}
    assert [w for w in delivery.warnings if "maxbygnhjd:anvspec=garage" in w]


def test_what_is_left_out_is_counted_once(tmp_path: Path) -> None:
    plan = record("9", level="municipal_plan", geometry=square(0, 0, 500))
    parts = tuple(
        record(f"9.{n}", level="framework", parent_register_id="9", number=f"{n}", geometry=square(40 * n, 0),
               use_general=11, limits=(limit("max_storeys", 2.0),))
        for n in range(2)
    )  # fmt: skip
    text = export(PlanGroup(plan, parts))[0].decode()
    at = text.index("<plu:SupplementaryRegulation ")
    changed = text[at:].replace(">maxetager<", ">bygningshøjde<", 1)
    delivery = taken(tmp_path, text[:at] + changed)
    assert [w for w in delivery.warnings if "1 × plu:dimensioningIndication bygningshøjde" in w]


def test_a_land_use_of_another_list_is_told(tmp_path: Path) -> None:
    text = export(PlanGroup(record("1", use_general=11)))[0].decode()
    delivery = taken(tmp_path, text.replace("LandUseClassificationValue/11", "Andre.xml#3_44_2_Oeffentlich"))
    assert list(delivery.frame["use_general"]) == [11.0]  # by the value of INSPIRE that stands beside it
    assert [w for w in delivery.warnings if "1 × plu:specificLandUse" in w]


def test_a_number_of_anothers_list_is_no_danish_use(tmp_path: Path) -> None:
    text = export(PlanGroup(record("1", use_general=11, use_specific=(1110,))))[0].decode()
    (ours,) = set(re.findall(r'"([^"]+/codelist/LandUseClassificationValue)/1110"', text))
    delivery = taken(tmp_path, text.replace(f"{ours}/1110", "https://registry.example.org/uses/1110"))
    assert list(delivery.frame["use_specific"]) == [[]]
    assert list(delivery.frame["use_general"]) == [11.0]
    assert [w for w in delivery.warnings if "1 × plu:specificLandUse" in w]


def test_of_two_documents_with_one_id_neither_is_taken_for_the_plans(tmp_path: Path) -> None:
    text = export(PlanGroup(record("1", document_url="https://planvaerk.example/1.pdf")))[0].decode()
    (document,) = re.findall(
        r"<[a-z]+:\w+>\s*<plu:OfficialDocumentation .*?</plu:OfficialDocumentation>\s*</[a-z]+:\w+>",
        text,
        re.DOTALL,
    )
    for address, kept in (("1.pdf", "https://planvaerk.example/1.pdf"), ("2.pdf", None)):
        twice = text.replace(document, document + document.replace("1.pdf", address))
        delivery = taken(tmp_path, twice)
        assert list(delivery.frame["document_url"]) == [kept]
        assert bool([w for w in delivery.warnings if "of a gml:id that another has" in w]) is (kept is None)


def test_a_limit_below_nothing_is_told_and_not_kept(tmp_path: Path) -> None:
    text = export(PlanGroup(record("1", use_general=11, limits=(limit("max_height", 8.5),))))[0].decode()
    assert ">8.5<" in text
    delivery = taken(tmp_path, text.replace(">8.5<", ">-8.5<"))
    (limits,) = delivery.frame["limits"]
    assert {row["state"] for row in limits if row["matter"] == "max_height"} == {"not_recorded"}
    assert [w for w in delivery.warnings if "plu:dimensioningIndication maxbygnhjd" in w]


@pytest.mark.samples
def test_foreign_documents(samples: Path) -> None:
    (delivery,) = read([samples / "data/plu/skeleton_minimal.gml"])
    assert delivery.register == FOREIGN
    frame = delivery.frame.set_index("register_id")
    assert sorted(frame["level"]) == ["building_field", "local_plan", "sub_area"]
    zone = frame[frame["level"] == "sub_area"].iloc[0]
    assert zone["use_general"] == 11
    assert {(row["matter"], row["value"], row["per"]) for row in zone["limits"] if row["state"] == "value"} == {
        ("max_height", 8.5, ""), ("max_storeys", 1.5, ""), ("plot_ratio", 30.0, ""), ("use", 11.0, ""),
    }  # fmt: skip
    assert zone["document_url"] == "https://example.dk/lokalplan1.pdf"
    (abroad,) = read([samples / "data/plu/hamburg_bahrenfeld62.gml"])
    assert len(abroad.frame) == 0
    assert {r.reason for r in abroad.rejected} >= {"outside_denmark", "no_place"}


@pytest.mark.django_db
def test_one_kind_of_file_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "x.gml").write_text(sound())
    (tmp_path / "y.geojson").write_text("{}")
    with pytest.raises(CommandError, match="one after the other"):
        call_command("import_plans", str(tmp_path / "x.gml"), str(tmp_path / "y.geojson"))


@pytest.mark.samples
@pytest.mark.django_db
def test_hvidovre_comes_back(samples: Path, tmp_path: Path) -> None:
    folder = samples / "data" / "dk" / "plandata"
    for name in ("hvidovre_lokalplan_vedtaget_2025-04", "hvidovre_kommuneplan_oversigt"):
        call_command(
            "import_plans", str(folder / f"{name}.geojson"), "--municipality", "0167", stderr=io.StringIO()
        )
    export_plans(tmp_path / "x.gml", municipality="0167", statuses=EVERY)
    text = (tmp_path / "x.gml").read_bytes()
    assert again(text, tmp_path) == text
