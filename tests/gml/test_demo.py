"""The plans of the demonstration municipality as register data: valid by both judges, and the same bytes again."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.ledger.imports import import_delivery
from geodata.readers.delivery import Delivery
from gml.export import export_plans
from gml.validate.validator import Given, validate
from permits.demo import names
from permits.demo.demo import generate
from permits.demo.load import SOURCE
from tests.gml.plans import independent
from tests.gml.test_reader import again

pytestmark = [pytest.mark.samples, pytest.mark.django_db]


def test_the_demonstration(samples: Path, tmp_path: Path) -> None:
    plans = generate().plans
    envelope = {"register_id", "municipality", "geometry", "statuskode", "gyldig_fra", "gyldig_til"}
    delivery = Delivery(
        theme="plan",
        source=SOURCE,
        register=SOURCE,
        frame=plans,
        speaks_for=tuple(name for name in plans.columns if name not in envelope),
    )
    import_delivery(
        delivery, acting_user=None, file_name="demo", file_sha256="0" * 64, municipality=names.CODE
    )
    for crs in ("EPSG:25832", "EPSG:4258", "EPSG:3044"):
        file = tmp_path / "x.gml"
        written = export_plans(file, municipality=names.CODE, crs=crs)
        assert written.plans > 1
        judged = independent(samples, file, "--fail-on", "warning")
        assert judged.returncode == 0, judged.stdout
        ours = validate([Given.at(file)], schemas=samples / "schemas", profile="planvaerk")
        assert ours.valid is True, [(fault.rule, fault.values) for fault in ours.faults][:9]
    text = file.read_bytes()
    assert again(text, tmp_path, crs="EPSG:3044") == text
