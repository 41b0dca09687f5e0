"""The same house in every format of features: the same building, and clear words where it is not one."""

from __future__ import annotations

import io
import sqlite3
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import fiona
import pytest
import shapely
from fiona.crs import CRS
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping

from permits.drawings import archive
from permits.drawings.columns import meanings, value
from permits.drawings.read import read_drawing
from tests.permits.drawings.builders import (
    HOUSE,
    SAID,
    X,
    Y,
    collection,
    dxf_house,
    fault,
    faults,
    good,
    moved,
    notes,
)

COLUMNS = {
    "id": "str",
    "role": "str",
    "kind": "str",
    "height": "float",
    "storeys": "float",
    "floor_area": "float",
}
SUFFIX = {"GPKG": ".gpkg", "ESRI Shapefile": ".shp", "GML": ".gml"}
DRIVERS = tuple(SUFFIX)


def written(
    folder: Path,
    driver: str,
    *houses: tuple[Polygon, dict[str, Any]],
    crs: str | None = "EPSG:25832",
    layer: str = "bygninger",
    columns: dict[str, str] | None = None,
    geometry: str = "Polygon",
) -> Path:
    """A file with one layer of houses, as a GIS writes it."""
    path = folder / f"{layer}{SUFFIX[driver]}"
    schema = {"geometry": geometry, "properties": columns or COLUMNS}
    options: dict[str, Any] = {"layer": layer} if driver == "GPKG" else {}
    system = CRS.from_string(crs) if crs else None
    with fiona.open(path, "w", driver=driver, crs=system, schema=schema, **options) as sink:
        for outline, said in houses or ((Polygon(HOUSE), SAID),):
            values = {name: said.get(name) for name in schema["properties"]}
            values = {
                name: float(v) if schema["properties"][name] == "float" and v else v
                for name, v in values.items()
            }
            sink.write(
                {"type": "Feature", "geometry": mapping(outline) if outline else None, "properties": values}
            )
    return path


