"""The quality checks on real towns, through the generic reader; truths counted with other programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.geodata.imports import looked, run_check

pytestmark = [pytest.mark.samples, pytest.mark.django_db]


def town(samples: Path, name: str) -> Path:
    home = samples if (samples / "data").is_dir() else samples.parent
    return home / "data" / "towns" / name


@pytest.mark.parametrize(
    ("mapping", "file", "objects", "areas", "pairs"),
    [
        ("decany_parcels", "cz_decany_ruian.gpkg", 3172, "613", 0),
        ("luxiol_parcels", "fr_25354_cadastre.gpkg", 511, "70", 0),
        ("spain_parcels", "es_catastro.gpkg", 186, "0", 0),
        ("gennes_parcels", "fr_doubs_plu.gpkg", 851, "not run, the data say nothing of registered_m2", 29),
        ("matriklen_parcels", "dk_dawa.gpkg", 47, "20", 0),
    ],
)
def test_a_town(samples: Path, mapping: str, file: str, objects: int, areas: str, pairs: int) -> None:
    ids = ["--check", "registered_area", "--check", "overlaps"]
    outcome = run_check(*looked(mapping, town(samples, file)), *ids)
    told = dict(line.split(": ", 1) for line in outcome.out.splitlines() if ": " in line)
    assert f"{objects} read, 0 set aside" in outcome.out
    assert told == {"registered_area": areas, "overlaps": str(pairs)}
    assert outcome.code == (3 if pairs or (areas.isdigit() and areas != "0") else 0)


@pytest.mark.parametrize(
    ("mapping", "file", "read", "aside"),
    [
        ("decany_buildings", "cz_decany_ruian.gpkg", 298, {"no_geometry": 12}),
        ("gennes_buildings", "fr_doubs_plu.gpkg", 325, {}),
        # One parcel of the table has an empty shape, which is no null.
        ("cambridge_parcels", "us_cambridge.gpkg", 13_081, {"invalid_geometry": 34, "no_geometry": 1}),
    ],
)
def test_missing_and_invalid_shapes_are_counted(
    samples: Path, mapping: str, file: str, read: int, aside: dict[str, int]
) -> None:
    outcome = run_check(*looked(mapping, town(samples, file)), "--check", "slivers")
    assert f"{read} read, {sum(aside.values())} set aside" in outcome.out
    for reason, count in aside.items():
        assert f"set aside, {reason}: {count}" in outcome.said


@pytest.mark.parametrize(
    ("mapping", "layer", "file", "count"),
    [
        ("areas", "jordstykke_1059", "dk_dawa.gpkg", 1059),
        ("areas", "jordstykke_60851", "dk_dawa.gpkg", 47),
        ("lines", "matrikelskel_60851", "dk_dawa.gpkg", 584),
        ("points", "skelpunkt_60851", "dk_dawa.gpkg", 538),
        ("areas", "fredskov_60851", "dk_dawa.gpkg", 1),
        ("areas", "ejerlav_60851", "dk_dawa.gpkg", 1),
        ("lines", "optagetvej_60851", "dk_dawa.gpkg", 6),
        ("areas", "bygning", "dk_dawa.gpkg", 2471),
        ("areas", "lokalplan_vedtaget", "dk_hvidovre_plans.gpkg", 170),
        ("areas", "lokalplan_forslag", "dk_hvidovre_plans.gpkg", 3),
        ("areas", "kommuneplan_omrids", "dk_hvidovre_plans.gpkg", 1),
        ("areas", "fredede_omraader", "dk_hvidovre_plans.gpkg", 5),
        ("areas", "fredede_omraader_uklippet", "dk_hvidovre_plans.gpkg", 5),
        ("areas", "strandbeskyttelse", "dk_hvidovre_plans.gpkg", 49),
        ("areas", "skovomraade", "dk_hvidovre_plans.gpkg", 17),
        ("lines", "erosionsfare_linje", "dk_hvidovre_plans.gpkg", 1663),
        ("areas", "kommune", "dk_dagi_kommuner_2014.gpkg", 311),
    ],
)
def test_danish_layers_have_as_many_objects_as_their_list_says(
    samples: Path, tmp_path: Path, mapping: str, layer: str, file: str, count: int
) -> None:
    theme = {"areas": "parcel", "lines": "boundary_line", "points": "building_record"}[mapping]
    said = f'[source]\nname = "l"\nregister = "l"\ntheme = "{theme}"\nlayer = "{layer}"\nverified = true\n'
    (tmp_path / "layer.toml").write_text(said)
    outcome = run_check("--mapping", tmp_path / "layer.toml", town(samples, file), "--check", "slivers")
    assert f"{count} read, 0 set aside" in outcome.out, outcome.said
