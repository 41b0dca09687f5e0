"""Properties of history: answers of ``as_of`` never change, spans of knowledge meet without gap or overlap."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.ledger.models import Change, Epoch
from geodata.ledger.revisions import finish_change, last_revision, open_change
from geodata.models.cadastre import ParcelVersion
from tests import tier
from tests.geodata.ledger.test_imports import parcels, store

SOURCES = ("matriklen/gml", "matriklen/ewkb-csv", "other")
Answer = list[tuple[str, float | None]]


def answer(known: int) -> Answer:
    """What revision ``known`` held: (register id, registered area)."""
    return sorted(
        ParcelVersion.objects.as_of(known=known).values_list("object__register_id", "registered_m2")  # type: ignore[arg-type]
    )


def spans() -> dict[int, list[tuple[int, int | None]]]:
    """Spans of knowledge by object, in revisions."""
    found: dict[int, list[tuple[int, int | None]]] = {}
    rows = ParcelVersion.objects.order_by("object_id", "change_from__revision")
    for key, first, last in rows.values_list("object_id", "change_from__revision", "change_to__revision"):
        found.setdefault(key, []).append((first, last))
    return found


def assert_no_overlap(*, gaps_at: set[int] | None = None) -> None:
    """``gaps_at``: revisions that ended objects, after which a gap may stand; None = there are no gaps at all."""
    for history in spans().values():
        assert all(last is None or first < last for first, last in history)
        for (_, last), (first, _) in pairwise(history):
            assert last is not None
            assert last <= first
            assert last == first or (gaps_at is not None and last in gaps_at)
        assert sum(last is None for _, last in history) <= 1


deliveries = st.lists(
    st.tuples(
        st.sampled_from(SOURCES),
        st.dictionaries(st.sampled_from("abcde"), st.integers(1, 3), min_size=1, max_size=5),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.django_db
@given(deliveries)
@settings(
    max_examples=tier.cases(25, fast=6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_histories_of_any_deliveries_are_sound(said: list[tuple[str, dict[str, int], bool]]) -> None:
    with transaction.atomic():
        _deliver(said)
        transaction.set_rollback(True)


def _deliver(said: list[tuple[str, dict[str, int], bool]]) -> None:
    """A model beside the store: what each source said last, best source first."""
    statements: dict[str, dict[str, int]] = {}
    there: set[str] = set()
    answers: list[tuple[int, Answer]] = []
    ended_at: set[int] = set()
    for source, values, complete in said:
        rows = [(name, 600_000 + 20 * ord(name), float(value)) for name, value in values.items()]
        report = store(parcels(*rows, source=source), complete="*" if complete else None, yes=complete)
        for name, value in values.items():
            statements.setdefault(name, {})[source] = value
        if complete:
            there = set(values)
            if report.ended:
                ended_at.add(last_revision())
        else:
            there |= set(values)
        shown = [
            (name, float(next(statements[name][s] for s in SOURCES if s in statements[name])))
            for name in there
        ]
        assert answer(last_revision()) == sorted(shown)
        assert report.new + report.changed + report.unchanged == len(values)
        answers.append((last_revision(), answer(last_revision())))
        again = store(parcels(*rows, source=source))
        assert again.unchanged == len(values), "a source's own delivery read again is unchanged"
    for revision, before in answers:
        assert answer(revision) == before, "an answer changed later"
    assert_no_overlap(gaps_at=ended_at)


@pytest.fixture
def emptied(transactional_db: None) -> None:
    Epoch.objects.get_or_create(number=1)  # emptied with the other tables after each of these tests
    return


@pytest.mark.real_clock
@pytest.mark.usefixtures("emptied")
def test_answers_never_change_under_twenty_writers() -> None:
    """Writers by hand, slower than an import and with several objects each, and a reader beside them."""
    store(parcels(*[(str(n), 600_000 + 20 * n, 0) for n in range(30)]))
    keys = sorted(ParcelVersion.objects.values_list("object_id", flat=True))
    until = time.monotonic() + 4
    seen: dict[int, Answer] = {}
    trouble: list[BaseException] = []

    def write(seed: int) -> int:
        luck = random.Random(seed)
        done = 0
        try:
            while time.monotonic() < until:
                mine = sorted(luck.sample(keys, 3))
                with transaction.atomic():
                    change = open_change("test", acting_user=None, themes=["parcel"])
                    time.sleep(luck.uniform(0, 0.05))
                    _rewrite(change.pk, mine, seed * 1000 + done)
                    time.sleep(luck.uniform(0, 0.05))
                    finish_change(change)
                    time.sleep(luck.uniform(0, 0.01))
                done += 1
        except BaseException as error:  # noqa: BLE001  # told in the test's own thread
            trouble.append(error)
        finally:
            connection.close()
        return done

    def read() -> None:
        luck = random.Random(1)
        try:
            while time.monotonic() < until:
                last = last_revision()
                for known in {last, luck.randint(1, last)}:
                    told = answer(known)
                    assert seen.setdefault(known, told) == told, f"revision {known} answered differently"
        except BaseException as error:  # noqa: BLE001
            trouble.append(error)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(20) as pool:
        written = sum(pool.map(write, range(20)))
    reader.join()
    assert not trouble, trouble
    assert written > 20
    assert len(seen) > 5
    assert [known for known, told in seen.items() if answer(known) != told] == []
    assert all(len(told) == 30 for told in seen.values()), "an object was missing or twice"
    assert_no_overlap()
    assert_times_grow()


def _rewrite(change: int, keys: list[int], value: int) -> None:
    """Close and open some objects in the order of their keys, so that writers wait and never lock in a ring."""
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT FROM geodata_parcel WHERE id = %s FOR UPDATE", [key])
            cursor.execute(
                "UPDATE geodata_parcelversion SET change_to_id = %s WHERE object_id = %s AND change_to_id IS NULL "
                "RETURNING versions_id",
                [change, key],
            )
            (before,) = cursor.fetchall()
            cursor.execute(
                "INSERT INTO geodata_parcelversion (versions_id, object_id, change_from_id, content_hash, "
                "registered_m2, geometry) SELECT gen_random_uuid(), object_id, %s, gen_random_uuid(), %s, geometry "
                "FROM geodata_parcelversion WHERE versions_id = %s",
                [change, value, before[0]],
            )


def assert_times_grow() -> None:
    times = list(Change.objects.order_by("revision").values_list("recorded_at", flat=True))
    assert times == sorted(set(times))
    numbers = list(Change.objects.order_by("revision").values_list("revision", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.real_clock
@pytest.mark.usefixtures("emptied")
def test_imports_of_one_object_at_once_are_stored_one_after_the_other() -> None:
    store(parcels(("1", 600_000, 0)))
    gate = threading.Barrier(8)

    def bring(value: int) -> int:
        try:
            gate.wait()
            return store(parcels(("1", 600_000, value))).changed
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        changed = sum(pool.map(bring, range(1, 9)))
    assert changed == 8
    assert ParcelVersion.objects.count() == 9
    assert_no_overlap()
    assert_times_grow()


@pytest.mark.real_clock
@pytest.mark.usefixtures("emptied")
def test_a_slow_writer_does_not_commit_into_the_past() -> None:
    store(parcels(("1", 600_000, 0), ("2", 600_020, 0)))
    slow_has_written, fast_is_done = threading.Event(), threading.Event()

    def slow() -> int:
        try:
            with transaction.atomic():
                change = open_change("slow", acting_user=None, themes=["parcel"])
                _rewrite(change.pk, [keys[0]], 7)
                slow_has_written.set()
                assert fast_is_done.wait(10)
                return finish_change(change)
        finally:
            connection.close()

    keys = list(ParcelVersion.objects.order_by("object__register_id").values_list("object_id", flat=True))
    with ThreadPoolExecutor(1) as pool:
        slower = pool.submit(slow)
        assert slow_has_written.wait(10)
        with transaction.atomic():
            change = open_change("fast", acting_user=None, themes=["parcel"])
            _rewrite(change.pk, [keys[1]], 8)
            faster = finish_change(change)
        told = answer(faster)
        fast_is_done.set()
        assert slower.result() > faster
    assert answer(faster) == told == [("1", 0.0), ("2", 8.0)]


@pytest.mark.django_db
def test_a_clock_set_back_does_not_turn_time() -> None:
    """The last change stands in the future, as after a clock that ran ahead and was put right."""
    store(parcels(("1", 600_000, 100)))
    with transaction.atomic(), connection.cursor() as cursor:
        change = open_change("from the future", acting_user=None, themes=["parcel"])
        cursor.execute(
            "UPDATE ledger_change SET revision = %s, recorded_at = now() + interval '3 days', epoch_id = 1 "
            "WHERE id = %s",
            [last_revision() + 1, change.pk],
        )
    store(parcels(("1", 600_000, 110)))
    assert_times_grow()
    assert answer(last_revision()) == [("1", 110.0)]
    assert_no_overlap()
