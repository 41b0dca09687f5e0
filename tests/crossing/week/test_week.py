"""Seven days of a municipality, Monday to Sunday, with all of its programs, and what must hold after each night.

Registers deliver in their own formats and fail as registers do: rows without a place, a file broken off, a service
that stops in the middle or is silent for a day, an import killed three times. People apply and decide on the served
site while the database is killed under them and a worker dies at its work. Each night the cases are checked again,
the plans published, harvested and proved; then the store has to know what was delivered and nothing else, the
findings that stand have to be those of a full run, and what was known on the nights before must not have changed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.launch.backup import restore, write
from config.launch.serve import open_port
from config.launch.server import Server as Administered
from tests.config.site import FIRST_PORT, ROOT, Served, served
from tests.config.test_database_restart import restart
from tests.crossing.week.people import Plot, Somebody
from tests.crossing.week.registers import CODE, Registers, registers
from tests.geodata.ledger.throwaway import Server, server

pytestmark = [pytest.mark.slow, pytest.mark.real_clock]

MONDAY = date(2026, 3, 2)
SEED = 20260302
PARCELS = 400
#: Applications of a day, by how many people, and cases that are handled.
SENT, APPLICANTS, HANDLED = 12, 3, 5
REFUSED, ASIDE = 2, 3


class Week:
    """The municipality, and what is expected of it."""

    def __init__(self, found: Server, folder: Path, outside: Registers, plots: list[Plot]) -> None:
        self.found, self.folder, self.outside, self.plots = found, folder, outside, plots
        self.day = MONDAY
        self.rng = random.Random(SEED)
        #: What was delivered whole: what the store has to know.
        self.delivered: dict[str, Any] = {"buildings": [], "beach": [], "forest": [], "plans": []}
        #: Revision → what was known then.
        self.nights: dict[int, dict[str, Any]] = {}
        self.grows: dict[str, int] = {}
        self.counted: Counter[str] = Counter()
        self.people: list[Somebody] = []
        #: The state follows one address, which nobody else may take over night.
        self.door = open_port(None, FIRST_PORT)

    # -- programs --------------------------------------------------------------------------------------------------

    def moment(self, clock: str) -> str:
        return f"{self.day}T{clock}"

    def argv(self, clock: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.crossing.week.moved", self.moment(clock), *arguments]

    def start(self, clock: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.argv(clock, *arguments), env=self.found.env, cwd=ROOT, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def run(self, clock: str, *arguments: str, code: int = 0, **env: str) -> str:
        """Run a program to its end; what it printed."""
        done = subprocess.run(
            self.argv(clock, *arguments), env={**self.found.env, **env}, cwd=ROOT, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, (self.day, arguments, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def manage(self, clock: str, *arguments: str, code: int = 0) -> str:
        return self.run(clock, "manage.py", *arguments, code=code)

    # -- deliveries ------------------------------------------------------------------------------------------------

    def learned(self, *names: str) -> None:
        """These registers have been delivered as they stand now."""
        told = json.loads(self.outside.told())
        self.delivered |= {name: told[name] for name in names}

    def bbr(self, clock: str = "02:00", *, code: int = 0, faulty: int = 0) -> str:
        path = self.outside.bbr(self.folder, faulty=faulty)
        said = self.manage(clock, "import_geodata", "bbr", str(path), "--complete", CODE, code=code)
        if code == 0:
            self.learned("buildings")
        return said

    def beaches(self, *, code: int = 0, faulty: int = 0) -> str:
        path = self.outside.beaches(self.folder, faulty=faulty)
        said = self.manage(
            "02:10", "import_geodata", "temaflade", str(path), "--municipality", CODE, code=code
        )
        self.learned("beach")
        return said

    def forest(self, clock: str = "02:20", *, code: int = 0) -> str:
        said = self.manage(
            clock, "import_geodata", self.outside.mapping(self.folder), self.outside.address, code=code
        )
        if code == 0:
            self.learned("forest")
        return said

    def plans(self) -> str:
        said = self.manage("02:30", "import_plans", str(self.outside.local_plans(self.folder)))
        self.learned("plans")
        return said

    # -- a day and a night -----------------------------------------------------------------------------------------

    @contextmanager
    def open(self) -> Iterator[Served]:
        """The site and a worker, from eight in the morning."""
        self.worker = worker = self.start("08:00", "manage.py", "worker")
        try:
            log, moment = self.folder / "site.log", self.moment("08:00")
            with served(self.found.env, log, moment=moment, door=self.door) as site:
                for one in self.people:
                    one.site = site
                    one.sign_in()
                yield site
        finally:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGTERM)
            worker.wait(30)

    def at_work(self) -> None:
        """Applicants send in, and a case worker handles what came before."""
        chosen = self.rng.sample(range(len(self.plots)), SENT)
        *applicants, worker = self.people
        said = [
            (self.plots[n], self.rng.choice((4.0, 6.0, 8.4)), self.rng.choice((70.0, 140.0))) for n in chosen
        ]

        def apply(who: int) -> None:
            for plot, height, floor in said[who::APPLICANTS]:
                applicants[who].send_in(plot, height, floor)

        with ThreadPoolExecutor(APPLICANTS + 1) as at_once:
            busy = [at_once.submit(apply, who) for who in range(APPLICANTS)]
            busy.append(at_once.submit(worker.handle, HANDLED, self.day))
            for one in busy:
                one.result()

    def night(self) -> dict[str, Any]:
        """After the imports: check again, throw away, publish; then hold everything against what it should be."""
        said = self.manage("03:30", "recheck")
        self.counted["checked again"] += int(said.split()[-3])
        self.manage("03:40", "discard_drafts")
        self.manage("03:50", "publish_register")
        told = self.told()
        assert told["now"] == self.delivered, f"{self.day}: the store knows something else"
        assert told["apart"] == "", f"{self.day}: findings differ from a full run\n{told['apart']}"
        assert told["affected"] == 0
        for revision, knew in told["then"].items():
            assert knew == self.nights[int(revision)], f"{self.day}: what was known at {revision} has changed"
        assert all(told["grows"][name] >= number for name, number in self.grows.items())
        did = sum((one.did for one in self.people), Counter[str]())
        unsure = sum((one.unsure for one in self.people), Counter[str]())
        for verb, number in did.items():
            rows = told["verbs"].get(verb, 0)
            assert number <= rows <= number + unsure[verb], (
                f"{verb}: one audit row for each of {number} acts, not {rows}"
            )
        self.grows = told["grows"]
        self.nights[told["revision"]] = told["now"]
        self.manage("04:30", "verify_audit")
        return told

    def told(self) -> dict[str, Any]:
        text = self.run(
            "04:00", "tests.crossing.week.night", str(self.day), *map(str, self.nights), PLANVAERK_DB_ROLE="owner"
        )  # fmt: skip
        found: dict[str, Any] = json.loads(text.splitlines()[-1])
        return found

    def harvest(self, site: Served, *more: str, code: int = 0) -> str:
        """The state follows; every plan of the week lies there as it was last delivered."""
        into = self.folder / "harvested"
        said = self.manage("12:00", "harvest", f"{site.url}/register/", "--into", str(into), *more, code=code)
        if code == 0:
            assert "proved complete" in said
            texts = [path.read_text(encoding="utf-8") for path in (into / "plans").glob("*.gml")]
            for number, height in self.delivered["plans"]:
                held = [text for text in texts if f"Ugens plan {number[1:]}<" in text]
                assert len(held) == 1, number
                assert f'uom="m">{height:g}<' in held[0], (number, height)
        return said


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    """Before Monday: the demonstration municipality on a server of its own, with people who can sign in."""
    with server(tmp_path) as found:
        found.env |= {
            "PLANVAERK_DRAFTS_BEGUN": "100000/h/key,100000/h/ip", "PLANVAERK_IMPORT_BATCH": "10",
            "PLANVAERK_SERVICE_WAIT_S": "0.05", "PLANVAERK_PUBLIC_TENANT": CODE,
        }  # fmt: skip
        found.manage("make_demo", "--parcels", str(PARCELS))
        rows = found.rows(
            "SELECT cadastral_district || ' ' || parcel_number, ST_X(p), ST_Y(p) FROM (SELECT *, "
            "ST_PointOnSurface(geometry) AS p FROM t_parcel) AS land WHERE municipality_id = '0999' "
            "AND ST_Area(geometry) BETWEEN 500 AND 2000 ORDER BY 1"
        )
        plots = [Plot(str(parcel), float(x), float(y)) for parcel, x, y in rows]  # type: ignore[arg-type]
        assert len(plots) > 60
        xs, ys = [one.x for one in plots], [one.y for one in plots]
        with registers((min(xs), min(ys), max(xs), max(ys)), SEED) as outside:
            made = Week(found, tmp_path, outside, plots)
            accounts = (tmp_path / "demo-accounts.txt").read_text(encoding="utf-8").splitlines()
            words = {name: word for name, word, _role in (line.split("\t") for line in accounts)}
            closed: Any = None
            made.people = [
                Somebody(closed, name=name, password=words[name])
                for name in (*["demo-applicant"] * APPLICANTS, "demo-case-worker")
            ]
            with made.door:
                yield made


def test_a_week(week: Week) -> None:
    begun = time.monotonic()
    outside, centre = week.outside, week.plots[len(week.plots) // 2]
    around = (centre.x - 110, centre.y - 110, 220.0)

    # Monday: every register for the first time, and a plan where people live.
    outside.plan("9001", MONDAY, 7.1, around)
    assert "300 new" in week.bbr()
    assert "12 new" in week.beaches()
    assert "34 new" in week.forest()
    assert "1 new" in week.plans()
    assert 7.1 in week.night()["heights"]
    with week.open() as site:
        week.at_work()
        week.harvest(site)

    # Tuesday: BBR has rows that cannot be read, so that nobody knows what is gone; an area has no shape; the service
    # breaks off and is asked again; the plan's limit is raised.
    week.day += timedelta(days=1)
    outside.go_on()
    outside.plan("9001", MONDAY, 8.7, None)
    assert "Nothing was stored" in week.bbr(code=REFUSED, faulty=2)
    week.bbr("02:05")
    assert "1 quarantined" in week.beaches(code=ASIDE, faulty=1)
    outside.service.stop_at = 2
    assert "at page 2" in week.forest(code=REFUSED)
    outside.service.stop_at = None
    asked = len(outside.service.asked)
    week.forest("02:25")
    assert 1 not in outside.service.asked[asked:], "the first page was kept"
    assert "1 changed" in week.plans()
    heights = week.night()["heights"]
    assert (7.1 in heights, 8.7 in heights) == (False, True), (
        "the limit that was written is the one that measures"
    )
    with week.open() as site:
        week.at_work()
        assert "1 plans fetched" in week.harvest(site)

    # Wednesday: BBR's file is broken off, the service silent; a plan that comes into force on Friday.
    week.day += timedelta(days=1)
    outside.go_on()
    half = outside.bbr(week.folder)
    half.write_text(
        "".join(half.read_text(encoding="utf-8").splitlines(keepends=True)[:50]), encoding="utf-8"
    )
    said = week.manage("02:00", "import_geodata", "bbr", str(half), "--complete", CODE, code=REFUSED)
    assert "Nothing was stored" in said
    week.beaches()
    outside.service.busy = 1_000
    assert "Nothing was stored" in week.forest(code=REFUSED)
    outside.service.busy = 0
    outside.plan("9002", week.day + timedelta(days=2), 5.3, (around[0] - 170, around[1], 180.0))
    week.plans()
    assert 5.3 not in week.night()["heights"]
    with week.open() as site:
        week.at_work()
        week.harvest(site)
        # The whole file, by the worker, in the afternoon.
        _in_background(week, outside.bbr(week.folder), killed=False)
    week.learned("buildings")

    # Thursday: the database falls over while people work, and the worker at its import.
    week.day += timedelta(days=1)
    outside.go_on()
    week.beaches()
    week.forest()
    assert 5.3 not in week.night()["heights"]
    with week.open() as site:
        with ThreadPoolExecutor(1) as beside:
            working = beside.submit(week.at_work)
            time.sleep(2)
            restart(week.found, kill=True)
            working.result()
        week.harvest(site)
        _in_background(week, outside.bbr(week.folder), killed=True)
    week.learned("buildings")

    # Friday: an import is killed three times; the plan of Wednesday comes into force by itself.
    week.day += timedelta(days=1)
    outside.go_on()
    week.beaches()
    week.forest()
    path = outside.bbr(week.folder)
    for wait in (1.6, 2.0, 2.4):
        killed = week.start("02:00", "manage.py", "import_geodata", "bbr", str(path), "--complete", CODE)
        time.sleep(wait)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    week.bbr("02:05")
    assert 5.3 in week.night()["heights"]
    with week.open() as site:
        week.at_work()
        week.harvest(site)

    # Saturday: the same files once more; nobody works, nothing changes, nothing is checked again.
    week.day += timedelta(days=1)
    for said in (week.bbr(), week.beaches(), week.forest(), week.plans()):
        assert "0 new, 0 changed" in said
        assert "0 ended" in said
    before = week.counted["checked again"]
    told = week.night()
    assert week.counted["checked again"] == before

    # Sunday: a copy is kept and brought back; the harvester is told, begins anew, and holds the same.
    week.day += timedelta(days=1)
    kept, administered = week.folder / "sunday.backup", Administered.private(week.found.cluster)
    write(administered, kept)
    restore(administered, kept, lambda _name: None)
    again = week.told()
    for name in ("revision", "now", "then", "apart", "findings", "applications", "verbs"):
        assert again[name] == told[name], name
    week.manage("04:30", "verify_audit")
    week.manage("05:00", "publish_register")
    with week.open() as site:
        held = {path.name: path.read_bytes() for path in (week.folder / "harvested" / "plans").iterdir()}
        week.harvest(site, code=4)
        week.harvest(site, "--anew")
        assert {p.name: p.read_bytes() for p in (week.folder / "harvested" / "plans").iterdir()} == held

    sent = sum(one.did["permits.submit_draft"] for one in week.people)
    assert sent == 5 * SENT
    statuses = Counter(status for one in week.people for _path, status in one.seen)
    assert not [status for status in statuses if status >= 500 and status != 503]
    print(
        f"a week in {time.monotonic() - begun:.0f} s: {sent} applications sent in, {told['applications']} cases, "
        f"{week.counted['checked again']} checked again, {told['findings']} findings, {told['revision']} revisions, "
        f"{sum(statuses.values())} answers, {statuses[503]} of them 503, "
        f"{sum(told['verbs'].values())} rows of audit"
    )


def _in_background(week: Week, path: Path, *, killed: bool) -> None:
    """An import by whoever works at the queue; ``killed``: the first one dies at it, and the next takes it up."""
    if killed:  # it must not be done before anybody can kill it
        os.killpg(week.worker.pid, signal.SIGSTOP)
    week.manage("14:00", "import_geodata", "bbr", str(path), "--complete", CODE, "--background")
    if killed:
        os.killpg(week.worker.pid, signal.SIGCONT)
        _until(
            week,
            "SELECT 1 FROM ledger_importrun WHERE state IN ('reading', 'staging', 'merging')",
            pause_s=0.002,
        )
        os.killpg(week.worker.pid, signal.SIGKILL)
        time.sleep(1.5)
        week.manage("14:10", "worker", "--once", "--dead-after", "1")
    # What was refused in the morning is an import that failed, and stays one.
    _until(
        week, "SELECT 1 WHERE NOT EXISTS (SELECT FROM ledger_importrun WHERE state NOT IN ('done', 'failed'))"
    )


def _until(week: Week, sql: str, pause_s: float = 0.1) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if week.found.rows(sql):
            return
        time.sleep(pause_s)
    there = week.found.rows("SELECT id, source, state, staged FROM ledger_importrun ORDER BY id DESC LIMIT 3")
    raise AssertionError(f"never came about: {sql}; there is {there}")
