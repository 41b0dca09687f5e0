"""The one escaping function, and the output that counts."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gml.writer import REPLACEMENT, Output, encoded, escape

#: Any text at all, with the troublesome characters often.
TROUBLE = st.text() | st.text(
    st.sampled_from("&<>\"'\t\n\r\x00\x08\x0b\x1f\x7f\x85\ud800\udfff\ufffe\uffff ]æ𝄞")
)
_FORBIDDEN = re.compile("[^\t\n\r\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")


@given(TROUBLE)
def test_any_text_comes_back_or_is_reported(text: str) -> None:
    reports: list[str] = []
    safe = escape(text, reports.append)
    read = etree.fromstring(f'<a b="{safe}">{safe}</a>'.encode())
    wanted = _FORBIDDEN.sub(REPLACEMENT, text)
    assert read.get("b") == wanted
    assert (read.text or "") == wanted
    assert bool(reports) == (wanted != text)


@pytest.mark.parametrize("text", ["", "Søndergade 3", "]]>", "æøå ÆØÅ", "\x85\u2028"])
def test_plain_text_is_not_reported(text: str) -> None:
    escape(text, pytest.fail)


def test_report_names_the_code_points() -> None:
    reports: list[str] = []
    assert escape("a\x00b\x0bc\x00", reports.append) == f"a{REPLACEMENT}b{REPLACEMENT}c{REPLACEMENT}"
    assert "3 character" in reports[0]
    assert "U+0000, U+000B" in reports[0]


def test_output_counts_and_hashes_bytes() -> None:
    stream = io.BytesIO()
    out = Output(stream)
    out.write(encoded(["bl", "å"]))
    out.write(encoded(["bær"]))
    assert out.bytes == 8
    assert out.sha256 == hashlib.sha256("blåbær".encode()).hexdigest()
    assert stream.getvalue().decode() == "blåbær"
