"""Loads that stop half-way, and loads by two processes: they begin with an empty database, unlike the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps

from geodata.fkg.database import load as catalogue
from geodata.ledger.models import Epoch
from permits.demo import load as loading
from permits.demo.demo import DemoTown
from tests.permits.demo.test_load import counts

pytestmark = pytest.mark.django_db


def test_a_broken_load_is_taken_up_again(demo: DemoTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_submit", _fails)
    with pytest.raises(RuntimeError):
        loading.load(demo)
    monkeypatch.undo()
    report = loading.load(demo)
    assert report.lines["parcel"].startswith("0 new, 0 changed")
    assert report.applications == len(demo.applications)


@pytest.fixture
def _epoch(transactional_db: None) -> None:
    """A test with transactions of its own empties all tables when it ends, also those that migrations have filled."""
    Epoch.objects.get_or_create(number=1)
    catalogue(apps)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_epoch")
def test_by_two_processes_the_same_is_stored(demo: DemoTown, tmp_path: Path) -> None:
    told: list[str] = []
    report = loading.build(demo.wished, demo.seed, terrain=tmp_path, say=told.append)
    assert report.applications == len(demo.applications)
    held = counts()
    # A delivery of the very same town changes nothing, whoever has stored it.
    drawn = loading.Sketch(demo.seed, demo.wished, demo.town, demo.parcels, demo.lines, demo.outlines, {}, ())
    again = loading._store_sketch(drawn, None)
    assert all(line.startswith("0 new, 0 changed") for line in again.values())
    assert held["geodata_parcelversion"] == len(demo.parcels)
    assert counts() == {**held, "ledger_importrun": held["ledger_importrun"] + 3}
    assert loading.build(demo.wished, demo.seed).already


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_epoch")
def test_what_went_wrong_in_the_other_process_is_told(
    demo: DemoTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_store_sketch", _breaks)
    with pytest.raises(loading.CadastreError, match="the disk is full"):
        loading.build(demo.wished, demo.seed)
    monkeypatch.undo()
    assert not loading.present(demo.wished, demo.seed)


def _breaks(*_: object) -> None:
    raise OSError("the disk is full")


def _fails(_: DemoTown) -> int:
    raise RuntimeError("the power went out")
