"""The commands of `./run`: what each one needs, in order."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from config.launch import backup, database, lock, packages, system
from config.launch.assets import Assets
from config.launch.cluster import Cluster
from config.launch.environment import Environment
from config.launch.place import Place, child_environment
from config.launch.progress import SETUP_FAILED, USAGE, Log, Steps, Trouble, disk_full_trouble, is_disk_full
from config.launch.serve import FIRST_PORT, Site, open_port, url_of
from config.launch.site_files import SiteFiles
from config.launch.worker import Worker

HELP = f"""\
Planværk: planning and building permits for Danish municipalities

  ./run demo [--no-serve] [--port N]   prepare everything, make the demonstration municipality, serve the site
                                       (port {FIRST_PORT} or the next free one; Ctrl-C stops the site)
  ./run test [--slow] [ARGUMENTS]      the tests; --slow adds the long ones; ARGUMENTS go to pytest
  ./run test --prepare                 prepare for the tests and the linters, and stop there
  ./run manage COMMAND [ARGUMENTS]     a command of the site, for example: ./run manage check --all
  ./run backup FILE                    write all data to one file
  ./run restore FILE [--yes]           put a backup in the place of all data (which is kept aside)
  ./run stop                           stop the site and the private database
  ./run reset --yes                    stop, and delete the database and all other state (var/)

