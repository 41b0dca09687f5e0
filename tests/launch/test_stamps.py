"""What is done is not done again, and what has changed is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.launch.assets import VENDORED, copy_files
from config.launch.place import Place
from config.launch.progress import Log, Trouble
from config.launch.site_files import SiteFiles
from config.launch.stamps import Stamp, content_hash, listing_hash


def test_content_counts_and_time_does_not(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1", encoding="utf-8")
    two.write_text("2", encoding="utf-8")
    first = content_hash([one, two], tmp_path)
    os.utime(one, (0, 0))
    assert content_hash([two, one], tmp_path) == first
    two.write_text("3", encoding="utf-8")
    assert content_hash([one, two], tmp_path) != first


def test_a_missing_file_an_empty_one_and_a_renamed_one_differ(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "other").touch()
    found = {content_hash([tmp_path / name], tmp_path) for name in ("empty", "other", "missing")}
    assert len(found) == 3
    assert content_hash([], tmp_path, "uv 1") != content_hash([], tmp_path, "uv 2")


def test_listing_sees_new_files(tmp_path: Path) -> None:
    first = listing_hash([tmp_path], tmp_path)
    (tmp_path / "new.css").touch()
    assert listing_hash([tmp_path], tmp_path) != first


def test_stamp_says_forgets_and_survives_rubbish(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp.json")
    assert not stamp.says("a")
    stamp.write("a", groups=["dev"])
    assert stamp.says("a")
    assert not stamp.says("b")
    assert stamp.read()["groups"] == ["dev"]
    stamp.path.write_text("[half", encoding="utf-8")
    assert not stamp.says("a")
    stamp.forget()
    stamp.forget()
    assert stamp.read() == {}


def packages(folder: Path) -> Path:
    for entry in VENDORED:
        for pattern in (*entry.files, *entry.licence):
            path = folder / entry.package / pattern.replace("*", "one")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pattern, encoding="utf-8")
    return folder


def test_assets_are_copied_and_old_ones_removed(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    (vendor / "gone").mkdir(parents=True)
    copy_files(packages(tmp_path / "node_modules"), vendor)
    assert (vendor / "maplibre-gl" / "maplibre-gl.mjs").is_file()
    assert (vendor / "dkfds" / "img" / "svg-icons" / "one.svg").is_file()
    assert all((vendor / entry.package).is_dir() for entry in VENDORED)
    assert not (vendor / "gone").exists()


def test_a_missing_asset_is_named_and_the_old_ones_stay(tmp_path: Path) -> None:
    modules = packages(tmp_path / "node_modules")
    vendor = tmp_path / "vendor"
    copy_files(modules, vendor)
    (modules / "maplibre-gl" / "dist" / "maplibre-gl-worker.mjs").unlink()
    with pytest.raises(Trouble, match=r"maplibre-gl/dist/maplibre-gl-worker\.mjs"):
        copy_files(modules, vendor)
    assert (vendor / "maplibre-gl" / "maplibre-gl-worker.mjs").is_file()


def test_every_vendored_package_brings_its_licence() -> None:
    assert all(entry.licence for entry in VENDORED)


PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Height"\nmsgstr "Højde"\n'


def translations(root: Path, text: str) -> tuple[SiteFiles, Path]:
    source = root / "permits" / "locale" / "da" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(text, encoding="utf-8")
    # Packages bring .po files of their own; they are none of our business.
    foreign = root / ".venv" / "x" / "LC_MESSAGES" / "django.po"
    foreign.parent.mkdir(parents=True)
    foreign.touch()
    return SiteFiles(Place(root), Log(None), os.environ), source


def test_translations_are_compiled_when_newer(tmp_path: Path) -> None:
    files, source = translations(tmp_path, PO)
    assert files.old_translations() == [source]
    files.compile_translations()
    assert source.with_suffix(".mo").exists()
    assert files.old_translations() == []
    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))
    assert files.old_translations() == [source]


def test_a_wrong_translation_is_named(tmp_path: Path) -> None:
    files, source = translations(tmp_path, PO + "\nmsgid nothing\n")
    with pytest.raises(Trouble, match=r"django\.po"):
        files.compile_translations()
    assert not source.with_suffix(".mo").exists()


def test_tables_are_stamped_by_the_migrations(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    (tmp_path / "var").mkdir()
    folder = tmp_path / "geodata" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").touch()
    (tmp_path / "manage.py").write_text("", encoding="utf-8")
    place = Place(tmp_path)
    place.python.parent.mkdir(parents=True)
    place.python.symlink_to("/usr/bin/python3")
    files = SiteFiles(place, Log(None), os.environ)
    assert not files.tables_ready()
    files.migrate(remember=True)
    assert files.tables_ready()
    (folder / "0002_more.py").touch()
    assert not files.tables_ready()
