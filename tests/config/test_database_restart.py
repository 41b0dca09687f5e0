"""The database is stopped, killed and started again under a site that is in use: nobody hangs, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from tests.config.site import ROOT, Served, served
from tests.geodata.ledger.throwaway import Server, server
from tests.permits.portal.way import DISTRICT, NUMBER, drawing

pytestmark = [pytest.mark.slow, pytest.mark.real_clock]

APPLICANTS, RESTARTS = 3, 4
AWAY_S = 3.0
#: Nobody waits longer than this for an answer, whatever it is, s.
PATIENCE_S = 60.0
#: A database that does not come back is a failure and no reason to wait.
NEVER_S = 180.0
TOKEN = "x" * 32
NOT_NOW = "Siden kan ikke svare lige nu"


@dataclass
class Person:
    """Somebody in a browser who tries again where the site cannot answer just now."""

    site: Served
    session: str = ""
    seen: list[tuple[str, int]] = field(default_factory=list)
    longest_s: float = 0.0

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.headers.update({"Accept": "text/html", "X-CSRFToken": TOKEN})
        self.http.cookies.set("csrftoken", TOKEN)
        if self.session:
            self.http.cookies.set("sessionid", self.session)

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """The first answer that is one, within some minutes."""
        first = time.monotonic()
        while time.monotonic() - first < NEVER_S:
            begun = time.monotonic()
            answer = self.http.request(
                method, self.site.url + path, allow_redirects=False, timeout=PATIENCE_S, **more
            )
            self.longest_s = max(self.longest_s, time.monotonic() - begun)
            self.seen.append((path.split("/")[1], answer.status_code))
            if answer.status_code != 503:
                assert answer.status_code < 400, (path, answer.status_code, answer.text[:500])
                return answer
            # The page for people, the document for programs; both in Danish, both with when to come back.
            assert NOT_NOW in answer.text or NOT_NOW in answer.json()["title"]
            assert int(answer.headers["Retry-After"]) > 0
            time.sleep(0.3)
        raise AssertionError(f"{path} was not answered for {NEVER_S:g} s")

    def apply(self, parcel: str = f"{DISTRICT} {NUMBER}", house: bytes | None = None, **measures: str) -> str:
        """Send one application in, step by step; the id of its draft."""
        base = self.ask("POST", "/apply/begin/").headers["Location"].removesuffix("what/")
        given: dict[str, dict[str, Any]] = {
            "what": {"data": {"work": "new", "title": "Nyt hus"}},
            "where": {"data": {"parcel": parcel, "address": "Prøvevej 7"}},
            "drawing": {"files": {"file": ("hus.dxf", house or HOUSE)}},
            "measures": {"data": {f"0-{name}": value for name, value in (MEASURES | measures).items()}},
            "parties": {"data": {"name": "Prøve Ansøger", "email": "ansoeger@example.dk", "role": "owner"}},
            "submit": {},
        }
        for step, sent in given.items():
            where = self.ask("POST", f"{base}{step}/", **sent).headers["Location"]
            assert where != f"{base}{step}/", step
        assert where == f"{base}receipt/"
        assert self.ask("GET", where).status_code == 200
        return base.split("/")[2]


HOUSE = drawing()
MEASURES = {
    "kind": "detached_house", "height_m": "4", "storeys": "1", "floor_m2": "120", "eaves_m": "", "dwellings": "1",
}  # fmt: skip


def children(site: Served) -> set[str]:
    pid = site.process.pid
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())


def restart(found: Server, *, kill: bool) -> None:
    """Away for some seconds, in order or as after a power cut."""
    if kill:
        found.kill()
    else:
        found.cluster.stop()
    time.sleep(AWAY_S)
    found.cluster.start()


def test_a_restarted_database_is_told_and_gone_on_with(tmp_path: Path) -> None:
    over = Event()

    def applying(person: Person) -> list[str]:
        sent = [person.apply()]
        while not over.is_set():
            sent.append(person.apply())
        return sent

    def reading(person: Person) -> None:
        paths = ("/", f"/api/property/{DISTRICT}/{NUMBER}/", "/ogc/collections/parcels/items", "/apply/")
        while not over.is_set():
            for path in paths:
                person.ask(
                    "GET", path, headers={"Accept": "*/*"} if path.startswith(("/api", "/ogc")) else {}
                )

    with server(tmp_path) as found:
        found.env["PLANVAERK_DRAFTS_BEGUN"] = "100000/h/key,100000/h/ip"
        made = subprocess.run(
            [sys.executable, "-m", "tests.config.street", str(APPLICANTS)],
            env={**found.env, "PLANVAERK_DB_ROLE": "owner"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        with served(found.env, tmp_path / "site.log") as site:
            processes = children(site)
            people = [Person(site, key) for key in json.loads(made.stdout.splitlines()[-1])]
            visitor = Person(site)
            with ThreadPoolExecutor(APPLICANTS + 1) as at_once:
                reader = at_once.submit(reading, visitor)
                sending = [at_once.submit(applying, person) for person in people]
                try:
                    for turn in range(RESTARTS):
                        time.sleep(4)
                        restart(found, kill=bool(turn % 2))
                    time.sleep(2)
                finally:
                    over.set()
                reader.result()
                sent = [draft for one in sending for draft in one.result()]
            assert site.get("/health/ready")[0] == 200
            # By itself: no process of the site had to be started again.
            assert children(site) == processes
        statuses = [status for person in (*people, visitor) for _path, status in person.seen]
        longest = max(person.longest_s for person in (*people, visitor))
        print(
            f"{len(sent)} applications, {len(statuses)} answers, {statuses.count(503)} of them 503, {longest:.1f} s"
        )
        assert statuses.count(503) >= RESTARTS
        kept = found.rows(
            "SELECT d.public_id::text, count(*) FROM permits_draft d JOIN permits_application a "
            "ON a.id = d.application_id GROUP BY 1"
        )
        assert dict(kept) == dict.fromkeys(sent, 1)
        assert found.rows("SELECT count(*) FROM permits_application WHERE number LIKE '%-A%'") == [
            (len(sent),)
        ]
        whole = "SELECT count(*) FROM permits_drawing GROUP BY application_id HAVING count(*) <> 2"
        assert found.rows(whole) == []
        found.manage("verify_audit", role="owner")
