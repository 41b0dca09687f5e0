"""The pages about rule sets: who sees them, what they say in both languages, and the button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from geodata.accounts.models import Municipality, Role
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from permits.engine.ruleset_files import own
from permits.models.rulesets import RulesetSignature
from tests.geodata.accounts.people import OTHER, OWN, person
from tests.permits import own_sets

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]
LIST, ONE = "/regelsaet/", "/regelsaet/Eget-2026/"
SIGN = f"{ONE}underskriv/"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.RULESETS = tmp_path / "rulesets"
    own_sets.write(tmp_path / "rulesets", municipality=OWN)
    return tmp_path / "rulesets"


@pytest.fixture
def signed_in(client: Client) -> Callable[..., Client]:
    def sign_in(role: Role, code: str = OWN) -> Client:
        client.force_login(person(role, code))
        return client

    return sign_in


def page(client: Client, path: str, language: str = "da") -> str:
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    return str(response.content.decode())


def digest() -> str:
    return next(one.sha256 for one in own() if one.name == "Eget-2026")


def signatures() -> int:
    with tenant(OWN):
        return RulesetSignature.objects.count()


def test_visitors_are_led_to_sign_in_and_others_are_refused(client: Client) -> None:
    for path in (LIST, ONE):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer["Location"] == f"/konto/login/?next={path.replace('/', '%2F')}"
    assert client.post(SIGN, {"sha256": digest()}).status_code == 302
    client.force_login(person(Role.APPLICANT, OWN))
    for path in (LIST, ONE):
        assert client.get(path).status_code == 403
    assert client.post(SIGN, {"sha256": digest()}).status_code == 403
    assert signatures() == 0


def test_the_list_says_whose_for_when_and_in_which_state(signed_in: Callable[..., Client]) -> None:
    text = page(signed_in(Role.ADMINISTRATOR), LIST)
    for words in (
        "Regelsæt",
        "Landsdækkende",
        "til 30.06.2020",
        "29.06.2021 – 31.12.2023",
        "fra 01.01.2024",
        "Planværk, 21.11.2026, følger med programmet",
        "Kommunens eget regelsæt",
        "fra 01.01.2026",
        "Kladde",
        "I kraft",
        f'href="{ONE}"',
    ):
        assert words in text, words
    assert text.index("BR18-2018") < text.index("BR18-2025") < text.index("Eget-2026")


def test_one_set_shows_every_number_with_clause_source_and_confidence(
    signed_in: Callable[..., Client],
) -> None:
    client = signed_in(Role.LEAD)
    text = page(client, ONE)
    row = text[text.index("br18.boundary_distance.house_m") :].partition("</tr>")[0]
    for words in (
        "<td>3,00 m</td>",
        "<td>2,50 m</td>",
        "BR18 § 177, nr. 2",
        "BR18, chapter 8",
        "Selve teksten er læst",
    ):
        assert words in row, words
    assert "Afstand" in text
    numbers = own()[0].numbers
    assert len(numbers) > 60
    assert [key for key in numbers if text.count(f"<code>{key}</code>") != 1] == []
    national = page(client, "/regelsaet/BR18-2021/")
    assert "slope" in national
    assert "hvor det afviger" not in national
    assert "Underskriv regelsættet" not in national
    assert client.get("/regelsaet/Findes-ikke/").status_code == 404


def test_signing_by_the_button(signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.LEAD)
    text = page(client, ONE)
    assert "Dette regelsæt er en kladde" in text
    assert f'action="{SIGN}"' in text
    assert f'name="sha256" value="{digest()}"' in text
    answer = client.post(SIGN, {"sha256": digest()}, follow=True)
    assert answer.redirect_chain == [(ONE, 302)]
    text = answer.content.decode()
    assert "Regelsættet er underskrevet." in text
    assert "I kraft" in text
    assert f"{Role.LEAD}-{OWN}, " in text
    assert "Underskriv regelsættet" not in text
    assert signatures() == 1
    with tenant(OWN):
        assert AuditRow.objects.filter(verb="permits.sign_ruleset").count() == 1
    assert "Regelsæt underskrevet" in page(client, "/audit/")


def test_what_the_person_has_not_read_is_not_signed(signed_in: Callable[..., Client], folder: Path) -> None:
    client = signed_in(Role.LEAD)
    read = digest()
    own_sets.write(folder, municipality=OWN, distance=9.0)
    for said in (read, "", "x"):
        answer = client.post(SIGN, {"sha256": said}, follow=True)
        assert "Filen er ændret, siden du åbnede siden" in answer.content.decode()
    assert signatures() == 0
    assert client.get(SIGN).status_code == 405


def test_a_form_from_elsewhere_signs_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(Role.LEAD, OWN))
    assert client.post(SIGN, {"sha256": digest()}).status_code == 403
    assert signatures() == 0


def test_a_changed_file_is_shown_as_a_draft_again(signed_in: Callable[..., Client], folder: Path) -> None:
    client = signed_in(Role.LEAD)
    client.post(SIGN, {"sha256": digest()})
    own_sets.write(folder, municipality=OWN, distance=9.0)
    for path in (LIST, ONE):
        text = page(client, path)
        assert "Kladde – ændret efter underskriften" in " ".join(text.split())
        assert "en ældre fil" in text
    assert "Underskriv regelsættet" in page(client, ONE)


def test_an_auditor_reads_and_does_not_sign(signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.AUDITOR)
    assert "Underskriv regelsættet" not in page(client, ONE)
    assert client.post(SIGN, {"sha256": digest()}).status_code == 403
    assert signatures() == 0


def test_another_municipalitys_set_is_not_there(signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.LEAD, OTHER)
    assert "Eget-2026" not in page(client, LIST)
    assert client.get(ONE).status_code == 404
    answer = client.post(SIGN, {"sha256": digest()})
    assert answer.status_code == 302
    assert signatures() == 0


def test_faults_are_told_where_they_are_and_words_are_escaped(
    signed_in: Callable[..., Client], folder: Path
) -> None:
    own_sets.write(
        folder,
        "b.toml",
        name="Brudt",
        municipality=OWN,
        distance="nan",
        title_da='"<script>alert(1)</script>"',
    )
    (folder / "c.toml").write_text("name = ")
    client = signed_in(Role.LEAD)
    text = page(client, LIST)
    assert "Filen er ikke TOML" in text
    assert "c.toml" in text
    assert "har fejl" in text
    text = page(client, "/regelsaet/Brudt/")
    assert "Filen har fejl" in text
    assert "ikke et tal, der kan måles med" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "Underskriv regelsættet" not in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            LIST,
            (
                "Rule sets",
                "National",
                "from 01.01.2024",
                "shipped with the program",
                "Draft",
                "In force",
                "nobody",
            ),
        ),
        (
            ONE,
            (
                "The municipality&#x27;s own rule set",
                "This is a draft.",
                "Sign the rule set",
                "National set, where it differs",
                "<td>3.00 m</td>",
                "The text itself was read",
            ),
        ),
    ],
)
def test_the_same_in_english(signed_in: Callable[..., Client], path: str, words: tuple[str, ...]) -> None:
    client = signed_in(Role.LEAD)
    client.post("/i18n/setlang/", {"language": "en", "next": path})
    text = page(client, path, "en")
    for word in words:
        assert word in text, word
    for danish in ("Regelsæt", "Kladde", "Underskriv", "Landsdækkende"):
        assert danish not in text


def test_the_header_leads_there_for_those_who_may(signed_in: Callable[..., Client], client: Client) -> None:
    Municipality.objects.get_or_create(code="0999", defaults={"name": "Demo"})
    link = f'<a href="{LIST}">Regelsæt</a>'
    assert link not in client.get("/").content.decode()
    assert link in signed_in(Role.ADMINISTRATOR).get("/").content.decode()
    assert link not in signed_in(Role.CASE_WORKER).get("/").content.decode()