def packed(*files: Path | tuple[str, bytes], **more: Any) -> bytes:
    """A zip of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **more) as target:
        for file in files:
            name, content = (file.name, file.read_bytes()) if isinstance(file, Path) else file
            target.writestr(name, content)
    return stream.getvalue()


def sent(path: Path) -> tuple[bytes, str]:
    """What is uploaded: the file, or a zip of all files of a Shapefile."""
    if path.suffix != ".shp":
        return path.read_bytes(), path.name
    return packed(*sorted(path.parent.glob(f"{path.stem}.*"))), f"{path.stem}.zip"


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_house_is_the_same_in_every_format_of_features(driver: str, tmp_path: Path) -> None:
    data, name = sent(written(tmp_path, driver))
    drawing = good(data, name)
    house = good(collection(), "house.geojson")
    assert drawing.crs == "EPSG:25832"
    assert drawing.buildings.drop(columns="geometry").equals(house.buildings.drop(columns="geometry"))
    assert shapely.equals_exact(drawing.buildings.geometry[0], house.buildings.geometry[0], 1e-6)
    assert not drawing.notes


@pytest.mark.parametrize("driver", DRIVERS)
def test_another_system_is_read_from_the_file_whatever_its_axes(driver: str, tmp_path: Path) -> None:
    ring = [Transformer.from_crs(25832, 4326, always_xy=True).transform(x, y) for x, y in HOUSE]
    data, name = sent(written(tmp_path, driver, (Polygon(ring), SAID), crs="EPSG:4326"))
    drawing = good(data, name)
    assert drawing.crs == "EPSG:4326"
    assert drawing.buildings.geometry[0].hausdorff_distance(Polygon(HOUSE)) < 0.001


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_file_without_a_system_is_not_guessed(driver: str, tmp_path: Path) -> None:
    data, name = sent(written(tmp_path, driver, crs=None))
    assert fault("no_crs", data, name).remedy == "EPSG:25832"
    assert len(good(data, name, crs="EPSG:25832").buildings) == 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_empty_layer_and_a_missing_shape_are_told(driver: str, tmp_path: Path) -> None:
    data, name = sent(written(tmp_path, driver, (None, SAID)))  # type: ignore[arg-type]
    assert {f.code for f in faults(data, name)} & {"null_geometry", "no_geometry", "empty"}


def test_a_shapefile_on_disk_is_read_with_the_files_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path, "ESRI Shapefile")
    once, again = read_drawing(path), read_drawing(path)
    assert once.buildings.geometry[0].area == pytest.approx(80)
    assert once.sha256 == again.sha256
    path.with_suffix(".dbf").unlink()
    missing = fault("missing_sidecar", path, "")  # type: ignore[arg-type]
    assert missing.expected == ".dbf"


def test_a_cut_shapefile_names_the_record(tmp_path: Path) -> None:
    path = written(
        tmp_path, "ESRI Shapefile", (Polygon(HOUSE), SAID), (Polygon(moved(30)), {**SAID, "id": "b2"})
    )
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert fault("truncated", *sent(path)).where["record"] == 2
    # A record that claims more points than its bytes hold must not make room for them.
    path.write_bytes(whole[:148] + struct.pack("<i", 60_000_000) + whole[152:])
    assert fault("bogus_count", *sent(path)).where["record"] == 1


def test_columns_mean_what_their_names_say_cut_or_not() -> None:
    assert meanings(["HEIGHT", "Basement_area", "gml_id", "fid", "remark"]) == {
        "HEIGHT": "height",
        "Basement_area": "basement.area",
        "remark": "remark",
    }
    cut = ["wall_heigh", "eaves_over", "openings_t", "basement_a", "basement_c", "floor_area"]
    assert list(meanings(cut, cut=True).values()) == [
        "wall_heights",
        "eaves_overhang",
        "openings_toward_boundary",
        "basement.area",
        "basement.ceiling_above_terrain",
        "floor_area",
    ]
    assert meanings(["wall_heigh"])["wall_heigh"] == "wall_heigh"


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("integrated", 1, True),
        ("integrated", "F", False),
        ("integrated", "perhaps", "perhaps"),
        ("wall_heights", "2.9; 3.1", [2.9, 3.1]),
        ("wall_heights", "[2.9, 3.1]", [2.9, 3.1]),
        ("wall_heights", 2.9, [2.9]),
        ("height", float("nan"), None),
        ("height", 5.2, 5.2),
        ("height", "5,2", "5,2"),
        ("kind", " garage ", "garage"),
        ("kind", "  ", None),
    ],
)
def test_values_are_read_as_a_column_can_hold_them(name: str, given: Any, meant: Any) -> None:
    assert value(name, given) == meant


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile"])
def test_every_attribute_fits_in_a_table(driver: str, tmp_path: Path) -> None:
    cut = 10 if driver == "ESRI Shapefile" else 60
    said = {
        "basement_area": 40.0,
        "basement_ceiling_above_terrain": 1.3,
        "openings_toward_boundary": "F",
        "wall_heights": "3.1;2.9",
        "eaves_overhang": 0.4,
        "integrated": "T",
        "dwellings": 2,
    }
    kinds = {str: "str", float: "float", int: "int"}
    columns = COLUMNS | {name[:cut]: kinds[type(v)] for name, v in said.items()}
    values = {**SAID, **{name[:cut]: v for name, v in said.items()}}
    row = good(*sent(written(tmp_path, driver, (Polygon(HOUSE), values), columns=columns))).buildings.iloc[0]
    assert (row.basement_m2, row.basement_ceiling_m, row.wall_low_m, row.eaves_m) == (40, 1.3, 2.9, 0.4)
    assert (row.openings, bool(row.integrated), row.dwellings) == (0, True, 2)


def test_heights_of_the_outline_are_a_roof_when_it_says_so(tmp_path: Path) -> None:
    slope = Polygon([(x, y, 3 + (x - X) * 0.2) for x, y in HOUSE])
    columns = {**COLUMNS, "roof": "str"}
    path = written(
        tmp_path,
        "GPKG",
        (slope, {**SAID, "height": 5.0, "roof": "geometry"}),
        columns=columns,
        geometry="3D Polygon",
    )
    facet = good(*sent(path)).facets.iloc[0]
    assert facet.a == pytest.approx(0.2)
    assert facet.a * (X + 10) + facet.b * Y + facet.c == pytest.approx(5.0, abs=1e-6)


def test_layers_of_a_geopackage_say_what_is_drawn(tmp_path: Path) -> None:
    path = written(tmp_path, "GPKG", layer="Hus", columns={"height": "float"})
    for layer, dx in (("carport", 20.0), ("skel", 40.0)):
        schema = {"geometry": "Polygon", "properties": {}}
        with fiona.open(
            path, "w", driver="GPKG", layer=layer, crs=CRS.from_epsg(25832), schema=schema
        ) as sink:
            sink.write({"type": "Feature", "geometry": mapping(Polygon(moved(dx))), "properties": {}})
    drawing = good(path.read_bytes(), "x.gpkg")
    assert sorted(drawing.buildings.kind) == ["carport", "detached_house"]
    assert [n.where["layer"] for n in drawing.notes if n.code == "unknown_layer"] == ["skel"]


def test_layers_in_different_systems_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "GPKG", layer="hus")
    schema = {"geometry": "Polygon", "properties": {}}
    with fiona.open(
        path, "w", driver="GPKG", layer="garage", crs=CRS.from_epsg(25833), schema=schema
    ) as sink:
        sink.write({"type": "Feature", "geometry": mapping(Polygon(moved(20))), "properties": {}})
    fault("crs_differs", path.read_bytes(), "x.gpkg")


def test_a_geopackage_that_holds_less_than_it_says_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "GPKG")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = 3")
    database.close()
    told = [n for n in good(path.read_bytes(), "x.gpkg").notes if n.code == "stale_count"]
    assert [(n.found, n.expected) for n in told] == [(1, 3)]
    assert fault("truncated", path.read_bytes()[:60_000], "x.gpkg").where["byte"] == 60_000


VRT = b"""<OGRVRTDataSource>
  <OGRVRTLayer name="hus"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>
