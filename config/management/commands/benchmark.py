"""``manage.py benchmark NAME``: measure against peers in the same run, print the bars, exit 1 below them."""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from config import benchmarks
from config.benchmarks.bars import CannotMeasure, machine

#: Modules of the package that are no benchmarks.
_PARTS: Final = frozenset(
    {"bars", "corners", "grid", "kernel_sql", "kernel_stored", "mvt", "national", "replay", "scratch"}
)


def names() -> list[str]:
    """The benchmarks there are: one module of ``config.benchmarks`` each, with ``run(tell, **options)``."""
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in _PARTS)


class Command(BaseCommand):
    """Exit code 0: all bars held (an absolute one may be "over"); 1: one fails; 2: it cannot be measured here."""

    help = "Measure one part against its peers, in the same run and with equal answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=names())
        parser.add_argument(
            "--size", type=int, default=100_000, help="number of things; bars are set for 100000"
        )
        parser.add_argument("--runs", type=int, default=3, help="runs of which the median is taken")

    def handle(self, *args: Any, **options: Any) -> None:
        benchmark = importlib.import_module(f"config.benchmarks.{options['name']}")
        self.stdout.write(machine())
        self.stdout.flush()
        try:
            bars = benchmark.run(self.stderr.write, size=options["size"], runs=options["runs"])
        except CannotMeasure as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"\n{'':<52} {'measured':>11} {'bar':>6}")
        for bar in bars:
            self.stdout.write(bar.line())
        self.stdout.write(f"\nmeasured on {machine()}")
        if any(bar.verdict == "fails" for bar in bars):
            raise SystemExit(1)
