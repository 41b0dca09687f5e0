"""Every fault has words in English and Danish: found, expected, where, remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from geodata.readers.formats import fault as fault_of_frames
from permits.drawings import catalogue, messages
from permits.drawings.catalogue import CATALOGUE, SEVERAL, WHERE
from permits.drawings.drawing import DrawingError, Fault
from permits.drawings.settings import parse_settings
from tests.permits.drawings.builders import HOUSE, collection, fault, feature

PACKAGE = Path(catalogue.__file__).parent


def test_every_code_in_the_source_has_words_and_the_other_way_round() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in PACKAGE.glob("*.py") if "catalogue" not in p.name)
    used = set(re.findall(r'(?:Fault|fault|_BadError|_fault)\(\s*"(\w+)"', source))
    assert used - set(CATALOGUE) == set()
    frames = Path(fault_of_frames.__file__).parent
    source += "".join(
        p.read_text(encoding="utf-8") for p in (*frames.glob("*_frame.py"), frames.parent / "archive.py")
    )
    quoted = set(re.findall(r'"(\w+)"', source)) | {
        f"stopped_{w}" for w in ("time", "memory", "output", "crash", "error")
    }
    assert set(CATALOGUE) - quoted == set()


def _po() -> dict[str, str]:
    text = (PACKAGE / "locale/da/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    entries = re.findall(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', text, re.MULTILINE)

    def joined(lines: str) -> str:
        return "".join(re.findall(r'^"(.*)"$', lines, re.MULTILINE)).replace('\\"', '"')

    return {joined(key): joined(value) for key, value in entries}


def test_everything_is_said_in_danish_too_with_the_same_marks() -> None:
    danish = _po()
    ids = {SEVERAL, *WHERE.values()}
    for words in CATALOGUE.values():
        ids |= {words.found, words.expected, words.remedy, words.suggest}
    missing = {text for text in ids if text and not danish.get(text)}
    assert missing == set()
    for text in ids - {""}:
        marks = re.findall(r"%\(\w+\)s", text)
        assert sorted(set(marks)) == sorted(set(re.findall(r"%\(\w+\)s", danish[text]))), text


def test_a_message_has_all_its_parts() -> None:
    with translation.override("en"):
        said = messages.message(fault("unclosed_ring", collection(feature(HOUSE[:-1]))))
    assert "8 m" in said.found
    assert "same" in said.expected
    assert "feature 0" in said.where
    assert '"b1"' in said.where
    assert "684700, 6158608" in said.where
    assert said.remedy
    assert str(said).startswith(said.where)
    assert said.as_dict()["code"] == "unclosed_ring"


def test_a_measure_has_the_comma_of_danish_and_a_position_the_point_of_its_file() -> None:
    gap = Fault("unclosed_ring", found=0.35, where={"at": [573000.5, 6224000.25]})
    with translation.override("da"):
        said = messages.message(gap)
        assert "0,35 m" in said.found
        assert "573000.5, 6224000.25" in said.where
    with translation.override("en"):
        assert "0.35 m" in messages.message(gap).found


def test_a_suggestion_replaces_the_general_remedy() -> None:
    said = messages.message(fault("no_crs", collection(crs=None)))
    assert "--crs EPSG:25832" in said.remedy
    assert "%(" not in str(said)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_words_never_fail_whatever_the_fault_carries(code: str) -> None:
    for bare in (Fault(code), Fault(code, [1.5, 2], 3.25, {"line": 1, "column": 2, "at": [1.0, 2.0]}, "x")):
        text = str(messages.message(bare))
        assert text
        assert "%(" not in text


def test_settings_are_read() -> None:
    # A number that JSON would not have.
    assert parse_settings(["wall_heights=02.5;3"]) == {"wall_heights": [2.5, 3.0]}
    values = parse_settings(
        [
            "height=5.2",
            "garage.height=2.4",
            "wall_heights=2.9; 3.1",
            "integrated=ja",
            "b.1.basement.area=40",
            "dwellings=2",
        ]
    )
    assert values == {
        "height": 5.2,
        "garage.height": 2.4,
        "wall_heights": [2.9, 3.1],
        "integrated": True,
        "b.1.basement.area": 40.0,
        "dwellings": 2,
    }


def test_all_bad_settings_are_told_at_once() -> None:
    with pytest.raises(DrawingError) as refused:
        parse_settings(
            ["height=5,2 m", "heigth=5", "height", "integrated=maybe", "units=inch", "a.id", "id=x"]
        )
    found = [(f.code, f.remedy) for f in refused.value.faults]
    assert found == [
        ("not_a_number", "5.2"),
        ("setting_unknown", "height"),
        ("setting_form", None),
        ("not_a_flag", None),
        ("unknown_word", None),
        ("setting_form", None),
        ("setting_unknown", "id"),
    ]


def test_a_number_of_thousands_of_digits_is_told_as_no_number() -> None:
    fault("not_a_number", collection(), settings={"dwellings": "9" * 5000})
