"""Machines that we do not know, packages that may not be installed, disks without room."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from config.launch import packages
from config.launch.environment import find_python
from config.launch.place import Place, child_environment
from config.launch.progress import CommandFailed, Log, Trouble, is_disk_full
from config.launch.system import check_room, check_system, read_os_release

DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'


def release(folder: Path, text: str) -> Path:
    path = folder / "os-release"
    path.write_text(text, encoding="utf-8")
    return path


def test_debian_12_is_accepted(tmp_path: Path) -> None:
    assert check_system({}, release(tmp_path, DEBIAN_12)) is True


def test_another_system_is_refused_with_the_way_on(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="Ubuntu") as caught:
        check_system({}, release(tmp_path, UBUNTU))
    assert "PLANVAERK_ANY_SYSTEM=1" in caught.value.hint


def test_another_debian_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble):
        check_system({}, release(tmp_path, DEBIAN_12.replace("12", "13")))


def test_another_system_can_be_accepted_by_the_person(tmp_path: Path) -> None:
    assert check_system({"PLANVAERK_ANY_SYSTEM": "1"}, release(tmp_path, UBUNTU)) is False


def test_no_os_release_is_an_unknown_system(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="unknown system"):
        check_system({}, tmp_path / "missing")


def test_os_release_quotes_and_comments(tmp_path: Path) -> None:
    path = release(tmp_path, "# comment\nID='debian'\n\nNOT A FIELD\n")
    assert read_os_release(path) == {"ID": "debian"}


def test_missing_right_names_the_packages_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        packages.install(["postgresql-15", "gettext"], Log(tmp_path / "log"), {}, root=False)
    assert "postgresql-15 gettext" in caught.value.message
    assert "apt-get install --no-install-recommends postgresql-15 gettext" in caught.value.hint


def test_missing_packages_are_found() -> None:
    assert packages.missing(["dpkg", "planvaerk-no-such-package"]) == ["planvaerk-no-such-package"]


def test_main_cluster_is_forbidden_only_while_installing(tmp_path: Path) -> None:
    path = tmp_path / "createcluster.d" / "planvaerk.conf"
    with packages.no_main_cluster(path):
        assert "create_main_cluster = false" in path.read_text(encoding="utf-8")
    assert not path.parent.exists()


def test_an_administrators_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "planvaerk.conf"
    path.write_text("mine", encoding="utf-8")
    with packages.no_main_cluster(path):
        pass
    assert path.read_text(encoding="utf-8") == "mine"


def test_too_little_room(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"Too little room.* 12 MB free, about 2,500 MB"):
        check_room(tmp_path, 2500, free_bytes=12_345_678)
    check_room(tmp_path, 2500, free_bytes=2_600_000_000)


def test_full_disk_is_told_by_whatever_command_meets_it(tmp_path: Path) -> None:
    code = f"import os, sys; sys.exit(os.strerror({errno.ENOSPC}))"
    with pytest.raises(CommandFailed) as caught:
        Log(None).run([sys.executable, "-c", code], env={}, cwd=tmp_path)
    trouble = caught.value.trouble("Packages could not be fetched:", "Check the network.")
    assert "disk is full" in trouble.message
    assert "network" not in trouble.text()
    assert is_disk_full(OSError(errno.ENOSPC, "full"))
    assert not is_disk_full(OSError(errno.EACCES, "no"))


def test_failed_command_shows_its_last_lines_and_logs_all(tmp_path: Path) -> None:
    log = Log(tmp_path / "setup.log")
    code = "import sys; print(*range(100), sep='\\n', flush=True); sys.exit('no route to host')"
    with pytest.raises(CommandFailed) as caught:
        log.run([sys.executable, "-c", code], env={}, cwd=tmp_path)
    trouble = caught.value.trouble("Packages could not be fetched:", "Check the network.")
    assert trouble.message.startswith("Packages could not be fetched:")
    assert "no route to host" in trouble.message
    assert len(trouble.message.splitlines()) < 20
    assert " 0\n1\n2\n" in (tmp_path / "setup.log").read_text(encoding="utf-8")


def test_missing_command_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed) as caught:
        Log(None).run(["planvaerk-no-such-command"], env={}, cwd=tmp_path)
    assert caught.value.code == 127


def test_python_of_the_right_version() -> None:
    assert find_python()
    with pytest.raises(Trouble, match=r"Python 3\.11"):
        find_python(["/bin/true", "/nowhere/python3"])


def test_child_environment_keeps_no_foreign_gis_data(tmp_path: Path) -> None:
    base = {
        "PROJ_LIB": "/x",
        "PROJ_DATA": "/x",
        "GDAL_DATA": "/x",
        "PYTHONPATH": "/x",
        "HOME": "/h",
        "PATH": "/bin",
    }
    env = child_environment(Place(tmp_path), base)
    assert not {"PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "PYTHONPATH"} & set(env)
    assert env["HOME"] == "/h"
    assert env["PATH"] == f"{tmp_path}/.venv/bin:/bin"


def test_compiled_modules_are_kept_beside_the_data_and_not_in_the_sources(tmp_path: Path) -> None:
    env = child_environment(Place(tmp_path), {"PYTHONDONTWRITEBYTECODE": "1"})
    script = tmp_path / "source" / "module.py"
    script.parent.mkdir()
    script.write_text("")
    subprocess.run([sys.executable, "-c", "import module"], check=True, env=env, cwd=script.parent)
    assert list((tmp_path / "var" / "pycache").rglob("module.*.pyc"))
    assert [path.name for path in script.parent.iterdir()] == ["module.py"]
    assert child_environment(Place(tmp_path), {"PYTHONPYCACHEPREFIX": "/p"})["PYTHONPYCACHEPREFIX"] == "/p"


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.make_folders()
    first = place.secret_key()
    assert len(first) > 50
    assert place.secret_key() == first
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o777 == 0o600
