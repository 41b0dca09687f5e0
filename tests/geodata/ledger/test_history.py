"""History in the database: what its guards refuse, and what ``as_of`` answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import Error, connection, transaction

from geodata.frames import theme_frame
from geodata.ledger.models import Change
from geodata.ledger.revisions import finish_change, last_revision, open_change, revision_at
from geodata.ledger.themes import Theme, themes
from geodata.models.cadastre import ParcelVersion
from tests.geodata.ledger.test_imports import parcels, store

pytestmark = pytest.mark.django_db

SQUARE = "MULTIPOLYGON(((600000 6200000,600010 6200000,600010 6200010,600000 6200010,600000 6200000)))"


def sql(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def begin() -> Change:
    return open_change("test", acting_user=None, themes=["parcel"])


def insert(object_id: int, change: int, shape: str = SQUARE, srid: int = 25832) -> None:
    sql(
        "INSERT INTO geodata_parcelversion (versions_id, object_id, change_from_id, content_hash, geometry) "
        "VALUES (%s, %s, %s, %s, ST_GeomFromText(%s, %s))",
        uuid.uuid4(), object_id, change, uuid.uuid4(), shape, srid,
    )  # fmt: skip


def close(change: int) -> None:
    sql("UPDATE geodata_parcelversion SET change_to_id = %s WHERE change_to_id IS NULL", change)


def refused(work: Callable[[], object], match: str) -> None:
    with pytest.raises(Error, match=match), transaction.atomic():
        work()


@pytest.fixture
def stored() -> ParcelVersion:
    store(parcels(("1", 600_000, 100)))
    return ParcelVersion.objects.get()


@pytest.mark.parametrize("name", sorted(themes))
def test_every_theme_is_guarded(name: str) -> None:
    theme: Theme = themes[name]
    objects, versions = theme.objects._meta.db_table, theme.versions._meta.db_table
    triggers = {
        row[0]: row[1]
        for row in sql(
            "SELECT tgname, (SELECT count(*) FROM unnest(tgattr)) FROM pg_trigger "
            "WHERE tgrelid IN (%s::regclass, %s::regclass) AND NOT tgisinternal",
            objects, versions,
        )
    }  # fmt: skip
    assert {
        "history_once", "history_opened", "history_closed", "history_identity", "history_born", "history_moved",
        "history_gone",
    } <= set(triggers)  # fmt: skip
    assert triggers["history_once"] == len(theme.versions._meta.concrete_fields) - 1, (
        "a new column is not guarded"
    )
    (open_once,) = sql(
        "SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE 'CREATE UNIQUE%%(object_id) WHERE "
        "(change_to_id IS NULL)'",
        versions,
    )
    assert open_once == (1,)
    for role in ("app", "worker"):
        may = sql(
            "SELECT has_table_privilege(%s, %s, 'DELETE'), has_table_privilege(%s, %s, 'UPDATE'), "
            "has_table_privilege(%s, %s, 'DELETE'), has_column_privilege(%s, %s, 'change_to_id', 'UPDATE')",
            role, versions, role, versions, role, objects, role, versions,
        )  # fmt: skip
        assert may == [(False, False, False, True)]
        assert sql("SELECT has_table_privilege(%s, 'ledger_change', 'UPDATE')", role) == [(False,)]


def test_envelope_of_the_views_is_whole() -> None:
    wanted = {
        "objekt_id", "versions_id", "systid_fra", "systid_til", "oprettet", "cvr_kode", "bruger_id", "oprindkode",
        "statuskode", "off_kode", "noegle", "note", "gyldig_fra", "gyldig_til",
    }  # fmt: skip
    for theme in [theme for name, theme in themes.items() if name != "parcel_stored_only"]:
        for view in (f"t_{theme.id}", f"hist_t_{theme.id}"):
            held = {
                row[0]
                for row in sql(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s", view
                )
            }
            assert wanted <= held, view


def test_a_version_is_written_once(stored: ParcelVersion) -> None:
    for column, value in (
        ("registered_m2", 5),
        ("geometry", None),
        ("change_from_id", 1),
        ("gyldig_til", None),
    ):
        refused(
            lambda c=column, v=value: sql(f"UPDATE geodata_parcelversion SET {c} = %s", v), "written once"
        )
    refused(lambda: sql("UPDATE geodata_parcel SET register_id = 'x'"), "written once")


def test_a_version_is_closed_once_and_stays_closed(stored: ParcelVersion) -> None:
    change = begin()
    close(change.pk)
    finish_change(change)
    later = begin()
    refused(lambda: sql("UPDATE geodata_parcelversion SET change_to_id = %s", later.pk), "closed once")
    refused(lambda: sql("UPDATE geodata_parcelversion SET change_to_id = NULL"), "closed once")
    finish_change(later)


def test_a_change_does_not_close_what_it_opened(stored: ParcelVersion) -> None:
    change = begin()
    close(change.pk)
    insert(stored.object_id, change.pk)
    refused(lambda: close(change.pk), "does not close what it opened")
    finish_change(change)


def test_a_finished_change_writes_no_more(stored: ParcelVersion) -> None:
    done = stored.change_from_id
    refused(lambda: close(done), "opened|unfinished")
    change = begin()
    close(change.pk)
    finish_change(change)
    refused(lambda: insert(stored.object_id, change.pk), "only an unfinished change opens")
    refused(lambda: insert(stored.object_id, 999_999), "only an unfinished change opens")


def test_two_changes_in_one_transaction_cannot_cross(stored: ParcelVersion) -> None:
    first, second = begin(), begin()
    close(first.pk)
    refused(lambda: insert(stored.object_id, second.pk), "another unfinished change")
    insert(stored.object_id, first.pk)
    refused(lambda: close(second.pk), "is not finished")
    finish_change(first)
    close(second.pk)
    finish_change(second)
    assert ParcelVersion.objects.current().count() == 0


def test_a_second_open_version_is_refused(stored: ParcelVersion) -> None:
    change = begin()
    refused(lambda: insert(stored.object_id, change.pk), "one_open")
    finish_change(change)


def test_no_change_is_committed_without_its_revision() -> None:
    def commit() -> None:
        begin()
        sql("SET CONSTRAINTS ALL IMMEDIATE")

    refused(commit, "not finished before commit")


def test_a_revision_is_given_once_and_kept(stored: ParcelVersion) -> None:
    refused(lambda: sql("UPDATE ledger_change SET revision = revision + 1"), "written once")
    refused(lambda: sql("DELETE FROM ledger_change"), "written once")
    refused(
        lambda: sql(
            "INSERT INTO ledger_change (verb, themes, revision, recorded_at, epoch_id) "
            "VALUES ('x', '{}', 99, now(), 1)"
        ),
        "written once",
    )


@pytest.mark.parametrize(
    ("shape", "srid", "match"),
    [
        ("MULTIPOLYGON EMPTY", 25832, "parcel_geometry"),
        ("MULTIPOLYGON(((0 0,1 1,1 0,0 1,0 0)))", 25832, "parcel_geometry"),
        ("POLYGON((0 0,1 0,1 1,0 0))", 25832, "does not match column type"),
        ("POINT(1 1)", 25832, "does not match column type"),
        (SQUARE, 4326, "SRID"),
    ],
)
def test_a_geometry_that_does_not_fit_is_refused(
    stored: ParcelVersion, shape: str, srid: int, match: str
) -> None:
    change = begin()
    close(change.pk)
    refused(lambda: insert(stored.object_id, change.pk, shape, srid), match)
    finish_change(change)


def test_as_of_answers_what_was_known() -> None:
    stands = []
    for area in (100, 110, 120):
        store(parcels(("1", 600_000, area)))
        stands.append(last_revision())
    for revision, area in zip(stands, (100, 110, 120), strict=True):
        assert ParcelVersion.objects.as_of(known=revision).get().registered_m2 == area
        assert theme_frame("parcel", known=revision)["registered_m2"].tolist() == [area]
        moment = Change.objects.get(revision=revision).recorded_at
        assert ParcelVersion.objects.as_of(known=moment).get().registered_m2 == area
        assert revision_at(moment - timedelta(microseconds=1)) == revision - 1
    assert theme_frame("parcel")["registered_m2"].tolist() == [120]
    assert len(theme_frame("parcel", known=stands[0] - 1)) == 0


def test_a_moment_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        revision_at(datetime(2026, 3, 2))  # noqa: DTZ001
    assert revision_at(datetime(1990, 1, 1, tzinfo=UTC)) == 0


def test_validity_is_inclusive_on_both_days() -> None:
    store(parcels(("1", 600_000, 100)))
    change = begin()
    close(change.pk)
    key = ParcelVersion.objects.get().object_id
    sql(
        "INSERT INTO geodata_parcelversion (versions_id, object_id, change_from_id, content_hash, geometry, "
        "gyldig_fra, gyldig_til) VALUES (%s, %s, %s, %s, ST_GeomFromText(%s, 25832), '2026-01-01', '2026-01-31')",
        uuid.uuid4(), key, change.pk, uuid.uuid4(), SQUARE,
    )  # fmt: skip
    finish_change(change)
    for day, there in (
        (date(2025, 12, 31), 0),
        (date(2026, 1, 1), 1),
        (date(2026, 1, 31), 1),
        (date(2026, 2, 1), 0),
    ):
        assert ParcelVersion.objects.as_of(valid=day).count() == there
        assert len(theme_frame("parcel", valid=day)) == there


def test_frames_take_a_condition_and_columns_of_the_object() -> None:
    store(parcels(("1", 600_000, 100), ("2", 600_010, 200)))
    found = theme_frame(
        "parcel",
        columns=["registered_m2", "o.register_id"],
        where="v.registered_m2 > %(least)s",
        params={"least": 150},
    )
    assert found["register_id"].tolist() == ["2"]
    assert found.crs.to_epsg() == 25832
    assert found.geometry.area.tolist() == [100.0]


def test_a_version_belongs_to_an_object(stored: ParcelVersion) -> None:
    change = begin()
    refused(lambda: insert(stored.object_id + 1_000, change.pk), "a version belongs to an object")
    finish_change(change)


def test_an_object_is_kept_as_long_as_its_versions(stored: ParcelVersion) -> None:
    refused(
        lambda: sql("DELETE FROM geodata_parcel WHERE id = %s", stored.object_id),
        "an object is kept as long as its versions",
    )


def test_objects_belong_to_municipalities_that_are_known(stored: ParcelVersion) -> None:
    change = begin()
    refused(
        lambda: sql(
            "INSERT INTO geodata_parcel (objekt_id, register, register_id, municipality_id, created_by_id) "
            "VALUES (%s, 'test', '9', '0998', %s)",
            uuid.uuid4(), change.pk,
        ),
        "a municipality is known before its objects",
    )  # fmt: skip
    refused(
        lambda: sql("UPDATE geodata_parcel SET municipality_id = '0998' WHERE id = %s", stored.object_id),
        "a municipality is known before its objects",
    )
    finish_change(change)


def test_municipalities_are_not_deleted(stored: ParcelVersion) -> None:
    refused(
        lambda: sql("DELETE FROM accounts_municipality"), "accounts_municipality: history is written once"
    )
