"""The worker beside the site: started with it, started again when it dies, stopped with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping

from config.launch.place import Place
from config.launch.serve import start_ticks

PATIENCE_SECONDS = 12.0
PAUSE_SECONDS = 2.0


class Worker:
    """The process that does the background work of one clone."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.file = place.var / "worker.json"
        self.log = place.log / "worker.log"
        self._ended = threading.Event()
        self._keeper: threading.Thread | None = None

    def start(self, env: Mapping[str, str]) -> None:
        """Start it, and start it again whenever it dies; one left by a launcher that was killed is ended first."""
        self.stop()
        self._ended.clear()
        self._keeper = threading.Thread(target=self._keep, args=(dict(env),), daemon=True)
        self._keeper.start()

    def _keep(self, env: dict[str, str]) -> None:
        while not self._ended.is_set():
            process = self._launch(env)
            while process.poll() is None and not self._ended.wait(PAUSE_SECONDS):
                pass
            if self._ended.is_set():
                _end(process.pid, start_ticks(process.pid))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                return
            self._ended.wait(PAUSE_SECONDS)

    def _launch(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(self.place.python), str(self.place.root / "manage.py"), "worker"],
                env={**env, "PLANVAERK_DB_ROLE": "worker"},
                cwd=self.place.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        found = {"pid": process.pid, "ticks": start_ticks(process.pid)}
        self.file.write_text(json.dumps(found) + "\n", encoding="utf-8")
        return process

    def stop(self) -> bool:
        """Stop it, whoever started it; return False when there was none. What it was doing is gone on with later."""
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join(PATIENCE_SECONDS + 3)
            self._keeper = None
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            pid, ticks = int(found["pid"]), int(found["ticks"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        self.file.unlink(missing_ok=True)
        if start_ticks(pid) != ticks:
            return False
        _end(pid, ticks)
        return True


def _end(pid: int, ticks: int | None) -> None:
    """Ask the process to end, and end it when it does not: nothing is lost by that."""
    if ticks is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE_SECONDS
        while start_ticks(pid) == ticks:
            if time.monotonic() > end:
                os.killpg(pid, signal.SIGKILL)
                return
            time.sleep(0.05)
