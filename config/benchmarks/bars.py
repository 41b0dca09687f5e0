"""What every benchmark is made of: measured medians, bars, and one table.

A ratio bar fails above its value. An absolute bar fails at 1.5 times its value; between, it is "over".
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Verdict = Literal["ok", "over", "fails", "told"]
_ABSOLUTE_SLACK: Final = 1.5


class CannotMeasure(Exception):
    """Something that the benchmark needs is not there; the message says how to get it."""


@dataclass(frozen=True)
class Bar:
    """One line of the table.

    Attributes
    ----------
    what : measured thing.
    value : measured, in ``unit``.
    limit : bar, in ``unit``; None = told without a bar.
    unit : ``×`` for a ratio, else a unit of time.
    against : what the ratio is to, with its own time.
    at_least : the bar is a smallest value, where more is better.
    """

    what: str
    value: float
    limit: float | None = None
    unit: str = "×"
    against: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> Verdict:
        """``ok``, ``over`` (an absolute bar missed by less than half), ``fails``, or ``told``."""
        if self.limit is None:
            return "told"
        if self.value >= self.limit if self.at_least else self.value <= self.limit:
            return "ok"
        return (
            "over"
            if self.unit != "×" and not self.at_least and self.value < _ABSOLUTE_SLACK * self.limit
            else "fails"
        )

    def line(self) -> str:
        """The bar as a row of the table."""
        limit = "" if self.limit is None else f"{self.limit:g}"
        return (
            f"{self.what:<52} {self.value:>8.2f} {self.unit:<2} {limit:>6}  {self.verdict:<6} {self.against}"
        )


def median_s(
    work: Callable[[], object], *, runs: int = 3, before: Callable[[], object] | None = None
) -> float:
    """Median time of some runs, seconds; ``before`` is run ahead of each and not counted."""
    times = []
    for _ in range(runs):
        if before is not None:
            before()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def in_turn(
    peer: Callable[[], object], ours: Callable[[], object], *, runs: int
) -> tuple[float, float, float]:
    """Median ratio of ours to a peer's time, and both medians in seconds.

    The two run in turn, so that whatever else the machine does meets both alike.
    """
    pairs = [(median_s(peer, runs=1), median_s(ours, runs=1)) for _ in range(runs)]
    ratio = statistics.median(own / other for other, own in pairs)
    others, owns = zip(*pairs, strict=True)
    return ratio, statistics.median(others), statistics.median(owns)


def machine() -> str:
    """The machine in one line: processors, memory, load, versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = (
        [
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ]
        if Path("/proc/cpuinfo").exists()
        else []
    )
    return (
        f"{os.cpu_count()} × {names[0] if names else platform.machine()}, {memory:.0f} GiB, load "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )
