"""pytest plugin: runs mutants against the collected tests from one warm process, a fork for each mutant.

Starting pytest, Django and pandas costs seconds, a test of a rule some hundredths of one. So the tests are collected
and run once here, which tells which lines of ``permits/rules`` each of them runs and how long it takes; then every
mutant gets a fork in which the code of the mutated functions is put into the functions that everyone has already
imported, and those tests run that reach its lines, quickest first, until one fails.

What is run is what a fresh process would run, with two exceptions. Worlds that tests build from the same situation
are built once: building them is no rule's work (mutants of what building does use get none of them). And test modules
that already ask rules for answers while they are imported are left out: their answers would be those of the sound
code. Hypothesis draws the same examples each time.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import importlib
import json
import os
import pickle
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TextIO

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from permits.engine.world import World
from tests.mutation.mutants import Mutant, compiled, functions

ROOT = Path(__file__).parents[2]
RULES = str(ROOT / "permits" / "rules") + os.sep
#: Tests of a mutant, in seconds of the sound code: beyond it no more are started.
BUDGET_S = 12.0
#: Processor seconds after which a mutant counts as killed, beside five times what its tests take.
PATIENCE_S = 20
MORE_MEMORY = 3 << 30
#: Exit code of a fork that could not put its mutant in place.
BROKEN = 2
#: The fork without a mutant, in which all tests have to pass.
CONTROL = -1

hypothesis.settings.register_profile(
    "mutants",
    derandomize=True,
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
hypothesis.settings.load_profile("mutants")


class Trace:
    """Lines of ``permits/rules`` that run, as (file, line)."""

    def __init__(self) -> None:
        self.lines: set[tuple[str, int]] = set()

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(RULES) else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_name != "<module>":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    def __enter__(self) -> Trace:
        sys.settrace(self._call)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)


class Memory:
    """Worlds that were built once, by what they were built from. What rules derive from them is never kept."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.answers = False
        self.uses: set[str] = set()
        self.seconds = 0.0
        self._kept: dict[Any, Any] = {}
        self._deep = False

    def of(self, function: Callable[..., World], key_of: Callable[..., Any]) -> Callable[..., World]:
        @functools.wraps(function)
        def remembered(*args: Any, **words: Any) -> World:
            if self._deep:
                return function(*args, **words)
            key = (function.__module__, function.__qualname__, key_of(*args, **words))
            if not (self.answers and key in self._kept):
                # What the key names by identity has to live as long as the key.
                self._kept[key] = (self._build(function, args, words), args)
            return dataclasses.replace(self._kept[key][0], derived={})

        return remembered

    def _build(self, function: Callable[..., World], args: Any, words: Any) -> World:
        before, self.trace.lines, self._deep = self.trace.lines, set(), True
        started = time.process_time()
        try:
            return function(*args, **words)
        finally:
            self._deep = False
            self.seconds += time.process_time() - started
            self.uses |= {file for file, _ in self.trace.lines}
            self.trace.lines |= before

    def install(self) -> None:
        """Put the remembering functions in place of those that everyone has imported."""
        for module, name, key_of in (
            ("permits.example_world", "build", said),
            ("tests.planning.plans", "world", said),
            ("permits.engine.prepare", "prepare", frames),
        ):
            old = getattr(importlib.import_module(module), name)
            replace(old, self.of(old, key_of))


def said(*args: Any, **words: Any) -> bytes:
    """A World is named by the situation that it is built from."""
    return pickle.dumps((args, sorted(words.items())))


def frames(world: World) -> tuple[int, ...]:
    """A World is named by its tables, which nobody writes into."""
    return tuple(id(getattr(world, f.name)) for f in dataclasses.fields(world) if f.name != "derived")


def forget(objects: Iterable[Any]) -> None:
    """Empty what rules have derived from Worlds that outlive a test."""
    for one in objects:
        if type(one) is World:
            one.derived.clear()


def replace(old: Any, new: Any) -> None:
    """Give everyone who holds a module-level value of the project the new one."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").partition(".")[0] not in ("permits", "tests", "planning"):
            continue
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)


def live_functions(owner: Any, module: str) -> Iterator[FunctionType]:
    """Functions, methods and properties that a module defines."""
    for value in list(vars(owner).values()):
        inner = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        inner = getattr(inner, "__wrapped__", inner)
        if isinstance(inner, FunctionType) and inner.__module__ == module:
            yield inner
        elif isinstance(value, type) and value.__module__ == module:
            yield from live_functions(value, module)


def plant(code: CodeType, file: str) -> None:
    """Put the code of a mutated module into the functions and constants that are already in use."""
    name = file.removesuffix(".py").replace("/", ".")
    module = sys.modules[name]
    living = {f.__code__.co_qualname: f for f in live_functions(module, name)}
    for new in functions(code):
        if new.co_qualname in living:
            living[new.co_qualname].__code__ = new
    fresh: dict[str, Any] = {"__name__": name}
    exec(code, fresh)
    for constant, value in fresh.items():
        old = vars(module).get(constant)
        if isinstance(value, int | float | str | tuple | dict | frozenset) and value != old:
            replace(old, value)


class Warm:
    """The run: tests once, then the mutants."""

    def __init__(self, wanted: list[Mutant], out: Path) -> None:
        self.wanted, self.out = wanted, out
        self.trace = Trace()
        self.memory = Memory(self.trace)
        self.left_out: list[str] = []
        self.reached: dict[str, set[tuple[str, int]]] = {}
        #: Processor seconds of each test, and without building Worlds.
        self.whole: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def pytest_sessionstart(self) -> None:
        """Import the rules, so that a test module that merely does so is not taken for one that asks them."""
        from permits.rulebook import discover

        discover()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[Any]:
        self.trace.lines = set()
        with self.trace:
            report = yield
        if self.trace.lines and isinstance(collector, pytest.Module):
            self.left_out.append(collector.nodeid)
        return report

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid.partition("::")[0] not in self.left_out]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        self.memory.install()
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            forget(vars(getattr(item, "module", self)).values())
            self.trace.lines, self.memory.seconds = set(), 0.0
            started = time.process_time()
            with self.trace:
                sound = passes(item, following)
            self.whole[item.nodeid] = time.process_time() - started
            self.seconds[item.nodeid] = self.whole[item.nodeid] - self.memory.seconds
            self.reached[item.nodeid] = self.trace.lines
            if not sound:
                raise session.Failed(f"{item.nodeid} fails without any mutant")
        gc.collect()
        forget(gc.get_objects())
        gc.freeze()
        with self.out.open("w", encoding="utf-8", buffering=1) as out:
            self.mutants(session.items, out)
            out.write(json.dumps({"left_out": self.left_out, "tests": len(session.items)}) + "\n")
        return True

    def tests_of(self, mutant: Mutant, items: list[pytest.Item]) -> list[pytest.Item]:
        """Tests that run a line of the mutant's statement, quickest first, as far as the budget goes."""
        path = str(ROOT / mutant.file)
        lines = {(path, line) for line in range(mutant.first, mutant.last + 1)}
        mine = [item for item in items if self.reached[item.nodeid] & lines]
        head = Path(path).read_text(encoding="utf-8").splitlines()[mutant.first - 1]
        if not mine and any(name.isupper() for name in head.split("=")[0].split(":")[0].split()):
            # A constant of the module, on however many lines, is used wherever the module is.
            mine = [item for item in items if any(file == path for file, _ in self.reached[item.nodeid])]
        mine.sort(key=lambda item: self.seconds[item.nodeid])
        spent, chosen = 0.0, []
        for item in mine:
            spent += self.seconds[item.nodeid]
            if chosen and spent > BUDGET_S:
                break
            chosen.append(item)
        return chosen

    def mutants(self, items: list[pytest.Item], out: TextIO) -> None:
        """Write a line with the verdict on every mutant; as many run at a time as there are processors."""
        running: dict[int, tuple[int, int]] = {}

        def tell(at: int, tests: int, survived: bool, timeout: bool, seconds: float) -> None:
            told = {"at": at, "tests": tests, "survived": survived, "timeout": timeout, "seconds": seconds}
            out.write(json.dumps(told) + "\n")

        def wait() -> None:
            pid, status, used = os.wait4(-1, 0)
            at, tests = running.pop(pid)
            if at == CONTROL:
                if status:
                    raise RuntimeError("tests that pass do not pass in a fork without any mutant")
                return
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
                raise RuntimeError(f"cannot put in place: {self.wanted[at]}")
            survived = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
            tell(at, tests, survived, os.WIFSIGNALED(status), used.ru_utime + used.ru_stime)

        for at, mutant in [(CONTROL, None), *enumerate(self.wanted)]:
            chosen = items if mutant is None else self.tests_of(mutant, items)
            if not chosen:
                tell(at, 0, True, False, 0.0)
                continue
            while len(running) >= (os.cpu_count() or 1):
                wait()
            limit = int(PATIENCE_S + 5 * sum(self.whole[item.nodeid] for item in chosen))
            sys.stdout.flush()
            pid = os.fork()
            if not pid:
                self.child(mutant, chosen, limit)
            running[pid] = (at, len(chosen))
        while running:
            wait()

    def child(self, mutant: Mutant | None, chosen: list[pytest.Item], limit: int) -> None:
        """Run the tests of a mutant (none: of the sound code) in this fork and end it: 0 = survived, 1 = killed."""
        code = BROKEN
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + MORE_MEMORY, size + MORE_MEMORY))
            self.memory.answers = mutant is None or str(ROOT / mutant.file) not in self.memory.uses
            if mutant is not None:
                plant(compiled(ROOT, mutant), mutant.file)
            code = 1
            code = 0 if all(passes(item, None) for item in chosen) else 1
        finally:
            os._exit(code)


def passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Whether a test passes."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", help="file with the mutants to run (JSON)")
    parser.addoption("--verdicts", help="file that gets what came of them (JSON)")


def pytest_configure(config: pytest.Config) -> None:
    wanted = json.loads(Path(config.getoption("mutants")).read_text(encoding="utf-8"))
    config.pluginmanager.register(
        Warm([Mutant(**m) for m in wanted], Path(config.getoption("verdicts"))), "warm"
    )