</OGRVRTDataSource>"""
WMS = b"""<GDAL_WMS><Service name="WMS"><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>"""


@pytest.mark.parametrize("content", [VRT, WMS])
def test_files_that_only_point_elsewhere_are_no_drawings(content: bytes) -> None:
    for name in ("x.gml", "x.xml", ""):
        fault("not_gml", content, name)
    fault("no_drawing_inside", packed(("x.vrt", b"text")), "x.zip")
    fault("not_gml", packed(("hus.vrt", content)), "x.zip")


def test_gml_that_names_a_schema_elsewhere_is_read_without_it(tmp_path: Path) -> None:
    text = written(tmp_path, "GML").read_text(encoding="utf-8")
    away = text.replace("bygninger.xsd", "http://127.0.0.1:9/evil.xsd")
    assert away != text
    assert len(good(away.encode(), "x.gml").buildings) == 1
    entity = '?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    fault("external_entity", text.replace("?>", entity, 1).encode(), "x.gml")


# Archives


@pytest.mark.parametrize(
    ("name", "content"), [("house.geojson", collection()), ("house.dxf", dxf_house())], ids=["geojson", "dxf"]
)
def test_a_packed_drawing_is_the_drawing(name: str, content: bytes) -> None:
    plain_one = good(content, name, crs="EPSG:25832")
    packed_one = good(packed((name, content), ("__MACOSX/._x", b"\0")), "house.zip", crs="EPSG:25832")
    assert packed_one.buildings.geometry[0].equals(plain_one.buildings.geometry[0])
    assert [n.code for n in packed_one.notes if n.code != "left_out_files"] == [
        n.code for n in plain_one.notes
    ]


def test_an_archive_holds_one_drawing() -> None:
    two = packed(("a.geojson", collection()), ("b.dxf", dxf_house()))
    assert fault("several_drawings", two, "x.zip").found == "a.geojson, b.dxf"
    # GIS programs put a description beside a Shapefile, which is XML and no drawing.
    described = packed(("a.geojson", collection()), ("a.shp.xml", b"<?xml version='1.0'?><metadata/>"))
    assert len(good(described, "x.zip").buildings) == 1
    beside = good(packed(("a.geojson", collection()), ("read.txt", b"hello")), "x.zip")
    assert "left_out_files" in notes(beside)
    fault("no_drawing_inside", packed(("read.txt", b"hello")), "x.zip")
    fault("nested_archive", packed(("inner.zip", packed(("a.geojson", collection())))), "x.zip")
    fault("damaged_archive", packed(("a.geojson", collection()))[:-30], "x.zip")


def test_an_entry_that_would_leave_the_folder_is_refused() -> None:
    for name in ("../a.geojson", "/a.geojson", "C:a.geojson"):
        assert fault("path_traversal", packed((name, collection())), "x.zip").where["entry"] == 0
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr(link, "/etc/passwd")
    fault("symlink", stream.getvalue(), "x.zip")


def test_the_number_of_entries_is_limited_exactly() -> None:
    most = archive.BOUNDS.members
    beside = [(f"{number}.txt", b"") for number in range(most - 1)]
    assert len(good(packed(("a.geojson", collection()), *beside), "x.zip").buildings) == 1
    one_more = packed(("a.geojson", collection()), *beside, ("more.txt", b""))
    assert fault("too_many_files", one_more, "x.zip").expected == most


def test_the_ratio_is_limited_exactly(tmp_path: Path) -> None:
    from geodata.readers.archive import RATIO_FROM, Bounds, unzip
    from geodata.readers.formats.fault import Unreadable

    path = tmp_path / "x.zip"
    path.write_bytes(packed(("a.txt", b"\0" * (RATIO_FROM + 1))))
    with zipfile.ZipFile(path) as source:
        size = source.infolist()[0].compress_size
    ratio = -(-(RATIO_FROM + 1) // size)
    (tmp_path / "in").mkdir()
    assert len(unzip(path, tmp_path / "in", Bounds(ratio=ratio))) == 1
    with pytest.raises(Unreadable) as refused:
        unzip(path, tmp_path, Bounds(ratio=ratio - 1))
    assert refused.value.word == "compression_ratio"
    # Where it does no harm the ratio says nothing.
    path.write_bytes(packed(("a.txt", b"\0" * RATIO_FROM)))
    (tmp_path / "small").mkdir()
    assert len(unzip(path, tmp_path / "small", Bounds(ratio=1))) == 1


def test_what_is_unpacked_is_limited_exactly(tmp_path: Path) -> None:
    from geodata.readers.archive import Bounds, unzip
    from geodata.readers.formats.fault import Unreadable

    path = tmp_path / "x.zip"
    path.write_bytes(packed(("a.txt", b"1" * 600), ("b.txt", b"2" * 400)))
    (tmp_path / "in").mkdir()
    assert len(unzip(path, tmp_path / "in", Bounds(total_bytes=1000))) == 2
    with pytest.raises(Unreadable):
        unzip(path, tmp_path, Bounds(total_bytes=999))


def test_an_entry_that_lies_about_its_size_is_refused() -> None:
    content = b"\0" * (5 * 2**20)
    data = bytearray(packed(("a.dxf", content)))
    # Both records of the size say nothing is there.
    for at in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        data[at : at + 4] = struct.pack("<I", 0)
    assert {f.code for f in faults(bytes(data), "x.zip")} & {"compression_ratio", "damaged_archive"}


def test_entries_that_share_their_bytes_are_refused() -> None:
    data = packed(("a.geojson", collection()))
    at, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    entry = data[at:end]
    twice = entry + entry.replace(b"a.geojson", b"b.geojson")
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 2, 2)
    tail[12:16] = struct.pack("<I", len(twice))
    fault("compression_ratio", data[:at] + twice + bytes(tail), "x.zip")


def test_a_drawing_in_an_archive_is_no_larger_than_one_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The child process has limits of its own, so the parser is called here.
    monkeypatch.setattr("permits.drawings.sniff.MAX_BYTES", len(collection()))
    options = {"formats": {"json": ("geojson", "permits.drawings.geojson:parse")}}
    for size, codes in ((0, []), (1, ["too_large_file"])):
        data = packed(("a.geojson", collection() + b" " * size))
        home = tmp_path / str(size)
        home.mkdir()
        monkeypatch.chdir(home)
        assert [f["code"] for f in archive.parse(data, options)["faults"]] == codes


def test_place_decides_the_rest(tmp_path: Path) -> None:
    data, name = sent(written(tmp_path, "GPKG"))
    fault("far_from_place", data, name, near=box(X + 5000, Y, X + 5010, Y + 10))
    fault("outside", data, name, outline=box(X + 2000, Y, X + 9000, Y + 9000))
