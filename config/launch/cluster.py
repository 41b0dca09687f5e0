"""A private PostgreSQL cluster: made from nothing, started, found again, stopped.

The server listens on a Unix socket only, in a short 0700 folder outside the clone (a socket's path may be
some 100 bytes long, a clone's path longer). PostgreSQL refuses to run as root, so root hands the server to
the `postgres` user, or, where that is not possible, to a user namespace in which root has another number.
"""

from __future__ import annotations

import contextlib
import functools
import getpass
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.launch.progress import CommandFailed, Log, Trouble, disk_full_trouble

SUPERUSER = "postgres"
ROLES = ("owner", "app", "worker")
SERVER_USER = "postgres"
PORT = "5432"  # only part of the socket's file name: nothing listens on TCP
DEBIAN_MAJOR = 15

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it gives on short spatial queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# A test database is thrown away, so nothing of it has to survive a power cut.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def find_binaries(base: Path = Path("/usr/lib/postgresql")) -> Path:
    """Return the folder of PostgreSQL's programs: Debian 12's major, else the newest one installed."""
    debian = base / str(DEBIAN_MAJOR) / "bin"
    if (debian / "postgres").exists():
        return debian
    found = [path for path in base.glob("*/bin") if (path / "postgres").exists()]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    program = shutil.which("postgres")
    if program:
        return Path(program).resolve().parent
    raise Trouble(
        "PostgreSQL is not installed.",
        hint="Install PostgreSQL 15 with PostGIS 3 (Debian: postgresql-15 and postgresql-15-postgis-3).",
    )


