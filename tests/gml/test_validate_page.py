"""The page where anybody may have a document looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from geodata.sandbox import Limits
from geodata.uploads import Taken, takers
from gml.validate import page
from gml.validate.isolated import plain, report_of
from tests.gml.documents import judged, sound

pytestmark = pytest.mark.django_db
SOUND = sound()
BAD = SOUND.replace("RegulationNatureValue/generallyBinding", "RegulationNatureValue/default", 1)


def sent(client: Any, text: str | bytes, **fields: str) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post("/register/validate", {"file": SimpleUploadedFile("plan.gml", data), **fields})


def test_the_form_in_both_languages(client: Any) -> None:
    assert "Kontrol af plandata" in client.get("/register/validate").content.decode()
    client.cookies["django_language"] = "en"
    assert "Validation of plan data" in client.get("/register/validate").content.decode()


def test_a_sound_and_a_faulty_document(client: Any) -> None:
    answer = sent(client, SOUND)
    assert answer.status_code == 200
    assert "0 fejl" in answer.content.decode()
    text = sent(client, BAD).content.decode()
    assert "Ikke gyldig" in text
    assert "RegulationNatureValue/default" in text
    assert "Brug en værdi fra den registrerede liste." in text
    assert (
        "siger ikke, hvad procenten beregnes af"
        in sent(client, SOUND.replace("bebygpct:af=4", "bebygpct"), profile="planvaerk").content.decode()
    )


def test_why_something_was_not_looked_at_is_told_in_the_readers_language(
    client: Any, settings: Any, tmp_path: Path
) -> None:
    settings.SCHEMAS = tmp_path / "none"
    text = sent(client, SOUND).content.decode()
    assert "der er ingen mappe med skemaer (PLANVAERK_SCHEMAS)" in text
    assert str(tmp_path) not in text
    told = sent(client, SOUND[:-100], format="json").json()["files"][0]["stages"]
    assert told["identity"] == {"state": "stopped", "why": "filen kunne ikke læses til ende"}
    client.cookies["django_language"] = "en"
    assert "there is no folder of schemas" in sent(client, SOUND).content.decode()


def test_for_programs(client: Any) -> None:
    told = sent(client, BAD, format="json").json()
    assert [fault["rule"] for fault in told["faults"]] == ["code-list"]
    places = sent(client, BAD, format="geojson")
    assert places["Content-Type"] == "application/geo+json"
    assert len(places.json()["features"]) == 1


def test_what_is_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/register/validate", {}).status_code == 400
    assert client.put("/register/validate").status_code == 405
    answer = sent(client, '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>')
    assert "DOCTYPE" in answer.content.decode()
    assert "root:" not in answer.content.decode()
    monkeypatch.setitem(takers._entries, "/register/validate", Taken(1000))
    assert sent(client, SOUND).status_code == 413


def test_a_check_that_takes_too_long_is_stopped(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LIMITS", Limits(wall_s=0.001))
    answer = sent(client, SOUND)
    assert answer.status_code == 422
    assert "tog for lang tid" in answer.content.decode()


def test_only_so_many_at_once(client: Any) -> None:
    assert page._AT_ONCE.acquire(blocking=False)
    assert page._AT_ONCE.acquire(blocking=False)
    try:
        assert sent(client, SOUND).status_code == 429
    finally:
        page._AT_ONCE.release()
        page._AT_ONCE.release()
    assert sent(client, SOUND).status_code == 200


def test_markup_in_a_document_is_text(client: Any) -> None:
    text = SOUND.replace(
        "RegulationNatureValue/generallyBinding", "RegulationNatureValue/&lt;script&gt;alert(1)", 1
    )
    answer = sent(client, text).content.decode()
    assert "&lt;script&gt;alert(1)" in answer
    assert "<script>alert(1)" not in answer


def test_a_report_comes_out_of_the_child_as_it_was() -> None:
    report = judged(BAD)
    there = report_of(plain(report))
    assert plain(there) == plain(report)
    assert there.valid is report.valid


@pytest.mark.samples
def test_with_schemas_it_says_valid(client: Any, samples: Path, settings: Any) -> None:
    settings.SCHEMAS = samples / "schemas"
    answer = sent(client, SOUND).content.decode()
    assert '<h2 id="verdict">Gyldig</h2>' in answer
