"""An applicant on the way: a client that goes through the steps, and drawings for it."""

from __future__ import annotations

from typing import Any

from django.test import Client
from shapely.geometry import box

from tests.permits.drawings.builders import dxf, dxf_bytes
from tests.permits.review.town import SOUTH, WEST, WIDTH

#: Parcel 1d: no plan, a neighbour on both sides, a road in front.
NUMBER, DISTRICT = "1d", 99_001
CORNER = (WEST + 3 * WIDTH, SOUTH)


def drawing(*, west: float = 3.0, south: float = 8.0, wide: float = 12.0, deep: float = 10.0) -> bytes:
    """A DXF with one house; it lies on parcel 1d by its coordinates."""
    document, space = dxf()
    document.layers.add("hus")
    x, y = CORNER[0] + west, CORNER[1] + south
    ring = list(box(x, y, x + wide, y + deep).exterior.coords)[:-1]
    space.add_lwpolyline(ring, close=True, dxfattribs={"layer": "hus"})
    return dxf_bytes(document)


class Way:
    """A draft in one browser."""

    def __init__(self, client: Client) -> None:
        self.client = client
        sent = client.post("/apply/begin/")
        self.base = sent["Location"].removesuffix("what/")

    def get(self, step: str, **query: str) -> str:
        answer = self.client.get(f"{self.base}{step}/", query)
        assert answer.status_code == 200, (step, answer.status_code, answer.get("Location"))
        return str(answer.content.decode())

    def post(self, step: str, expect: int = 302, **given: Any) -> Any:
        answer = self.client.post(f"{self.base}{step}/", given)
        if expect == 422:
            # What has to be put right is told on the page itself, by way of a redirect.
            assert answer.status_code == 302
            assert answer["Location"] == f"{self.base}{step}/"
            answer = self.client.get(answer["Location"])
            assert 'id="errors"' in answer.content.decode()
            return answer
        assert answer.status_code == expect, (step, answer.status_code, answer.content.decode()[:3000])
        return answer

    def upload(self, content: bytes, name: str = "hus.dxf", expect: int = 302, **given: str) -> Any:
        from django.core.files.uploadedfile import SimpleUploadedFile

        return self.post("drawing", expect, file=SimpleUploadedFile(name, content), **given)

    def measures(self, **given: str) -> Any:
        whole = {"kind": "detached_house", "height_m": "4", "storeys": "1", "floor_m2": "120", "eaves_m": ""}
        whole |= {"dwellings": "1"} | given
        return self.post("measures", **{f"0-{name}": value for name, value in whole.items()})

    def begin(self) -> None:
        self.post("what", work="new", title="Nyt hus")
        self.post("where", parcel=f"{DISTRICT} {NUMBER}", address="Prøvevej 7")

    def draw(self, content: bytes | None = None, **given: str) -> None:
        self.begin()
        self.upload(drawing() if content is None else content)
        self.measures(**given)

    def parties(self) -> None:
        self.post("parties", name="Prøve Ansøger", email="ansoeger@example.dk", role="owner")
