"""What a draft keeps of a drawing is the drawing, also as the file that is sent in with it."""

from __future__ import annotations

import numpy as np

from permits.models.drafts import Draft
from permits.portal.contents import drawing_of, geojson_of, rows_of
from tests.permits.drawings.builders import SAID, X, Y, collection, feature, good, moved

ROOF = [f"POLYGON Z (({X} {Y} 3, {X + 10} {Y} 3, {X + 10} {Y + 4} 5.2, {X} {Y + 4} 5.2, {X} {Y} 3))"]


def test_the_file_of_a_draft_is_read_as_what_is_measured() -> None:
    house = SAID | {
        "roof": ROOF, "dwellings": 1, "basement": {"area": 20.0}, "wall_heights": [3.1, 2.9], "levels": "kote",
        "openings_toward_boundary": True, "eaves_overhang": 0.4,
    }  # fmt: skip
    shed = {"id": "skur", "kind": "shed"}
    first = good(collection(feature(said=house), feature(moved(20), shed)), "x.geojson")
    buildings, facets = rows_of(first)
    draft = Draft(buildings=buildings, facets=facets, original_sha256=first.sha256)
    for again in (drawing_of(draft), good(geojson_of(draft), "drawn.geojson")):
        assert again.buildings.drop(columns="geometry").equals(first.buildings.drop(columns="geometry"))
        assert again.buildings.geometry.equals(first.buildings.geometry)
        assert again.facets.geometry.equals(first.facets.geometry)
        assert again.facets["reference"].tolist() == ["absolute"]
        planes = (drawing.facets[["a", "b"]].to_numpy() for drawing in (again, first))
        assert np.abs(np.subtract(*planes)).max() < 1e-8
