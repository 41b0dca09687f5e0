"""Several portions in processes of their own: what one process finds, all of it or nothing."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from django.db import transaction

from geodata import parallel
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import Epoch
from geodata.models.cadastre import Parcel
from permits.actions.check_applications import check_applications
from permits.actions.submit_application import Submission, submit_application
from permits.engine import assess as module
from permits.engine.assess import _find, assess
from permits.models.applications import Application
from permits.models.findings import Finding, Run
from tests.permits.engine.test_from_database import DAY, build, plans, town

__all__ = ["town"]
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _epoch(transactional_db: None) -> None:
    """Tests with transactions of their own empty all tables when they end, also the one with the first epoch."""
    Epoch.objects.get_or_create(number=1)


@pytest.fixture
def ids(_epoch: None, town: Application, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Five applications, to be worked on two at a time by two processes."""
    build(town, 2.40)
    plans({})
    parcel = Parcel.objects.get(register_id="1")
    keys = [town.pk]
    for number in range(4):
        said = Submission(f"n{number}", "", "new", "", DAY, [parcel.pk])
        keys.append(submit_application(said, acting_user=None, municipality="0999"))
        with tenant("0999"):
            application = Application.objects.get(pk=keys[-1])
        build(application, float(number))
    monkeypatch.setattr(module, "CHUNK", 2)
    monkeypatch.setattr(parallel, "processors", lambda: 2)
    return keys


def check(ids: list[int], **more: Any) -> tuple[Run, pd.DataFrame]:
    return check_applications(ids, acting_user=None, municipality="0999", as_of=DAY, **more)


def stored() -> list[tuple[Any, ...]]:
    rows = Finding.objects.newest().order_by("application_id", "rule", "building")
    return list(rows.values_list("application_id", "rule", "building", "outcome", "measured", "area"))


def where_it_runs(applications: list[int], run_id: int, as_of: Any, told: bool, rules: list[str]) -> Any:
    """The work, saying where it was done by the rule set that it names."""
    found = _find(applications, run_id, as_of, told, rules)
    return replace(found, rulesets={f"process {os.getpid()}"})


def dies(applications: list[int], run_id: int, as_of: Any, told: bool, rules: list[str]) -> Any:
    """The work, by a process that comes to an end in the second portion."""
    if len(applications) < 2:
        os._exit(1)
    return _find(applications, run_id, as_of, told, rules)


def test_processes_find_what_one_process_finds(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, int]] = []
    record, together = check(ids, progress=lambda *at: done.append(at))
    rows = stored()
    assert done == [(2, 5), (4, 5), (5, 5)]
    assert {row[0] for row in rows} == set(ids)
    monkeypatch.setattr(parallel, "processors", lambda: 1)
    again, alone = check(ids)
    pd.testing.assert_frame_equal(together, alone)
    assert rows == stored()
    assert (record.revision, record.rulesets) == (again.revision, again.rulesets)


def test_portions_are_worked_on_elsewhere_and_one_portion_here(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_find", where_it_runs)
    here = f"process {os.getpid()}"
    assert here not in check(ids)[0].rulesets
    assert check(ids[:2])[0].rulesets == [here]


def test_only_the_rules_that_are_asked_for(ids: list[int]) -> None:
    record, table = check(ids, rules=["br18.boundary_distance"])
    assert record.rules == ["br18.boundary_distance"]
    assert set(table["rule"]) == {row[1] for row in stored()} == {"br18.boundary_distance"}


def test_what_the_transaction_has_written_is_seen(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_find", where_it_runs)
    with transaction.atomic(), tenant("0999"):
        Application.objects.filter(pk=ids[0]).update(ground_z_m=None)
        record, _ = assess(ids, as_of=DAY)
    assert record.rulesets == [f"process {os.getpid()}"], "no other connection sees it"


def test_a_run_whose_process_dies_leaves_the_findings_before_it(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    check(ids)
    before, runs = stored(), Run.objects.count()
    monkeypatch.setattr(module, "_find", dies)
    with pytest.raises(BrokenProcessPool):
        check(ids)
    assert stored() == before
    assert Run.objects.count() == runs


def test_an_error_while_storing_ends_the_other_processes(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    check(ids)
    before = stored()

    def full(_rows: Any) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(module, "put", full)
    with pytest.raises(OSError, match="no space left"):
        check(ids)
    assert stored() == before
    assert not multiprocessing.active_children()


def test_without_keeping_each_portion_is_handed_over(ids: list[int]) -> None:
    handed: list[pd.DataFrame] = []
    _, none = check(ids, each=handed.append, keep=False)
    assert none.empty
    assert [sorted(set(table["site"])) for table in handed] == [ids[:2], ids[2:4], ids[4:]]
    assert stored(), "they are stored all the same"


def test_another_municipality_s_applications_stay_out_of_sight(ids: list[int]) -> None:
    with tenant("0998"):
        _, findings = assess(ids, as_of=DAY)
    assert findings.empty
