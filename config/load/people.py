"""People who use the site, for locust: lists, cases, tiles of the map and a few who write, with pauses to think.

Knows nothing but addresses: what there is to look at it finds on the pages, as a browser does.
"""

from __future__ import annotations

import math
import os
import random
import re
from typing import Any

from locust import HttpUser, between, task

_CASE = re.compile(r"/sager/[0-9a-f-]{36}/")
_FORM = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
#: South, west, north, east of what there is, EPSG:4326.
_SOUTH, _WEST, _NORTH, _EAST = map(float, os.environ["PLANVAERK_LOAD_AREA"].split(","))


class Person(HttpUser):
    """Half of what they do is reading lists, 30 % cases, 15 % the map, 5 % writing."""

    wait_time = between(3, 7)

    def on_start(self) -> None:
        self.cases: list[str] = []
        self.tiles: list[dict[str, Any]] = list(
            self.client.get("/tiles/style.json", name="style").json()["sources"].values()
        )
        self.read("/")

    def read(self, path: str) -> str:
        with self.client.get(path, name="list", catch_response=True) as answer:
            text = answer.text or ""
            if found := _CASE.findall(text):
                self.cases = found
            elif answer.status_code == 200:
                answer.failure("a list without cases")
        return text

    @task(50)
    def lists(self) -> None:
        self.read(
            random.choice(["/", "/?outcome=needs_dispensation", "/?outcome=overall_assessment", "/?q=hus"])
        )

    @task(30)
    def case(self) -> None:
        if self.cases:
            self.client.get(random.choice(self.cases), name="case")

    @task(15)
    def tile(self) -> None:
        source = random.choice([one for one in self.tiles if one.get("tiles") and one["maxzoom"] >= 14])
        z = random.randint(max(source["minzoom"], 14), min(source["maxzoom"], 17))
        longitude, latitude = random.uniform(_WEST, _EAST), math.radians(random.uniform(_SOUTH, _NORTH))
        x = int((longitude + 180) / 360 * 2**z)
        y = int((1 - math.asinh(math.tan(latitude)) / math.pi) / 2 * 2**z)
        path = source["tiles"][0].replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
        with self.client.get(path, name="tile", catch_response=True) as answer:
            if answer.status_code == 404 and source["type"] == "raster":
                answer.success()  # relief ends where the terrain does

    @task(5)
    def write(self) -> None:
        """Begin an application and say what is to be built."""
        start = self.client.get("/apply/", name="write: start").text or ""
        token = _FORM.search(start)
        if token is None:
            return
        given = {"csrfmiddlewaretoken": token[1]}
        with self.client.post(
            "/apply/begin/", given, name="write: begin", allow_redirects=False, catch_response=True
        ) as answer:
            where = answer.headers.get("Location", "")
            if not where.endswith("/what/"):
                answer.failure(f"no draft: {answer.status_code}")
                return
        given |= {"work": "new", "title": "Nyt hus"}
        with self.client.post(
            where, given, name="write: what", allow_redirects=False, catch_response=True
        ) as answer:
            if not answer.headers.get("Location", "").endswith("/where/"):
                answer.failure(f"not stored: {answer.status_code}")
