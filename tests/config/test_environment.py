"""What is said of the settings: of each fault, of each variable that there is, and never a value."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from config.environment import ERROR, NOTE, OF_DEVELOPERS, SETTINGS, WEAK, connected, main, remarks

ROOT = Path(__file__).resolve().parents[2]
SECRET = "kX3-mQ8_zR1tB6vN0wE5yU2iO7pA4sD9fG-hJ3kL8zX1cV6bN0mQ"


@pytest.fixture
def server(tmp_path: Path) -> dict[str, str]:
    """The environment of a server where nothing is wrong."""
    return {
        "DATABASE_URL": "postgresql://app:a@db.example/planvaerk?sslmode=verify-full",
        "DATABASE_WORKER_URL": "postgresql://worker:w@db.example/planvaerk?sslmode=verify-full",
        "DATABASE_OWNER_URL": "postgresql://owner:o@db.example/planvaerk?sslmode=verify-full",
        "PLANVAERK_SECRET_KEY": SECRET,
        "PLANVAERK_HOSTS": "planvaerk.example",
        "PLANVAERK_ORIGINS": "https://planvaerk.example",
        "PLANVAERK_PROXIES": "1",
        "PLANVAERK_VAR": str(tmp_path),
        "PLANVAERK_METRICS_TOKEN": SECRET,
        "PLANVAERK_PUBLIC_TENANT": "",
        "PLANVAERK_REGISTER_NAMESPACE": "https://planvaerk.example/id",
        "PLANVAERK_REGISTER_PUBLISHER": "Prøve Kommune",
        "PLANVAERK_REGISTER_CONTACT": "plan@planvaerk.example",
        "PLANVAERK_REGISTER_KEY": SECRET,
        "PLANVAERK_ACCESSIBILITY": "https://erklaering.example/1",
    }


def test_nothing_is_said_of_a_right_environment(server: dict[str, str]) -> None:
    assert remarks(server) == []


@pytest.mark.parametrize(
    ("variable", "value", "level", "word"),
    [
        ("DATABASE_URL", "", ERROR, "no database"),
        ("DATABASE_URL", "mysql://app@db/planvaerk", ERROR, "postgresql://"),
        ("DATABASE_URL", "postgresql://app@localhost/", ERROR, "names no database"),
        ("DATABASE_URL", "postgresql://postgres@localhost/planvaerk", WEAK, "superuser"),
        ("DATABASE_URL", "postgresql://owner@localhost/planvaerk", WEAK, "owner's role"),
        ("DATABASE_URL", "postgresql://app@db.example/planvaerk", WEAK, "encryption"),
        ("DATABASE_WORKER_URL", "", WEAK, "is not set"),
        ("DATABASE_ADMIN_URL", "postgresql://root@localhost/postgres", WEAK, "superuser"),
        ("PLANVAERK_SECRET_KEY", "", ERROR, "is not set"),
        ("PLANVAERK_SECRET_KEY", "hemmeligt", WEAK, "too short"),
        ("PLANVAERK_SECRET_KEY", "ab" * 40, WEAK, "too plain"),
        ("PLANVAERK_HOSTS", "", ERROR, "planvaerk.example"),
        ("PLANVAERK_HOSTS", "*", WEAK, "every name"),
        ("PLANVAERK_ORIGINS", "", NOTE, "is not set"),
        ("PLANVAERK_ORIGINS", "http://planvaerk.example", WEAK, "without encryption"),
        ("PLANVAERK_ORIGINS", "planvaerk.example", ERROR, "https://name"),
        ("PLANVAERK_ORIGINS", "https://planvaerk.example/plan", ERROR, "no path"),
        ("PLANVAERK_PROXIES", "0", WEAK, "all visitors are the proxy"),
        ("PLANVAERK_PROXIES", "-1", ERROR, "whole number"),
        ("PLANVAERK_HSTS_S", "a year", ERROR, "whole number"),
        ("PLANVAERK_METRICS_TOKEN", "", NOTE, "nobody"),
        ("PLANVAERK_METRICS_TOKEN", "abc", WEAK, "guessed"),
        ("PLANVAERK_LOG", "LOUD", ERROR, "WARNING"),
        ("PLANVAERK_LOG_FORMAT", "xml", ERROR, "json, text"),
        ("PLANVAERK_DEBUG", "1", ERROR, "insides"),
        ("PLANVAERK_DB_ROLE", "postgres", ERROR, "app, worker, owner"),
        ("PLANVAERK_VAR", "/no/such/folder", ERROR, "written"),
        ("PLANVAERK_SIGNUP", "yes", ERROR, "1 or 0"),
        ("PLANVAERK_PUBLIC_TENANT", "Aarhus", ERROR, "four digits"),
        ("PLANVAERK_PUBLIC_TENANT", "0751", WEAK, "real municipality"),
        ("PLANVAERK_PLAN_TIME_RULES", "0167, 0253", ERROR, "no blanks"),
        ("PLANVAERK_TERRAIN", f"{ROOT}:/no/such/file.tif", ERROR, "1 file"),
        ("PLANVAERK_SCHEMAS", "/no/such/folder", ERROR, "no folder"),
        ("PLANVAERK_RULESETS", "/no/such/folder", ERROR, "no folder"),
        ("PLANVAERK_REGISTER_NAMESPACE", "", WEAK, "ids of an example"),
        ("PLANVAERK_REGISTER_PUBLISHER", "", WEAK, "feed"),
        ("PLANVAERK_REGISTER_CONTACT", "", WEAK, "feed"),
        ("PLANVAERK_REGISTER_KEY", "", WEAK, "forged"),
        ("PLANVAERK_DRAFT_DAYS", "0", ERROR, "1 or more"),
        ("PLANVAERK_DRAFTS_BEGUN", "ten an hour", ERROR, "10/h/key"),
        ("PLANVAERK_ACCESSIBILITY", "", NOTE, "statement"),
        ("PLANVAERK_ACCESSIBILITY", "erklaering", ERROR, "https://"),
        ("PLANVAERK_BACKGROUNDS", "skaerm", ERROR, "PLANVAERK_BACKGROUND_SKAERM_URL is not set"),
        ("PLANVAERK_BACKGROUND_SKAERM_URL", "https://kort.example", WEAK, "is no setting"),
        ("PLANVAERK_BACKGROUND_DAYS", "always", ERROR, "number"),
        ("PLANVAERK_IMPORT_BATCH", "0", ERROR, "1 or more"),
        ("PLANVAERK_SERVICE_WAIT_S", "soon", ERROR, "number"),
        ("PLANVAERK_ORGINS", "https://planvaerk.example", WEAK, "PLANVAERK_ORIGINS meant"),
        ("PROJ_LIB", "/usr/share/proj", ERROR, "another version"),
        ("WEB_CONCURRENCY", "many", ERROR, "whole number"),
    ],
)
def test_each_fault_is_told_in_words(
    server: dict[str, str], variable: str, value: str, level: str, word: str
) -> None:
    told = remarks({**server, variable: value})
    assert [remark.level for remark in told if word in remark.words and variable in remark.variable] or [
        remark.level for remark in told if variable == "PLANVAERK_HOSTS" and word in remark.words
    ]
    assert level in {remark.level for remark in told if remark.variable == variable}


def test_what_is_set_to_nothing_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in SETTINGS:
        if not variable.startswith("DATABASE_") and variable not in ("PLANVAERK_SECRET_KEY", "PLANVAERK_VAR"):
            monkeypatch.delenv(variable, raising=False)
    without = runpy.run_path(str(ROOT / "config" / "settings.py"))
    for variable in SETTINGS:
        if variable not in os.environ:
            monkeypatch.setenv(variable, "")
    empty = runpy.run_path(str(ROOT / "config" / "settings.py"))
    kinds = (str, int, float, list, tuple, Path)
    told = {name for name, value in without.items() if name.isupper() and isinstance(value, kinds)}
    assert len(told) > 20
    assert {name: empty[name] for name in told} == {name: without[name] for name in told}


def test_blanks_between_names_are_no_part_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANVAERK_HOSTS", "planvaerk.example, www.planvaerk.example")
    monkeypatch.setenv("PLANVAERK_ORIGINS", "https://planvaerk.example, https://www.planvaerk.example")
    found = runpy.run_path(str(ROOT / "config" / "settings.py"))
    assert found["ALLOWED_HOSTS"] == ["planvaerk.example", "www.planvaerk.example"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://planvaerk.example", "https://www.planvaerk.example"]


def test_a_sender_is_wanted_where_mail_is_sent(server: dict[str, str]) -> None:
    [told] = remarks({**server, "PLANVAERK_MAIL_HOST": "mail.example"})
    assert told.variable == "PLANVAERK_MAIL_FROM"


def test_a_kept_secret_that_others_may_read_is_weak(server: dict[str, str], tmp_path: Path) -> None:
    del server["PLANVAERK_SECRET_KEY"]
    kept = tmp_path / "secret"
    kept.write_text(SECRET)
    kept.chmod(0o600)
    assert remarks(server) == []
    kept.chmod(0o644)
    assert [remark.level for remark in remarks(server)] == [WEAK]


def _read_in_code() -> set[str]:
    folders = ("config", "geodata", "planning", "permits", "tileserver", "gml")
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")]
    read = re.compile(r"environ(?:\.get|\.setdefault)?[(\[]\s*\"((?:PLANVAERK|DATABASE)_[A-Z_]+)\"")
    return {name for text in texts for name in read.findall(text)}


def test_every_variable_that_is_read_is_checked_and_documented() -> None:
    read = _read_in_code()
    assert len(read) > 20
    assert read - set(SETTINGS) == OF_DEVELOPERS & read == {"PLANVAERK_LOAD_AREA"}
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in SETTINGS if f"`{name}`" not in told} == set()


def test_it_answers_where_no_settings_load_and_tells_no_value(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PLANVAERK_VAR": str(tmp_path), "PLANVAERK_SECRET_KEY": "hemmeligt"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check_settings"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "error  DATABASE_URL  is not set" in done.stdout
    assert "weak   PLANVAERK_SECRET_KEY" in done.stdout
    assert "hemmeligt" not in done.stdout
    assert done.stdout.splitlines()[-1] == "1 errors, 1 weak, 1 notes"


def test_weakness_fails_where_that_is_asked_for(server: dict[str, str]) -> None:
    server["PLANVAERK_SECRET_KEY"] = "hemmeligt"
    assert main(["--offline"], server) == 0
    assert main(["--offline", "--strict"], server) == 1


@pytest.mark.django_db
def test_the_databases_are_asked_who_the_roles_are() -> None:
    env = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL")}
    assert list(connected(env)) == []
    head, _, query = env["DATABASE_URL"].partition("?")
    gone = {"DATABASE_URL": f"{head.rpartition('/')[0]}/no_such_database?{query}"}
    assert [(remark.level, remark.words) for remark in connected(gone)] == [
        (ERROR, "cannot be reached (OperationalError)")
    ]


def test_check_deploy_says_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANVAERK_PROXIES", "")
    monkeypatch.setenv("PLANVAERK_ORGINS", "https://planvaerk.example")
    call_command("check", "--deploy", "--tag", "security")
    assert "PLANVAERK_ORGINS is no setting; is PLANVAERK_ORIGINS meant?" in capsys.readouterr().err