def major_of(binaries: Path) -> int:
    """Return the major version of the programs in a folder."""
    text = subprocess.run(
        [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT
    ).stdout
    match = re.search(r"(\d+)", text)
    if match is None:
        raise Trouble(f"{binaries / 'postgres'} does not tell its version: {text.strip()}")
    return int(match.group(1))


def socket_folder(data: Path, uid: int | None = None, *, run: Path = Path("/run")) -> Path:
    """Return the socket folder that belongs to a data folder.

    Root uses /run, where nobody else can create anything. Everybody else uses /tmp with the user's number in
    the name: XDG_RUNTIME_DIR would be emptied when the person logs out, with the server still running.
    """
    uid = os.geteuid() if uid is None else uid
    digest = hashlib.sha256(os.fsencode(os.path.realpath(data))).hexdigest()[:12]
    if uid == 0 and run.is_dir():
        return run / f"planvaerk-{digest}"
    return Path("/tmp") / f"planvaerk-{uid}-{digest}"  # noqa: S108 - its owner and mode are checked before use


def make_socket_folder(folder: Path, owner: int) -> None:
    """Create the socket folder, or check that the one there is ours.

    Raises
    ------
    Trouble
        When something else lies there: a link, a file, or a folder of another user, which could be a trap.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, pwd.getpwuid(owner).pw_gid)
    found = folder.lstat()
    if os.geteuid() == 0 and stat.S_ISDIR(found.st_mode) and found.st_uid == 0 != owner:
        # A start that was killed between the two lines above.
        os.chown(folder, owner, pwd.getpwuid(owner).pw_gid)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise Trouble(
            f"{folder} exists, but it is not a folder of this clone's database server.",
            hint="Another user may have put it there. Remove it (as root if need be), then run the command\n"
            "again.",
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


@dataclass
class Cluster:
    """One private cluster.

    Parameters
    ----------
    data
        Its data folder.
    log
        Where commands are logged.
    durable
        False for a cluster of throw-away tests.
    """

    data: Path
    log: Log
    durable: bool = True

    def __post_init__(self) -> None:
        self.data = Path(os.path.realpath(self.data))

    @functools.cached_property
    def binaries(self) -> Path:
        """The folder of PostgreSQL's programs."""
        return find_binaries()

    # -- where it is ---------------------------------------------------------------------------------------

    @property
    def sockets(self) -> Path:
        """The folder with the socket."""
        return socket_folder(self.data)

    def url(self, role: str, database: str) -> str:
        """Return the address for one role."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    @property
    def server_log(self) -> Path:
        """The server's own log, in the one folder that its user may write to."""
        return self.data / "server.log"

    def exists(self) -> bool:
        """Tell whether the cluster has been made, to the end."""
        return (self.data / "PG_VERSION").exists() and not self._unfinished.exists()

    @property
    def _unfinished(self) -> Path:
        # Stands while initdb and the setup of roles run: a cluster that was interrupted there is made anew.
        return self.data.with_name(self.data.name + ".unfinished")

    # -- whose it is ---------------------------------------------------------------------------------------

    def _server_uid(self) -> int:
        """Return the user number that owns the data folder, or shall own it."""
        if self.data.exists():
            return self.data.stat().st_uid
        if os.geteuid() != 0:
            return os.geteuid()
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(SERVER_USER).pw_uid
        return 0

    def _wrapper(self) -> list[str]:
        """Return the words before a server program, so that it runs as the owner of the data folder."""
        uid = self._server_uid()
        if os.geteuid() != 0:
            if uid != os.geteuid():
                name = _user_name(uid)
                raise Trouble(
                    f"The database in {self.data} belongs to the user {name}: somebody else started this"
                    " clone before.",
                    hint="Run the command as that user (root, if the owner is postgres), or let root delete"
                    " it:  ./run reset --yes",
                )
            return []
        if uid == 0:
            return _namespace_wrapper()
        drop = [
            "setpriv",
            f"--reuid={uid}",
            f"--regid={pwd.getpwuid(uid).pw_gid}",
            "--init-groups",
        ]
        return next((way for way in ([*drop, "--"], _with_search_right(drop)) if self._reaches(way)), [])

    def _reaches(self, wrapper: list[str]) -> bool:
        """Tell whether a program started this way gets into the data folder, whatever stands above it."""
        try:
            probe = subprocess.run(
                [*wrapper, "/bin/sh", "-c", 'cd "$1" && test -r . && test -w .', "sh", str(self.data)],
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            return False
        return probe.returncode == 0

    def _prepare_folder(self) -> list[str]:
        """Create the data folder for the right user and return the words before a server program."""
        uid = self._server_uid()
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if uid != os.geteuid() and os.geteuid() == 0:
            os.chown(self.data, uid, pwd.getpwuid(uid).pw_gid)
        wrapper = self._wrapper()
        if os.geteuid() == 0 and not wrapper:
            # Neither way lets the postgres user in: keep the folder root's and use a namespace.
            os.chown(self.data, 0, 0)
            wrapper = _namespace_wrapper()
        return wrapper

    # -- from nothing --------------------------------------------------------------------------------------

    def create(self, setup: Callable[[Cluster], None]) -> None:
        """Make the cluster, start it, and let `setup` put roles and databases into it."""
        if self._unfinished.exists():
            self.stop()
            if self.data.exists():
                shutil.rmtree(self.data)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.touch()
        wrapper = self._prepare_folder()
        try:
            self.log.run(
                [
                    *wrapper,
                    str(self.binaries / "initdb"),
                    f"--pgdata={self.data}",
                    f"--username={SUPERUSER}",
                    "--encoding=UTF8",
                    "--locale-provider=icu",
                    "--icu-locale=da-DK",
                    "--locale=C.UTF-8",
                    "--auth=peer",
                    "--data-checksums",
                    *([] if self.durable else ["--no-sync"]),
                ],
                env=ENVIRONMENT,
                cwd=Path("/"),
            )
        except CommandFailed as error:
            raise error.trouble(
                "The private database cluster could not be made (initdb):",
                f"Details are in {self.log.path}.",
            ) from error
        self._write_access()
        self.start()
        setup(self)
        self._unfinished.unlink()

    def _write_access(self) -> None:
        """Let only the person who started the clone in, as any of our roles; passwords are not used."""
        people = {getpass.getuser() if os.geteuid() else "root", _user_name(self._server_uid())}
        if os.geteuid() == 0:
            # Inside a user namespace root shows up under this name.
            people.add(SERVER_USER)
        (self.data / "pg_hba.conf").write_text("local all all peer map=planvaerk\n", encoding="utf-8")
        lines = [
            f'planvaerk "{person}" {role}\n' for person in sorted(people) for role in (SUPERUSER, *ROLES)
        ]
        (self.data / "pg_ident.conf").write_text("".join(lines), encoding="utf-8")

    # -- on and off ----------------------------------------------------------------------------------------

    def running_pid(self) -> int | None:
        """Return the server's process number, or None.

        The pid file alone proves nothing: it may be left from a power cut, or copied with the folder, and its
        number may meanwhile belong to another program. The process must sit in this very folder.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        try:
            return pid if os.path.samefile(f"/proc/{pid}/cwd", self.data) else None
        except FileNotFoundError:
            return None
        except PermissionError:
            # In a container without the right to look: believe the file when it names this folder.
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return None
            except PermissionError:
                pass
            return pid if len(lines) > 1 and lines[1] == str(self.data) else None

    def answers(self) -> bool:
        """Tell whether the server accepts connections on the socket of this clone."""
        return (
            subprocess.run(
                [str(self.binaries / "pg_isready"), "-q", "-h", str(self.sockets), "-p", PORT],
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
            == 0
        )

    def check_major(self) -> None:
        """Refuse a data folder of another major version, and say how to go on."""
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = major_of(self.binaries)
        if made_by == str(ours):
            return
        aside = self.data.with_name(f"{self.data.name}-{made_by}")
        raise Trouble(
            f"The database in {self.data} was made by PostgreSQL {made_by}; "
            f"this machine runs PostgreSQL {ours}. Nothing was changed.",
            hint=(
                "If the data can be made again, remove it:  ./run reset --yes\n"
                "To keep it, carry it over (as the folder's owner; root: `setpriv --reuid postgres ...`)\n"
                f"  1. install postgresql-{made_by} with PostGIS beside the new one; move the folder away:\n"
                f"       mv '{self.data}' '{aside}'\n"
                "  2. start the old server:\n"
                f"       /usr/lib/postgresql/{made_by}/bin/pg_ctl -w -D '{aside}' "
                "-o \"-c listen_addresses='' -c unix_socket_directories=/tmp -p 5499\" start\n"
                f"  3. make the new cluster:  ./run manage check   (its socket folder: {self.sockets})\n"
                "  4. pg_dump -h /tmp -p 5499 -U postgres -Fc planvaerk | "
                f"pg_restore -h {self.sockets} -U postgres --clean --if-exists -d planvaerk\n"
                f"  5. stop the old server the same way (`stop` for `start`) and delete '{aside}'"
            ),
        )

    def start(self) -> None:
        """Start the server unless it runs; a server whose socket has vanished is started anew."""
        self.check_major()
        if self.running_pid() is not None:
            if self._wait_for_answer(10):
                return
            self.log.write(
                f"the server of {self.data} runs but does not answer on {self.sockets}: restarting it"
            )
            self.stop()
        wrapper = self._wrapper()
        if os.geteuid() == 0 and not wrapper:
            raise Trouble(
                f"The database server's user cannot reach {self.data}.",
                hint="Move the clone to a folder that other users may walk through (for example /srv), or"
                " give this container the right DAC_READ_SEARCH.",
            )
        uid = self._server_uid()
        make_socket_folder(self.sockets, uid)
        # Nobody lives under this number here (see running_pid), but the server would believe the file.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        # The same for the socket's lock: a killed server stays in the process table until somebody asks for it.
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets), "port": PORT}
        if not self.durable:
            settings |= THROW_AWAY
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        argv = [str(self.binaries / "pg_ctl"), "start", "-w", "-t", "120", "-s"]
        argv += ["-D", str(self.data), "-l", str(self.server_log), "-o", options]
        size = self.server_log.stat().st_size if self.server_log.exists() else 0
        try:
            self.log.run([*wrapper, *argv], env=ENVIRONMENT, cwd=Path("/"))
        except CommandFailed as error:
            said = ""
            if self.server_log.exists():
                with self.server_log.open(encoding="utf-8", errors="replace") as file:
                    file.seek(size)
                    said = file.read()
            self.log.write(said)
            if "No space left on device" in said:
                raise disk_full_trouble(str(self.data)) from error
            error.output += "\n" + said
            raise error.trouble(
                "The private database server did not start:",
                f"Its own log is {self.server_log}.",
            ) from error

    def _wait_for_answer(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > end or not (self.sockets / f".s.PGSQL.{PORT}").exists():
                return False
            time.sleep(0.1)
        return True

    def stop(self) -> bool:
        """Stop the server; return False when it was not running."""
        pid = self.running_pid()
        if pid is None:
            return False
        self.log.write(f"stopping the database server {pid} of {self.data}")
        for kind, patience in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
            try:
                os.kill(pid, kind)
            except ProcessLookupError:
                break
            except PermissionError as error:
                raise Trouble(
                    f"The database server of {self.data} (process {pid}) belongs to another user.",
                    hint="Run `./run stop` as the user who started it, or as root.",
                ) from error
            if _wait_for_end(pid, patience):
                break
        with contextlib.suppress(OSError):
            self.sockets.rmdir()
        return True

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run setup statements as the cluster's superuser and return what they print, one line a row."""
        argv = [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        argv += ["-h", str(self.sockets), "-p", PORT, "-U", SUPERUSER, "-d", database, "-f", "-"]
        return self.log.run(argv, env=ENVIRONMENT, cwd=Path("/"), stdin=statements)


def _wait_for_end(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = (
                Path(f"/proc/{pid}/stat")
                .read_text(encoding="utf-8", errors="replace")
                .rpartition(")")[2]
                .split()[0]
            )
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":  # ended; whoever started it has not asked yet
            return True
        time.sleep(0.05)
    return False


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _with_search_right(drop: list[str]) -> list[str]:
    """Drop to the server's user, who keeps one right: to walk through folders that only root may enter."""
    return [*drop, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--"]


def _namespace_wrapper() -> list[str]:
    """Return the words that run a program as root's own user under another number."""
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        entry = pwd.getpwnam("nobody")
    wrapper = ["unshare", "--user", f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}", "--"]
    try:
        subprocess.run([*wrapper, "/bin/true"], env=ENVIRONMENT, cwd="/", capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(
            "PostgreSQL does not run as root, and this machine lets root neither hand the server to the"
            " postgres user in this folder nor make a user namespace.",
            hint="Run as an ordinary user, or move the clone to a folder that other users may walk through "
            "(for example /srv).",
        ) from error
    return wrapper
