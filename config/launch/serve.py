"""The site: a port, the server process, and finding it again to stop it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.place import Place
from config.launch.progress import USAGE, Trouble

HOST = "127.0.0.1"
FIRST_PORT = 8000
PORTS_TRIED = 100
START_SECONDS = 60.0


def open_port(wanted: int | None, first: int = FIRST_PORT) -> socket.socket:
    """Return a listening socket: on the wanted port, or on the first free one from `first` on.

    The socket stays open until the server takes it over, so nobody can come between.

    Raises
    ------
    Trouble
        When the wanted port is taken, or nothing is free.
    """
    for port in [wanted] if wanted is not None else range(first, first + PORTS_TRIED):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
            # Without listening, another program could still bind the same port.
            sock.listen(64)
        except PermissionError as error:
            sock.close()
            raise Trouble(
                f"Port {port} may only be used by root.",
                hint="Choose one above 1023:  ./run demo --port 8000",
                exit_code=USAGE,
            ) from error
        except OSError:
            sock.close()
            continue
        return sock
    if wanted is not None:
        raise Trouble(
            f"Port {wanted} is taken by another program.",
            hint=f"Choose another one, or leave --port out to get the first free one from {FIRST_PORT} on.",
            exit_code=USAGE,
        )
    raise Trouble(
        f"No port from {first} to {first + PORTS_TRIED - 1} is free.",
        hint="Name a free one:  ./run demo --port N",
        exit_code=USAGE,
    )


def url_of(port: int) -> str:
    """Return the site's address."""
    return f"http://{HOST}:{port}/"


def start_ticks(pid: int) -> int | None:
    """Return when a process began (clock ticks since the machine started), or None when it has ended.

    Number and beginning together name a process; the number alone is given to another one later.
    """
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


@dataclass(frozen=True)
class Running:
    """A site that runs."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return url_of(self.port)


class Site:
    """The site of one clone."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.file = place.var / "site.json"
        self.log = place.log / "site.log"

    def running(self) -> Running | None:
        """Return the running site, or None."""
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            pid, port, ticks = int(found["pid"]), int(found["port"]), int(found["ticks"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Running(pid, port) if start_ticks(pid) == ticks else None

    def start(self, sock: socket.socket, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start the server on an open socket and wait until it answers."""
        port = int(sock.getsockname()[1])
        size = self.log.stat().st_size if self.log.exists() else 0
        argv = [
            str(self.place.python),
            "-m",
            "gunicorn",
            "config.wsgi:application",
            "--config=python:config.serving",
            f"--bind=fd://{sock.fileno()}",
            # Who presses Ctrl-C waits for it.
            "--graceful-timeout=3",
            f"--chdir={self.place.root}",
        ]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                argv,
                env={**env, "PLANVAERK_DB_ROLE": "app"},
                cwd=self.place.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[sock.fileno()],
                # Ctrl-C reaches this launcher alone, which then stops the server in order.
                start_new_session=True,
            )
        sock.close()
        try:
            ticks = start_ticks(process.pid)
            self.file.write_text(
                json.dumps({"pid": process.pid, "port": port, "ticks": ticks, "url": url_of(port)}) + "\n",
                encoding="utf-8",
            )
            end = time.monotonic() + START_SECONDS
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise self._did_not_start(size)
                time.sleep(0.2)
        except BaseException:
            self.stop_process(process)
            raise
        return process

    def _did_not_start(self, size: int) -> Trouble:
        said = ""
        with contextlib.suppress(OSError), self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(size)
            said = "\n".join(f"    {line}" for line in file.read().splitlines()[-12:])
        return Trouble(f"The site did not start:\n{said}", hint=f"Its log is {self.log}.")

    def stop_process(self, process: subprocess.Popen[bytes]) -> None:
        """Stop the server that this launcher has started."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                _kill_group(process.pid)
                process.wait()
        self.file.unlink(missing_ok=True)

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait until the person presses Ctrl-C, somebody says `./run stop`, or the server dies."""

        def stop(_number: int, _frame: object) -> None:
            raise KeyboardInterrupt

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            print("\nStopping the site.", file=sys.stderr)
            self.stop_process(process)
            return 0
        asked = not self.file.exists()
        self.stop_process(process)
        if asked or code == 0:
            print("The site was stopped.", file=sys.stderr)
            return 0
        raise Trouble(f"The site ended by itself with code {code}.", hint=f"Its log is {self.log}.")

    def stop(self) -> bool:
        """Stop the running site, whoever started it; return False when there is none."""
        found = self.running()
        if found is None:
            self.file.unlink(missing_ok=True)
            return False
        ticks = start_ticks(found.pid)
        try:
            os.kill(found.pid, 0)
            # Gone before the process is: the launcher that waits for it then knows that it was asked to end.
            self.file.unlink(missing_ok=True)
            os.kill(found.pid, signal.SIGTERM)
        except ProcessLookupError:
            return True
        except PermissionError as error:
            raise Trouble(
                f"The site (process {found.pid}) was started by another user.",
                hint="Run `./run stop` as that user, or as root.",
            ) from error
        end = time.monotonic() + 15
        while start_ticks(found.pid) == ticks:
            if time.monotonic() > end:
                _kill_group(found.pid)
                break
            time.sleep(0.05)
        return True


def _kill_group(pid: int) -> None:
    # The server leads its own session, so its workers go with it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
