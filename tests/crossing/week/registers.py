"""Registers as they stand outside: what they hold each day, and their deliveries in their own formats."""

from __future__ import annotations

import csv
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.crossing.week.night import CODE
from tests.geodata.imports import collection, feature, square
from tests.geodata.readers.test_services import Server

FOREST_MAPPING = """
[source]
name = "forest/lines"
register = "forest"
theme = "s04_skovbyggelinje"
layer = "forest:lines"
key = "number"
crs = "EPSG:25832"
scope = "municipality"
verified = true
[service]
kind = "features"
count = 10
[fields]
municipality = { value = "0999" }
"""

#: West, south, east, north, EPSG:25832.
Bounds = tuple[float, float, float, float]


@dataclass
class Registers:
    """What each register holds now, as lower-case id → its record.

    ``buildings`` is BBR (use, floor area, place), ``beach`` the theme areas of the cadastre (south-west corner and
    size), ``forest`` lines of a service asked page by page, ``plans`` local plans by their key in Plandata.
    """

    where: Bounds
    rng: random.Random
    service: Server
    buildings: dict[str, dict[str, Any]] = field(default_factory=dict)
    beach: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    forest: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0

    def _place(self, size: float = 0.0) -> tuple[float, float]:
        west, south, east, north = self.where
        return round(self.rng.uniform(west, east - size), 2), round(self.rng.uniform(south, north - size), 2)

    def _square(self, least: float, most: float) -> tuple[float, float, float]:
        size = round(self.rng.uniform(least, most), 2)
        return (*self._place(size), size)

    def begin(self) -> None:
        """The first day: everything is new."""
        for _ in range(300):
            self._built()
        for number in range(12):
            self.beach[f"b{number}"] = self._square(20, 60)
        for number in range(34):
            self.forest[f"f{number:03d}"] = self._square(20, 80)
        self._served()

    def _built(self) -> None:
        self.made += 1
        x, y = self._place()
        self.buildings[f"{self.made:08x}-0000-4000-8000-000000000000"] = {
            "use": self.rng.choice((120, 130, 910, 920)), "floor": self.rng.randrange(20, 220), "x": x, "y": y,
        }  # fmt: skip

    def go_on(self) -> None:
        """What a day changes: houses are built, grow and go, areas and lines move, come and go."""
        for key in self.rng.sample(sorted(self.buildings), 6):
            self.buildings[key] |= {"floor": self.rng.randrange(20, 220)}
        for key in self.rng.sample(sorted(self.buildings), 2):
            del self.buildings[key]
        for _ in range(4):
            self._built()
        for key in self.rng.sample(sorted(self.beach), 2):
            self.beach[key] = self._square(20, 60)
        for key in self.rng.sample(sorted(self.forest), 3):
            self.forest[key] = self._square(20, 80)
        self.forest[f"f{self.rng.randrange(900):03d}"] = self._square(20, 80)
        self._served()

    def _served(self) -> None:
        self.service.features = [
            feature(square(x, y, size), number=key) for key, (x, y, size) in sorted(self.forest.items())
        ]
        self.service.claim = len(self.service.features)

    def plan(self, key: str, in_force: date, highest_m: float, at: tuple[float, float, float] | None) -> None:
        """A local plan of one's own, new or changed; ``at`` None: where it was."""
        self.plans[key] = {
            "planid": int(key), "komnr": int(CODE), "objektkode": 20, "plantype": "20.1", "plannr": f"W{key}",
            "plannavn": f"Ugens plan {key}", "datoforsl": 20260105, "datovedt": 20260220,
            "datoikraft": int(f"{in_force:%Y%m%d}"), "maxbygnhjd": highest_m, "status": "V", "doklink": "https://example.dk/p.pdf",
        } | {"at": at or self.plans[key]["at"]}  # fmt: skip

    # -- deliveries ------------------------------------------------------------------------------------------------

    def bbr(self, folder: Path, *, faulty: int = 0) -> Path:
        """The table of current buildings, all of the municipality; ``faulty`` rows more have no place that is one."""
        path = folder / "bygning.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(
                ["id_lokalId", "kommunekode", "status", "byg021BygningensAnvendelse", "byg038SamletBygningsareal",
                 "byg404Koordinat", "byg406Koordinatsystem"]
            )  # fmt: skip
            for key, said in sorted(self.buildings.items()):
                out.writerow(
                    [key, CODE, 6, said["use"], said["floor"], f"POINT ({said['x']} {said['y']})", 5]
                )
            for number in range(faulty):
                out.writerow(
                    [f"{number:08x}-ffff-4000-8000-000000000000", CODE, 6, 120, 90, "ved siden af", 5]
                )
        return path

    def beaches(self, folder: Path, *, faulty: int = 0) -> Path:
        """The theme areas, as the cadastre delivers them; ``faulty`` areas more have no shape."""
        return collection(
            folder / "strandbeskyttelse.geojson",
            *(
                feature(square(x, y, size), **{"id.lokalId": key, "tematype": "strandbeskyttelse"})
                for key, (x, y, size) in sorted(self.beach.items())
            ),
            *(
                feature(None, **{"id.lokalId": f"x{number}", "tematype": "strandbeskyttelse"})
                for number in range(faulty)
            ),
        )

    def local_plans(self, folder: Path) -> Path:
        """The plans, as Plandata exports them."""
        return collection(
            folder / "lokalplaner.geojson",
            *(
                feature(square(*said["at"]), **{name: value for name, value in said.items() if name != "at"})
                for said in self.plans.values()
            ),
        )

    def mapping(self, folder: Path) -> str:
        """How the service of forest lines is read."""
        path = folder / "forest.toml"
        path.write_text(FOREST_MAPPING, encoding="utf-8")
        return f"mapping:{path}"

    @property
    def address(self) -> str:
        return f"{self.service.root}/collections/forest/items"

    def told(self) -> str:
        """All of it in one order, to be held against what the store knows."""
        return json.dumps(
            {
                "buildings": sorted(
                    (key, said["use"], said["floor"]) for key, said in self.buildings.items()
                ),
                "beach": sorted((key, *at) for key, at in self.beach.items()),
                "forest": sorted((key, *at) for key, at in self.forest.items()),
                "plans": sorted((said["plannr"], said["maxbygnhjd"]) for said in self.plans.values()),
            }
        )


@contextmanager
def registers(where: Bounds, seed: int) -> Iterator[Registers]:
    """The registers with their service on this machine."""
    with Server() as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            made = Registers(where, random.Random(seed), service)
            made.begin()
            yield made
        finally:
            service.shutdown()
            thread.join()
