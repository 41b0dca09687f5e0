"""``new_rule``: what it writes works at once, in a package that is built and installed, and in this project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from shapely.geometry import MultiPolygon, box

from geodata.accounts.tenancy import tenant
from geodata.fkg.database import load
from geodata.ledger.imports import import_delivery
from geodata.ledger.models import AnswerState, AuditRow, SourceAnswer
from geodata.models.cadastre import Parcel
from geodata.models.fkg import FkgThemeRow
from geodata.property_lookup.answers import Answer, State
from geodata.readers.delivery import Delivery
from permits.actions.check_applications import check_applications
from permits.applies.everything import what_applies
from permits.engine.from_database import world_of
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.proofs.proof import prove
from permits.rulebook import discover
from permits.scaffolding import CannotScaffold, in_package, values_of
from tests.permits.engine.test_from_database import DAY, E, N, build, town
from tests.permits.extending import ID, THEME, beside, install, scaffold

__all__ = ["town"]
ROOT = Path(settings.BASE_DIR)
#: As long as an id may be, and the longest texts.
LONGEST = "fjordby." + "x" * 52


def python(*argv: str | Path, cwd: Path = ROOT, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    argv = (sys.executable, *argv)
    return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with two rules, as ``new_rule`` writes it."""
    folder = tmp_path_factory.mktemp("own") / "fjordby-regler"
    scaffold(folder)
    scaffold(folder, LONGEST, law="ingen paragraf: " + "x" * 64, da="æ" * 50, en="x" * 50)
    return folder


