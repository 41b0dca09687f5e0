"""The demonstration's plans: a kommuneplan with frameworks, local plans in every state, zones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.crs import GRID
from permits.demo import names
from permits.demo.older_plans import OlderPlans
from permits.demo.town import Town

_DOCUMENTS: Final = "https://planvaerk.example/planer"
#: Framework by pattern of a quarter: letter, title, general use, height, storeys, percentage.
_FRAMES: Final = {
    "streets": ("B", "Boligområde", 11, 8.5, 2, 30), "closes": ("B", "Boligområde", 11, 8.5, 2, 30),
    "horseshoe": ("B", "Boligområde", 11, 8.5, 2, 30), "rows": ("B", "Tæt-lav boligområde", 11, 8.5, 2, 40),
    "summer": ("S", "Sommerhusområde", 61, 5.0, 1, 15), "centre": ("C", "Bymidten", 21, 12.5, 3, 110),
    "green": ("B", "Boliger, skole og park", 11, 8.5, 2, 30), "villas": ("B", "Boligområde", 11, 8.5, 2, 30),
    "flats": ("B", "Etageboligområde", 11, 15.0, 4, 60), "business": ("E", "Erhvervsområde", 31, 12.5, 3, 60),
    "park": ("R", "Park og institution", 51, 8.5, 2, 10), "lake": ("R", "Sø og eng", 51, 5.0, 1, 0),
    "allotments": ("R", "Kolonihaver", 51, 4.0, 1, 15),
}  # fmt: skip
#: Which quarter each local plan covers: pattern, and its place among the quarters of that pattern.
_QUARTERS: Final = {
    "low": ("streets", 0),
    "silent": ("streets", 1),
    "open": ("rows", 0),
    "tall": ("closes", 1),
}

#: When the neighbouring municipality made its local plans.
_NEIGHBOUR_YEARS: Final = (1984, 2011)
#: A town of fewer quarters has no plans on houses but those that applications are about.
_FEW: Final = 40

Row = dict[str, Any]


@dataclass(frozen=True)
class PlanSet:
    """Plans and zones as frames of their themes, and which plan rules each block's houses.

    ``height`` gives for a face what plans say on height there: a number in metres, ``silent`` (nothing
    recorded), ``open`` (not regulated) or ``none``; ``place`` the word that designs use for it; ``ratio`` whether
    a plan rules the plot ratio.
    """

    plans: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    place: dict[int, str]
    height: dict[int, float | str]
    ratio: dict[int, bool]


def matter(name: str, value: float | None = None, state: str = "", per: str = "", clause: str = "") -> Row:
    """One entry of a plan's ``limits``; without a value it is ``not_recorded`` unless said otherwise."""
    word = state or ("value" if value is not None else "not_recorded")
    return {"matter": name, "use_code": None, "state": word, "value": value, "per": per, "clause": clause}


def make_plans(town: Town) -> PlanSet:
    """All plans and zones of a town."""
    return _Maker(town).make()


