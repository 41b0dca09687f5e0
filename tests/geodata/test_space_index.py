"""The index of geometries: asked by boxes, never by a bare count, which would make the server fall over."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.postgres.indexes import SpGistIndex
from django.db import connection

from geodata.crs import GRID_SRID

INDEXED = sorted(
    (model._meta.db_table, index.name, index.expressions[0].name)
    for model in apps.get_models()
    for index in model._meta.indexes
    if isinstance(index, SpGistIndex)
)


def plan(sql: str, *settings: str) -> str:
    """How the database would go about it if it could not read whole tables."""
    with connection.cursor() as cursor:
        for name in ("enable_seqscan", "enable_bitmapscan", *settings):
            cursor.execute(f"SET LOCAL {name} = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_there_are_such_indexes_and_each_of_the_database_is_known() -> None:
    assert ("geodata_parcelversion", "parcel_space", "geometry") in INDEXED


@pytest.mark.django_db
def test_the_database_has_no_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'spgist' "
            "AND c.relnamespace = 'public'::regnamespace"
        )
        assert sorted(row[0] for row in cursor.fetchall()) == sorted(name for _, name, _column in INDEXED)


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "index", "column"), INDEXED)
def test_boxes_and_joins_are_asked_of_it(table: str, index: str, column: str) -> None:
    box = f"ST_MakeEnvelope(0, 0, 1, 1, {GRID_SRID})"
    assert index in plan(f"SELECT 1 FROM {table} WHERE {column} && {box}")
    assert index in plan(f"SELECT 1 FROM {table} WHERE ST_Intersects({column}, {box})")
    other = (
        f"SELECT 1 FROM permits_proposedbuilding b JOIN {table} v ON ST_Intersects(v.{column}, b.footprint)"
    )
    assert index in plan(other, "enable_hashjoin", "enable_mergejoin")


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "index", "column"), INDEXED)
def test_a_bare_count_is_not_asked_of_it(table: str, index: str, column: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexonlyscan = on")
    assert index not in plan(f"SELECT count(*) FROM {table}")


@pytest.mark.django_db
def test_our_connections_never_count_by_an_index_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_indexonlyscan")
        assert cursor.fetchone() == ("off",)
    for table, index, column in INDEXED:
        found = plan(f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL")
        assert "Index Only" not in found, (table, index)
