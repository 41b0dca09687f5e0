"""FKG themes: imported like every other theme, checked before the store and once more by the database."""

from __future__ import annotations

import json
import uuid
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from django.apps import apps
from django.db import Error, connection, transaction
from shapely.geometry import LineString, Point, box

from geodata.fkg.catalogue import Column, fkg_themes
from geodata.fkg.check import brought, fitted
from geodata.fkg.database import load, rows
from geodata.frames import theme_frame
from geodata.ledger.imports import ImportReport, import_delivery
from geodata.ledger.revisions import finish_change, last_revision, open_change
from geodata.models.fkg import FkgThemeRow, ThemeVersion
from geodata.readers.delivery import Delivery

pytestmark = pytest.mark.django_db

HVIDOVRE = 55606617
ROAD = {"dekl_type_kode": [1, 2], "bredde": [5.0, None], "vejkode": ["12", None]}


@pytest.fixture(autouse=True)
def _list_in_the_database() -> None:
    """Tests that commit leave all tables empty."""
    if not FkgThemeRow.objects.exists():
        load(apps)


def delivery(
    theme: str = "5605_vejbyggel", shapes: list[Any] | None = None, **columns: list[Any]
) -> Delivery:
    shapes = shapes or [box(600_000 + 20 * n, 6_200_000, 600_010 + 20 * n, 6_200_010) for n in range(2)]
    columns = columns or dict(ROAD)
    frame = gpd.GeoDataFrame(
        {
            "register_id": [str(n) for n in range(len(shapes))],
            "municipality": ["0167"] * len(shapes),
            "cvr_kode": [HVIDOVRE] * len(shapes),
            **columns,
        },
        geometry=shapes,
        crs="EPSG:25832",
    )
    speaks = tuple(name for name in columns if name not in {"cvr_kode", "gyldig_fra", "gyldig_til"})
    return Delivery(theme, "geofa", "geofa", frame, speaks_for=speaks)


def store(given: Delivery) -> ImportReport:
    fit = fitted(given, record=lambda n: f"record {n}")
    return import_delivery(fit, acting_user=None, file_name="f", file_sha256="0" * 64)


def test_a_theme_is_imported_and_read_in_its_own_columns() -> None:
    assert store(delivery()).line() == "2 new, 0 changed, 0 unchanged, 0 ended, 0 quarantined"
    assert store(delivery()).unchanged == 2
    first = ThemeVersion.objects.get(object__register_id="0")
    assert first.attributes == {"dekl_type_kode": 1, "bredde": 5, "vejkode": 12}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dekl_type_kode, bredde, vejkode, cvr_kode, GeometryType(geometri) "
            "FROM t_5605_vejbyggel ORDER BY 1"
        )
        assert cursor.fetchall() == [
            (1, 5.0, 12, HVIDOVRE, "MULTIPOLYGON"),
            (2, None, None, HVIDOVRE, "MULTIPOLYGON"),
        ]
    assert store(delivery(dekl_type_kode=[1, 3])).changed == 2, (
        "a column that is no longer spoken for is gone"
    )
    assert len(theme_frame("5605_vejbyggel")) == 2


def test_themes_share_tables_and_nothing_else() -> None:
    store(delivery())
    store(delivery("6100_brandhane", [Point(600_000, 6_200_000)], brandhane_type_kode=[1], placering_kode=[1],
                   funktionsstatus_kode=[1]))  # fmt: skip
    assert (len(theme_frame("5605_vejbyggel")), len(theme_frame("6100_brandhane"))) == (2, 1)
    revision = last_revision(["6100_brandhane"])
    assert len(theme_frame("6100_brandhane", known=revision - 1)) == 0
    given = fitted(
        delivery(shapes=[box(600_000, 6_200_000, 600_010, 6_200_010)], dekl_type_kode=[1]), record=str
    )
    report = import_delivery(
        given, acting_user=None, file_name="f", file_sha256="0" * 64, complete="*", yes=True
    )
    assert (report.ended, len(theme_frame("6100_brandhane"))) == (1, 1), "ending stays within the theme"


@pytest.mark.parametrize(
    ("column", "value", "reason", "words"),
    [
        ("dekl_type_kode", None, "required", "required in theme 5605"),
        ("dekl_type_kode", 77, "unfit_value", "code of 5605_dekl_type"),
        ("dekl_type_kode", "one", "unfit_value", "integer"),
        ("bredde", 5_000.0, "unfit_value", "from 0.01 to 999.99"),
        ("cvf_vejkode", "12345678", "unfit_value", "at most 7 letters"),
        ("cvr_kode", 12345678, "no_authority", "authority"),
    ],
)
def test_what_does_not_fit_is_set_aside(column: str, value: object, reason: str, words: str) -> None:
    columns: dict[str, list[Any]] = {
        "dekl_type_kode": [1, 1],
        "bredde": [1.0, 1.0],
        "cvf_vejkode": ["1", "1"],
    }
    columns.setdefault(column, [HVIDOVRE, HVIDOVRE])[0] = value
    fit = fitted(delivery(**columns), record=lambda n: f"record {n}")
    (rejected,) = fit.rejected
    assert (rejected.record, rejected.reason) == ("record 0", reason)
    assert words in rejected.explanation
    assert len(fit.frame) == 1