@pytest.fixture(scope="module")
def target(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed."""
    folder = tmp_path_factory.mktemp("installed")
    install(package, folder)
    return folder


@pytest.fixture
def installed(target: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with beside(target, monkeypatch):
        yield


def test_its_tests_and_cases_pass_at_once_in_a_program_of_their_own(package: Path, target: Path) -> None:
    tests = python("-m", "pytest", "-q", "-p", "no:cacheprovider", package / "tests", path=target)
    assert "6 passed" in tests.stdout, tests.stdout + tests.stderr
    cases = python("manage.py", "rulecases", target / "fjordby_regler" / "cases", path=target)
    assert (cases.returncode, cases.stdout) == (0, "6 passed, 0 failed\n")


def test_it_is_formatted_and_linted(package: Path) -> None:
    for check in (("check",), ("format", "--check")):
        told = python("-m", "ruff", *check, "--no-cache", package)
        assert told.returncode == 0, told.stdout


@pytest.mark.slow
def test_its_types_are_strict(package: Path) -> None:
    told = python("-m", "mypy", package / "fjordby_regler")
    assert told.returncode == 0, told.stdout


def park(distance: float) -> None:
    """A park east of the house that ``build(town, 5)`` draws."""
    frame = gpd.GeoDataFrame(
        {
            "register_id": ["0"],
            "municipality": "0999",
            "cvr_kode": 55606617,
            "vedlhold_f_type_kode": [102000],
        },
        geometry=[MultiPolygon([box(E + 35 + distance, N, E + 75 + distance, N + 25)])],
        crs="EPSG:25832",
    )
    import_delivery(
        Delivery(THEME, "geofa", "geofa", frame, speaks_for=("vedlhold_f_type_kode",)),
        acting_user=None,
        file_name="f",
        file_sha256="0" * 64,
    )


@pytest.fixture
def asked(installed: None, town: Application) -> Application:
    """An application for a house, with the list of themes in the database."""
    if not FkgThemeRow.objects.exists():
        load(apps)
    build(town, 5.0)
    return town


def check(application: Application) -> tuple[str, str]:
    run, _ = check_applications([application.pk], acting_user=None, municipality="0999", as_of=DAY)
    assert {ID, LONGEST} < set(run.rules)
    with tenant("0999"):
        assert AuditRow.objects.latest("id").detail["packages"] == {"fjordby-regler": "0.1.0"}
    found = Finding.objects.filter(run=run, rule=ID)
    return next(((f.outcome, f.reason) for f in found), ("not_applicable", ""))


def applies() -> Answer:
    with translation.override("en"):
        told = what_applies([Parcel.objects.get(register_id="0").pk], "0999", DAY)
    assert {one.key for one in told} == {f"rules.{name}" for name in discover()}
    return next(one for one in told if one.key == f"rules.{ID}")


@pytest.mark.django_db
def test_the_state_of_its_layer_decides_on_stored_applications(asked: Application) -> None:
    assert check(asked) == ("needs_manual", "missing_data")
    told = applies()
    assert (told.state, told.said) == (
        State.NOT_ANSWERED,
        "Not read in here: Park og grønne områder flade.",
    )
    SourceAnswer.objects.create(
        source="geofa", theme=THEME, municipality_id="0999", state=AnswerState.ABSENT, as_of=DAY
    )
    assert check(asked) == ("not_applicable", "")
    assert (applies().state, applies().as_of) == (State.NO, DAY)


@pytest.mark.django_db
def test_what_the_register_holds_is_found_and_said(asked: Application, tmp_path: Path) -> None:
    park(9.9)
    assert check(asked) == ("needs_manual", "assessment")
    told = applies()
    assert (told.state, told.title, told.value, told.unit) == (State.YES, "Distance to parks", 10.0, "m")
    assert told.said == "Park og grønne områder flade: 4.90 m away; It looks as far as 10.00 m."
    with tenant("0999"):
        world = world_of([asked.pk], as_of=DAY)
    _, table = check_applications([asked.pk], acting_user=None, municipality="0999", as_of=DAY)
    finding = table[table["rule"] == ID].iloc[0]
    danish, english = (prove(world, finding, "planner", language).words for language in ("da", "en"))  # type: ignore[arg-type]
    assert danish.title == "Afstand til parker"
    assert "9,90 m fra et registreret område (Afstand til parker)" in danish.verdict
    assert "9.90 m from a registered area (Distance to parks)" in english.verdict
    assert "planloven § 15, stk. 2" in english.text()
    drawing = {
        "type": "Feature",
        "properties": {"id": "hus", "role": "primary", "kind": "detached_house", "height": 3.0},
        "geometry": box(E + 25, N + 8, E + 35, N + 18).__geo_interface__,
    }
    path = tmp_path / "house.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [drawing]}))
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command(
            "assess", str(path), "--parcel", "99 1a", "--crs", "EPSG:25832", "--rules", ID, stdout=out
        )
    assert stop.value.code == 3
    assert f"{ID}: needs_manual · assessment\n  Afstand til parker\n" in out.getvalue()


@pytest.mark.django_db
def test_at_the_exact_distance_it_passes(asked: Application) -> None:
    park(10.0)
    assert check(asked) == ("pass", "")


@pytest.mark.slow
def test_in_the_project_it_stands_where_all_others_do(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name]
    for name in names or [str(p.relative_to(ROOT)) for p in ROOT.glob("[a-z]*/**/*.*")]:
        if (ROOT / name).is_file() and not name.startswith(("docs/", "tests/geodata", "tests/gml")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    made = python(
        "manage.py", "new_rule", ID, "--da", "Afstand til parker", "--en", "Distance to parks", cwd=copy
    )
    assert made.returncode == 0, made.stderr
    assert "added to " in made.stdout
    assert "msgfmt -o permits/locale/da/LC_MESSAGES/django.mo" in made.stdout
    words = copy / "permits/locale/da/LC_MESSAGES/django.po"
    subprocess.run(["msgfmt", "--check-format", "-o", words.with_suffix(".mo"), words], check=True)
    test = f"tests/permits/rules/test_{ID.replace('.', '_')}.py"
    told = python("-m", "pytest", "-q", "-p", "no:cacheprovider", test, cwd=copy)
    assert "3 passed" in told.stdout, told.stdout + told.stderr
    for lint in (("check",), ("format", "--check")):
        told = python("-m", "ruff", *lint, "--no-cache", "permits", "tests/permits", cwd=copy)
        assert told.returncode == 0, told.stdout
    again = python("manage.py", "new_rule", ID, cwd=copy)
    assert (again.returncode, f"there is a rule {ID} already" in again.stderr) == (2, True)


def refused(tmp_path: Path, rule: str = ID, **options: Any) -> str:
    with pytest.raises(CommandError) as stop:
        scaffold(tmp_path / "pakke", rule, **options)
    assert stop.value.returncode == 2
    return str(stop.value)


@pytest.mark.parametrize(
    ("rule", "options", "told"),
    [
        ("Parks", {}, "'Parks' is no id"),
        ("fjordby." + "x" * 53, {}, "is no id"),
        ("br18.height", {}, "there is a rule br18.height already"),
        (ID, {"law": "planloven"}, "names neither a law"),
        (ID, {"law": "§ 1" + "x" * 80}, "--law is longer than 80 signs"),
        (ID, {"da": 'den "gode" park'}, "--da has to be one line"),
        (ID, {"en": "a\nb"}, "--en has to be one line"),
        (ID, {"en": "x" * 51}, "--en is longer than 50 signs"),
    ],
)
def test_what_the_rulebook_would_refuse_is_not_written(
    tmp_path: Path, rule: str, options: dict[str, str], told: str
) -> None:
    assert told in refused(tmp_path, rule, **options)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "pakke"
    scaffold(folder)
    path = folder / "pakke" / "rules" / "fjordby_parks.py"
    path.write_text("# changed\n")
    words = folder / "pakke" / "explanations" / "fjordby_parks.py"
    words.unlink()
    assert f"{path} is there already" in refused(tmp_path)
    assert path.read_text() == "# changed\n"
    assert not words.exists()


def test_a_package_that_names_no_places_is_told_which(tmp_path: Path) -> None:
    (tmp_path / "pakke").mkdir()
    (tmp_path / "pakke" / "pyproject.toml").write_text("[project]\nname = 'pakke'\n")
    told = refused(tmp_path)
    assert [line.partition("[")[2] for line in told.splitlines()] == [
        f'project.entry-points."planvaerk.{group}"]' for group in ("rules", "explanations", "numbers")
    ]


@pytest.mark.parametrize("name", ["permits", "numpy", "2. forsøg", "class"])
def test_a_package_is_not_called_what_another_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotScaffold, match="call"):
        in_package(values_of(ID), tmp_path / name)


def test_a_package_below_src_is_written_into_where_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "pakke"
    (folder / "src" / "regler").mkdir(parents=True)
    points = {"rules": "regler.om", "explanations": "regler.ord", "numbers": "regler.tal"}
    text = "".join(
        f'[project.entry-points."planvaerk.{group}"]\nx = "{at}"\n' for group, at in points.items()
    )
    (folder / "pyproject.toml").write_text(text)
    scaffold(folder)
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*parks*")) == [
        "src/regler/cases/fjordby_parks.yaml",
        "src/regler/om/fjordby_parks.py",
        "src/regler/ord/fjordby_parks.py",
        "src/regler/tal/fjordby_parks.toml",
        "tests/test_fjordby_parks.py",
    ]
    assert (
        "from regler.om.fjordby_parks import ID, KIND"
        in (folder / "src/regler/ord/fjordby_parks.py").read_text()
    )
