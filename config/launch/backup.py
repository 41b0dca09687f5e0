"""`./run backup FILE` and `./run restore FILE`: everything that people have put in, as one file.

All of it lies in the database, drawings included. The secret key is left out: it signs sessions and forms, and a
backup that is lost must not let anybody in. A backup is an ordinary zip with what `pg_dump -Fc` wrote and a manifest,
so `unzip` and `pg_restore` open it without this program.

Row-level security hides rows even from the owner of the tables, so both commands work as a role that it does not
bind: the superuser of the private cluster, or the one in DATABASE_ADMIN_URL.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from config.launch import lock, packages
from config.launch.cluster import find_binaries, major_of
from config.launch.database import Addresses
from config.launch.progress import USAGE, CommandFailed, Steps, Trouble, disk_full_trouble
from config.launch.server import Server, identifier, literal, with_database
from config.launch.site_files import SiteFiles, rooms

if TYPE_CHECKING:
    from config.launch.commands import Launcher

FORMAT = "planvaerk-backup"
DUMP = "database.dump"
MANIFEST = "manifest.json"
CHUNK = 1 << 20
#: The name of an app where it is not that of its folder.
_LABEL = re.compile(r'^    label = "(\w+)"', re.MULTILINE)


# -- out -------------------------------------------------------------------------------------------------------


def write(server: Server, target: Path) -> dict[str, Any]:
    """Write a backup, readable by its owner alone; a file that is there is never overwritten.

    Returns
    -------
    The manifest.
    """
    if target.exists():
        raise Trouble(
            f"{target} exists; it is not overwritten.", hint="Choose another name.", exit_code=USAGE
        )
    if not target.parent.is_dir():
        raise Trouble(f"There is no folder {target.parent}.", exit_code=USAGE)
    manifest = _describe(server)
    aside = target.with_name(target.name + ".part")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # pg_dump compresses by itself
                manifest |= _dump(server, archive)
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
    return manifest


def _describe(server: Server) -> dict[str, Any]:
    try:
        epoch, revision = server.sql(
            "SELECT max(number) FROM ledger_epoch; SELECT coalesce(max(revision), 0) FROM ledger_change;",
            server.name,
        ).split()
        applied = server.sql("SELECT app || '.' || name FROM django_migrations ORDER BY id", server.name)
    except (CommandFailed, ValueError) as error:
        raise Trouble(
            f"The database {server.name} has no tables of Planværk that could be backed up.",
            hint="`./run manage check` makes them." if isinstance(error, ValueError) else str(error),
        ) from error
    return {
        "format": FORMAT,
        "version": 1,
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "postgresql": major_of(server.binaries),
        "epoch": int(epoch),
        "revision": int(revision),  # at least; others may write while the dump begins
        "migrations": applied.split(),
    }


def _dump(server: Server, archive: zipfile.ZipFile) -> dict[str, Any]:
    argv = [server.program("pg_dump"), "-Fc", "--no-password", "-d", server.at(server.name)]
    digest, size = hashlib.sha256(), 0
    with (
        _running(server, argv, stdout=subprocess.PIPE) as dump,
        archive.open(DUMP, "w", force_zip64=True) as member,
    ):
        assert dump.stdout is not None
        while part := dump.stdout.read(CHUNK):
            digest.update(part)
            size += len(part)
            member.write(part)
    return {"sha256": digest.hexdigest(), "bytes": size}


@contextmanager
def _running(server: Server, argv: list[str], **pipes: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block feeds or empties it; raise when it ends with an error."""
    server.log.write("$ " + " ".join(argv))
    process = subprocess.Popen(argv, env=server.environment(), cwd="/", stderr=subprocess.PIPE, **pipes)  # type: ignore[call-overload]
    with process:  # its end closes the pipes, which ends the program also when the block fails
        with suppress(BrokenPipeError):  # it ended early and says why on stderr
            yield process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        said = process.stderr.read().decode("utf-8", "replace")
    server.log.write(said)
    if process.returncode != 0:
        raise CommandFailed(argv, process.returncode, said)


# -- in --------------------------------------------------------------------------------------------------------


