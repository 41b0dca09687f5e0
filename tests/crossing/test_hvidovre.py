"""Hvidovre as delivered: 170 adopted plans of which nothing is recorded but the document, and four proposals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import call_command
from django.db import connection, transaction

from geodata.accounts.models import Municipality
from geodata.frames import read_sql
from geodata.ledger.revisions import finish_change, open_change
from geodata.property_lookup.answers import Answer, Asker, State
from geodata.property_lookup.look import look
from geodata.property_lookup.place import place_of
from planning.layers import LOCAL_PLANS
from tests.geodata.imports import run_import
from tests.permits.review import town

pytestmark = [pytest.mark.samples, pytest.mark.django_db]
ADOPTED, PROPOSALS = "lokalplan_vedtaget_2025-04", "lokalplan_forslag_full"
MATTERS = ("max_height", "max_storeys", "plot_ratio", "use", "building_field")


@pytest.fixture(autouse=True)
def _hvidovre(samples: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(samples if (samples / "data").is_dir() else samples.parent)
    monkeypatch.setattr(town, "OWN", "0167")
    Municipality.objects.get_or_create(code="0167", defaults={"name": "Hvidovre"})


def read(*names: str) -> None:
    for name in names:
        done = run_import(f"data/dk/plandata/hvidovre_{name}.geojson", plans=True, municipality="0167")
        assert done.code == 0, done.said


def answers_over(shape: Any) -> dict[str, Answer]:
    """What the look-up answers about a parcel of this shape."""
    with transaction.atomic():
        change = open_change("test.parcel", acting_user=None, themes=["parcel"])
        town.add_parcel(change, "1a", shape, district=99_167)
        finish_change(change)
    place = place_of(99_167, "1a")
    assert place is not None
    found = look(place, Asker(), only=["plans"])
    return {answer.key: answer for told in found.facets for answer in told.answers}


def plans() -> Any:
    return read_sql("SELECT register_id, ST_AsBinary(geometry) AS geometry FROM t_plan ORDER BY register_id")


def test_all_plans_are_on_the_map() -> None:
    read(ADOPTED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({LOCAL_PLANS.sql}) drawn WHERE geom IS NOT NULL AND status = 'V'"
        )
        assert cursor.fetchone() == (170,)


def test_each_limit_awaits_reading_and_leads_to_its_document() -> None:
    read(ADOPTED)
    told = answers_over(shapely.box(*plans().total_bounds))
    limits = [a for key, a in told.items() if key.endswith(MATTERS[:3])]
    assert len(limits) == 170 * 3
    assert {(a.state, a.code, a.said) for a in limits} == {
        (State.NOT_ANSWERED, "not_recorded", "Ikke registreret: Læs planen.")
    }
    assert all(a.link.startswith("https://dokument.plandata.dk/20_") and a.as_of for a in limits)
    # The key of a plan stands in the address of its own document.
    assert all(f"/20_{a.key.split(':')[1].split('.')[0]}_" in a.link for a in limits)
    uses = [a for key, a in told.items() if key.endswith(".use") and a.state is State.YES]
    assert sum(a.value == 11 for a in uses) == 76
    assert told["plans.sub_area"].state is State.NOT_ANSWERED


def test_proposals_say_of_what_their_percentages_are() -> None:
    read(PROPOSALS)
    told = answers_over(shapely.box(*plans().total_bounds))
    ratios = {
        (a.said, a.code) for key, a in told.items() if key.endswith("plot_ratio") and a.state is State.YES
    }
    assert ratios == {
        ("120 % af området som helhed", "area"),
        ("250 % af den enkelte ejendom", "property"),
    }
    lies = [a for key, a in told.items() if key.endswith(".lies")]
    assert len(lies) == 4
    assert all(a.code == "proposal" and "endnu ikke er bindende" in a.said for a in lies)
    assert told["plans.local_plan"].state is State.NOT_ANSWERED  # no adopted plan has been delivered


def _assess(tmp_path: Path, shape: Any, *rules: str) -> tuple[int, dict[str, Any], str]:
    drawing = tmp_path / "hus.geojson"
    said = {"role": "primary", "kind": "detached_house", "height": 6.0, "storeys": 1, "floor_area": 100}
    drawing.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "name", "properties": {"name": "EPSG:25832"}},
                "features": [
                    {"type": "Feature", "properties": said, "geometry": shapely.geometry.mapping(shape)}
                ],
            }
        )
    )
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("assess", str(drawing), "--json", *rules, stdout=out, stderr=err)
    return int(stop.value.code or 0), json.loads(out.getvalue() or "{}"), err.getvalue()


def _inside() -> Any:
    """A footprint of 100 m² well inside a plan."""
    held = plans()
    plan = held[held.geometry.buffer(-20).area > 2_000].geometry.iloc[0]
    at = plan.buffer(-20).representative_point()
    return shapely.box(at.x - 5, at.y - 5, at.x + 5, at.y + 5)


def test_a_footprint_alone_learns_which_matters_await_reading(tmp_path: Path) -> None:
    read(ADOPTED)
    code, told, _err = _assess(tmp_path, _inside())
    assert code == 3
    assert told["property"] == "jordstykket kendes ikke; kun sammenholdt med planer"
    outcomes = {f["rule"]: (f["outcome"], f["reason"]) for f in told["findings"]}
    for rule in ("plan.height", "plan.storeys", "plan.plot_ratio"):
        assert outcomes[rule] == ("needs_manual", "legal_text"), rule
    # Nothing that asks for land or boundaries passes without them.
    assert outcomes["br18.boundary_distance"][0] == "needs_manual"
    assert outcomes["br18.plot_ratio"][0] == "needs_manual"
    assert outcomes["site.inside_parcel"][0] == "needs_manual"


def test_where_the_cadastre_is_known_a_drawing_beside_it_is_refused(tmp_path: Path) -> None:
    read(ADOPTED)
    house = _inside()
    answers_over(shapely.affinity.translate(house, 3_000, 0))
    code, _told, err = _assess(tmp_path, house)
    assert code == 2
    assert "on no parcel" in json.dumps(_told) + err


def test_where_nothing_is_known_it_is_refused_too(tmp_path: Path) -> None:
    read(ADOPTED)
    code, told, err = _assess(tmp_path, shapely.box(600_000, 6_200_000, 600_010, 6_200_010))
    assert code == 2
    assert "on no parcel" in json.dumps(told) + err
