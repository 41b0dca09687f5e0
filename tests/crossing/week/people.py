"""Who applies and who handles cases, by the pages: they sign in, and go on when the site cannot answer just now."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from shapely.geometry import box

from tests.config.test_database_restart import Person
from tests.permits.drawings.builders import dxf, dxf_bytes

#: Status of an answer that asks to come back.
NOT_NOW = 503
_CASE = re.compile(r"/sager/([0-9a-f-]{36})/")
_FINDING = re.compile(r"/fund/(\d+)/tilsidesaet/")
_PERSON = re.compile(r'<option value="(\d+)">Demo: sagsbehandler')


@dataclass(frozen=True)
class Plot:
    """A parcel as it is written, and a place on it, EPSG:25832."""

    parcel: str
    x: float
    y: float

    def house(self, wide: float = 9.0, deep: float = 8.0) -> bytes:
        """A DXF with a house around that place."""
        document, space = dxf()
        document.layers.add("hus")
        shape = box(self.x - wide / 2, self.y - deep / 2, self.x + wide / 2, self.y + deep / 2)
        space.add_lwpolyline(list(shape.exterior.coords)[:-1], close=True, dxfattribs={"layer": "hus"})
        return dxf_bytes(document)


@dataclass
class Somebody(Person):
    """A person with an account of the demonstration.

    ``did`` counts what the site said was done, by its verb; ``unsure`` those of it that it could not answer at first.
    """

    name: str = ""
    password: str = ""
    did: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)
    handled: set[str] = field(default_factory=set)

    def sign_in(self) -> None:
        """By the page; a session of yesterday still stands."""
        answer = self.ask("POST", "/konto/login/", data={"login": self.name, "password": self.password})
        assert answer.status_code == 302, answer.text[:500]
        if token := answer.cookies.get("csrftoken"):  # renewed when somebody signs in
            jar = self.http.cookies
            for old in [one for one in jar if one.name == "csrftoken" and one.value != token]:
                jar.clear(old.domain, old.path, old.name)
            self.http.headers["X-CSRFToken"] = token

    def send_in(self, plot: Plot, height_m: float, floor_m2: float) -> str:
        """One application from its first step to the receipt; the id of its draft."""
        draft = self.apply(plot.parcel, plot.house(), height_m=f"{height_m:g}", floor_m2=f"{floor_m2:g}")
        self.did["permits.submit_draft"] += 1
        return draft

    def handle(self, most: int, day: date) -> None:
        """Take cases that nobody has looked at: assign, start the clock, judge findings, make a task."""
        found = dict.fromkeys(_CASE.findall(self.ask("GET", "/").text))
        for case in [one for one in found if one not in self.handled][:most]:
            self.handled.add(case)
            page = self.ask("GET", f"/sager/{case}/").text
            findings = list(dict.fromkeys(_FINDING.findall(page)))
            me = _PERSON.search(page)
            assert me is not None, "a case worker can be given the case"
            self._do(case, "tildel/", "permits.assign_case", person=me[1])
            said = {"kind": "informed", "happened_on": str(day), "category": "single_family"}
            self._do(case, "haendelse/", "permits.record_event", **said)
            for number, (path, verb, given) in zip(findings, _JUDGED, strict=False):
                self._do(case, f"fund/{number}/{path}/", verb, **given)

    def _do(self, case: str, path: str, verb: str, **said: str) -> None:
        before = len(self.seen)
        self.ask("POST", f"/sager/{case}/{path}", data=said)
        if any(status == NOT_NOW for _path, status in self.seen[before:]):
            # The database may have fallen over when it was done already, so that it was done twice, or refused.
            self.unsure[verb] += 1
        else:
            page = self.ask("GET", f"/sager/{case}/").text
            assert "alert-error" not in page, (path, page[page.index("alert-error") :][:300])
        self.did[verb] += 1


#: What is done with the first findings of a case, in turn.
_JUDGED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("tilsidesaet", "permits.override_finding", {"instead": "pass", "reason": "Målt på stedet."}),
    ("tiltraed", "permits.accept_finding", {}),
    ("opgave", "permits.make_task", {"text": "Bed om et snit."}),
)
