"""Layers are proposed from their names, confirmed once and found again."""

from __future__ import annotations

import json

import pytest
from shapely.geometry import box

from permits.drawings.drawing import DrawingError
from permits.drawings.layers import LayerMapping, LayerUse, layers_of
from tests.permits.drawings.builders import X, Y, collection, dxf, dxf_bytes, fault, good, moved

PLACE = box(X - 50, Y - 50, X + 100, Y + 50)


def drawing(*layers: str) -> bytes:
    document, model = dxf()
    for number, layer in enumerate(layers):
        model.add_lwpolyline(moved(number * 20)[:-1], close=True, dxfattribs={"layer": layer})
    return dxf_bytes(document)


DATA = drawing("Hus", "garrage", "A-BLDG", "A-BLDG", "SKEL")


def test_layers_are_proposed_from_their_names() -> None:
    mapping = layers_of(DATA, filename="plan.dxf")
    assert mapping.uses == (
        LayerUse("A-BLDG", 2, "", "none"),
        LayerUse("Hus", 1, "detached_house", "name"),
        LayerUse("SKEL", 1, "", "none"),
        LayerUse("garrage", 1, "garage", "near"),
    )
    assert [use.layer for use in mapping.open] == ["A-BLDG", "SKEL", "garrage"]
    assert mapping.settings() == {}


def test_what_is_confirmed_is_read() -> None:
    confirmed = layers_of(DATA, filename="plan.dxf").confirmed(
        {"a-bldg": "shed", "SKEL": "ignored", "garrage": "garage"}
    )
    assert not confirmed.open
    read = good(DATA, "plan.dxf", near=PLACE, settings=confirmed.settings())
    assert sorted(read.buildings.kind) == ["detached_house", "garage", "shed", "shed"]
    assert not {"unknown_layer", "setting_unmatched"} & {note.code for note in read.notes}


def test_a_role_alone_is_a_meaning() -> None:
    confirmed = layers_of(drawing("X1"), filename="plan.dxf").confirmed({"X1": "secondary"})
    assert confirmed.settings() == {"X1.role": "secondary"}
    assert (
        good(drawing("X1"), "plan.dxf", near=PLACE, settings=confirmed.settings()).buildings.role[0]
        == "secondary"
    )


def test_the_same_layers_are_found_again_after_json() -> None:
    stored = json.dumps(layers_of(DATA, filename="plan.dxf").confirmed({"A-BLDG": "shed"}).plain())
    former = LayerMapping.from_plain(json.loads(stored))
    again = layers_of(drawing("HUS", "a bldg", "Garrage", "skel"), filename="next.dxf")
    assert again.key == former.key
    assert layers_of(drawing("HUS"), filename="next.dxf").key != former.key
    remembered = again.remembered(former)
    assert remembered.settings() == {"a bldg.kind": "shed"}
    assert [use.layer for use in remembered.open] == ["Garrage", "skel"]


def test_words_and_layers_that_do_not_exist_are_refused_at_once() -> None:
    with pytest.raises(DrawingError) as refused:
        layers_of(DATA, filename="plan.dxf").confirmed({"A-BLDG": "garrage", "NONE": "shed"})
    assert [(f.code, f.remedy) for f in refused.value.faults] == [
        ("setting_unmatched", None),
        ("unknown_word", "garage"),
    ]


def test_an_ignored_layer_is_no_building_whatever_its_name() -> None:
    data = drawing("hus", "garage")
    assert list(good(data, "x.dxf", near=PLACE, settings={"garage.role": "ignored"}).buildings.kind) == [
        "detached_house"
    ]
    fault(
        "no_outlines", data, "x.dxf", near=PLACE, settings={"garage.role": "ignored", "hus.role": "ignored"}
    )


def test_contours_are_no_misspelling_of_other() -> None:
    assert len(good(drawing("hus", "KOTER"), "x.dxf", near=PLACE).buildings) == 1


def test_a_file_that_cannot_be_read_has_no_layers() -> None:
    with pytest.raises(DrawingError):
        layers_of(DATA[:3000], filename="plan.dxf")
    assert layers_of(collection(), filename="house.geojson").uses == ()


def test_another_kind_that_is_confirmed_brings_its_role() -> None:
    data = drawing("Garage")
    settings = layers_of(data, filename="x.dxf").confirmed({"Garage": "detached_house"}).settings()
    row = good(data, "x.dxf", crs="EPSG:25832", settings=settings).buildings.iloc[0]
    assert (row.role, row.kind) == ("primary", "detached_house")


def test_a_building_is_still_called_by_the_role_of_its_layer() -> None:
    settings = {"secondary.kind": "carport", "secondary.height": "2.4"}
    row = good(drawing("Garage"), "x.dxf", crs="EPSG:25832", settings=settings).buildings.iloc[0]
    assert (row.role, row.kind, row.height_m) == ("secondary", "carport", 2.4)
