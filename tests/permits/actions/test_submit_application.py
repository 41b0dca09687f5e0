"""Sending in: what a drawing says becomes rows, whatever its buildings are called."""

from __future__ import annotations

import pytest

from geodata.accounts.tenancy import tenant
from permits.actions.submit_application import DrawingFile, Submission, submit_application
from permits.drawings.read import read_drawing
from permits.models.applications import Application, ProposedBuilding
from tests.permits.drawings.builders import collection, feature, moved, said
from tests.permits.engine.test_from_database import DAY, town

pytestmark = pytest.mark.django_db
__all__ = ["town"]


def test_buildings_whose_long_names_begin_alike_are_kept_apart(town: Application) -> None:
    long = "Tilbygning mod syd efter tegning 12 og beskrivelse af 2. marts, "
    assert len(long) > 60
    names = [f"{long}{end}" for end in ("a", "b", "c")]
    drawn = collection(*(feature(moved(20.0 * n), said(id=name)) for n, name in enumerate(names)))
    read = read_drawing(drawn, filename="huse.geojson")
    assert read.buildings["name"].tolist() == names
    file = DrawingFile("huse.geojson", "application/geo+json", drawn, read.sha256, read)
    key = submit_application(
        Submission("2026-2", "", "new", "", DAY, [], [file]), acting_user=None, municipality="0999"
    )
    with tenant("0999"):
        stored = ProposedBuilding.objects.filter(application_id=key).order_by("id")
        assert [b.name for b in stored] == [long[:60], f"{long[:58]} 2", f"{long[:58]} 3"]
