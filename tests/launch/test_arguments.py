"""What a person types, and what comes back when it is wrong."""

from __future__ import annotations

import argparse

import pytest

from config.launch.commands import demo_options, port_number
from tests.launch.conftest import Clone


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command(clone: Clone, words: list[str]) -> None:
    done = clone.run(*words)
    assert done.returncode == 0
    for command in ("demo", "test", "manage", "stop", "reset"):
        assert f"./run {command}" in done.stdout
    assert not (clone.root / "var").exists()


def test_unknown_command_is_a_usage_error(clone: Clone) -> None:
    done = clone.run("dmeo")
    assert done.returncode == 2
    assert "'dmeo'" in done.stderr
    assert "Traceback" not in done.stderr


def test_reset_asks_for_yes_and_deletes_nothing(clone: Clone) -> None:
    kept = clone.root / "var" / "export"
    kept.mkdir(parents=True)
    done = clone.run("reset")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert kept.is_dir()


def test_reset_deletes_the_state_and_keeps_the_packages(clone: Clone) -> None:
    (clone.root / "var" / "export").mkdir(parents=True)
    (clone.root / ".venv").mkdir()
    done = clone.run("reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert not (clone.root / "var").exists()
    assert (clone.root / ".venv").is_dir()


def test_reset_leaves_a_linked_folder_alone(clone: Clone) -> None:
    elsewhere = clone.root.parent / "elsewhere"
    elsewhere.mkdir()
    (clone.root / "var").symlink_to(elsewhere)
    done = clone.run("reset", "--yes")
    assert done.returncode != 0
    assert elsewhere.is_dir()


def test_stop_in_a_fresh_clone_is_no_error(clone: Clone) -> None:
    done = clone.run("stop")
    assert done.returncode == 0
    assert "Nothing" in done.stdout


def test_demo_options() -> None:
    assert demo_options([]).port is None
    options = demo_options(["--no-serve", "--port", "8123"])
    assert options.no_serve
    assert options.port == 8123


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "", "٣"])
def test_not_a_port(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        port_number(text)


def test_wrong_port_is_a_usage_error(clone: Clone) -> None:
    done = clone.run("demo", "--port", "99999")
    assert done.returncode == 2
    assert "99999" in done.stderr
