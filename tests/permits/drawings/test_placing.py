"""Drawings with their own origin are brought to their place by points; what does not fit is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from permits.drawings import fit
from permits.drawings.drawing import DrawingError
from permits.drawings.fit import ByCorners, ByPoints, NoFit, corners, match, similarity
from permits.drawings.read import parsed_of
from permits.drawings.settings import parse_points
from tests import tier
from tests.permits.drawings.builders import (
    SAID,
    X,
    Y,
    collection,
    dxf,
    dxf_bytes,
    fault,
    feature,
    good,
    notes,
)

OWN = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 20.0], [0.0, 25.0]])
AT = np.array([X, Y])
PARCEL = Polygon([(X, Y), (X + 30, Y), (X + 30, Y + 20), (X, Y + 25)])


def turned(points: np.ndarray, degrees: float, scale: float = 1.0) -> np.ndarray:
    """Points turned, scaled and moved to the parcel."""
    a = math.radians(degrees)
    return scale * points @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) + AT


@given(
    degrees=st.floats(-180, 180),
    scale=st.sampled_from([0.001, 0.01, 1.0]),
    move=st.floats(-1e4, 1e4),
)
@settings(max_examples=tier.cases(40, fast=15), deadline=None)
def test_a_similarity_is_found_again(degrees: float, scale: float, move: float) -> None:
    drawn = (OWN + move) / scale
    real = turned(OWN, degrees)
    found = similarity(drawn if scale != 1.0 else OWN + move, real, free_scale=scale != 1.0)
    assert found.worst_m < 1e-4
    assert found.scale == pytest.approx(scale, rel=1e-9)
    assert (found.turned_deg - degrees + 180) % 360 - 180 == pytest.approx(0, abs=1e-5)


def test_a_drawing_in_metres_is_never_scaled() -> None:
    found = similarity(OWN[:2] * 1.1, turned(OWN[:2], 0), free_scale=False)
    assert found.scale == pytest.approx(1)
    assert found.residuals_m == pytest.approx((1.5, 1.5))


def test_residuals_tell_the_uncertainty_of_a_placed_point() -> None:
    real = turned(OWN, 10) + np.array([[0.05, 0], [-0.05, 0], [0.05, 0], [-0.05, 0]])
    found = similarity(OWN, real, free_scale=False)
    assert found.sigma_m == pytest.approx(math.sqrt(np.square(found.residuals_m).sum() / 5))
    two = similarity(OWN[:2], turned(OWN[:2], 10) + np.array([[0, 0], [0.1, 0]]), free_scale=False)
    assert two.sigma_m == pytest.approx(math.sqrt(2 * two.worst_m**2))


@pytest.mark.parametrize(
    ("points", "why"), [(OWN[:1], "few"), (OWN[[0, 0]], "near"), (OWN[:2] * 0.01, "near")]
)
def test_too_few_points_lead_to_no_place(points: np.ndarray, why: str) -> None:
    with pytest.raises(NoFit) as refused:
        similarity(points, points + AT, free_scale=False)
    assert refused.value.why == why


@pytest.mark.parametrize("degrees", [0, 37.5, -120])
@pytest.mark.parametrize("scale", [1.0, 0.001])
def test_corners_of_a_parcel_find_their_own(degrees: float, scale: float) -> None:
    real = np.round(turned(OWN, degrees), 3)[[2, 3, 0, 1]][::-1]
    drawn, met = match(OWN / scale, real, free_scale=scale != 1.0)
    found = similarity(drawn, met, free_scale=scale != 1.0)
    assert len(drawn) == 4
    assert found(OWN / scale) == pytest.approx(turned(OWN, degrees), abs=0.002)


def test_a_symmetric_parcel_is_not_guessed() -> None:
    square = np.array([[0.0, 0], [20, 0], [20, 20], [0, 20]])
    with pytest.raises(NoFit) as refused:
        match(square, square + AT, free_scale=False)
    assert refused.value.why == "ambiguous"


def test_another_parcel_does_not_fit() -> None:
    with pytest.raises(NoFit) as refused:
        match(OWN, np.array([[0.0, 0], [50, 3], [47, 31]]) + AT, free_scale=False)
    assert refused.value.why == "none"


def test_points_on_a_side_are_no_corners() -> None:
    assert len(corners(Polygon([(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)]))) == 4


# Through the door


def own_dxf(units: int | None = 6, scale: float = 1.0, parcel: bool = True) -> bytes:
    """A house and its parcel, drawn from the corner of the parcel."""
    document, model = dxf("R2010" if units is not None else "R12", units)
    house = [(5, 5), (15, 5), (15, 13), (5, 13)]
    for layer, ring in (("hus", house), *((("SKEL", OWN.tolist()),) if parcel else ())):
        points = [(x * scale, y * scale) for x, y in ring]
        model.add_polyline2d(points, close=True, dxfattribs={"layer": layer})
    return dxf_bytes(document)


def pairs(real: np.ndarray, scale: float = 1.0) -> ByPoints:
    return ByPoints([((x * scale, y * scale), (e, n)) for (x, y), (e, n) in zip(OWN, real, strict=True)])


def test_picked_points_place_a_dxf_and_show_their_residuals() -> None:
    real = turned(OWN, 30)
    drawing = good(own_dxf(), "x.dxf", placement=pairs(real))
    expected = Polygon(turned(np.array([[5.0, 5], [15, 5], [15, 13], [5, 13]]), 30))
    assert drawing.buildings.geometry[0].hausdorff_distance(expected) < 1e-6
    assert drawing.crs == "EPSG:25832"
    assert drawing.placed is not None
    assert drawing.placed.residuals_m == pytest.approx([0] * 4, abs=1e-6)
    assert "placed" in notes(drawing)


def test_the_corners_of_the_parcel_place_a_dxf_whose_parcel_is_no_building() -> None:
    drawing = good(own_dxf(), "x.dxf", placement=ByCorners("skel", PARCEL), near=PARCEL)
    assert list(drawing.buildings.kind) == ["detached_house"]
    assert drawing.buildings.geometry[0].equals_exact(box(X + 5, Y + 5, X + 15, Y + 13).normalize(), 1e-6)


def test_millimetres_are_no_obstacle_and_an_unknown_unit_is_found_and_told() -> None:
    real = turned(OWN, 0)
    stated = good(own_dxf(4, 1000), "x.dxf", placement=pairs(real, 1000))
    unknown = good(own_dxf(None, 1000), "x.dxf", placement=pairs(real, 1000))
    for drawing in (stated, unknown):
        assert drawing.buildings.geometry[0].area == pytest.approx(80, abs=1e-4)
    assert "placing_scaled" in notes(unknown) - notes(stated)


def test_a_page_can_show_what_points_are_picked_on() -> None:
    shown = parsed_of(own_dxf(4, 1000), filename="x.dxf", layers=["Skel"])
    outlines = {shape.layer: shape.polygons[0][0][:4] for shape in shown.shapes}
    assert np.array(outlines["SKEL"]) == pytest.approx(OWN)
    assert set(outlines) == {"hus", "SKEL"}


def test_a_wrong_unit_is_named() -> None:
    wrong = fault("placing_residual", own_dxf(6, 1000), "x.dxf", placement=pairs(turned(OWN, 0), 1000))
    assert wrong.remedy == "0.001"


def test_a_point_off_is_refused_at_the_limit_and_not_before() -> None:
    # Two points 30 m apart, the real ones a little more: each misses its own by half the difference.
    for stretch, is_placed in ((2 * fit.LIMIT_M - 1e-6, True), (2 * fit.LIMIT_M + 1e-6, False)):
        placement = ByPoints([((0, 0), (X, Y)), ((30, 0), (X + 30 + stretch, Y))])
        if is_placed:
            drawing = good(own_dxf(), "x.dxf", placement=placement)
            assert "placing_two" in notes(drawing)
            assert drawing.buildings.sigma_m[0] == pytest.approx(math.sqrt(2) * fit.LIMIT_M, abs=1e-5)
        else:
            off = fault("placing_residual", own_dxf(), "x.dxf", placement=placement)
            assert off.found == pytest.approx(fit.LIMIT_M)
            assert off.where["point"] in (0, 1)


def test_a_mirrored_drawing_is_called_so() -> None:
    fault("placing_mirrored", own_dxf(), "x.dxf", placement=pairs(turned(OWN * (1, -1), 0)))


@pytest.mark.parametrize(
    ("placement", "code"),
    [
        (ByPoints([((0, 0), (X, Y))]), "placing_few"),
        (ByPoints([((0, 0), (X, Y)), ((1, 0), (X + 1, Y))]), "placing_near"),
        (ByCorners("boundary", PARCEL), "placing_none"),
        (ByCorners("SKEL", box(X, Y, X + 55, Y + 44)), "placing_none"),
    ],
)
def test_what_leads_to_no_place_is_refused(placement: ByPoints | ByCorners, code: str) -> None:
    fault(code, own_dxf(), "x.dxf", placement=placement)


def test_a_placed_drawing_still_has_to_lie_where_it_is_meant() -> None:
    fault(
        "far_from_place",
        own_dxf(),
        "x.dxf",
        placement=pairs(turned(OWN, 0)),
        near=box(X + 5000, Y, X + 5010, Y + 10),
    )


def test_a_roof_goes_along() -> None:
    ring = [[x, y, 3 + x * 0.1] for x, y in [(5, 5), (15, 5), (15, 13), (5, 13), (5, 5)]]
    said: dict[str, Any] = {**SAID, "height": 4.5, "roof": "geometry"}
    drawing = good(collection(feature(ring, said), crs=None), "x.geojson", placement=pairs(turned(OWN, 90)))
    facet = drawing.facets.iloc[0]
    assert (facet.a, facet.b) == pytest.approx((0, 0.1), abs=1e-6)
    assert shapely.area(facet.geometry) == pytest.approx(80)


def test_pairs_of_points_are_read_from_the_command_line() -> None:
    assert parse_points(["0,0=573000.5,6224000.25"]).pairs == [((0.0, 0.0), (573000.5, 6224000.25))]
    with pytest.raises(DrawingError) as refused:
        parse_points(["0,0", "a,b=1,2", "1,2=3,4,5"])
    assert [f.code for f in refused.value.faults] == ["point_form"] * 3


def test_a_position_of_hundreds_of_figures_is_none() -> None:
    with pytest.raises(DrawingError) as refused:
        parse_points([f"{'9' * 400},0=573000,6224000"])
    assert [f.code for f in refused.value.faults] == ["point_form"]


def test_a_square_of_another_size_is_refused_like_any_other() -> None:
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    placement = ByPoints([((x, y), (X + 1.1 * x, Y + 1.1 * y)) for x, y in square])
    # Mirrored, a square fits in every direction equally badly, which is no direction at all.
    assert fault("placing_residual", own_dxf(), "x.dxf", placement=placement).remedy == "1.1"
