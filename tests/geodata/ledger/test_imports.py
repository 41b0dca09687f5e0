"""Storing deliveries: what is new, what changed, what another source says, what ends."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.ledger.imports import ImportReport, import_delivery
from geodata.ledger.models import AuditRow, Change, ImportOriginal, QuarantinedRecord
from geodata.ledger.revisions import last_revision
from geodata.models.cadastre import Parcel, ParcelVersion
from geodata.models.fkg import ThemeVersion
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.refusal import CannotRead

pytestmark = pytest.mark.django_db


def parcels(*rows: tuple[str, float, float | None], source: str = "matriklen/gml", **columns: list[object]):
    """A delivery of squares: (register id, west side, registered area)."""
    frame = gpd.GeoDataFrame(
        {
            "register_id": [r[0] for r in rows],
            "municipality": ["0999"] * len(rows),
            "registered_m2": [r[2] for r in rows],
            **columns,
        },
        geometry=[box(r[1], 6_200_000, r[1] + 10, 6_200_010) for r in rows],
        crs="EPSG:25832",
    )
    frame["geometry"] = gpd.GeoSeries.from_wkt(
        [g.wkt.replace("POLYGON ((", "MULTIPOLYGON (((") + ")" for g in frame.geometry], crs="EPSG:25832"
    )
    return Delivery("parcel", source, "matriklen", frame, speaks_for=("registered_m2", *columns), rejected=())


def store(delivery: Delivery, **options: object) -> ImportReport:
    return import_delivery(delivery, acting_user=None, file_name="f", file_sha256="0" * 64, **options)


def test_first_import_is_new_and_a_second_one_is_unchanged() -> None:
    delivery = parcels(("1", 600_000, 100), ("2", 600_010, 100))
    assert store(delivery).line() == "2 new, 0 changed, 0 unchanged, 0 ended, 0 quarantined"
    revision = last_revision()
    assert store(delivery).line() == "0 new, 0 changed, 2 unchanged, 0 ended, 0 quarantined"
    assert last_revision() == revision, "an unchanged delivery makes no revision"


def test_a_changed_value_closes_one_version_and_opens_another() -> None:
    store(parcels(("1", 600_000, 100)))
    assert store(parcels(("1", 600_000, 120))).line().startswith("0 new, 1 changed")
    versions = ParcelVersion.objects.order_by("change_from__revision")
    assert [v.registered_m2 for v in versions] == [100, 120]
    assert versions[0].change_to_id == versions[1].change_from_id
    assert versions[1].change_to_id is None


def test_half_a_millimetre_and_another_ring_start_are_no_change() -> None:
    store(parcels(("1", 600_000, 100)))
    again = parcels(("1", 600_000.0004, 100))
    again.frame["geometry"] = again.frame.geometry.reverse()
    assert store(again).line().startswith("0 new, 0 changed, 1 unchanged")
    assert store(parcels(("1", 600_000.002, 100))).changed == 1


def test_a_poorer_source_does_not_wipe_out_a_better_one() -> None:
    store(parcels(("1", 600_000, 100), source="matriklen/gml"))
    poorer = parcels(("1", 600_000, 999), source="matriklen/ewkb-csv", property_number=[42])
    report = store(poorer)
    assert (report.new, report.changed) == (0, 1)
    current = ParcelVersion.objects.current().get()
    assert (current.registered_m2, current.property_number) == (100, 42)
    assert store(poorer).unchanged == 1
    assert store(parcels(("1", 600_000, 100))).unchanged == 1, "each source's own delivery stays unchanged"


def test_the_better_source_arriving_late_takes_over() -> None:
    store(parcels(("1", 600_000, 999), source="matriklen/ewkb-csv"))
    store(parcels(("1", 600_000, 100), source="matriklen/gml"))
    assert ParcelVersion.objects.current().get().registered_m2 == 100


@pytest.mark.parametrize("source", ["matriklen/ewkb-csv", "of no rank"])
def test_a_second_source_that_says_the_same_changes_nothing(source: str) -> None:
    rows = [("1", 600_000, 100), ("2", 600_010, None)]
    store(parcels(*rows))
    before = sorted(ParcelVersion.objects.values_list("pk", flat=True))
    report = store(parcels(*rows, source=source))
    assert report.line() == "0 new, 0 changed, 2 unchanged, 0 ended, 0 quarantined"
    assert report.touched == []
    assert sorted(ParcelVersion.objects.values_list("pk", flat=True)) == before
    assert store(parcels(*rows, source=source)).unchanged == 2
    assert store(parcels(*rows)).unchanged == 2
    changed = [("1", 600_000, 120), ("2", 600_010, None)]
    assert store(parcels(*changed, source="matriklen/gml")).changed == 1, (
        "what shows otherwise is a new version"
    )
    assert store(parcels(*rows, source=source)).unchanged == 2, "the same words again are no news"


def test_a_second_source_whose_words_do_not_show_changes_nothing() -> None:
    store(parcels(("1", 600_000, 100), source="matriklen/gml"))
    assert store(parcels(("1", 600_000.5, 999), source="matriklen/ewkb-csv")).unchanged == 1
    assert store(parcels(("1", 600_000.7, 998), source="matriklen/ewkb-csv")).unchanged == 1
    assert ParcelVersion.objects.get().registered_m2 == 100


def test_a_second_source_that_says_the_same_of_a_shared_theme_changes_nothing() -> None:
    frame = parcels(("1", 600_000, None)).frame[["register_id", "municipality", "geometry"]]
    frame = frame.assign(designation="Reservat", sigma_m=2.5)
    said = ("designation", "sigma_m")
    first, second = (
        Delivery("s01_strandbeskyttelse", name, "dai", frame, speaks_for=said) for name in ("a", "b")
    )
    assert store(first).new == 1
    assert store(second).unchanged == 1
    other = Delivery("s01_strandbeskyttelse", "b", "dai", frame.assign(sigma_m=1.0), speaks_for=said)
    assert store(other).changed == 1


@pytest.mark.parametrize("sources", [("a", "b"), ("b", "a")])
def test_of_sources_without_a_rank_the_one_that_spoke_last_counts(sources: tuple[str, str]) -> None:
    first, last = sources
    store(parcels(("1", 600_000, 100), source=first))
    store(parcels(("1", 600_000, 120), source=last))
    current = ParcelVersion.objects.current()
    assert current.get().registered_m2 == 120
    assert store(parcels(("1", 600_000, 100), source=first)).unchanged == 1, (
        "the same words again are no news"
    )
    assert current.get().registered_m2 == 120
    store(parcels(("1", 600_000, 140), source=first))
    assert current.get().registered_m2 == 140


def test_who_is_believed_last_counts_also_after_both_agreed() -> None:
    for source, area in (("a", 100), ("b", 120), ("a", 120), ("a", 100)):
        store(parcels(("1", 600_000, area), source=source))
        assert ParcelVersion.objects.current().get().registered_m2 == area


def test_the_same_word_in_another_column_is_a_change() -> None:
    """A mapping that had put a field into the wrong column and was mended."""
    frame = parcels(("1", 600_000, None)).frame[["register_id", "municipality", "geometry"]]
    for column in ("name", "designation"):
        said = frame.assign(**{column: "Vest"})
        report = store(Delivery("s01_strandbeskyttelse", "a", "a", said, speaks_for=(column,)))
        assert (report.new + report.changed, report.unchanged) == (1, 0)
    assert ThemeVersion.objects.get(change_to=None).attributes == {"designation": "Vest"}


def test_a_delta_ends_nothing_and_a_complete_delivery_does() -> None:
    store(parcels(*[(str(n), 600_000 + 10 * n, 100) for n in range(40)]))
    fewer = parcels(*[(str(n), 600_000 + 10 * n, 100) for n in range(39)])
    assert store(fewer).ended == 0
    assert store(fewer, complete="0999").ended == 1
    assert ParcelVersion.objects.current().count() == 39
    assert Parcel.objects.count() == 40
    assert store(parcels(("39", 600_390, 100))).changed == 1, "what had ended can come back"


def test_ending_too_much_is_refused_and_stores_nothing() -> None:
    store(parcels(*[(str(n), 600_000 + 10 * n, 100) for n in range(10)]))
    revision = last_revision()
    with pytest.raises(CannotRead, match="9 of 10"):
        store(parcels(("0", 600_000, 555)), complete="0999")
    assert last_revision() == revision
    assert ParcelVersion.objects.current().filter(registered_m2=555).count() == 0
    assert store(parcels(("0", 600_000, 100)), complete="0999", yes=True).ended == 9


def test_a_rejected_record_is_kept_with_its_bytes() -> None:
    delivery = parcels(("1", 600_000, 100))
    delivery = Delivery(
        **{**delivery.__dict__, "rejected": (Rejected("7", "invalid_geometry", "crosses", "x=1", b"raw"),)}
    )
    assert store(delivery).quarantined == 1
    record = QuarantinedRecord.objects.get()
    assert (record.record, record.reason) == ("7", "invalid_geometry")


def test_every_import_leaves_one_audit_row_and_finishes_its_change() -> None:
    store(parcels(("1", 600_000, 100)))
    change = Change.objects.get()
    assert change.revision is not None
    assert change.themes == ["parcel"]


def test_originals_and_audit_are_under_row_level_security() -> None:
    from django.db import connection

    for model in (AuditRow, ImportOriginal):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s",
                [model._meta.db_table],
            )
            assert cursor.fetchone() == (True, True)


def test_a_theme_without_columns_of_its_own_is_stored_too() -> None:
    """The register of reserves (reservat) has shapes and nothing else that the shared model keeps."""
    frame = parcels(("1", 600_000, None)).frame[["register_id", "municipality", "geometry"]]
    reserve = Delivery("s40_reservat", "dai/natur_vildt_reservat", "dai", frame, speaks_for=())
    assert store(reserve).line() == "1 new, 0 changed, 0 unchanged, 0 ended, 0 quarantined"
    assert store(reserve).line() == "0 new, 0 changed, 1 unchanged, 0 ended, 0 quarantined"