def test_a_wrong_kind_of_geometry_is_set_aside_and_a_single_one_is_wrapped() -> None:
    line = LineString([(600_000, 6_200_000), (600_001, 6_200_000)])
    given = delivery(shapes=[line, box(600_000, 6_200_000, 600_001, 6_200_001)], dekl_type_kode=[1, 1])
    fit = fitted(given, record=str)
    assert [r.reason for r in fit.rejected] == ["wrong_geometry_kind"]
    assert fit.frame.geometry.iloc[0].geom_type == "MultiPolygon"


def test_unknown_columns_are_left_out_with_a_warning() -> None:
    fit = fitted(delivery(dekl_type_kode=[1, 1], hue=["a", "b"]), record=str)
    assert fit.speaks_for == ("dekl_type_kode",)
    assert "hue" in fit.warnings[0]


def test_dates_times_and_documents_keep_their_types() -> None:
    zones = delivery("5602_p_zoner", p_type_kode=[1, 1], p_tid_kode=[1, 1], p_hverdag_start=["08:00", "8"],
                     gyldig_fra=["2026-01-01", "2026-01-01"])  # fmt: skip
    fit = fitted(zones, record=str)
    assert ["p_hverdag_start" in r.explanation for r in fit.rejected] == [True]


@pytest.mark.parametrize(
    "said",
    ["2026-07-01", "2026-07-01Z", "2026-07-01T00:00:00+02:00", "2026-06-30T22:00:00Z", "2026-07-01T00:30:00"],
)
def test_a_day_is_one_of_the_danish_calendar(said: str) -> None:
    values, wrong = brought(pd.Series([said, None], dtype=object), Column("gyldig_fra", "day"))
    assert (values.tolist(), wrong.tolist()) == (["2026-07-01", None], [False, False])


@pytest.mark.parametrize("code", sorted(fkg_themes()))
def test_every_view_can_be_read(code: str) -> None:
    theme = fkg_themes()[code]
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "t_{theme.id}" UNION ALL SELECT * FROM "hist_t_{theme.id}"')
        names = {column.name for column in cursor.description or ()}
    assert set(theme.packed) | {"geometri", "objekt_id", "systid_fra"} <= names


def test_the_reference_rows_are_the_list() -> None:
    for name, wanted in rows().items():
        model = apps.get_model("geodata", name)
        fields = list(wanted[0])
        held = [dict(zip(fields, row, strict=True)) for row in model.objects.values_list(*fields)]
        key = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
        assert sorted(held, key=key) == sorted(wanted, key=key)


@pytest.mark.parametrize(
    ("attributes", "shape", "cvr", "match"),
    [
        ({"dekl_type_kode": 1}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", HVIDOVRE, None),
        ({}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", HVIDOVRE, "dekl_type_kode is required"),
        (
            {"dekl_type_kode": None},
            "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
            HVIDOVRE,
            "dekl_type_kode is required",
        ),
        ({"dekl_type_kode": "1"}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", HVIDOVRE, "cannot be"),
        ({"dekl_type_kode": 77}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", HVIDOVRE, "cannot be 77"),
        (
            {"dekl_type_kode": 1, "bredde": 0},
            "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
            HVIDOVRE,
            "bredde cannot be 0",
        ),
        ({"dekl_type_kode": 1, "hue": 1}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", HVIDOVRE, "no column hue"),
        ({"dekl_type_kode": 1}, "MULTIPOINT(1 1)", HVIDOVRE, "MULTIPOINT where MULTIPOLYGON belongs"),
        ({"dekl_type_kode": 1}, None, HVIDOVRE, "geometry is required"),
        ({"dekl_type_kode": 1}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", None, "no authority"),
        ({"dekl_type_kode": 1}, "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", 12345678, "no authority"),
    ],
)
def test_the_database_refuses_what_the_list_forbids(
    attributes: dict[str, Any], shape: str | None, cvr: int | None, match: str | None
) -> None:
    change = open_change("test", acting_user=None, themes=["5605_vejbyggel"])

    def insert() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO geodata_themeobject (objekt_id, register, register_id, theme_id, created_by_id) "
                "VALUES (%s, 'x', '1', '5605', %s) RETURNING id",
                [uuid.uuid4(), change.pk],
            )
            cursor.execute(
                "INSERT INTO geodata_themeversion (versions_id, object_id, theme_id, change_from_id, content_hash, "
                "cvr_kode, attributes, geometry) VALUES (%s, %s, '5605', %s, %s, %s, %s, ST_GeomFromText(%s, 25832))",
                [
                    uuid.uuid4(),
                    cursor.fetchone()[0],
                    change.pk,
                    uuid.uuid4(),
                    cvr,
                    json.dumps(attributes),
                    shape,
                ],
            )

    if match is None:
        insert()
    else:
        with pytest.raises(Error, match=match):
            insert()
    finish_change(change)