The first start installs what is missing and takes some minutes. Details: var/log/setup.log
Set DATABASE_URL to use a PostgreSQL server of your own instead of the private one.
"""

# What the whole needs, roughly: Python packages, browser libraries, database, room to unpack.
FIRST_ROOM_MB = 2500
LATER_ROOM_MB = 200

# These work on the sources or on the tables themselves, so they must not find the tables changed before.
NO_TABLES = {
    "",
    "check_settings",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "makemigrations",
    "migrate",
    "new_rule",
    "showmigrations",
    "sqlmigrate",
    "squashmigrations",
    "version",
    "--help",
    "--version",
    "-h",
}

# What libpq takes from the environment; it would lead connections to the private cluster astray.
LIBPQ_VARIABLES = {
    "PGDATABASE",
    "PGHOST",
    "PGHOSTADDR",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGSERVICE",
    "PGSSLMODE",
    "PGUSER",
}


class Launcher:
    """One `./run`, from the check of the machine to the command itself."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.log = Log(None)
        self.env = child_environment(place, os.environ)

    def command(self, name: str) -> Callable[[Sequence[str]], int]:
        """Return what carries out a command."""
        commands: dict[str, Callable[[Sequence[str]], int]] = {
            "demo": self.demo,
            "test": self.test,
            "manage": self.manage,
            "backup": functools.partial(backup.run_backup, self),
            "restore": functools.partial(backup.run_restore, self),
            "stop": self.stop,
            "reset": self.reset,
        }
        if name not in commands:
            raise Trouble(f"./run has no command {name!r}.", hint=HELP.rstrip(), exit_code=USAGE)
        return commands[name]

    # -- parts ---------------------------------------------------------------------------------------------

    def open_log(self) -> None:
        """Create the folders and begin to log."""
        self.place.make_folders()
        self.log = Log(self.place.log / "setup.log")

    def cluster(self, *, test: bool = False) -> Cluster:
        """Return the private cluster, for the site or for the tests."""
        return Cluster(self.place.var / ("pg-test" if test else "pg"), self.log, durable=not test)

    def site(self) -> Site:
        """Return the site."""
        return Site(self.place)

    def worker(self) -> Worker:
        """Return the worker beside the site."""
        return Worker(self.place)

    def _given(self) -> database.Addresses | None:
        own = [database.private_addresses(self.cluster(test=test)).app for test in (False, True)]
        return database.given_addresses(os.environ, own)

    # -- steps ---------------------------------------------------------------------------------------------

    def check_machine(self, steps: Steps, needed: Sequence[str]) -> None:
        """Check system and disk, and install missing packages."""
        debian = system.check_system(os.environ)
        absent = packages.missing(needed) if debian else []
        first = not (self.place.venv / "planvaerk.json").exists()
        system.check_room(self.place.root, FIRST_ROOM_MB if first else LATER_ROOM_MB)
        if absent:
            with steps.step("System packages"):
                packages.install(absent, self.log, self.env)
        else:
            steps.skip("System packages")

    def fill_environment(self, steps: Steps, groups: Iterable[str]) -> None:
        """Bring .venv up to date."""
        environment = Environment(self.place, self.log, self.env)
        wanted = set(groups)
        if environment.is_ready(wanted):
            steps.skip("Python packages")
        else:
            with steps.step("Python packages"):
                environment.sync(wanted)

    def fetch_assets(self, steps: Steps) -> None:
        """Bring the browser libraries up to date."""
        assets = Assets(self.place, self.log, self.env)
        if assets.is_ready():
            steps.skip("Browser libraries")
        else:
            with steps.step("Browser libraries"):
                assets.prepare()

    def start_database(self, steps: Steps, *, test: bool = False) -> database.Addresses:
        """Start the private cluster, made before when it is missing, unless the person has named a server."""
        given = None if test else self._given()
        if given is not None:
            steps.skip("Database (yours, by DATABASE_URL)")
            self.env |= given.environment()
            return given
        cluster = self.cluster(test=test)
        name = "Test database" if test else "Database"
        if cluster.exists() and cluster.running_pid() is not None and cluster.answers():
            steps.skip(name)
        elif cluster.exists():
            with steps.step(name):
                cluster.start()
        else:
            with steps.step(name):
                if not test:
                    self.site_files().migrated.forget()
                cluster.create(database.set_up)
        addresses = database.private_addresses(cluster)
        for name in LIBPQ_VARIABLES & set(self.env):
            del self.env[name]
        self.env |= addresses.environment()
        self.env.setdefault("PLANVAERK_SECRET_KEY", self.place.secret_key())
        kept = ("PLANVAERK_VAR", "PLANVAERK_SECRET_KEY", "DJANGO_SETTINGS_MODULE", "PYTHONPYCACHEPREFIX")
        shell = addresses.environment() | {key: self.env[key] for key in kept}
        if test:
            shell["PLANVAERK_DB_ROLE"] = "owner"
        database.write_shell_file(self.place.var / ("env-test.sh" if test else "env.sh"), shell)
        return addresses

    def site_files(self) -> SiteFiles:
        """Return the made files, with the environment as it is by now."""
        return SiteFiles(self.place, self.log, self.env)

    def make_texts(self, steps: Steps) -> None:
        """Compile translations."""
        files = self.site_files()
        if files.old_translations():
            with steps.step("Translations"):
                files.compile_translations()
        else:
            steps.skip("Translations")

    def make_static(self, steps: Steps) -> None:
        """Collect static files."""
        files = self.site_files()
        if files.static_ready():
            steps.skip("Static files")
        else:
            with steps.step("Static files"):
                files.collect_static()

    def make_tables(self, steps: Steps, addresses: database.Addresses) -> None:
        """Bring the tables up to date."""
        files = self.site_files()
        if addresses.private and files.tables_ready():
            steps.skip("Tables")
        else:
            with steps.step("Tables"):
                files.migrate(remember=addresses.private)

    # -- commands ------------------------------------------------------------------------------------------

    def demo(self, arguments: Sequence[str]) -> int:
        """Prepare everything, make the demonstration municipality, serve."""
        options = demo_options(arguments)
        with lock.held(self.place.root):
            self.open_log()
            running = self.site().running()
            sock: socket.socket | None = None
            if running is None:
                # Held open from here on, so that the address in the summary is the one that will be served.
                sock = open_port(options.port)
                port = int(sock.getsockname()[1])
            elif options.port not in (None, running.port):
                raise Trouble(
                    f"The site of this clone runs already, on another port: {running.url}",
                    hint="Stop it first:  ./run stop",
                    exit_code=USAGE,
                )
            elif options.no_serve:
                port = running.port
            else:
                print(f"The site of this clone runs already: {running.url}\n./run stop ends it.")
                return 0
            self.site_files().require_sources()
            steps = Steps(7)
            self.check_machine(steps, packages.BASE)
            self.fill_environment(steps, {"assets"})
            self.fetch_assets(steps)
            addresses = self.start_database(steps)
            self.env.setdefault("PLANVAERK_SECRET_KEY", self.place.secret_key())
            self.make_texts(steps)
            self.make_static(steps)
            self.make_tables(steps, addresses)
            self.log.write(f"prepared in {steps.total_seconds():.1f} s")
            code = self._make_demo(port)
            if code != 0 or options.no_serve or sock is None:
                return code
            process = self.site().start(sock, self.env)
            worker = self.worker()
            worker.start(self.env)
        print(f"\nThe site is open: {url_of(port)}\nCtrl-C stops it.", flush=True)
        try:
            return self.site().wait(process)
        finally:
            worker.stop()

    def _make_demo(self, port: int) -> int:
        env = {name: value for name, value in self.env.items() if name != "PLANVAERK_DB_ROLE"}
        argv = [
            str(self.place.python),
            str(self.place.root / "manage.py"),
            "make_demo",
            "--site-url",
            url_of(port),
        ]
        sys.stdout.flush()
        return subprocess.run(
            argv, env=env, cwd=self.place.root, stdin=subprocess.DEVNULL, check=False
        ).returncode

    def test(self, arguments: Sequence[str]) -> int:
        """Prepare for the tests and hand over to pytest."""
        passed = [word for word in arguments if word not in ("--slow", "--prepare")]
        with lock.held(self.place.root):
            self.open_log()
            self.site_files().require_sources()
            steps = Steps(5)
            self.check_machine(steps, [*packages.BASE, *packages.FOR_TESTS])
            self.fill_environment(steps, {"assets", "dev"})
            self.fetch_assets(steps)
            self.start_database(steps, test=True)
            self.make_texts(steps)
        if "--prepare" in arguments:
            return 0
        # Two runs at once would share the test database; pytest keeps this lock until it ends.
        lock.take(
            self.place.root / "run",
            "Other tests run in this clone; waiting for their end ...",
            inheritable=True,
        )
        self.env["PLANVAERK_DB_ROLE"] = "owner"
        argv = [str(self.place.python), "-m", "pytest"]
        if all(word.startswith("-") for word in passed) and not any(word.startswith("-n") for word in passed):
            # The whole of the tests: a process for each processor, each with a database of its own, in the order
            # that pytest-django gives them (those that commit come last).
            argv += ["-n", str(os.cpu_count() or 1)]
        if "--slow" not in arguments and not any(word == "-m" or word.startswith("-m=") for word in passed):
            argv += ["-m", "not slow"]
        os.chdir(self.place.root)
        return hand_over([*argv, *passed], self.env)

    def manage(self, arguments: Sequence[str]) -> int:
        """Prepare what a command of the site needs and hand over to it; its exit code is ours."""
        command = arguments[0] if arguments else ""
        with lock.held(self.place.root):
            self.open_log()
            self.site_files().require_sources()
            steps = Steps(6 if command == "collectstatic" else 5, quiet=True)
            self.check_machine(steps, packages.BASE)
            self.fill_environment(steps, {"assets"})
            addresses = self.start_database(steps)
            self.env.setdefault("PLANVAERK_SECRET_KEY", self.place.secret_key())
            self.make_texts(steps)
            if command == "collectstatic":  # a server's way to the browser libraries
                self.fetch_assets(steps)
            if addresses.private and command not in NO_TABLES:
                self.make_tables(steps, addresses)
        # The command stays in the person's folder: the paths among its arguments are meant from there.
        return hand_over([str(self.place.python), str(self.place.root / "manage.py"), *arguments], self.env)

    def stop(self, arguments: Sequence[str]) -> int:
        """Stop the site and both private clusters."""
        no_arguments("stop", arguments)
        if not self.place.var.is_dir():
            print("Nothing runs in this clone.")
            return 0
        with lock.held(self.place.root):
            self.open_log()
            stopped = self._stop_all()
        print("Stopped: " + ", ".join(stopped) + "." if stopped else "Nothing ran in this clone.")
        return 0

    def _stop_all(self) -> list[str]:
        stopped = ["the site"] if self.site().stop() else []
        if self.worker().stop():
            stopped.append("the worker")
        if self.cluster().stop():
            stopped.append("the database")
        if self.cluster(test=True).stop():
            stopped.append("the test database")
        return stopped

    def reset(self, arguments: Sequence[str]) -> int:
        """Stop everything and delete the state."""
        if list(arguments) != ["--yes"]:
            raise Trouble(
                f"This stops the site and deletes its database, exports, logs and keys: {self.place.var}",
                hint="If that is what you want:  ./run reset --yes",
                exit_code=USAGE,
            )
        if self.place.var.is_symlink():
            raise Trouble(
                f"{self.place.var} is a link to another folder, which is left alone.",
                hint="Stop with `./run stop` and remove link and folder yourself.",
            )
        if not self.place.var.exists():
            print("Nothing to delete.")
            return 0
        with lock.held(self.place.root):
            self._stop_all()
            shutil.rmtree(self.place.var)
        print("Deleted: var/. The installed packages (.venv, node_modules) are kept.")
        return 0


