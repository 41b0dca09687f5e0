"""INSPIRE Planned Land Use: what each state of the register becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import shapely
from lxml import etree

from gml.profiles.plu_tables import ELEMENTS
from planning.records import PlanGroup
from tests.gml.plans import NS, export, features, kinds, limit, record, shape, square, tree, value

WHEN = datetime(2026, 1, 19, 14, 36, 11, 212_999, tzinfo=UTC)


def dimensions(feature: Any) -> dict[str, tuple[str, str, str | None]]:
    """reference → kind, value, uom."""
    found = {}
    for wrapper in feature.iterfind("plu:dimensioningIndication/*", NS):
        kind = etree.QName(wrapper).localname.removeprefix("DimensioningIndication").removesuffix("Value")
        number = wrapper.find("plu:value", NS)
        found[wrapper.findtext("plu:indicationReference", namespaces=NS)] = (
            kind,
            number.text,
            number.get("uom"),
        )
    return found


def full() -> PlanGroup:
    """A local plan with everything: sub-areas, building fields of all kinds, an overlap, texts, documents."""
    plan = record(
        "100",
        geometry=square(0, 0, 300),
        use_general=21,
        use_specific=(1110, 3110),
        document_url="https://dokument.example/100.pdf",
        proposed_on=date(2025, 1, 1),
        hearing_from=date(2025, 1, 2),
        hearing_to=date(2025, 2, 2),
        adopted_on=date(2025, 3, 1),
        published_on=date(2025, 3, 5),
        in_force_on=date(2025, 3, 5),
        register_updated_at=WHEN,
        register_fields={"eareal": 500, "sforhold": "Se § 7 & bilag"},
    )
    parts = [
        record("100.A", level="sub_area", parent_register_id="100", geometry=square(0, 0), use_general=11,
               part_number="A", limits=(limit("plot_ratio", 30.0, per="parcel"), limit("max_height", 8.5))),
        record("100.B", level="sub_area", parent_register_id="100", geometry=square(100, 0), use_general=31),
        record("100.C", level="sub_area", parent_register_id="100", geometry=square(50, 0), use_general=51),
        *(
            record(f"100.{state}", level="building_field", parent_register_id="100", field_state=state,
                   geometry=square(210, 10 + 40 * k, 20), document_url="https://dokument.example/felt.pdf")
            for k, state in enumerate(("yes", "no", "undeclared", "contradictory"))
        ),
        record("100.line", level="building_line", parent_register_id="100", geometry=square(250, 250, 10)),
    ]  # fmt: skip
    return PlanGroup(plan, tuple(parts))


def test_elements_stand_in_the_order_of_the_schema() -> None:
    root = tree(full())
    for kind, rows in ELEMENTS.items():
        order = [name for name, _ in rows]
        required = {name for name, must in rows if must}
        assert features(root, kind)
        for feature in features(root, kind):
            own = [etree.QName(child).localname for child in feature if child.tag.startswith("{" + NS["plu"])]
            assert [order.index(name) for name in own] == sorted(order.index(name) for name in own)
            assert required <= set(own)


def test_same_plans_same_bytes_whatever_the_order_of_parts() -> None:
    group = full()
    again = PlanGroup(group.plan, tuple(reversed(group.parts)))
    assert export(group)[0] == export(again)[0]
    assert b"timeStamp" not in export(group)[0]


def test_references_meet_and_go_both_ways() -> None:
    root = tree(full())
    (plan,) = features(root, "SpatialPlan")
    own = plan.get(f"{{{NS['gml']}}}id")
    for name, kind in (("member", "ZoningElement"), ("restriction", "SupplementaryRegulation")):
        told = [e.get(f"{{{NS['x']}}}href")[1:] for e in plan.findall(f"plu:{name}", NS)]
        assert told == [f.get(f"{{{NS['gml']}}}id") for f in features(root, kind)]
        assert all(value(f, "plan") == f"#{own}" for f in features(root, kind))


def test_plan_without_sub_areas_is_one_zone() -> None:
    root = tree(PlanGroup(record("1", use_general=11)))
    (zone,) = features(root, "ZoningElement")
    assert shape(zone).equals(square(0, 0))
    assert value(zone, "hilucsLandUse") == "5_1_PermanentResidentialUse"
    assert value(zone, "regulationNature") == "generallyBinding"
    assert shape(features(root, "SpatialPlan")[0]).equals(square(0, 0))


def test_rest_of_the_plan_is_one_more_zone() -> None:
    plan = record("1", geometry=square(0, 0, 100), use_general=21, limits=(limit("max_height", 8.5),))
    sub = record("1.A", level="sub_area", parent_register_id="1", geometry=square(0, 0, 50), use_general=11)
    root = tree(PlanGroup(plan, (sub,)))
    found = {value(zone, "hilucsLandUse"): zone for zone in features(root, "ZoningElement")}
    assert shape(found["5_1_PermanentResidentialUse"]).area == pytest.approx(2500)
    rest = found["5_2_ResidentialUseWithOtherCompatibleUses"]
    assert shape(rest).area == pytest.approx(7500)
    assert dimensions(rest) == {"maxbygnhjd": ("Measure", "8.5", "m")}
    assert rest.findtext(".//base:localId", namespaces=NS) == f"{plan.objekt_id}.zone"
    assert shape(features(root, "SpatialPlan")[0]).equals(square(0, 0, 100))


def test_zones_of_a_plan_exclude_each_other() -> None:
    root = tree(full())
    zones = features(root, "ZoningElement")
    over = [
        regulation
        for regulation in features(root, "SupplementaryRegulation")
        if value(regulation, "supplementaryRegulation") == "10_OtherSupplementaryRegulation"
    ]
    assert over
    assert len(zones) + len(over) == 4  # three sub-areas that overlap, and the rest of the plan
    areas = [shape(zone) for zone in zones]
    assert sum(a.area for a in areas) == pytest.approx(shapely.union_all(areas).area)
    extent = shape(features(root, "SpatialPlan")[0])
    told = shapely.union_all([*areas, *map(shape, over)])
    assert told.symmetric_difference(extent).area < 0.01


def test_slivers_are_no_rest() -> None:
    plan = record("1", geometry=square(0, 0, 100))
    sub = record("1.A", level="sub_area", parent_register_id="1", geometry=square(0.02, 0.02, 99.96))
    root = tree(PlanGroup(plan, (sub,)))
    assert len(features(root, "ZoningElement")) == 1


def test_repealed_part_leaves_a_hole() -> None:
    plan = record("1", geometry=square(0, 0, 100))
    sub = record("1.A", level="sub_area", parent_register_id="1", geometry=square(0, 0, 50), status="A")
    (zone,) = features(tree(PlanGroup(plan, (sub,))), "ZoningElement")
    assert shape(zone).area == pytest.approx(7500)


@pytest.mark.parametrize(
    ("state", "nature"),
    [("yes", "generallyBinding"), ("no", "nonBinding"), ("undeclared", "generallyBinding"),
     ("contradictory", "nonBinding"), (None, "generallyBinding")],
)  # fmt: skip
def test_building_field_states(state: str | None, nature: str) -> None:
    field = record(
        "2", level="building_field", parent_register_id="1", field_state=state, geometry=square(10, 10, 20)
    )
    text, written = export(PlanGroup(record("1"), (field,)))
    (regulation,) = features(etree.fromstring(text), "SupplementaryRegulation")
    assert value(regulation, "regulationNature") == nature
    assert value(regulation, "supplementaryRegulation") == "5_1_UsableBuildingArea"
    assert value(regulation, "specificRegulationNature")
    assert bool(written.warnings) == (state == "contradictory")


def test_building_field_beside_the_plan_widens_the_extent() -> None:
    field = record("2", level="building_field", parent_register_id="1", geometry=square(90, 0, 20))
    (plan,) = features(tree(PlanGroup(record("1"), (field,))), "SpatialPlan")
    assert shape(plan).area == pytest.approx(100 * 100 + 10 * 20)


def test_frameworks_bind_the_authority() -> None:
    plan = record("9", level="municipal_plan", geometry=square(0, 0, 500))
    parts = [
        record("9.T", level="framework", plan_type="10.2", parent_register_id="9", geometry=square(0, 0, 90)),
        record(
            "9.1",
            level="framework",
            plan_type="10.1",
            parent_register_id="9",
            geometry=square(0, 0),
            number="1B3",
        ),
    ]
    root = tree(PlanGroup(plan, tuple(parts)))
    (spatial,) = features(root, "SpatialPlan")
    assert value(spatial, "levelOfSpatialPlan") == "local"
    assert value(spatial, "planTypeName") == "kommuneplan"
    (zone,) = features(root, "ZoningElement")
    assert zone.findtext("gml:name", namespaces=NS) == "1B3"
    assert value(zone, "regulationNature") == "bindingOnlyForAuthorities"
    (theme,) = features(root, "SupplementaryRegulation")
    assert value(theme, "regulationNature") == "bindingOnlyForAuthorities"
    assert shape(spatial).equals(square(0, 0))


def test_municipal_plan_without_frameworks_stands_alone() -> None:
    root = tree(PlanGroup(record("9", level="municipal_plan")))
    assert kinds(root) == {"SpatialPlan": 1}


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ({"status": "F"}, "elaboration"),
        ({"status": "V"}, "legalForce"),  # shown by the register, so it was published
        ({"status": "V", "register": "own"}, "adoption"),
        ({"status": "V", "register": "own", "published_on": date(2025, 1, 1)}, "legalForce"),
        ({"status": "V", "register": "own", "in_force_on": date(2025, 1, 1)}, "legalForce"),
        ({"status": "A"}, "obsolete"),
    ],
)
def test_status_becomes_a_step(values: dict[str, Any], step: str) -> None:
    root = tree(PlanGroup(record("1", **values)), statuses=("F", "V", "A"))
    for kind in ("SpatialPlan", "ZoningElement"):
        assert value(features(root, kind)[0], "processStepGeneral") == step


def test_dates_become_ordinances_and_validity() -> None:
    (plan,) = features(tree(full()), "SpatialPlan")
    found = [
        (o.findtext("plu:ordinanceReference", namespaces=NS), o.findtext("plu:ordinanceDate", namespaces=NS))
        for o in plan.iterfind("plu:ordinance/plu:OrdinanceValue", NS)
    ]
    assert [name for name, _ in found] == ["datoforsl", "datostart", "datoslut", "datovedt", "datopub"]
    assert found[3][1] == "2025-03-01T00:00:00Z"
    assert value(plan, "validFrom") == "2025-03-05"
    assert value(plan, "validTo") is None


def test_repeal_before_force_is_told_and_left_out() -> None:
    odd = record("1", status="A", in_force_on=date(2025, 5, 1), repealed_on=date(2025, 4, 1))
    text, written = export(PlanGroup(odd))
    (plan,) = features(etree.fromstring(text), "SpatialPlan")
    assert value(plan, "validTo") is None
    assert "validTo" in written.warnings[0]
    (plan,) = features(tree(PlanGroup(replace(odd, repealed_on=date(2025, 6, 1)))), "SpatialPlan")
    assert value(plan, "validTo") == "2025-06-01"


def test_version_is_the_registers_time_or_nothing() -> None:
    (plan,) = features(tree(PlanGroup(record("1", register_updated_at=WHEN))), "SpatialPlan")
    version = plan.findtext(".//base:versionId", namespaces=NS)
    assert version == value(plan, "beginLifespanVersion") == "2026-01-19T14:36:11.212Z"
    assert len(version) <= 25
    root = tree(PlanGroup(record("1")))
    for kind in ("SpatialPlan", "ZoningElement"):
        (feature,) = features(root, kind)
        assert value(feature, "beginLifespanVersion") == "void unknown"
        assert feature.find(".//base:versionId", NS) is None


def test_voids_have_reasons_that_are_accepted() -> None:
    reasons = set(tree(PlanGroup(record("1", number=None))).xpath("//@nilReason"))
    assert reasons == {"unknown", "other:unpopulated"}
    for element in tree(full()).iterfind(".//*[@nilReason]"):
        assert element.get(f"{{{NS['xsi']}}}nil") == "true"


def test_missing_title_and_number() -> None:
    text, written = export(PlanGroup(record("77", title="  ", number=None)))
    (plan,) = features(etree.fromstring(text), "SpatialPlan")
    assert value(plan, "officialTitle") == "Lokalplan 77"
    assert value(plan, "alternativeTitle") == "void unknown"
    assert "no title" in written.warnings[0]


def test_control_characters_are_replaced_and_told() -> None:
    text, written = export(PlanGroup(record("1", title="Syd\x0bhavn")))
    assert value(features(etree.fromstring(text), "SpatialPlan")[0], "officialTitle") == "Syd\ufffdhavn"
    assert any("U+000B" in warning for warning in written.warnings)


@pytest.mark.parametrize(
    ("values", "hilucs", "specific"),
    [
        ({"use_general": 31}, "2_SecondaryProduction", "31"),
        ({"use_general": 61, "use_specific": (6110,)}, "5_3_OtherResidentialUse", "61"),
        ({}, "6_6_NotKnownUse", "void unknown"),
        ({"use_general": 12}, "6_6_NotKnownUse", "12"),
        (
            {"limits": (limit("use", None, "not_regulated"),)},
            "6_5_AreasWithoutAnySpecifiedPlannedUse",
            "void unknown",
        ),
        ({"limits": (limit("use", None, "not_recorded"),)}, "6_6_NotKnownUse", "void unknown"),
    ],
)
def test_land_use(values: dict[str, Any], hilucs: str, specific: str) -> None:
    text, written = export(PlanGroup(record("1", **values)))
    (zone,) = features(etree.fromstring(text), "ZoningElement")
    assert value(zone, "hilucsLandUse") == hilucs
    assert value(zone, "specificLandUse") == specific
    assert bool(written.warnings) == (values.get("use_general") == 12)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((limit("plot_ratio", 30.0, per="area"),), {"bebygpct:af=1": ("Real", "30", None)}),
        ((limit("plot_ratio", 30.0, per="property"),), {"bebygpct:af=2": ("Real", "30", None)}),
        ((limit("plot_ratio", 30.0, per="plot"),), {"bebygpct:af=3": ("Real", "30", None)}),
        ((limit("plot_ratio", 30.0, per="parcel"),), {"bebygpct:af=4": ("Real", "30", None)}),
        ((limit("plot_ratio", 30.0),), {"bebygpct:af=unknown": ("Real", "30", None)}),
        ((limit("max_height", 8.5),), {"maxbygnhjd": ("Measure", "8.5", "m")}),
        ((limit("max_storeys", 5.5),), {"maxetager": ("Real", "5.5", None)}),
        ((limit("plot_ratio", 40.0, per="plot", use_code=1120),),
         {"bebygpct:af=3:anvspec=1120": ("Real", "40", None)}),
        ((limit("max_storeys", 0.0),), {"maxetager": ("Real", "0", None)}),  # a recorded zero is a zero
        ((limit("max_height", None, "not_recorded"),), {}),
        ((limit("max_height", None, "not_regulated"),), {}),
        ((limit("use", 11.0), limit("building_field", None, "not_recorded")), {}),
        ((), {}),
    ],
)  # fmt: skip
def test_limits(limits: tuple[Any, ...], expected: dict[str, Any]) -> None:
    (zone,) = features(tree(PlanGroup(record("1", limits=limits))), "ZoningElement")
    assert dimensions(zone) == expected


@pytest.mark.parametrize(
    ("fields", "expected", "warned"),
    [
        ({"eareal": "16800,5", "earealh": 1}, {"eareal:h=1": ("Measure", "16800.5", "m2")}, False),
        ({"eareal": 500.0, "iomfangreg": "true"}, {}, True),
        ({"eareal": 500.0, "kompleks": "true"}, {}, False),
        ({"eareal": None, "minuds": ""}, {}, False),
        ({"minmiljo": 0}, {}, True),
        ({"minmiljo": "2"}, {"minmiljo": ("Integer", "2", None)}, False),
        ({"udstykantal": 5.5}, {"udstykantal": ("Real", "5.5", None)}, False),
        ({"eareal": "ca. 500"}, {}, True),
        ({"eareal2": 90, "anvspec2": 3110.0}, {"eareal:anvspec=3110": ("Measure", "90", "m2")}, False),
        ({"eareal2": 90}, {}, True),
        ({"sforhold": "Højst 3 < 4"}, {"sforhold": ("Character", "Højst 3 < 4", None)}, False),
    ],
)
def test_other_register_fields(fields: dict[str, Any], expected: dict[str, Any], warned: bool) -> None:
    text, written = export(PlanGroup(record("1", register_fields=fields)))
    (zone,) = features(etree.fromstring(text), "ZoningElement")
    assert dimensions(zone) == expected
    assert bool(written.warnings) == warned


def test_a_number_that_cannot_be_written_is_told_once_also_where_sub_areas_cover_the_plan() -> None:
    """Whether the plan itself still has something to tell is then asked when its areas are laid out."""
    part = record("1.A", level="sub_area", parent_register_id="1", number="1")
    for more, outlines in (({}, 0), ({"minuds": 700}, 1)):
        plan = record("1", register_fields={"minmiljo": 9, **more})
        text, written = export(PlanGroup(plan, (part,)))
        assert [warning for warning in written.warnings if "minmiljo" in warning] == [
            "Lokalplan 1: minmiljo is 9, which is not a number of its kind: left out"
        ]
        assert text.count(b"plangraense") == outlines
        assert text.count(b">minuds<") == outlines


def test_documents_once_for_each_address() -> None:
    root = tree(full())
    found = features(root, "OfficialDocumentation")
    assert sorted(f.findtext(".//base2:link", namespaces=NS) for f in found) == [
        "https://dokument.example/100.pdf",
        "https://dokument.example/felt.pdf",
    ]
    assert all(f.find(".//base2:DocumentCitation", NS).get(f"{{{NS['gml']}}}id") for f in found)


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://x.example/a b&c=ø.pdf", "https://x.example/a%20b&c=%C3%B8.pdf"),
        ("https://x.example/100%.pdf", "https://x.example/100%25.pdf"),
        ("se bilag 3", None),
        ("http://[bad", None),
        ("javascript:alert(1)", None),
    ],
)
def test_document_addresses(address: str, link: str | None) -> None:
    text, written = export(PlanGroup(record("1", document_url=address)))
    documents = features(etree.fromstring(text), "OfficialDocumentation")
    assert [found.findtext(".//base2:link", namespaces=NS) for found in documents] == ([link] if link else [])
    assert len(written.warnings) == (link is None)


def test_no_document_is_a_void() -> None:
    root = tree(PlanGroup(record("1")))
    assert value(features(root, "SpatialPlan")[0], "officialDocument") == "void unknown"
    assert not features(root, "OfficialDocumentation")


def test_part_of_an_unknown_plan_is_told_and_not_written() -> None:
    part = record("2", level="sub_area", parent_register_id="404", root=None)
    text, written = export(PlanGroup(None, (part,)), PlanGroup(record("1")))
    assert kinds(etree.fromstring(text)) == {"SpatialPlan": 1, "ZoningElement": 1}
    assert "404" in written.warnings[0]


def test_area_that_cannot_be_written_is_told() -> None:
    text, written = export(
        PlanGroup(record("1", geometry=shapely.box(0, 0, 1e-5, 1e-5))), PlanGroup(record("2"))
    )
    assert kinds(etree.fromstring(text))["SpatialPlan"] == 1
    assert "no area" in written.warnings[0]


def test_ids_live_under_the_name_space(settings: Any) -> None:
    settings.REGISTER_NAMESPACE = "https://plan.hvidovre.example/so/"
    root = tree(PlanGroup(record("1", use_general=11)))
    spaces = {e.text for e in root.iterfind(".//base:namespace", NS)}
    assert spaces == {"https://plan.hvidovre.example/so"}
    (plan,) = features(root, "SpatialPlan")
    assert (
        plan.find("plu:planTypeName", NS)
        .get(f"{{{NS['x']}}}href")
        .startswith("https://plan.hvidovre.example/so/codelist/")
    )


@pytest.mark.parametrize("namespace", ["", "urn:dk:plan", 'https://x.example/"><', "https://x.example/a b"])
def test_name_space_that_cannot_be_one(settings: Any, namespace: str) -> None:
    settings.REGISTER_NAMESPACE = namespace
    with pytest.raises(ValueError, match="name space"):
        export(PlanGroup(record("1")))


def test_extent_of_a_municipal_plan_is_what_its_objects_cover() -> None:
    plan = record("1", level="municipal_plan", geometry=square(0, 0, 500))
    line = record("1.L", level="building_line", parent_register_id="1", geometry=square(10, 10, 20))
    (found,) = features(tree(PlanGroup(plan, (line,))), "SpatialPlan")
    assert shape(found).equals(square(10, 10, 20))
    (alone,) = features(tree(PlanGroup(plan)), "SpatialPlan")
    assert shape(alone).equals(square(0, 0, 500))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=5))), "void unknown"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "void unknown"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "9999-12-31T23:59:00Z"),
    ],
)
def test_times_at_the_ends_of_the_calendar(moment: datetime, text: str) -> None:
    (plan,) = features(tree(PlanGroup(record("1", register_updated_at=moment))), "SpatialPlan")
    assert value(plan, "beginLifespanVersion") == text


def test_each_area_with_a_contradictory_validity_is_told_of() -> None:
    gone = {"status": "A", "in_force_on": date(2020, 1, 1), "repealed_on": date(2019, 1, 1)}
    parts = [
        record(
            f"100.{k}",
            level="sub_area",
            parent_register_id="100",
            number=f"{k}",
            geometry=square(100 * k, 0),
            **gone,
        )
        for k in range(2)
    ]
    plan = record("100", geometry=square(0, 0, 300), **gone)
    written = export(PlanGroup(plan, tuple(parts)), statuses=("A",))[1]
    assert (
        sum("validTo is left out" in sentence for sentence in written.warnings) == 4
    )  # the rest is a zone too


@pytest.mark.parametrize(("shift", "zones"), [(0.0, 4), (20.0, 4), (0.0004, 4)])
def test_sub_areas_that_only_cover_as_much_as_the_plan_do_not_fill_it(shift: float, zones: int) -> None:
    parts = tuple(
        record(f"100.{x}{y}", level="sub_area", parent_register_id="100",
               geometry=square(100 * x + shift * x * y, 100 * y))
        for x in range(2) for y in range(2)
    )  # fmt: skip
    root = tree(PlanGroup(record("100", geometry=square(0, 0, 200)), parts))
    own = [f for f in features(root, "ZoningElement") if f.get(f"{{{NS['gml']}}}id").endswith(".zone")]
    assert len(features(root, "ZoningElement")) - len(own) == zones
    assert bool(own) == (shift > 1.0)
    assert bool(features(root, "SupplementaryRegulation")) == (shift > 1.0)
