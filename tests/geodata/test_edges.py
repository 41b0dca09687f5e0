"""Edges from the cadastre: kind by line, then by neighbour, never by guess."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from django.db import connection
from shapely.geometry import LineString, MultiLineString, MultiPolygon, box

from geodata.crs import GRID
from geodata.edges import SIGMA_UNKNOWN_M, edges_of, kinds_of_lines
from geodata.ledger.imports import import_delivery
from geodata.readers.delivery import Delivery

X, Y = 700_000.0, 6_170_000.0


def parcels(*rows: tuple[int, tuple[float, float, float, float], float, bool | None]) -> gpd.GeoDataFrame:
    """(key, box in local metres, property, road)."""
    return gpd.GeoDataFrame(
        {
            "parcel": [r[0] for r in rows],
            "property_number": [r[2] for r in rows],
            "is_road": np.array([r[3] for r in rows], dtype=object),
        },
        geometry=[box(X + r[1][0], Y + r[1][1], X + r[1][2], Y + r[1][3]) for r in rows],
        crs=GRID,
    )


def lines(*rows: tuple[str, float, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "line_class": np.array([r[0] for r in rows], dtype=object),
            "sigma_m": np.array([r[1] for r in rows], float),
        },
        geometry=gpd.GeoSeries([LineString([(X + x, Y + y) for x, y in r[2]]) for r in rows], crs=GRID),
        crs=GRID,
    )


def kinds(edges: gpd.GeoDataFrame, parcel: int) -> dict[str, float]:
    own = edges[edges["parcel"] == parcel]
    return {
        k: round(g.length.sum(), 3)
        for k, g in own.groupby("kind")["geometry"].apply(gpd.GeoSeries).groupby(level=0)
    }


NO_LINES = lines()
PLOT, ROAD, NEXT = (
    (1, (0, 0, 20, 30), 10.0, False),
    (2, (0, -8, 40, 0), np.nan, True),
    (3, (20, 0, 40, 30), 11.0, False),
)


def test_neighbours_decide_where_no_line_does() -> None:
    edges = edges_of(parcels(PLOT, ROAD, NEXT), NO_LINES)
    own = edges[edges["parcel"] == 1].set_index("kind")
    assert own.loc["road", "geometry"].length == pytest.approx(20)
    assert own.loc["road", "width_across_m"] == pytest.approx(8)
    assert own.loc["road", "kind_src"] == "neighbour"
    assert own.loc["parcel", "neighbour"] == 3
    assert own.loc["unknown", "ambiguous"]
    assert own.loc["unknown", "kind_src"] == "none"
    assert not own.loc["parcel", "ambiguous"]
    assert (own["sigma_m"] == SIGMA_UNKNOWN_M).all()


def test_lines_say_road_and_water_where_nothing_is_recorded_beyond() -> None:
    drawn = lines(
        ("Skel for vej og gadejord - EG", 0.05, [(0, 0), (20, 0)]),
        ("Grænse i vandløb og sø - SG-EG", 1.0, [(0, 30), (0, 0)]),
        ("Skel i øvrigt", 0.25, [(20, 0), (20, 30)]),
    )
    own = edges_of(parcels(PLOT), drawn).set_index("kind")
    assert own.loc["road", "sigma_m"] == 0.05
    assert own.loc["road", "neighbour"] == -1
    assert not own.loc["road", "ambiguous"]
    assert own.loc["water", "kind_src"] == "cadastral_line"
    assert set(own.index) == {"road", "water", "unknown"}
    assert own.loc[["unknown"], "sigma_m"].min() == 0.25, "an ordinary line still says how accurate it is"


def test_a_stretch_is_cut_where_the_line_changes() -> None:
    drawn = lines(
        ("Skel for vej og gadejord", 0.05, [(0, 0), (7, 0)]),
        ("Skel i øvrigt", 0.05, [(7, 0), (20, 0)]),
    )
    edges = edges_of(parcels(PLOT), drawn)
    road = edges[edges["kind"] == "road"].geometry.iloc[0]
    assert road.length == pytest.approx(7)
    assert shapely.length(np.asarray(edges.geometry)).sum() == pytest.approx(100)


def test_seen_from_the_road_the_other_side_is_a_parcel() -> None:
    drawn = lines(("Skel for vej og gadejord", 0.05, [(0, 0), (40, 0)]))
    edges = edges_of(parcels(PLOT, ROAD, NEXT), drawn)
    of_road = edges[(edges["parcel"] == 2) & (edges["neighbour"] >= 0)]
    assert set(of_road["kind"]) == {"parcel"}
    assert set(edges[(edges["neighbour"] == 2)]["kind"]) == {"road"}


def test_parcels_of_one_property_have_inner_edges_and_unknown_properties_have_none() -> None:
    same = edges_of(parcels(PLOT, (3, (20, 0, 40, 30), 10.0, None)), NO_LINES)
    assert same.loc[same["neighbour"] >= 0, "inner"].all()
    unknown = edges_of(
        parcels((1, (0, 0, 20, 30), np.nan, None), (3, (20, 0, 40, 30), np.nan, None)), NO_LINES
    )
    assert not unknown["inner"].any()


def test_holes_and_parts_are_covered_and_nothing_is_asked_outside_the_focus() -> None:
    frame = parcels(PLOT, (3, (5, 5, 10, 10), 11.0, None))
    pieces = MultiPolygon(
        [
            box(X, Y, X + 20, Y + 30).difference(box(X + 5, Y + 5, X + 10, Y + 10)),
            box(X + 50, Y, X + 60, Y + 10),
        ]
    )
    frame.loc[0, "geometry"] = pieces
    edges = edges_of(frame, NO_LINES, np.array([True, False]))
    assert set(edges["parcel"]) == {1}
    assert edges.geometry.length.sum() == pytest.approx(pieces.boundary.length)
    assert edges.loc[edges["neighbour"] == 3].geometry.length.sum() == pytest.approx(20)


def test_nothing_in_nothing_out() -> None:
    assert len(edges_of(parcels(), NO_LINES)) == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Skel for vej og gadejord - SG-EG", "road"),
        ("vejskel", "road"),
        ("Grænse i vandløb og sø - EG", "water"),
        ("Skel i øvrigt - ", ""),
        (None, ""),
    ],
)
def test_classes_of_lines(name: str | None, kind: str) -> None:
    assert kinds_of_lines(lines((name, 1.0, [(0, 0), (1, 0)]))["line_class"]).tolist() == [kind]  # type: ignore[arg-type]


def delivery(frame: gpd.GeoDataFrame) -> Delivery:
    frame = frame.rename(columns={"parcel": "register_id"})
    frame["register_id"] = frame["register_id"].astype(str)
    frame["municipality"] = "0999"
    frame["geometry"] = [MultiPolygon([g]) if g.geom_type == "Polygon" else g for g in frame.geometry]
    return Delivery("parcel", "matriklen/gml", "matriklen", frame, ("property_number", "is_road"))


def line_delivery(frame: gpd.GeoDataFrame) -> Delivery:
    frame = frame.assign(register_id=[str(n) for n in range(len(frame))], municipality="0999")
    frame["geometry"] = [MultiLineString([g]) for g in frame.geometry]
    return Delivery("boundary_line", "matriklen/gml", "matriklen", frame, ("line_class", "sigma_m"))


def store(what: Delivery, **options: object) -> None:
    import_delivery(what, acting_user=None, file_name="f", file_sha256="0" * 64, **options)  # type: ignore[arg-type]


def stored(where: str = "TRUE") -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.register_id, n.register_id, e.kind, round(ST_Length(e.geometry))::int FROM geodata_edge e "
            "JOIN geodata_parcel p ON p.id = e.parcel_id LEFT JOIN geodata_parcel n ON n.id = e.neighbour_id "
            f"WHERE e.change_to_id IS NULL AND {where} ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_stored_edges_follow_the_parcels_and_the_lines() -> None:
    store(delivery(parcels(PLOT)))
    assert stored() == [("1", None, "unknown", 100)]
    store(delivery(parcels(NEXT)))
    assert ("1", "3", "parcel", 30) in stored(), "the neighbour's edges are derived again"
    store(line_delivery(lines(("Skel for vej og gadejord", 0.05, [(0, 0), (20, 0)]))))
    assert ("1", None, "road", 20) in stored()
    assert len(stored("e.sigma_m = 0.05")) == 1
    # The plot shrinks away from its neighbour: both are open to nothing there.
    store(delivery(parcels((1, (0, 0, 15, 30), 10.0, False))))
    assert not stored("n.id IS NOT NULL")
    store(delivery(parcels(NEXT)), complete="0999", yes=True)
    assert {row[0] for row in stored()} == {"3"}, "an ended parcel has no open edges"


@pytest.mark.django_db
def test_an_edge_that_stays_keeps_its_row() -> None:
    store(delivery(parcels(PLOT, NEXT)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM geodata_edge")
        before = cursor.fetchone()[0]
        store(delivery(parcels(PLOT, (3, (20, 0, 40, 30), 12.0, False))))
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM geodata_edge")
        assert cursor.fetchone()[0] == before


def test_the_line_of_a_taken_up_road_is_an_inner_edge_of_its_parcel_only() -> None:
    line = shapely.MultiLineString([[(5, 0), (5, 10)], [(5, 10), (5, 20)]])
    roads = gpd.GeoDataFrame({"parcel": [PLOT[0], 999]}, geometry=[line, line], crs="EPSG:25832")
    plain = edges_of(parcels(PLOT, ROAD, NEXT), NO_LINES)
    edges = edges_of(parcels(PLOT, ROAD, NEXT), NO_LINES, None, roads)
    pd.testing.assert_frame_equal(edges.iloc[: len(plain)], plain)
    inner = edges.iloc[len(plain) :]
    assert inner["parcel"].tolist() == [PLOT[0]] * 2
    assert set(inner["kind_src"]) == {"taken_up_road"}
    assert inner["inner"].all()
    assert (inner["kind"] == "road").all()
    assert inner.geometry.length.tolist() == [10.0, 10.0]
    elsewhere = edges_of(parcels(PLOT, ROAD, NEXT), NO_LINES, np.array([False, True, True]), roads)
    assert not (elsewhere["kind_src"] == "taken_up_road").any()