def demo_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of `demo`."""
    parser = argparse.ArgumentParser(prog="./run demo", description="Prepare, make the demonstration, serve.")
    parser.add_argument("--no-serve", action="store_true", help="stop after the summary")
    parser.add_argument(
        "--port", type=port_number, help=f"port of the site (default: {FIRST_PORT} or the next free)"
    )
    return parser.parse_args(list(arguments))


def port_number(text: str) -> int:
    """Return a port from 1 to 65535."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (1 to 65535)")
    return int(text)


def no_arguments(command: str, arguments: Sequence[str]) -> None:
    """Refuse arguments of a command that has none."""
    if arguments:
        raise Trouble(f"./run {command} takes no arguments: {' '.join(arguments)}", exit_code=USAGE)


def hand_over(argv: Sequence[str], env: dict[str, str]) -> int:
    """Become the command, so that its signals, its terminal and its exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(argv[0], list(argv), env)


def main(arguments: Sequence[str], root: str) -> int:
    """Run one command and return its exit code; any trouble is one message on stderr."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    launcher = Launcher(Place(Path(root)))
    try:
        return launcher.command(arguments[0])(arguments[1:])
    except Trouble as trouble:
        return _tell(launcher, trouble)
    except KeyboardInterrupt:
        print("\nStopped by you. The same command goes on where it stopped.", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - the last resort, so that nobody sees a bare traceback
        with contextlib.suppress(OSError):
            launcher.log.write(traceback.format_exc())
        return _tell(launcher, _trouble_from(launcher, error))


def _trouble_from(launcher: Launcher, error: Exception) -> Trouble:
    """Return the message for an error that no step has expected."""
    if isinstance(error, PermissionError):
        return Trouble(
            f"No right to use {error.filename or 'a file'} ({error.strerror}).",
            hint=f"The folder {launcher.place.root} must be yours: run as its owner, or make your own clone.",
        )
    if isinstance(error, OSError) and is_disk_full(error):
        return disk_full_trouble(str(error.filename or launcher.place.root))
    where = f"Details are in {launcher.log.path}. " if launcher.log.path else ""
    return Trouble(
        f"Something unexpected happened: {type(error).__name__}: {error}",
        hint=f"{where}Please report it with those lines.",
        exit_code=SETUP_FAILED,
    )


def _tell(launcher: Launcher, trouble: Trouble) -> int:
    # A full disk takes no log line either; the message is what counts.
    with contextlib.suppress(OSError):
        launcher.log.write(trouble.text())
    print(f"\n{trouble.text()}", file=sys.stderr, flush=True)
    return trouble.exit_code
