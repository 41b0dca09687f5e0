"""The receipt as an accessible PDF, read by another library than the one that writes it."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from pypdfium2 import raw

from geodata.accounts.models import Role
from geodata.accounts.tenancy import tenant
from permits.models.applications import Drawing
from permits.models.drafts import Draft
from permits.portal.receipt import _TEMPLATE
from permits.portal.typeset import pdf
from tests.geodata.accounts.people import person
from tests.permits.portal.way import Way, drawing
from tests.permits.review.town import OWN, build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


def told(get: Any, *arguments: Any) -> str:
    """A text of the library: asked for its length in bytes first."""
    length = get(*arguments, None, 0)
    buffer = (ctypes.c_ushort * (length // 2))()
    get(*arguments, buffer, length)
    return bytes(buffer).decode("utf-16-le").rstrip("\x00")


class Read:
    """What a reader has of a PDF."""

    def __init__(self, content: bytes) -> None:
        document = pypdfium2.PdfDocument(content)
        self.title = document.get_metadata_dict()["Title"]
        self.language = told(raw.FPDFCatalog_GetLanguage, document)
        self.tagged = bool(raw.FPDFCatalog_IsTagged(document))
        self.tags: Counter[str] = Counter()
        texts = []
        for number in range(len(document)):
            page = document[number]
            texts.append(page.get_textpage().get_text_range())
            tree = raw.FPDF_StructTree_GetForPage(page)
            for place in range(raw.FPDF_StructTree_CountChildren(tree)):
                self._walk(raw.FPDF_StructTree_GetChildAtIndex(tree, place))
            raw.FPDF_StructTree_Close(tree)
        self.text = re.sub(r"\s+", " ", " ".join(texts).replace("\ufffe", "").replace("\xad", ""))
        document.close()

    def _walk(self, element: Any) -> None:
        self.tags[told(raw.FPDF_StructElement_GetType, element)] += 1
        for place in range(raw.FPDF_StructElement_CountChildren(element)):
            child = raw.FPDF_StructElement_GetChildAtIndex(element, place)
            if child:
                self._walk(child)


@pytest.fixture
def sent(client: Client, db: None) -> Way:
    build(check=False)
    way = Way(client)
    way.draw(drawing(west=1.8))
    way.post("parties", name="Prøve Ansøger", email="ansoeger@example.dk", role="agent", owner="Prøve Ejer")
    way.client.force_login(person(Role.APPLICANT, OWN))
    way.post("submit")
    return way


def receipt(way: Way) -> bytes:
    answer = way.client.get(f"{way.base}receipt.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"
    return bytes(answer.content)


def test_the_receipt_says_all_in_both_languages_and_is_tagged(sent: Way) -> None:
    assert f'href="{sent.base}receipt.pdf"' in sent.get("receipt")
    assert "Afstand til skel mod nabo og sti: Kræver helhedsvurdering" in sent.get("receipt")
    content = receipt(sent)
    with tenant(OWN):
        application = Draft.objects.get().application
        hashes = list(Drawing.objects.values_list("sha256", flat=True).filter(application=application))
    read = Read(content)
    assert application is not None
    assert read.title == f"Kvittering for ansøgning {application.number}"
    assert (read.language, read.tagged) == ("da", True)
    assert b"pdfuaid" in content
    # A heading for each part and each answer, and lists whose entries are told apart.
    assert read.tags["H1"] + read.tags["Title"] >= 5
    assert read.tags["H2"] >= 4
    assert read.tags["LI"] >= 15
    assert {"P", "L", "Lbl", "LBody"} <= read.tags.keys()
    for words in (
        "Nyt hus", "1d, Prøveby", "Prøvevej 7", "Prøve Ansøger", "ansoeger@example.dk", "Prøve Ejer", "hus.dxf",
        "Bygningen ligger 1,80 m fra skellet mod naboen", "Det er ikke kontrolleret", "tinglyste rettigheder",
        "120", "4 m",
    ):  # fmt: skip
        assert words in read.text, words
    bare = read.text.replace(" ", "")
    assert len(hashes) == 2
    assert all(each in bare for each in hashes)
    # The same receipt is the same file, today and later.
    assert receipt(sent) == content
    sent.client.cookies["django_language"] = "en"
    english = Read(receipt(sent))
    assert english.title == f"Receipt for application {application.number}"
    assert english.language == "en"
    assert re.search(r"1\.80 m .*Overall assessment|Overall assessment .*1\.80 m", english.text)
    assert "What was not checked" in english.text
    assert "Kræver" not in english.text
    # It is nobody else's, and there is none before sending in.
    assert Client().get(f"{sent.base}receipt.pdf").status_code == 404
    other = Way(sent.client)
    assert sent.client.get(f"{other.base}receipt.pdf").status_code == 404


def test_words_of_people_are_no_markup_and_every_script_is_told() -> None:
    said = "#panic() *x* $y$ \\ <a> Прове\u202e\x07 李 /* "
    section = {"title": "T", "lines": [said], "rows": [["navn", [said]]], "parts": [], "points": [said]}
    whole = {"title": said, "author": "A", "language": "da", "sections": [section]}
    read = Read(pdf(_TEMPLATE, whole, at=0))
    shown = "#panic() *x* $y$ \\ <a> Прове ? /*"
    assert read.title == shown.strip() or read.title.strip() == shown
    assert read.text.count("#panic() *x* $y$ \\ <a> Прове ? /*") >= 3
