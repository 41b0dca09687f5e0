"""The cadastre's two deliveries, with files written here."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from django.db import connection

from geodata.ledger.models import QuarantinedRecord
from geodata.models.cadastre import ParcelVersion
from tests.geodata.imports import counts, run_import

pytestmark = pytest.mark.django_db

RING = "700000 6170000 700010 6170000 700010 6170010 700000 6170010 700000 6170000"


def surface(ring: str = RING, system: str = 'srsName="EPSG:25832"') -> str:
    return (
        f"<gml:surfaceProperty><gml:Surface {system}><gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing>"
        f"<gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:PolygonPatch></gml:patches>"
        f"</gml:Surface></gml:surfaceProperty>"
    )


def parcel(number: str, geometry: str, **fields: str) -> str:
    said = "".join(
        f"<m:{k}>{v}</m:{k}>" for k, v in {"featureID": number, "kommunekode": "0999", **fields}.items()
    )
    return f"<gml:featureMember><m:Jordstykke>{said}{geometry}</m:Jordstykke></gml:featureMember>"


def gml(path: Path, *members: str, head: str = "") -> Path:
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" '
        f'xmlns:m="http://schemas.kms.dk/kf_dwl/mat/2014/04/08">{"".join(members)}</gml:FeatureCollection>',
        encoding="utf-8",
    )
    return path


def test_one_bad_parcel_does_not_keep_the_good_one_out(tmp_path: Path) -> None:
    bad = {
        "2": surface(RING.replace("700000 6170000", "700000 x")),
        "3": surface("700000 6170000 700010 6170000"),
        "4": surface(RING.rsplit(" ", 2)[0]),
        "5": "",
        "6": surface("1 1 2 1 2 2 1 1"),
    }
    path = gml(tmp_path / "m.gml", parcel("1", surface()), *(parcel(n, g) for n, g in bad.items()))
    outcome = run_import("matriklen", path)
    # A parcel without geometry names no system either, and a file of two systems is not guessed at.
    assert outcome.code == 2
    assert "no coordinate system" in outcome.said
    del bad["5"]
    path = gml(tmp_path / "m.gml", parcel("1", surface()), *(parcel(n, g) for n, g in bad.items()))
    outcome = run_import("matriklen", path)
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=4))
    assert (
        QuarantinedRecord.objects.filter(record__startswith="Jordstykke 2 ").get().reason
        == "unreadable_geometry"
    )


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("", "no coordinate system"),
        ('srsName="EPSG:4326"', "4326"),
        ('srsName="urn:ogc:def:crs:EPSG::25833"', "25833"),
    ],
)
def test_another_coordinate_system_is_refused(tmp_path: Path, system: str, words: str) -> None:
    outcome = run_import("matriklen", gml(tmp_path / "m.gml", parcel("1", surface(system=system))))
    assert outcome.code == 2
    assert words in outcome.said


def test_a_doctype_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    head = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    outcome = run_import("matriklen", gml(tmp_path / "m.gml", parcel("&e;", surface()), head=head))
    assert outcome.code == 2
    assert "DOCTYPE" in outcome.said


def test_a_cut_file_is_not_taken_in_part(tmp_path: Path) -> None:
    path = gml(tmp_path / "m.gml", parcel("1", surface()), parcel("2", surface()))
    path.write_bytes(path.read_bytes()[:-200])
    outcome = run_import("matriklen", path)
    assert outcome.code == 2
    assert "cut off" in outcome.said
    assert not ParcelVersion.objects.exists()


def test_roads_are_known_by_type_and_by_number(tmp_path: Path) -> None:
    moved = [RING.replace("7000", f"70{k}0") for k in range(1, 4)]
    path = gml(
        tmp_path / "m.gml",
        parcel("1", surface(moved[0]), matrikelnummer="7000a"),
        parcel("2", surface(moved[1]), matrikelnummer="12", featureType="Jordstykke, udskilt vej"),
        parcel("3", surface(moved[2]), matrikelnummer="7001", featureType="Jordstykke, matrikuleret"),
    )
    assert run_import("matriklen", path).code == 0
    assert sorted(ParcelVersion.objects.filter(is_road=True).values_list("parcel_number", flat=True)) == [
        "12",
        "7000a",
    ]


def test_table_with_broken_rows(tmp_path: Path) -> None:
    shape = shapely.set_srid(shapely.box(700_000, 6_170_000, 700_010, 6_170_010), 25832)
    wkb = shapely.to_wkb(shape, hex=True, include_srid=True)
    path = tmp_path / "p.csv"
    fields = '"{""featureID"":%s,""matrikelnr"":""1a"",""kommunekode"":350}"'
    path.write_text(
        "tema;id;fields;geom;slettet\n"
        f"jordstykke;1;{fields % 1};{wkb};\n"
        f"jordstykke;2;{fields % 2};{wkb[:-8]};\n"
        f"jordstykke;3;not json;{wkb};\n"
        f"jordstykke;4;{fields % 4};{wkb};2015-01-01\n"
        f"vejstykke;5;{fields % 5};{wkb};\n"
    )
    outcome = run_import("matriklen", path)
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=2))
    assert "1 rows are marked as deleted" in outcome.said
    assert "1 rows are no parcels" in outcome.said
    assert ParcelVersion.objects.get().object.municipality_id == "0350"
    path.write_text("a;b\n1;2\n")
    assert "without the columns" in run_import("matriklen", path).said
    moved = shapely.to_wkb(shapely.set_srid(shape, 25833), hex=True, include_srid=True)
    path.write_text(f"tema;fields;geom\njordstykke;{fields % 1};{moved}\n")
    assert "EPSG:25833" in run_import("matriklen", path).said


def feature_of(name: str, number: str, geometry: str, **fields: str) -> str:
    said = "".join(f"<m:{k}>{v}</m:{k}>" for k, v in {"featureID": number, **fields}.items())
    return f'<gml:featureMember><m:{name} gml:id="x.{number}">{said}{geometry}</m:{name}></gml:featureMember>'


def curve(positions: str) -> str:
    return (
        f'<gml:curveProperty><gml:LineString srsName="EPSG:25832"><gml:posList>{positions}</gml:posList>'
        "</gml:LineString></gml:curveProperty>"
    )


def inner_roads() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM geodata_edge WHERE change_to_id IS NULL AND kind_src = 'taken_up_road'"
        )
        return int(cursor.fetchone()[0])


def test_taken_up_roads_come_and_go_with_their_own_delivery(tmp_path: Path) -> None:
    road = feature_of("OptagetVej", "7", curve("700005 6170000 700005 6170010"), jordstykkeID="1")
    moved = feature_of("OptagetVej", "7", curve("700006 6170000 700006 6170010"), jordstykkeID="1")
    run_import("matriklen", gml(tmp_path / "a.gml", parcel("1", surface())))
    assert inner_roads() == 0
    assert run_import("matriklen", gml(tmp_path / "b.gml", road)).line == counts(new=1)
    assert inner_roads() == 1
    assert run_import("matriklen", gml(tmp_path / "c.gml", moved)).line == counts(changed=1)
    assert inner_roads() == 1
    assert run_import("matriklen", gml(tmp_path / "c.gml", moved)).line == counts(unchanged=1)


def test_features_beside_parcels_are_set_aside_one_by_one(tmp_path: Path) -> None:
    good = feature_of("FredskovLinie", "1", curve("700005 6170000 700005 6170010"), temaFladeId="9")
    short = feature_of("FredskovLinie", "2", curve("700005 6170000"), temaFladeId="9")
    without = feature_of("FredskovLinie", "3", curve("700005 6170000 700005 6170010"))
    strange = feature_of("SkelPunkt", "4", curve("700005 6170000 700005 6170010"), dq_Punktklasse="2")
    path = gml(tmp_path / "a.gml", parcel("1", surface()), good, short, without, strange)
    outcome = run_import("matriklen", path)
    assert (outcome.code, outcome.line) == (3, counts(new=2, quarantined=3))
    assert dict(QuarantinedRecord.objects.values_list("record", "reason")) == {
        "FredskovLinie 2 (feature 2)": "unreadable_geometry",
        "FredskovLinie 3 (feature 3)": "required",
        "SkelPunkt 4 (feature 4)": "wrong_geometry_kind",
    }
