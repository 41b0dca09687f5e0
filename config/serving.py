"""How gunicorn serves the site, on a machine of one's own and on a server: ``--config python:config.serving``.

What is said on the command line counts before this. There is no access log: its lines would hold addresses and
queries; ``config.requests`` writes a line for each request that does not.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from config.logs import configuration

workers = int(os.environ.get("WEB_CONCURRENCY") or "2")
threads = 4
#: A check of a large plan against the schemas takes half a minute on a slow machine.
timeout = 120
graceful_timeout = 10
#: Its default place is shared by all sites of a user.
control_socket_disable = True
accesslog = None
logconfig_dict = configuration(
    os.environ.get("PLANVAERK_LOG") or "WARNING", os.environ.get("PLANVAERK_LOG_FORMAT", "")
)
# Beginnings and ends of the processes; no lines with addresses, which gunicorn writes where logging is given.
logconfig_dict["loggers"] |= {
    "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
    "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
}

#: The processes count here; the folder is this server's own, and forgotten when it starts.
_COUNTS = Path(
    os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    or Path(os.environ.get("PLANVAERK_VAR") or Path(__file__).resolve().parent.parent / "var") / "metrics"
)
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={_COUNTS}"]


def on_starting(_server: Any) -> None:
    """Counts begin at zero, which is what Prometheus expects of a server that was started."""
    shutil.rmtree(_COUNTS, ignore_errors=True)
    _COUNTS.mkdir(parents=True, mode=0o700)
