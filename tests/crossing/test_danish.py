"""Every text of the pages has Danish, and no two catalogues say the same English in two ways.

Django merges all catalogues into one by the English text; where two rooms translate it differently, one room shows
the other's words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "geodata", "planning", "permits", "tileserver", "gml")
#: Functions whose first word is an English text that is translated when it is shown.
_MARKS = frozenset(
    {"_", "N_", "_noop", "noop", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
)
_TAG = re.compile(r"""\{%\s*translate\s+(["'])(.*?)\1""")
_BLOCK = re.compile(r"\{%\s*blocktranslate\b(.*?)%\}(.*?)\{%\s*endblocktranslate", re.DOTALL)
_PLURAL = re.compile(r"\{%\s*plural\s*%\}")
_ENTRY = re.compile(
    r'^msgid ((?:"(?:[^"\\]|\\.)*"\n)+)(?:msgid_plural .*\n)?msgstr(?:\[0\])? ((?:"(?:[^"\\]|\\.)*"\n?)+)',
    re.MULTILINE,
)


def catalogues() -> dict[str, dict[str, str]]:
    """English → Danish of each catalogue (the plural's first form), by its path."""
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("locale/da/LC_MESSAGES/django.po"):
            entries = _ENTRY.findall(path.read_text(encoding="utf-8"))
            found[str(path.relative_to(ROOT))] = {_joined(key): _joined(value) for key, value in entries}
    return found


def _joined(lines: str) -> str:
    return "".join(ast.literal_eval(line) for line in lines.splitlines())


def sources(suffix: str) -> Iterator[Path]:
    for room in ROOMS:
        yield from (p for p in (ROOT / room).rglob(f"*{suffix}") if "node_modules" not in p.parts)


def marked() -> dict[str, str]:
    """Every English text that is marked for translation → a file that has it."""
    texts: dict[str, str] = {}
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func
                name = getattr(function, "id", getattr(function, "attr", ""))
                if name in _MARKS and isinstance(node.args[0].value, str):
                    texts[node.args[0].value] = str(path.relative_to(ROOT))
    for suffix in (".html", ".txt"):
        for path in sources(suffix):
            if "templates" not in path.parts:
                continue
            page = path.read_text(encoding="utf-8")
            for _quote, text in _TAG.findall(page):
                texts[text.replace("%", "%%")] = str(path.relative_to(ROOT))
            for options, block in _BLOCK.findall(page):
                first = _PLURAL.split(block)[0]
                if "trimmed" in options:
                    first = " ".join(line.strip() for line in first.strip().splitlines())
                text = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", first.replace("%", "%%"))
                texts[text] = str(path.relative_to(ROOT))
    return texts


def test_every_text_has_danish() -> None:
    danish = {key for entries in catalogues().values() for key, value in entries.items() if value}
    texts = marked()
    assert len(texts) > 1000
    assert {text: path for text, path in texts.items() if text and text not in danish} == {}


def test_no_two_catalogues_translate_the_same_text_differently() -> None:
    said: dict[str, dict[str, str]] = {}
    for path, entries in catalogues().items():
        for key, value in entries.items():
            said.setdefault(key, {})[path] = value
    said.pop("", None)
    assert {key: where for key, where in said.items() if len(set(where.values())) > 1} == {}