def read_manifest(source: Path, root: Path) -> dict[str, Any]:
    """Check a backup from its first byte to its last, before anything is touched, and return its manifest.

    Raises
    ------
    Trouble
        When it is no backup, broken off, changed, or made by a newer version of Planværk or PostgreSQL.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
                raise ValueError("another format")
            digest, size = hashlib.sha256(), 0
            with archive.open(DUMP) as dump:
                while part := dump.read(CHUNK):
                    digest.update(part)
                    size += len(part)
    except FileNotFoundError:
        raise Trouble(f"There is no file {source}.", exit_code=USAGE) from None
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, EOFError, NotImplementedError) as error:
        raise _useless(source, "it is not a backup of Planværk, or only a part of one") from error
    if (digest.hexdigest(), size) != (manifest.get("sha256"), manifest.get("bytes")):
        raise _useless(source, "its content is not what was backed up")
    if int(manifest.get("version", 0)) != 1:
        raise _useless(source, "it was made by a newer version of Planværk")
    ours = _migrations(root)
    parts = [(name, *name.partition(".")[::2]) for name in manifest.get("migrations", [])]
    unknown = [name for name, app, step in parts if app in ours and step not in ours[app]]
    if unknown:
        raise _useless(source, f"it was made by a newer version of Planværk ({', '.join(unknown[:3])})")
    if int(manifest.get("postgresql", 0)) > major_of(find_binaries()):
        raise _useless(
            source, f"it was made by PostgreSQL {manifest['postgresql']}, which is newer than ours"
        )
    return manifest


def _migrations(root: Path) -> dict[str, set[str]]:
    """Our apps, as Django calls them, each with the names of its migrations."""
    found = {}
    for folder in (folder for room in rooms(root) for folder in room.rglob("migrations")):
        config = folder.parent / "apps.py"
        own = _LABEL.search(config.read_text(encoding="utf-8")) if config.exists() else None
        found[own[1] if own else folder.parent.name] = {path.stem for path in folder.glob("*.py")}
    return found


def _useless(source: Path, why: str) -> Trouble:
    return Trouble(f"{source} cannot be restored: {why}.", hint="Nothing was changed.", exit_code=USAGE)


def holds_data(server: Server) -> bool:
    """Tell whether the database in use has anything in it that a restore would put aside."""
    if not server.exists(server.name):
        return False
    if server.sql("SELECT to_regclass('ledger_change') IS NULL", server.name) == "t":
        return False
    return (
        server.sql(
            "SELECT EXISTS (SELECT FROM ledger_change) OR EXISTS (SELECT FROM ledger_auditrow)", server.name
        )
        == "t"
    )


def restore(server: Server, source: Path, prepare: Callable[[str], None]) -> int:
    """Restore a checked backup beside the database in use, then let them change places.

    Parameters
    ----------
    prepare
        Called with the name of the restored database before it is used: brings its tables up to date.

    Returns
    -------
    The new epoch: one more than both the backup's and that of the database in use, so that no cursor handed out
    before can be taken for one of the restored history.
    """
    fresh, before = f"{server.name}_restoring", f"{server.name}_before_restore"
    there = server.exists(server.name)
    epoch = 0
    if there and server.sql("SELECT to_regclass('ledger_epoch') IS NOT NULL", server.name) == "t":
        epoch = int(server.sql("SELECT coalesce(max(number), 0) FROM ledger_epoch", server.name))
    owner = _owner(server) if there else "owner"
    # What a restore that was killed has left; nobody uses it.
    server.sql(f"DROP DATABASE IF EXISTS {identifier(fresh)} WITH (FORCE)", "postgres")
    server.sql(
        f"CREATE DATABASE {identifier(fresh)} OWNER {identifier(owner)} TEMPLATE template0", "postgres"
    )
    try:
        _load(server, source, fresh)
        prepare(fresh)
        number = server.sql(
            f"INSERT INTO ledger_epoch (number) SELECT greatest(coalesce(max(number), 0), {epoch}) + 1 "
            "FROM ledger_epoch RETURNING number; ANALYZE;",
            fresh,
        )
        _swap(server, fresh, before, there=there)
    except BaseException:
        server.sql(f"DROP DATABASE IF EXISTS {identifier(fresh)} WITH (FORCE)", "postgres")
        raise
    return int(number)


def _owner(server: Server) -> str:
    return server.sql(
        f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = {literal(server.name)}", "postgres"
    )


def _load(server: Server, source: Path, database: str) -> None:
    argv = [server.program("pg_restore"), "--exit-on-error", "--no-password", "-d", server.at(database)]
    try:
        with (
            zipfile.ZipFile(source) as archive,
            archive.open(DUMP) as dump,
            _running(server, argv, stdin=subprocess.PIPE) as load,
        ):
            _feed(dump, load.stdin)
    except CommandFailed as error:
        if error.disk_full:
            raise disk_full_trouble() from error
        raise error.trouble(
            "The backup could not be read into the database:", "Nothing was changed."
        ) from error


def _feed(source: IO[bytes], target: IO[bytes] | None) -> None:
    assert target is not None
    while part := source.read(CHUNK):
        target.write(part)


def _swap(server: Server, fresh: str, before: str, *, there: bool) -> None:
    """Let the restored database take the name of the one in use, which is kept under another."""
    name = server.name
    renames = f"ALTER DATABASE {identifier(fresh)} RENAME TO {identifier(name)};"
    if there:
        server.sql(f"DROP DATABASE IF EXISTS {identifier(before)} WITH (FORCE)", "postgres")
        renames = f"ALTER DATABASE {identifier(name)} RENAME TO {identifier(before)};" + renames
    for attempt in range(5):
        try:
            # The site and its jobs may run on: they are sent away here and find the restored one under the name.
            server.sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ({literal(name)}, "
                f"{literal(fresh)}); BEGIN; {renames} COMMIT;",
                "postgres",
            )
        except CommandFailed as error:
            if "being accessed by other users" in error.output and attempt < 4:
                continue
            raise error.trouble(
                "The restored database could not be taken into use:", "Nothing was changed."
            ) from error
        return


# -- the commands ---------------------------------------------------------------------------------------------


def run_backup(launcher: Launcher, arguments: Sequence[str]) -> int:
    """`./run backup FILE`."""
    target = backup_options(arguments).file.absolute()
    if not launcher.place.var.is_dir() and not os.environ.get("DATABASE_URL"):
        raise Trouble("There is nothing to back up in this clone.", exit_code=USAGE)
    with lock.held(launcher.place.root):
        launcher.open_log()
        steps = Steps(3)
        launcher.check_machine(steps, packages.BASE)
        addresses = launcher.start_database(steps)
        server = _server(launcher, addresses)
        with steps.step("Backup"):
            manifest = write(server, target)
    size = f"{target.stat().st_size / 1e6:.1f} MB"
    print(
        f"{target}: {size}, epoch {manifest['epoch']}, revision {manifest['revision']}.\n"
        "It holds personal data. The secret key (var/secret) is not in it."
    )
    return 0


def run_restore(launcher: Launcher, arguments: Sequence[str]) -> int:
    """`./run restore FILE [--yes]`."""
    options = restore_options(arguments)
    source = options.file.absolute()
    manifest = read_manifest(source, launcher.place.root)
    with lock.held(launcher.place.root):
        launcher.open_log()
        steps = Steps(6)
        launcher.check_machine(steps, packages.BASE)
        launcher.fill_environment(steps, {"assets"})
        addresses = launcher.start_database(steps)
        server = _server(launcher, addresses)
        if holds_data(server) and not options.yes:
            raise Trouble(
                f"The database {server.name} holds data. A restore puts it aside as {server.name}_before_restore,\n"
                "in the place of what an earlier restore has put there.",
                hint=f"If that is what you want:  ./run restore {options.file} --yes",
                exit_code=USAGE,
            )
        files = launcher.site_files()
        files.migrated.forget()
        with steps.step("Restore"):
            epoch = restore(server, source, lambda name: _migrate(launcher, addresses, name))
    print(
        f"Restored: the data of {manifest['made_at']}, now epoch {epoch}. The audit trail: ./run manage verify_audit"
    )
    return 0


def _server(launcher: Launcher, addresses: Addresses) -> Server:
    if addresses.private:
        return Server.private(launcher.cluster())
    return Server.given(os.environ, launcher.log)


def _migrate(launcher: Launcher, addresses: Addresses, database: str) -> None:
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL")
    there = {
        name: with_database(url, database) for name, url in addresses.environment().items() if name in names
    }
    SiteFiles(launcher.place, launcher.log, launcher.env | there).migrate(remember=False)


# -- arguments -------------------------------------------------------------------------------------------------


def backup_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of `backup`."""
    parser = argparse.ArgumentParser(prog="./run backup", description="Write everything to one file.")
    parser.add_argument("file", type=Path, help="the file to write; it must not exist")
    return parser.parse_args(list(arguments))


def restore_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of `restore`."""
    parser = argparse.ArgumentParser(
        prog="./run restore", description="Put a backup in the place of all data."
    )
    parser.add_argument("file", type=Path, help="a file written by ./run backup")
    parser.add_argument("--yes", action="store_true", help="put the data that is there now aside")
    return parser.parse_args(list(arguments))
