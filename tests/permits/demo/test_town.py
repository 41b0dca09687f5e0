"""The generated town: it tiles, it is the same each time, and its numbers are those of a town."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from permits.demo import names
from permits.demo.demo import DemoTown, generate
from permits.demo.site import Boundaries
from permits.demo.town import layout


def test_parcels_tile(demo: DemoTown) -> None:
    faces = demo.town.fabric.faces
    assert shapely.is_valid(faces).all()
    whole = shapely.union_all(faces)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors  # no gap
    one, two = shapely.STRtree(faces).query(faces, predicate="intersects")
    pairs = one < two
    common = shapely.intersection(faces[one[pairs]], faces[two[pairs]])
    # An overlap of more than a centimetre would have some area; a slit between two would be a hole.
    assert shapely.area(common).max() < 1e-6
    assert shapely.area(faces).sum() == pytest.approx(whole.area, abs=1e-4)


def test_every_stretch_has_a_face_on_each_side_or_lies_on_the_rim(demo: DemoTown) -> None:
    fabric, beyond = demo.town.fabric, demo.town.beyond
    outer = (fabric.left < 0) | (fabric.right < 0)
    assert (beyond[outer] != "").all()
    assert (beyond[~outer] == "").all()
    assert {"water", "border", "edge"} == set(beyond[outer])
    length = np.hypot(*(fabric.segments[outer, 2:] - fabric.segments[outer, :2]).T).sum()
    assert length == pytest.approx(shapely.union_all(fabric.faces).length, rel=1e-6)


def test_lines_cover_all_boundaries(demo: DemoTown) -> None:
    fabric = demo.town.fabric
    total = np.hypot(*(fabric.segments[:, 2:] - fabric.segments[:, :2]).T).sum()
    assert demo.lines.length.sum() == pytest.approx(total, rel=1e-9)
    assert demo.lines["register_id"].is_unique
    assert {"Skel i øvrigt", "Skel for vej og gadejord", "Grænse i vandløb og sø"} == set(
        demo.lines["line_class"]
    )


def test_same_seed_same_bytes_and_another_seed_another_town(demo: DemoTown) -> None:
    small = generate(400, 7).fingerprint()
    assert generate(400, 7).fingerprint() == small
    assert generate(400, 8).fingerprint() != small
    assert demo.fingerprint() != small


def test_it_is_a_danish_town(demo: DemoTown, capsys: pytest.CaptureFixture[str]) -> None:
    """Roughly: at this size a quarter of the houses makes room for an application; the exact table is at 10,000."""
    plots = [p for p in demo.town.plots if p.use == "house"]
    area = np.array([p.shape.area for p in plots])
    outline = demo.buildings.geometry.to_numpy()
    # Which face each building stands on.
    inside = shapely.point_on_surface(outline)
    building, face = shapely.STRtree(demo.town.fabric.faces).query(inside, predicate="within")
    gap = np.full(len(outline), np.nan)
    gap[building] = shapely.distance(outline[building], shapely.boundary(demo.town.fabric.faces[face]))
    use = demo.buildings["bbr_id"].map(demo.records.set_index("register_id")["use_code"])
    on_plots = np.isin(_face_of(building, face, len(outline)), [p.face for p in plots])
    house = (use == 120).to_numpy() & on_plots
    count = np.bincount(face, minlength=len(demo.town.fabric.faces))[[p.face for p in plots]]
    table = {
        "parcels": ((demo.parcels["municipality"] == names.CODE).sum(), 320, 480),
        "house plot p50": (np.median(area), 650, 900),
        "house plot p05": (np.percentile(area, 5), 480, 700),
        "house outline p50": (np.median(shapely.area(outline[house])), 120, 185),
        "house setback p50": (np.median(gap[house]), 1.6, 3.6),
        "share of houses nearer than 2.5 m": ((gap[house] < 2.5).mean(), 0.2, 0.75),
        "share of garages touching": ((gap[(use == 910).to_numpy()] < 0.1).mean(), 0.2, 0.7),
        "buildings a house plot": (count.mean(), 1.2, 2.7),
        "not in BBR": (demo.buildings["bbr_id"].isna().mean(), 0.003, 0.05),
        "built at or after 1930": (
            (demo.records.loc[demo.records.use_code == 120, "year"] > 1930).mean(),
            0.7,
            1.0,
        ),
    }
    with capsys.disabled():
        print()
        for name, (value, low, high) in table.items():
            print(f"  {name:36} {value:9.2f}   ({low} to {high})")
    assert not {name: row for name, row in table.items() if not row[1] <= row[0] <= row[2]}


def _face_of(building: np.ndarray, face: np.ndarray, size: int) -> np.ndarray:
    on = np.full(size, -1)
    on[building] = face
    return on


def test_buildings_stand_on_their_parcels_and_not_in_each_other(demo: DemoTown) -> None:
    shapes = demo.buildings.geometry.to_numpy()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < two
    assert shapely.area(shapely.intersection(shapes[one[pairs]], shapes[two[pairs]])).max() < 0.05
    assert demo.buildings["register_id"].is_unique
    assert demo.records["register_id"].is_unique
    proposed = [b.footprint for a in demo.applications for b in a.buildings]
    hit, _ = shapely.STRtree(shapes).query(proposed, predicate="overlaps")
    assert shapely.area(shapely.intersection(np.array(proposed)[hit], shapely.union_all(shapes))).sum() < 0.5


def test_corners_that_turn_inward_cut_corners_and_shared_properties(demo: DemoTown) -> None:
    plots = [p.shape for p in demo.town.plots if p.use == "house"]
    hull = np.array([p.area / p.convex_hull.area for p in plots])
    assert (hull < 0.985).sum() >= 5  # reflex corners
    numbers = demo.parcels["property_number"].value_counts()
    assert (numbers == 2).sum() >= 1
    assert (numbers <= 2).all()


def test_neighbours_are_shared(demo: DemoTown) -> None:
    boundaries = Boundaries(demo.town)
    for plot in demo.town.plots[::25]:
        edges = boundaries.around([plot.face])
        assert sum(np.hypot(*(e.line[1] - e.line[0])) for e in edges) == pytest.approx(plot.shape.length)


def test_a_quarter_that_lies_beyond_the_border_has_no_plan_of_ours() -> None:
    # With this size the quarter that is to have plan 12 is the neighbour's.
    plans = generate(1_000, 1).plans
    assert not plans.geometry.is_empty.any()
    assert len(plans[plans["municipality"] == names.CODE]) > 20


@pytest.mark.parametrize("parcels", [900, 2500, pytest.param(100_000, marks=pytest.mark.slow)])
def test_size_follows_the_switch(parcels: int) -> None:
    town = layout(parcels, np.random.default_rng(3))
    faces = town.fabric.faces
    assert 0.75 * parcels < (~town.foreign).sum() < 1.25 * parcels
    assert shapely.is_valid(faces).all()
    assert not shapely.union_all(faces).interiors


def test_the_neighbour_shares_the_border_and_a_part_of_it_is_not_known(demo: DemoTown) -> None:
    """Border tests need both: parcels of two municipalities with one line between, and a line with nothing beyond."""
    town, fabric = demo.town, demo.town.fabric
    both = (fabric.left >= 0) & (fabric.right >= 0)
    across = both & (town.foreign[fabric.left] != town.foreign[fabric.right])
    assert across.sum() > 5
    assert (town.beyond == "border").sum() > 5
    border = shapely.linestrings(town.border)
    ends = shapely.points(fabric.segments[across | (town.beyond == "border")].reshape(-1, 2))
    assert shapely.distance(ends, border).max() < 0.001
    codes = demo.parcels["municipality"]
    assert set(codes) == {names.CODE, names.NEIGHBOUR_CODE}
    assert (codes[town.foreign] == names.NEIGHBOUR_CODE).all()


def test_the_neighbour_is_built_and_planned_too(demo: DemoTown) -> None:
    beyond = demo.buildings["municipality"] == names.NEIGHBOUR_CODE
    assert beyond.sum() > 50
    town = shapely.union_all(demo.town.fabric.faces[demo.town.foreign])
    assert shapely.covers(shapely.buffer(town, 0.01), demo.buildings.geometry.to_numpy()[beyond]).all()
    for frame in (demo.records, demo.addresses, demo.zones):
        assert set(frame["municipality"]) == {names.CODE, names.NEIGHBOUR_CODE}
    plans = demo.plans[demo.plans["municipality"] == names.NEIGHBOUR_CODE]
    assert {"municipal_plan", "framework", "local_plan"} == set(plans["level"])
    assert shapely.covers(shapely.buffer(town, 0.01), plans.geometry.to_numpy()).all()


def test_titles_of_frameworks_do_not_repeat_their_number(demo: DemoTown) -> None:
    frames = demo.plans[demo.plans["level"] == "framework"]
    assert len(frames) > 5
    assert not [t for t, n in zip(frames["title"], frames["number"], strict=True) if n in t]


def test_everything_that_a_town_has(demo: DemoTown) -> None:
    uses = set(demo.town.use[~demo.town.foreign])
    assert uses >= {
        "road", "path", "house", "row", "flat", "town", "summer", "business", "field", "farm", "forest", "lake",
        "stream", "beach", "harbour", "church", "school", "green", "common", "heath", "meadow",
    }  # fmt: skip
    assert demo.parcels.loc[demo.town.use == "road", "parcel_number"].str.startswith("7000").all()
