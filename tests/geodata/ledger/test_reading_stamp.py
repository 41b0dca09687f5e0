"""A reader that has learned something reads the same file anew: what its code is known by."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.ledger.files import reading_stamp
from geodata.registry import later, readers


def test_each_source_has_a_stamp_of_its_own() -> None:
    stamps = {source: reading_stamp(readers[source]) for source in readers}
    assert len(set(stamps.values())) == len(stamps)


def test_a_change_in_the_reader_s_own_folder_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "strange_readers"
    folder.mkdir()
    (folder / "__init__.py").touch()
    module = folder / "one.py"
    module.write_text("def read(paths): return []\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = reading_stamp(later("strange_readers.one:read"))
    assert reading_stamp(later("strange_readers.one:read")) == before
    module.write_text("def read(paths): return [1]\n")
    assert reading_stamp(later("strange_readers.one:read")) != before
