"""Any program of ours on another day: ``python -m tests.crossing.week.moved 2026-03-02T08:00 manage.py recheck``.

Only the clock of Python is moved (the database keeps its own, as a server whose clock is off would), and it goes on.
"""

from __future__ import annotations

import runpy
import sys
from datetime import datetime

import time_machine


def main(moment: str, program: str, *arguments: str) -> None:
    sys.argv = [program, *arguments]
    time_machine.travel(datetime.fromisoformat(moment).astimezone(), tick=True).start()
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
