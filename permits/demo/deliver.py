"""The demonstration as files: what registers would deliver, plans with their texts, drawings, rule cases, terrain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np

from permits.demo import bbr
from permits.demo.cases import as_yaml
from permits.demo.demo import DemoTown
from permits.demo.drawings import dated, gpkg
from permits.demo.plan_documents import documents
from permits.demo.terrain import write_terrain

REGISTERS: Final = "registre.gpkg"
CASES: Final = "regeleksempler.yaml"


def deliver(demo: DemoTown, folder: Path, *, terrain: bool = True) -> list[Path]:
    """Write everything into a folder; answers the files.

    Parameters
    ----------
    folder : made if it is not there; files of the same name are written anew.
    terrain : write the rasters too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / REGISTERS, folder / CASES]
    written[0].unlink(missing_ok=True)
    with dated():
        for name, frame in _layers(demo).items():
            frame.to_file(written[0], layer=name, driver="GPKG", engine="pyogrio")
        written[1].write_text(as_yaml(demo), encoding="utf-8")
        for place, files in (("planer", dict(documents(demo.plans))), ("tegninger", _drawings(demo))):
            (folder / place).mkdir(exist_ok=True)
            for name, content in files.items():
                written.append(folder / place / name)
                written[-1].write_bytes(content)
    if terrain:
        written += write_terrain(demo.town, demo.wished, folder / "terraen")
    return written


def _layers(demo: DemoTown) -> dict[str, gpd.GeoDataFrame]:
    """Layers by name; buildings with the heights, and the gaps in them, that GeoDanmark delivers."""
    buildings = demo.buildings.copy()
    buildings["geometry"] = bbr.roofs(demo.buildings, np.random.default_rng(demo.seed))
    plans = demo.plans.copy()
    plans["limits"] = [json.dumps(limits, ensure_ascii=False) for limits in plans["limits"]]
    for name in plans.columns[plans.columns.str.endswith(("_on", "_from", "_to"))]:
        plans[name] = [None if day is None else str(day) for day in plans[name]]
    return {
        "jordstykke": demo.parcels, "skel": demo.lines, "bygning": buildings, "bbr_bygning": demo.records,
        "adressepunkt": demo.addresses, "husnummer": demo.house_numbers, "kommune": demo.outlines,
        "plan": plans.drop(columns="use_specific"), "zone": demo.zones, **demo.themes,
    }  # fmt: skip


def _drawings(demo: DemoTown) -> dict[str, bytes]:
    files = {}
    for application in demo.applications:
        stem = f"tegning-{application.number}"
        files[f"{stem}.geojson"] = application.drawing
        files[f"{stem}.gpkg"] = gpkg(application.buildings)
        if application.drawing_dxf is not None:
            files[f"{stem}.dxf"] = application.drawing_dxf
    return files
