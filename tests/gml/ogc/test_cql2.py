"""CQL2: what is read is what another library reads, what is answered is what the database says, and the hostile."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any
from urllib.parse import quote

import cql2
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box, shape

from gml.ogc.cql2 import as_json, text
from gml.ogc.cql2.node import MOST_DEEP, Array, Call, Geometry, Literal, Node, Property, WrongFilter
from tests import tier
from tests.gml.feed.edits import E, N, put

PLANS = "/ogc/collections/spatialplan/items"
ZONES = "/ogc/collections/zoningelement/items"
GRID = "http://www.opengis.net/def/crs/EPSG/0/25832"


def told(node: Node) -> Any:
    """The tree as CQL2-JSON."""
    match node:
        case Property(name=name):
            return {"property": name}
        case Array(items=items):
            return [told(item) for item in items]
        case Call(op=op, args=args):
            return {"op": op, "args": [told(arg) for arg in args]}
        case Geometry(kind="bbox", coordinates=numbers):
            return {"bbox": numbers}
        case Geometry(kind="GeometryCollection", coordinates=members):
            return {"type": "GeometryCollection", "geometries": [told(member) for member in members]}
        case Geometry(kind=kind, coordinates=coordinates):
            return {"type": kind, "coordinates": coordinates}
        case Literal(value=bool() | int() | float() | str() as value):
            return value
        case Literal(value=value):
            name = "date" if type(value) is date else "timestamp"
            return {name: value.isoformat().replace("+00:00", "Z")}
    raise AssertionError(node)


@pytest.mark.parametrize(
    "written",
    [
        "a = 1",
        "a <> 'it''s' AND b >= -1.5e3",
        "a = 1 OR b = 2 AND NOT c < 3",
        "(a = 1 OR b = 2) AND c <= 3",
        "NOT (a = 1 OR b = 2)",
        "a BETWEEN 1 AND 2 AND b NOT BETWEEN 3 AND 4",
        "a IN ('x', 'y') OR b NOT IN (1, 2, 3)",
        "a LIKE 'x%' AND b NOT LIKE '_y'",
        "a IS NULL OR b IS NOT NULL",
        "CASEI(a) = CASEI('Nørre')",
        "CASEI(a) LIKE CASEI('nør%')",
        '"a b" = TRUE',
        "day >= DATE('2026-11-22')",
        "at < TIMESTAMP('2026-11-22T16:55:00Z')",
        "S_INTERSECTS(geometry, BBOX(1, 2, 3, 4))",
        "S_WITHIN(geometry, POLYGON((0 0, 1 0, 1 1, 0 0), (0.1 0.1, 0.2 0.1, 0.2 0.2, 0.1 0.1)))",
        "S_DISJOINT(geometry, POINT(1 2)) OR S_CROSSES(geometry, LINESTRING(1 2, 3 4))",
        "S_INTERSECTS(geometry, MULTIPOINT((1 2), (3 4)))",
        "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5))))",
        "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1)))",
        "A_CONTAINS(a, ('x', 'y'))",
    ],
)
def test_text_is_read_as_another_library_reads_it(written: str) -> None:
    theirs = json.loads(json.dumps(cql2.parse_text(written).to_json()))
    ours = told(text.read(written))
    assert ours == theirs
    assert told(as_json.read(json.dumps(ours))) == ours


def is_answered(read: Any, written: str) -> bool:
    """Read, or told to be wrong in words; anything else is raised."""
    try:
        read(written)
    except WrongFilter as error:
        return bool(str(error))
    return True


@settings(deadline=None, max_examples=tier.cases(50, fast=20))
@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_told_to_be_wrong(written: str) -> None:
    assert is_answered(text.read, written)
    assert is_answered(as_json.read, written)


LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["and", "=", "in"])
KEYS = st.sampled_from(["op", "args", "property", "date", "bbox", "type", "coordinates"])


@settings(deadline=None, max_examples=tier.cases(50, fast=20))
@given(
    st.recursive(LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one), max_leaves=12)
)
def test_whatever_json_is_sent_is_read_or_told_to_be_wrong(found: Any) -> None:
    assert is_answered(as_json.read, json.dumps(found))


def test_brackets_may_be_as_deep_as_is_said() -> None:
    assert told(text.read("(" * MOST_DEEP + "a=1" + ")" * MOST_DEEP)) == told(text.read("a=1"))
    with pytest.raises(WrongFilter, match=f"character {MOST_DEEP + 2}"):
        text.read("(" * (MOST_DEEP + 1) + "a=1" + ")" * (MOST_DEEP + 1))


@pytest.fixture
def plans(db: None) -> None:
    """Seven local plans in a row of 100 m each, one a proposal, one of two parts, one without a use; a draft."""
    for number in range(7):
        put(
            number,
            title=f"Søndermark {number}" if number % 2 else f"100% Nord_{number}",
            status="F" if number == 3 else "V",
            in_force_on=None if number == 3 else date(2020 + number, 1, 1),
            use_general={1: 31, 2: None}.get(number, 11),
            document_url="https://planer.example/2.pdf" if number == 2 else None,
        )
    put(9, status="KV", title="Søndermark 9")


def numbers(client: Client, written: str | dict[str, Any], address: str = PLANS, **options: str) -> list[str]:
    query = {"filter": written, **options}
    if not isinstance(written, str):
        query |= {"filter": json.dumps(written), "filter-lang": "cql2-json"}
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.json()
    told = [one["properties"] for one in answer.json()["features"]]
    plans = {one["id"]: one["properties"] for one in client.get(PLANS).json()["features"]}
    # A zone is told by the plan that it belongs to.
    return sorted(plans.get(one.get("plan"), one)["alternativeTitle"].removeprefix("1.") for one in told)


HERE = box(E + 150, N, E + 450, N + 50).wkt
AROUND = box(E + 190, N - 10, E + 310, N + 110).wkt


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("alternativeTitle = '1.2'", "2"),
        ("alternativeTitle <> '1.2'", "013456"),
        ("officialTitle LIKE 'Sønder%'", "135"),
        ("officialTitle NOT LIKE 'Sønder%'", "0246"),
        (r"officialTitle LIKE '100\% Nord\__'", "0246"),
        ("officialTitle LIKE '%_Nord'", ""),
        ("CASEI(officialTitle) LIKE CASEI('SØNDER%')", "135"),
        ("validFrom >= DATE('2025-01-01')", "56"),
        ("validFrom BETWEEN DATE('2021-01-01') AND DATE('2022-12-31')", "12"),
        ("validFrom IS NULL", "3"),
        ("validFrom IS NOT NULL AND validFrom < DATE('2021-06-01')", "01"),
        ("NOT (alternativeTitle IN ('1.1', '1.2') OR validFrom IS NULL)", "0456"),
        ("TRUE", "0123456"),
        ("FALSE", ""),
        ("alternativeTitle = officialTitle", ""),
        ("officialDocument IS NOT NULL", "2"),
        ("processStepGeneral = 'http://inspire.ec.europa.eu/codelist/ProcessStepGeneralValue/elaboration'", "3"),
        ("S_INTERSECTS(geometry, BBOX(0, 50, 20, 60))", "0123456"),
        ("S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))", "0123456"),
        ("S_INTERSECTS(geometry, BBOX(170, -90, -170, 90))", ""),
        ("S_DISJOINT(geometry, POINT(0 90))", "0123456"),
        ("alternativeTitle = '1.1'' OR TRUE --'", ""),
        ("alternativeTitle = '1.1; DROP TABLE gml_plufeature'", ""),
        ("alternativeTitle = '%s'", ""),
    ],
)  # fmt: skip
def test_a_filter_takes_what_it_says(client: Client, plans: None, written: str, expected: str) -> None:
    assert numbers(client, written) == list(expected)
    assert numbers(client, told(text.read(written))) == list(expected)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"S_INTERSECTS(geometry, {HERE})", "12"),
        (f"S_WITHIN(geometry, {AROUND})", "1"),
        (f"S_CONTAINS({AROUND}, geometry)", "1"),
        (f"NOT S_INTERSECTS(geometry, {HERE})", "03456"),
        (f"S_CONTAINS(geometry, POINT({E + 450} {N + 50}))", "2"),
        (f"S_INTERSECTS(geometry, BBOX({E + 150}, {N}, {E + 450}, {N + 50}))", "12"),
        (f"S_TOUCHES(geometry, POINT({E + 400} {N + 50}))", "2"),
    ],
)
def test_places_are_named_in_the_system_that_is_said(
    client: Client, plans: None, written: str, expected: str
) -> None:
    assert numbers(client, written, **{"filter-crs": GRID}) == list(expected)


@pytest.mark.django_db
def test_north_comes_first_where_the_system_says_so(client: Client, plans: None) -> None:
    (one,) = client.get(PLANS, {"alternativeTitle": "1.4"}).json()["features"]
    place = shape(one["geometry"]).representative_point()
    turned = {"filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}
    assert numbers(client, f"S_INTERSECTS(geometry, POINT({place.x!r} {place.y!r}))") == ["4"]
    assert numbers(client, f"S_INTERSECTS(geometry, POINT({place.y!r} {place.x!r}))", **turned) == ["4"]


@pytest.mark.django_db
def test_lists_are_asked_as_sets(client: Client, plans: None) -> None:
    uses = "http://inspire.ec.europa.eu/codelist/HILUCSValue"
    business = f"('{uses}/2_SecondaryProduction', '{uses}/3_TertiaryProduction')"
    assert numbers(client, f"A_CONTAINS(hilucsLandUse, {business})", ZONES) == ["1"]
    assert numbers(client, f"A_EQUALS(hilucsLandUse, {business})", ZONES) == ["1"]
    assert numbers(client, f"A_OVERLAPS(hilucsLandUse, ('x', '{uses}/6_6_NotKnownUse'))", ZONES) == ["2"]
    assert numbers(client, "specificLandUse IS NULL", ZONES) == ["2"]
    simple = client.get(ZONES, {"hilucsLandUse": f"{uses}/3_TertiaryProduction"}).json()["features"]
    assert len(simple) == 1


@pytest.mark.django_db
def test_layers_of_the_map_are_filtered_as_well(client: Client, plans: None) -> None:
    address = "/ogc/collections/local_plans/items"
    query = "use_general = 31 OR (use_general IS NULL AND number = '1.2')"
    found = client.get(address, {"filter": query}).json()["features"]
    assert sorted(one["properties"]["number"] for one in found) == ["1.1", "1.2"]
    assert client.get(address, {"use_general": "x"}).json()["errors"][0]["parameter"] == "use_general"


DEEP = 10_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "written", "where"),
    [
        ("cql2-text", "(" * DEEP + "a=1" + ")" * DEEP, "20003 characters"),
        ("cql2-text", "(" * 1900, "character 42: nested more than 40 deep"),
        ("cql2-text", "NOT " * 1900 + "TRUE", "nested more than 40 deep"),
        ("cql2-text", "a=1 AND " * 900 + "a=1", "more than 2000 parts"),
        ("cql2-text", "CASEI(" * 500 + "a" + ")" * 500 + "='x'", "nested more than 40 deep"),
        ("cql2-text", "S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 500, "nested more than 40 deep"),
        ("cql2-text", "validFrom IS NULL AND colour = 'red'", "character 23: there is no property 'colour'"),
        ("cql2-text", "officialTitle = 5", "character 17: a string cannot be compared with a number"),
        ("cql2-text", "validFrom > '2026-11-22'", "character 13: a date cannot be compared with a string; write"),
        ("cql2-text", "validFrom LIKE '2026%'", "cannot be compared"),
        ("cql2-text", "member = 'x'", "write A_CONTAINS"),
        ("cql2-text", "officialTitle", "character 14: a comparison"),
        ("cql2-text", "officialTitle = ", "character 17: a property or a value is wanted, not the end"),
        ("cql2-text", "officialTitle = 'x", "character 17: a text that does not end"),
        ("cql2-text", "officialTitle = 'x' OR", "not the end"),
        ("cql2-text", "officialTitle = 'x'; DROP TABLE gml_plufeature", "character 20: ';' cannot stand here"),
        ("cql2-text", "1=1) OR (1=1", "character 4: the end, AND or OR is wanted"),
        ("cql2-text", "pg_sleep(10) = 1", "there is no function 'pg_sleep'"),
        ("cql2-text", '"officialTitle"" = f.properties --" = \'x\'', "there is no property"),
        ("cql2-text", "officialTitle LIKE 'x\\\\\\'", "does not end"),
        ("cql2-text", r"officialTitle LIKE officialTitle", "a pattern in quotes is wanted"),
        ("cql2-text", "validFrom = DATE('2026-02-30')", "character 18: '2026-02-30' is no day"),
        ("cql2-text", "beginLifespanVersion = TIMESTAMP('2026-02-28')", "is no moment"),
        ("cql2-text", "officialTitle = 'a\x00b'", "cannot be stored"),
        ("cql2-text", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "not valid: Self-intersection"),
        ("cql2-text", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "this is no Polygon"),
        ("cql2-text", "S_INTERSECTS(geometry, BBOX(1, 2, 3))", "four numbers"),
        ("cql2-text", "S_INTERSECTS(geometry, POINT(1e999 2))", "too large for a number"),
        ("cql2-text", "S_INTERSECTS(officialTitle, POINT(1 2))", "no geometry"),
        ("cql2-text", "S_INTERSECTS(geometry, 'POINT(1 2)')", "a geometry is wanted"),
        ("cql2-text", "geometry = 5", "cannot be compared"),
        ("cql2-json", '{"op":"not","args":[' * 900 + "true" + "]}" * 900, "nested more than 40 deep"),
        ("cql2-json", "[" * DEEP, "nested more than 40 deep"),
        ("cql2-json", '{"op":"=","args":[{"property":"colour"},1]}', "/args/0: there is no property 'colour'"),
        ("cql2-json", '{"op":"=","args":[{"property":"officialTitle"}]}', "/: = has 1 arguments; 2 are wanted"),
        ("cql2-json", '{"op":"=","args":[{"property":"officialTitle"},"\\ud800"]}', "/args/1: a text holds"),
        ("cql2-json", '{"op":"like","args":[{"property":"officialTitle"},"x\\\\"]}', "end with a backslash"),
        ("cql2-json", '{"op":"pg_sleep","args":[10]}', "there is no operator 'pg_sleep'"),
        ("cql2-json", '{"op":"in","args":[{"property":"officialTitle"},[]]}', "a list of values is wanted"),
        ("cql2-json", '{"op":"s_within","args":[{"property":"geometry"},{"bbox":[1,2,NaN,4]}]}', "too large"),
        ("cql2-json", '{"op":"s_within","args":[{"property":"geometry"},{"type":"","coordinates":[]}]}', "no geo"),
        ("cql2-json", '{"op":"isNull"', "character 15: this is no JSON"),
        ("cql2-json", "1" * 19_000, "cannot be read"),
    ],
)  # fmt: skip
def test_a_hostile_filter_is_told_where_it_is_wrong(
    client: Client, language: str, written: str, where: str
) -> None:
    client.get(PLANS, {"limit": "0"})  # what is made for the first request of all is not the filter's
    begin = time.process_time()
    answer = client.get(PLANS, {"filter": written, "filter-lang": language})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    (fault,) = answer.json()["errors"]
    assert fault["parameter"] == "filter"
    assert where in fault["detail"]
    assert time.process_time() - begin < 2


@pytest.mark.django_db
def test_all_faults_of_a_filter_are_told_at_once(client: Client) -> None:
    wrong = "colour = 'red' OR officialTitle = 5 AND NOT validFrom = TRUE"
    faults = client.get(PLANS, {"filter": wrong, "filter-crs": "x", "filter-lang": "cql2-text"}).json()[
        "errors"
    ]
    assert len(faults) == 4
    assert client.get(PLANS, {"filter": "TRUE", "filter-lang": "sql"}).json()["errors"][0]["parameter"] == (
        "filter-lang"
    )


@pytest.mark.django_db
def test_pages_of_a_filter_follow_each_other(client: Client, plans: None) -> None:
    address: str | None = (
        f"{PLANS}?limit=2&filter={quote(chr(39).join(['officialTitle LIKE ', 'Sønder%', '']))}"
    )
    seen = []
    while address:
        page = client.get(address).json()
        seen += [one["properties"]["alternativeTitle"] for one in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert sorted(seen) == ["1.1", "1.3", "1.5"]


@pytest.mark.django_db
def test_queryables_name_what_a_filter_may_ask(client: Client, plans: None) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        (address,) = [link["href"] for link in one["links"] if link["rel"].endswith("queryables")]
        answer = client.get(address)
        assert answer["Content-Type"] == "application/schema+json"
        for name, schema in answer.json()["properties"].items():
            asked = f'"{name}" IS NULL'
            assert client.get(f"/ogc/collections/{one['id']}/items", {"filter": asked}).status_code == 200, (
                schema
            )
