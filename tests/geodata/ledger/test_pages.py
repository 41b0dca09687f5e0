"""The pages of imports: who sees which, giving files, cancel, retry, JSON."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from geodata.accounts.models import Role
from geodata.ledger.answers import tell
from geodata.ledger.jobs import do
from geodata.ledger.models import AnswerState, ImportRun, Job, QuarantinedRecord
from geodata.ledger.orders import order
from geodata.ledger.reasons import TITLES, title
from geodata.ledger.themes import themes, title_of
from geodata.models.cadastre import ParcelVersion
from planning.delivered import theme_of
from planning.models.plans import Level
from tests.geodata.accounts.people import OTHER, OWN, municipalities, person
from tests.geodata.imports import run_import
from tests.geodata.ledger.cadastre import parcel_table

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


@pytest.fixture(autouse=True)
def _two_municipalities() -> None:
    municipalities()


def client_of(role: Role, *codes: str) -> Client:
    client = Client()
    client.force_login(person(role, *(codes or (OWN,))))
    return client


def given(path: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile(path.name, path.read_bytes())


def test_visitors_are_led_to_the_sign_in() -> None:
    assert Client().get("/imports/")["Location"].startswith("/konto/")
    assert Client().get("/imports/1.json").status_code == 401


def test_from_the_sign_in_one_comes_back_to_the_page_and_not_to_its_form() -> None:
    for referer, back in (
        ("http://testserver/imports/?page=2", "/imports/?page=2"),
        ("https://elsewhere.example/imports/", "/"),
        ("http://[", "/"),
        ("", "/"),
    ):
        answer = Client().post("/imports/upload/", headers={"Referer": referer})
        assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [back]


def test_an_empty_list_says_so() -> None:
    text = client_of(Role.REGISTER_CLERK).get("/imports/").content.decode()
    assert "Der er ikke importeret noget endnu." in text
    assert 'name="files"' in text
    assert 'name="files"' not in client_of(Role.AUDITOR).get("/imports/").content.decode()


def test_a_file_given_to_the_page_is_stored_by_the_queue_and_then_deleted(
    tmp_path: Path, settings: Any
) -> None:
    settings.UPLOADS = tmp_path / "uploads"
    client = client_of(Role.REGISTER_CLERK)
    path = parcel_table(tmp_path / "p.csv", 7)
    answer = client.post("/imports/upload/", {"source": "matriklen", "files": given(path)})
    run = ImportRun.objects.get()
    assert answer["Location"] == f"/imports/{run.pk}/"
    assert (run.state, run.file_name, run.municipality_id) == ("queued", "p.csv", OWN)
    assert len(list(settings.UPLOADS.iterdir())) == 1
    waiting = client.get(f"/imports/{run.pk}/").content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert "Annullér importen" in waiting
    assert run.job is not None
    do(run.job.pk)
    assert ParcelVersion.objects.current().count() == 7
    assert not list(settings.UPLOADS.iterdir())
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == ("done", 7, 7)
    assert job.result["line"].startswith("7 new")
    assert client.get(f"/imports/{run.pk}/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    report = client.get(f"/imports/{run.pk}.json").json()
    assert (report["state"], report["new"], report["parts"][0]["theme"]) == ("done", 7, "parcel")
    do(job.pk)
    assert Job.objects.get().attempts == 1, "a job that is over is not done again"


def test_a_file_that_cannot_be_read_fails_with_a_sentence(tmp_path: Path, settings: Any) -> None:
    settings.UPLOADS = tmp_path / "uploads"
    client = client_of(Role.REGISTER_CLERK)
    client.post(
        "/imports/upload/", {"source": "matriklen", "files": SimpleUploadedFile("p.csv", b"%PDF-1.7 ...")}
    )
    run = ImportRun.objects.get()
    assert run.job is not None
    do(run.job.pk)
    assert "p.csv is PDF" in client.get(f"/imports/{run.pk}/").content.decode()
    assert Job.objects.get().state == "failed"


def test_another_municipality_sees_nothing_and_a_reader_may_not_change(tmp_path: Path) -> None:
    run_import("matriklen", parcel_table(tmp_path / "p.csv", 2), municipality=OWN)
    run = ImportRun.objects.get()
    stranger = client_of(Role.REGISTER_CLERK, OTHER)
    assert stranger.get(f"/imports/{run.pk}/").status_code == 404
    assert stranger.post(f"/imports/{run.pk}/cancel/").status_code == 404
    planner = client_of(Role.PLANNER)
    assert planner.get(f"/imports/{run.pk}/").status_code == 200
    assert planner.post(f"/imports/{run.pk}/cancel/").status_code == 403
    assert client_of(Role.APPLICANT).get("/imports/").status_code == 403


def test_cancel_by_its_button(tmp_path: Path) -> None:
    run = order("matriklen", [parcel_table(tmp_path / "p.csv", 2)], acting_user=None, municipality=OWN)
    client = client_of(Role.REGISTER_CLERK)
    client.post(f"/imports/{run.pk}/cancel/")
    text = client.get(f"/imports/{run.pk}/").content.decode()
    assert "Annulleret" in text
    assert "Intet af den er gemt." in text


def test_every_reason_of_a_reader_is_told_in_the_language_of_the_page() -> None:
    """A reason is written where a record is refused: the word after the record, or a name of its own."""
    found: set[str] = set()
    for room in ("geodata/readers", "geodata/checks", "geodata/fkg", "planning/readers", "gml"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        ast.Name(name) | ast.Attribute(attr=name), [_, ast.Constant(str(word)), _, *_]
                    ):
                        found |= {word} if name in {"Rejected", "_rejected", "_refuse", "put"} else set()
    assert len(found) > 12
    assert found <= set(TITLES)
    with translation.override("da"):
        assert not [word for word in TITLES if title(word) == TITLES[word]]
    assert title("a_word_of_another_version") == "a_word_of_another_version"


def test_a_mended_record_is_stored_by_its_button(tmp_path: Path) -> None:
    path = parcel_table(tmp_path / "p.csv", 2)
    lines = path.read_text().splitlines()
    sound, lines[2] = lines[2], lines[2][:-40]
    path.write_text("\n".join(lines) + "\n")
    run_import("matriklen", path, municipality=OWN)
    record = QuarantinedRecord.objects.get()
    client = client_of(Role.REGISTER_CLERK)
    page = f"/imports/{record.run_id}/"
    shown = client.get(page).content.decode()
    assert "<textarea" in shown
    assert "<li>Geometrien kan ikke læses: 1</li>" in shown
    assert "<textarea" not in client_of(Role.LEAD).get(page).content.decode()
    client.post(f"{page}quarantine/{record.pk}/retry/", {"content": sound})
    assert "Posten er gemt." in client.get(page).content.decode()
    assert ParcelVersion.objects.current().count() == 2


def test_themes_are_called_what_people_call_them(tmp_path: Path) -> None:
    run_import("matriklen", parcel_table(tmp_path / "p.csv", 2), municipality=OWN)
    for theme in ("s01_strandbeskyttelse", "plan", "plan:local_plan", "plan:proposal", "parcel"):
        tell("test", theme, OWN, AnswerState.FOUND, as_of=None)
    tell("test", "no_theme_of_ours", OWN, AnswerState.FOUND, as_of=None)
    client = client_of(Role.LEAD)
    said = client.get("/imports/").content.decode()
    for words in (
        "Strandbeskyttelse",
        "Planer",
        "Lokalplaner",
        "Planforslag",
        "Jordstykker",
        "no_theme_of_ours",
    ):
        assert f"<td>{words}</td>" in said
    assert "s01_" not in said
    assert "<td>Jordstykker</td>" in client.get(f"/imports/{ImportRun.objects.get().pk}/").content.decode()
    client.post("/i18n/setlang/", {"language": "en"})
    said = client.get("/imports/").content.decode()
    for words in ("Strandbeskyttelse", "Plans", "Local plans", "Proposals for plans", "Parcels"):
        assert f"<td>{words}</td>" in said


def test_every_theme_and_every_part_has_a_title() -> None:
    for key, theme in themes.items():
        assert title_of(key) not in ("", key)
        assert all(title_of(f"{key}:{part}") != f"{key}:{part}" for part in theme.part_titles)
    assert {theme_of(level) for level in (*Level, None)} == {
        f"plan:{part}" for part in themes["plan"].part_titles
    }


def test_the_pages_speak_english_too(tmp_path: Path) -> None:
    run_import("matriklen", parcel_table(tmp_path / "p.csv", 2), municipality=OWN)
    client = client_of(Role.LEAD)
    client.post("/i18n/setlang/", {"language": "en"})
    text = client.get(f"/imports/{ImportRun.objects.get().pk}/").content.decode()
    assert "Every record could be stored; nothing was set aside." in text