class _Maker:
    def __init__(self, town: Town) -> None:
        self.town = town
        self.block = np.where(town.foreign, 0, town.block)
        self.use = town.use
        self.rows: list[Row] = []
        self.shapes: list[BaseGeometry] = []
        self.place: dict[int, str] = {}
        self.height: dict[int, float | str] = {}
        self.ratio: dict[int, bool] = {}

    def make(self) -> PlanSet:
        self._municipal()
        quarter = {key: self._quarter(*where) for key, where in _QUARTERS.items()}
        makers: dict[str, Callable[[int], None]] = {
            "low": self._shore_plan, "silent": self._old_plan, "open": self._rows_plan, "tall": self._villas_plan,
        }  # fmt: skip
        for key, block in quarter.items():
            if block is not None:
                makers[key](block)
        few = len(self.town.patterns) < _FEW
        rng = np.random.default_rng(np.random.SeedSequence(len(self.town.use)))
        older = OlderPlans(self.town, matter, self.add, rng)
        # Applications look at these: quarters with a plan of theirs, and those where the border is not known.
        edge = {
            number for number, spot in enumerate(self.town.plane.spots, start=1)
            if spot.ring < 2 and spot.sector == len(self.town.plane.sectors) - 1
        }  # fmt: skip
        for block in older.make({b for b in quarter.values() if b is not None} | edge, small=few):
            for face in self._faces(block):
                self.place.setdefault(face, "older")
        self._proposal()
        self._neighbour()
        plans = gpd.GeoDataFrame(self.rows, geometry=[_multi(s) for s in self.shapes], crs=GRID)
        return PlanSet(plans, self._zones(), self.place, self.height, self.ratio)

    def _quarter(self, pattern: str, place: int) -> int | None:
        """The block of a pattern that is to have a plan of its own; None where all of them are the neighbour's."""
        found = [i + 1 for i, name in enumerate(self.town.patterns) if name == pattern]
        return next((block for block in found[place:] if self._faces(block)), None)

    def _faces(self, block: int) -> list[int]:
        return [int(f) for f in np.flatnonzero(self.block == block)]

    def _shape(self, faces: list[int]) -> BaseGeometry:
        return shapely.coverage_union_all(self.town.fabric.faces[faces])

    def add(
        self, register_id: str, level: str, shape: BaseGeometry, limits: list[Row], **columns: Any
    ) -> None:
        """One plan area; matters that are not named are not recorded."""
        told = {limit["matter"] for limit in limits}
        matters = ("max_height", "max_storeys", "plot_ratio", "use", "building_field")
        full = [*limits, *(matter(name) for name in matters if name not in told)]
        row: Row = {
            "register_id": register_id, "municipality": names.CODE, "level": level, "parent_register_id": None,
            "plan_type": None, "number": None, "title": None, "part_number": None, "status": "V",
            "status_src": "column", "proposed_on": None, "hearing_from": None, "hearing_to": None,
            "adopted_on": None, "published_on": None, "in_force_on": None, "repealed_on": None, "document_url": None,
            "use_general": None, "use_specific": None, "zone_code": None, "is_complex": False,
            "field_state": None, "limits": full,
        }  # fmt: skip
        self.rows.append(row | columns)
        self.shapes.append(shape)

    def _municipal(self) -> None:
        land = shapely.coverage_union_all(self.town.fabric.faces[~self.town.foreign])
        self.add(
            "demo-kp-2025", "municipal_plan", land, [], plan_type="11.1", number="2025",
            title="Kommuneplan 2025-2037 for Fjordby", adopted_on=date(2025, 5, 27), published_on=date(2025, 6, 2),
            in_force_on=date(2025, 6, 2), document_url=f"{_DOCUMENTS}/kommuneplan-2025.pdf",
        )  # fmt: skip
        count: dict[str, int] = {}
        for block, pattern in enumerate(self.town.patterns, start=1):
            faces = self._faces(block)
            if pattern not in _FRAMES or not faces:
                continue
            letter, title, use, height, storeys, ratio = _FRAMES[pattern]
            count[letter] = count.get(letter, 0) + 1
            number = f"1.{letter}.{count[letter]:02d}"
            limits = [
                matter("max_height", float(height)), matter("max_storeys", float(storeys)),
                matter("plot_ratio", float(ratio), per="property"), matter("use", float(use)),
            ]  # fmt: skip
            self.add(
                f"demo-ramme-{number}", "framework", self._shape(faces), limits,
                parent_register_id="demo-kp-2025", plan_type="13.1", number=number,
                title=f"{title}{_where(self.town, faces)}", adopted_on=date(2025, 5, 27),
                in_force_on=date(2025, 6, 2), use_general=use,
                zone_code=3 if pattern == "summer" else 1, document_url=f"{_DOCUMENTS}/kommuneplan-2025.pdf",
            )  # fmt: skip

    def _local(
        self, number: str, title: str, block: int, year: int, limits: list[Row], **columns: Any
    ) -> str:
        register_id = f"demo-lp-{number}"
        self.add(
            register_id, "local_plan", self._shape(self._faces(block)), limits, plan_type="20.1", number=number,
            title=title, adopted_on=date(year, 4, 12), published_on=date(year, 4, 20), in_force_on=date(year, 4, 20),
            document_url=f"{_DOCUMENTS}/lokalplan-{number}.pdf", zone_code=1, **columns,
        )  # fmt: skip
        return register_id

    def _rule(self, faces: list[int], place: str, height: float | str, *, ratio: bool = False) -> None:
        for face in faces:
            self.place[face], self.height[face], self.ratio[face] = place, height, ratio

    def _villas_plan(self, block: int) -> None:
        limits = [
            matter("max_height", 8.5, clause="§ 7, stk. 2"), matter("max_storeys", 2.0, clause="§ 7, stk. 1"),
            matter("use", 11.0, clause="§ 3"), matter("building_field", state="not_regulated"),
        ]  # fmt: skip
        self._local("12", "Lokalplan 12 - Boliger ved Østvej", block, 2009, limits, use_general=11)
        self._rule(self._faces(block), "tall", 8.5)

    def _rows_plan(self, block: int) -> None:
        limits = [
            matter("max_height", state="not_regulated"), matter("max_storeys", state="not_regulated"),
            matter("plot_ratio", state="not_regulated"), matter("use", 11.0, clause="§ 2"),
        ]  # fmt: skip
        self._local("9", "Lokalplan 9 - Rækkehuse ved Landevejen", block, 1998, limits, use_general=11)
        self._rule(self._faces(block), "open", "open")

    def _old_plan(self, block: int) -> None:
        self._local("4", "Lokalplan 4 - Villaområde ved Vestvej", block, 1979, [])
        self._rule(self._faces(block), "silent", "silent")

    def _shore_plan(self, block: int) -> None:
        """Two sub-areas: by the shore low, with building fields; behind it a height of its own."""
        limits = [
            matter("max_height", 6.5, clause="§ 6, stk. 3"), matter("max_storeys", 2.0, clause="§ 6, stk. 2"),
            matter("plot_ratio", 30.0, per="property", clause="§ 6, stk. 1"),
            matter("use", 11.0, clause="§ 3, stk. 1"),
        ]  # fmt: skip
        parent = self._local("17", "Lokalplan 17 - Strandparken", block, 2018, limits, use_general=11)
        faces = self._faces(block)
        streets = sorted({str(self.town.street[f]) for f in faces})
        centre = {
            s: np.mean([self.town.fabric.faces[f].centroid.y for f in self._of(faces, s)]) for s in streets
        }
        streets.sort(key=lambda s: centre[s])
        lower = self._of(faces, streets[0])
        upper = [f for f in faces if f not in set(lower)]
        common: Row = {
            "parent_register_id": parent, "number": "17", "adopted_on": date(2018, 4, 12),
            "in_force_on": date(2018, 4, 20), "document_url": f"{_DOCUMENTS}/lokalplan-17.pdf", "use_general": 11,
        }  # fmt: skip
        self.add(
            f"{parent}-I", "sub_area", self._shape(lower), [], title="Delområde I", part_number="I", **common
        )
        self.add(
            f"{parent}-II", "sub_area", self._shape(upper), [matter("max_height", 8.5, clause="§ 6, stk. 4")],
            title="Delområde II", part_number="II", **common,
        )  # fmt: skip
        fields = [f for f in lower if self.use[f] == "house"]
        for number, face in enumerate(fields, start=1):
            inner = self.town.fabric.faces[face].buffer(-2.5, join_style="mitre")
            state = "no" if number % 6 == 0 else "yes"
            self.add(
                f"{parent}-felt-{number:02d}", "building_field", _rounded(inner), [],
                title=f"Byggefelt {number}", part_number=str(number), field_state=state, **common,
            )  # fmt: skip
        self._rule(lower, "low", 6.5, ratio=True)
        self._rule(upper, "upper", 8.5, ratio=True)

    def _of(self, faces: list[int], street: str) -> list[int]:
        return [f for f in faces if self.town.street[f] == street]

    def _proposal(self) -> None:
        """A proposal in hearing: new houses by the harbour."""
        harbour = [int(f) for f in np.flatnonzero((self.use == "harbour") & (self.block == 0))]
        if not harbour:
            return
        limits = [matter("max_height", 12.5, clause="§ 5, stk. 2"), matter("plot_ratio", 90.0, per="area")]
        self.add(
            "demo-lp-21", "local_plan", self._shape(harbour), limits, plan_type="20.1", number="21",
            title="Forslag til lokalplan 21 - Havnefronten", status="F", proposed_on=date(2026, 1, 6),
            hearing_from=date(2026, 1, 12), hearing_to=date(2026, 3, 9), use_general=21, zone_code=1,
            document_url=f"{_DOCUMENTS}/lokalplan-21-forslag.pdf",
        )  # fmt: skip

    def _neighbour(self) -> None:
        """The neighbour has a kommuneplan with a framework a quarter, and an old and a newer local plan."""
        code, foreign = names.NEIGHBOUR_CODE, self.town.foreign
        land = shapely.coverage_union_all(self.town.fabric.faces[foreign])
        day = date(2024, 9, 24)
        self.add(
            "demo-nabo-kp-2024", "municipal_plan", land, [], municipality=code, plan_type="11.1", number="2024",
            title="Kommuneplan 2024-2036 for Nabokommunen", adopted_on=day, published_on=day, in_force_on=day,
            document_url=f"{_DOCUMENTS}/nabo-kommuneplan-2024.pdf",
        )  # fmt: skip
        built = 0
        for block, pattern in enumerate(self.town.patterns, start=1):
            faces = np.flatnonzero(foreign & (self.town.block == block)).tolist()
            if pattern not in _FRAMES or not faces:
                continue
            letter, title, use, height, storeys, ratio = _FRAMES[pattern]
            built += 1
            number = f"1.{letter}.{built:02d}"
            limits = [
                matter("max_height", float(height)), matter("max_storeys", float(storeys)),
                matter("plot_ratio", float(ratio), per="property"), matter("use", float(use)),
            ]  # fmt: skip
            common: Row = {"municipality": code, "use_general": use, "zone_code": 1}
            shape = self._shape(faces)
            self.add(
                f"demo-nabo-ramme-{number}", "framework", shape, limits, parent_register_id="demo-nabo-kp-2024",
                plan_type="13.1", number=number, title=f"{title}{_where(self.town, faces)}", adopted_on=day,
                in_force_on=day, document_url=f"{_DOCUMENTS}/nabo-kommuneplan-2024.pdf", **common,
            )  # fmt: skip
            if built <= len(_NEIGHBOUR_YEARS):
                year = _NEIGHBOUR_YEARS[built - 1]
                adopted = date(year, 10, 3)
                self.add(
                    f"demo-nabo-lp-{built}", "local_plan", shape, [] if year < 1990 else limits[:2],
                    plan_type="20.1", number=str(built), title=f"Lokalplan {built} - {title}", adopted_on=adopted,
                    published_on=adopted, in_force_on=adopted,
                    document_url=f"{_DOCUMENTS}/nabo-lokalplan-{built}.pdf", **common,
                )  # fmt: skip

    def _zones(self) -> gpd.GeoDataFrame:
        """Summer houses by the shore, fields and beach in landzone, all else byzone."""
        pattern = np.array([self.town.patterns[b - 1] if b else "" for b in self.block], dtype=object)
        summer = pattern == "summer"
        rural = np.isin(self.use, ["field", "farm", "beach", "forest", "meadow", "lake", "stream"])
        own = ~self.town.foreign
        parts = (
            ("demo-zone", names.CODE, 3, summer & own), ("demo-zone", names.CODE, 2, rural & ~summer & own),
            ("demo-zone", names.CODE, 1, ~rural & ~summer & own),
            ("demo-nabo-zone", names.NEIGHBOUR_CODE, 2, rural & ~own),
            ("demo-nabo-zone", names.NEIGHBOUR_CODE, 1, ~rural & ~own),
        )  # fmt: skip
        rows = []
        shapes = []
        for stem, municipality, code, mask in parts:
            if mask.any():
                rows.append(
                    {"register_id": f"{stem}-{code}", "municipality": municipality, "zone_code": code}
                )
                shapes.append(_multi(self._shape([int(f) for f in np.flatnonzero(mask)])))
        return gpd.GeoDataFrame(rows, geometry=shapes, crs=GRID)


def _where(town: Town, faces: list[int]) -> str:
    """Where a quarter lies, by the street that most of its parcels have."""
    count = Counter(str(town.street[face]) for face in faces if town.street[face])
    return f" ved {count.most_common(1)[0][0]}" if count else ""


def _rounded(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: np.round(xy, 3))


def _multi(shape: BaseGeometry) -> BaseGeometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return shapely.multipolygons(parts)
