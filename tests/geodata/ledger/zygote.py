"""Keeps one worker alive: everything is imported once, and each worker is a fork that begins at once.

Called as ``python -m tests.geodata.ledger.zygote FILE``; FILE always names the process number of the worker.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(file: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    import geodata.ledger.queue
    import geodata.readers.matriklen  # noqa: F401 - heavy, and the same for all of them

    while file.parent.exists():
        child = os.fork()
        if child == 0:
            try:
                call_command("worker", dead_after=0.6)
            finally:
                os._exit(0)
        half = file.with_suffix(".half")
        half.write_text(str(child), encoding="ascii")
        half.replace(file)
        os.waitpid(child, 0)
        time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
