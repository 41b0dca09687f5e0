"""Protection lines and zones: all of them fit the shared model, and lie where the law draws them."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geodata.fkg.catalogue import state_theme, state_themes
from geodata.fkg.check import fitted
from geodata.readers.delivery import Delivery
from permits.demo.demo import DemoTown

#: Themes that the demonstration has no use for: nobody asks a rule of them, and no reader shows them.
_LEFT_OUT = {"fredskovlinje", "stormfald", "terraen_flise"}


#: FKG's themes that the town has.
_MUNICIPAL = {
    "5700_grundej", "5706_havn_are", "5710_born_skole_dis", "5801_fac_fl", "6004_vandv_fs", "6800_parl_fl",
}  # fmt: skip
_ENVELOPE = {"register_id", "municipality", "geometry", "cvr_kode", "gyldig_fra", "gyldig_til"}


def rows(demo: DemoTown, view: str) -> gpd.GeoDataFrame:
    return demo.themes[state_theme(view).id]


def test_every_theme_is_there_and_fits_as_it_is(demo: DemoTown) -> None:
    state = {t.id for t in state_themes().values() if t.view not in _LEFT_OUT}
    assert set(demo.themes) == state | _MUNICIPAL
    for theme, frame in demo.themes.items():
        own = tuple(c for c in frame.columns if c not in _ENVELOPE)
        kept = fitted(Delivery(theme, "demo", "demo", frame, own), record=str)
        assert not kept.rejected, theme
        assert not kept.warnings, theme
        assert len(kept.frame) == len(frame) > 0


@pytest.mark.parametrize(
    ("view", "use", "reach_m"),
    [
        ("strandbeskyttelse", "beach", 300.0),
        ("soe_aa_linje", "lake", 150.0),
        ("skovbyggelinje", "forest", 300.0),
    ],
)
def test_lines_reach_as_far_as_the_law_says(demo: DemoTown, view: str, use: str, reach_m: float) -> None:
    town = demo.town
    source = shapely.union_all(town.fabric.faces[(town.use == use) & ~town.foreign])
    if use == "lake":
        source = source.union(shapely.union_all(town.fabric.faces[(town.use == "stream") & ~town.foreign]))
    line = shapely.union_all(rows(demo, view).geometry.to_numpy())
    corners = shapely.points(shapely.get_coordinates(line))
    assert shapely.distance(corners, source).max() < reach_m + 40.0
    assert shapely.distance(corners, source).max() > 0.9 * reach_m - 20.0


def test_water_and_wood_are_what_they_are_drawn_from(demo: DemoTown) -> None:
    town = demo.town
    for view, use in (("fredskov", "forest"), ("beskyttet_natur", "lake")):
        ground = shapely.union_all(town.fabric.faces[(town.use == use) & ~town.foreign])
        covered = shapely.union_all(rows(demo, view).geometry.to_numpy())
        assert shapely.difference(ground, covered).area < 0.02 * ground.area


def test_houses_with_a_value_are_houses(demo: DemoTown) -> None:
    kept = rows(demo, "bevaringsvaerdig_bygning")
    assert kept["save"].between(1, 9).all()
    inside = shapely.STRtree(demo.buildings.geometry.to_numpy()).query(
        shapely.point_on_surface(kept.geometry.to_numpy()), predicate="within"
    )
    assert len(set(inside[0])) == len(kept)


def test_floods_lie_low_and_do_not_overlap(demo: DemoTown) -> None:
    flood = rows(demo, "oversvoemmelse").geometry.to_numpy()
    assert sum(shapely.area(flood)) == pytest.approx(shapely.union_all(flood).area, rel=1e-6)


def test_school_districts_cover_the_municipality_once(demo: DemoTown) -> None:
    districts = demo.themes["5710_born_skole_dis"].geometry.to_numpy()
    land = shapely.union_all(demo.town.fabric.faces[~demo.town.foreign])
    assert sum(shapely.area(districts)) == pytest.approx(land.area, rel=1e-6)
    assert shapely.union_all(districts).area == pytest.approx(land.area, rel=1e-6)
