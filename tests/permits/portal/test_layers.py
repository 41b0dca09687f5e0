"""What the layers of a drawing are is asked once, shown, and remembered for layers of the same names."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from shapely.geometry import box

from geodata.accounts.tenancy import tenant
from permits.models.drafts import Draft
from tests.permits.drawings.builders import dxf, dxf_bytes
from tests.permits.portal.way import CORNER, Way
from tests.permits.review.town import OWN, build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


def drawing(*layers: str) -> bytes:
    """A DXF on parcel 1d with a square on each layer, side by side."""
    document, space = dxf()
    for number, layer in enumerate(layers):
        x, y = CORNER[0] + 3 + 4 * number, CORNER[1] + 8
        space.add_lwpolyline(
            list(box(x, y, x + 3, y + 6).exterior.coords)[:-1], close=True, dxfattribs={"layer": layer}
        )
    return dxf_bytes(document)


@pytest.fixture
def way(client: Client, db: None) -> Way:
    build(check=False)
    made = Way(client)
    made.begin()
    return made


def rows() -> list[dict[str, object]]:
    with tenant(OWN):
        return list(Draft.objects.order_by("-pk")[0].buildings)


@pytest.mark.slow
def test_layers_without_a_meaning_are_asked_once_and_remembered(way: Way) -> None:
    sent = way.upload(drawing("A-BLDG", "SKEL", "SKEL", "garrage", "hus"))
    assert sent["Location"] == f"{way.base}layers/"
    # Nothing is measured before it is answered, and the next steps lead back to it.
    assert rows() == []
    assert way.client.get(f"{way.base}measures/")["Location"] == f"{way.base}drawing/"
    assert "venter på, at du angiver" in way.get("drawing")
    page = way.get("layers")
    assert re.search(r">A-BLDG</label>\s+<span[^>]+>1 lukket linje", page)
    assert re.search(r">SKEL</label>\s+<span[^>]+>2 lukkede linjer", page)
    assert page.count('class="apply-picture"') == 4
    assert page.count('<path d="M') == 4
    # What is guessed from a name is shown, and no more than that.
    assert page.count(" selected>") == 2
    assert re.search(r"Valgt, fordi navnet ligner.+?garage\" selected", page, re.DOTALL)
    names = re.findall(r'<label class="form-label" for="(layer-\d)">([^<]+)<', page)
    place = {layer: name for name, layer in names}
    page = way.post("layers", 422, **{place["A-BLDG"]: "shed", place["garrage"]: "garage"}).content.decode()
    assert "Angiv, hvad der er tegnet på laget SKEL" in page
    assert "laget hus" in page  # its box was sent empty
    assert 'value="shed" selected' in page
    ignored = {name: "ignored" for name, _layer in names}
    assert "Mindst ét lag" in way.post("layers", 422, **ignored).content.decode()
    chosen = {
        place["A-BLDG"]: "detached_house",
        place["garrage"]: "garage",
        place["hus"]: "shed",
        "rest": "1",
    }
    assert way.post("layers", **chosen)["Location"] == f"{way.base}measures/"
    assert sorted(str(row["kind"]) for row in rows()) == ["detached_house", "garage", "shed"]
    page = way.get("measures")
    assert "SKEL: Ingen bygning" in page
    assert "A-BLDG: Fritliggende enfamiliehus" in page
    # The next drawing with such layers is read by it, and says so; a name of its own is not taken for granted.
    other = Way(way.client)
    other.begin()
    assert other.upload(drawing("skel", "a bldg", "HUS"))["Location"] == f"{other.base}measures/"
    assert sorted(str(row["kind"]) for row in rows()) == ["detached_house", "shed"]
    assert "a bldg: Fritliggende enfamiliehus" in other.get("measures")
    assert other.upload(drawing("a bldg", "TAG"))["Location"] == f"{other.base}layers/"
    page = other.get("layers")
    assert 'value="detached_house" selected' in page
    assert page.count(" selected>") == 1
    # Another visitor is asked.
    stranger = Way(Client())
    stranger.begin()
    assert stranger.upload(drawing("A-BLDG"))["Location"] == f"{stranger.base}layers/"


def test_names_that_say_it_are_not_asked_and_one_kind_is_enough_for_one_layer(way: Way) -> None:
    assert way.upload(drawing("hus", "Garage"))["Location"] == f"{way.base}measures/"
    assert way.client.get(f"{way.base}layers/")["Location"] == f"{way.base}drawing/"
    assert way.upload(drawing("X1"), kind="carport")["Location"] == f"{way.base}measures/"
    assert [row["kind"] for row in rows()] == ["carport"]
    # Said of several layers it would make buildings of boundaries and of text frames.
    assert way.upload(drawing("X1", "SKEL"), kind="carport")["Location"] == f"{way.base}layers/"
    way.client.cookies["django_language"] = "en"
    assert "What is drawn on the layers?" in way.get("layers")
    assert "No building" in way.get("layers")
