"""Local plans from 1965 to today on quarters that no application is about: each as its time would have written it.

Before 1977 there were byplanvedtægter, of which the register knows hardly more than the outline; later plans record
more and more, in several states and denominators, some in several parts, some with a parcel left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from permits.demo.town import Town

Row = dict[str, Any]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
Add = Callable[..., None]

_DOCUMENTS: Final = "https://planvaerk.example/planer"
_TITLES: Final = {
    "summer": "Sommerhusområdet ved stranden", "centre": "Bevarende plan for bymidten", "business": "Erhvervsområde",
    "flats": "Etageboliger", "rows": "Rækkehuse", "villas": "Villaer", "park": "Park og institution",
    "green": "Skole og boliger",
}  # fmt: skip
#: Use, height, storeys and plot ratio that a plan of a quarter asks for, in the words of its register.
_LIMITS: Final = {
    "summer": (61, 5.0, 1, 15), "centre": (41, 12.0, 3, 110), "business": (31, 12.5, 3, 60),
    "flats": (11, 14.0, 4, 60), "rows": (11, 8.5, 2, 40), "park": (51, 8.5, 2, 10),
}  # fmt: skip
_HOUSES: Final = ("streets", "closes", "horseshoe", "villas", "green")
#: Share of quarters of houses that have a plan (in a large town), and of plans with a hole.
_PLANNED: Final = 0.3
_HOLES: Final = 0.05
#: One plan in so many has several parts.
_PARTS_EVERY: Final = 7
_PER: Final = ("property", "plot", "area", "parcel", "property", "property")
_FIRST_NUMBER: Final = 101


@dataclass
class OlderPlans:
    """Adds them; ``matter`` makes an entry of ``limits``, ``add`` takes a plan area, both of the plans' maker."""

    town: Town
    matter: Callable[..., Row]
    add: Add
    rng: np.random.Generator

    def make(self, taken: set[int], *, small: bool) -> list[int]:
        """Plans on quarters that are not taken; answers the blocks that they rule."""
        block = np.where(self.town.foreign, 0, self.town.block)
        open_ = []
        for number, pattern in enumerate(self.town.patterns, start=1):
            if number in taken or not (block == number).any():
                continue
            built = pattern in _LIMITS or (pattern in _HOUSES and not small)
            if built and (pattern not in _HOUSES or self.rng.random() < _PLANNED):
                open_.append((number, pattern))
        ruled: list[int] = []
        place = made = 0
        while place < len(open_):
            number, pattern = open_[place]
            several = made % _PARTS_EVERY == _PARTS_EVERY // 2 and place + 1 < len(open_)
            mine = [number, open_[place + 1][0]] if several else [number]
            self._plan(pattern, mine, len(ruled))
            ruled += mine
            place += len(mine)
            made += 1
        self._theme(block)
        return ruled

    def _plan(self, pattern: str, blocks: list[int], count: int) -> None:
        rng = self.rng
        # Plans of one kind of quarter are of its time; all in all they run from 1965 to today.
        year = int(rng.choice([rng.integers(1965, 1978), rng.integers(1978, 1996), rng.integers(1996, 2026)],
                              p=[0.14, 0.28, 0.58]))  # fmt: skip
        use, height, storeys, ratio = _LIMITS.get(pattern, (11, 8.5, 2, 30))
        faces = np.flatnonzero(np.isin(np.where(self.town.foreign, 0, self.town.block), blocks))
        shape = shapely.coverage_union_all(self.town.fabric.faces[faces])
        if rng.random() < _HOLES:
            shape = _without_one(shape, self.town.fabric.faces[faces])
        number = str(_FIRST_NUMBER + count)
        old = year < 1978
        limits = [] if old else self._limits((use, height, storeys, ratio), year, number)
        day = date(year, int(rng.integers(1, 13)), int(rng.integers(1, 28)))
        title = _TITLES.get(pattern, "Boligområde")
        word = "Byplanvedtægt" if old else "Lokalplan"
        register_id = f"demo-lp-{number}"
        common: Row = {
            "number": number, "adopted_on": day, "in_force_on": day, "use_general": use,
            "document_url": f"{_DOCUMENTS}/lokalplan-{number}.pdf",
        }  # fmt: skip
        repealed = year < 1975 and rng.random() < 0.3
        self.add(
            register_id, "local_plan", shape, limits, plan_type="20.2" if old else "20.1", published_on=day,
            title=f"{word} {number} - {title}", zone_code=3 if pattern == "summer" else 1,
            is_complex=bool(not old and rng.random() < 0.03), status="A" if repealed else "V",
            repealed_on=date(2019, 5, 2) if repealed else None, **common,
        )  # fmt: skip
        if year >= 1990 and not repealed:
            self._parts(register_id, faces, common)

    def _limits(self, asked: tuple[int, float, int, int], year: int, number: str) -> list[Row]:
        """All three states occur: a value, not regulated, and what nobody has recorded."""
        use, height, storeys, ratio = asked
        full = year >= 2000
        per = _PER[int(number) % len(_PER)]
        found = [self.matter("use", float(use), clause="§ 3, stk. 1")]
        for name, value, clause in (
            ("max_height", height, "§ 7, stk. 2"), ("max_storeys", float(storeys), "§ 7, stk. 1"),
            ("plot_ratio", float(ratio), "§ 6, stk. 1"),
        ):  # fmt: skip
            luck = self.rng.random()
            if luck < (0.82 if full else 0.5):
                found.append(self.matter(name, value, per=per if name == "plot_ratio" else "", clause=clause))
            elif luck < (0.92 if full else 0.6):
                found.append(self.matter(name, state="not_regulated"))
        if full:
            found.append(self.matter("building_field", state="not_regulated"))
        return found

    def _parts(self, parent: str, faces: Ints, common: Row) -> None:
        """Building fields of every state round the houses of a few parcels, and a line to build to."""
        use = self.town.use[faces]
        plots = faces[np.isin(use, ("business", "flat"))]
        if not len(plots):
            return
        state = ("yes", "no", "undeclared", "contradictory")
        few = plots[:: max(1, len(plots) // 4)][:4]
        inner = shapely.buffer(self.town.fabric.faces[few], -1.0, join_style="mitre")
        for place, shape in enumerate(inner, start=1):
            if shape.is_empty:
                continue
            self.add(
                f"{parent}-felt-{place}", "building_field", shapely.set_precision(shape, 0.001), [],
                title=f"Byggefelt {place}", part_number=str(place), plan_type="30.4", field_state=state[place - 1],
                parent_register_id=parent, **common,
            )  # fmt: skip
        strip = shapely.buffer(shapely.boundary(self.town.fabric.faces[plots[0]]), 3.0)
        strip = shapely.intersection(strip, self.town.fabric.faces[plots[0]])
        self.add(
            f"{parent}-linje", "building_line", shapely.set_precision(strip, 0.001), [], title="Byggelinje",
            part_number="L", parent_register_id=parent, **common,
        )  # fmt: skip

    def _theme(self, block: Ints) -> None:
        """A thematic plan (temalokalplan) on signs and fronts lies over the other plans of the centre."""
        centre = [n for n, p in enumerate(self.town.patterns, start=1) if p == "centre"]
        town = np.flatnonzero(np.isin(block, centre) & (self.town.use == "town"))
        if len(town):
            day = date(2012, 3, 1)
            self.add(
                "demo-lp-tema", "local_plan", shapely.coverage_union_all(self.town.fabric.faces[town]), [],
                plan_type="20.3", number="T1", title="Temalokalplan T1 - Skilte og facader", adopted_on=day,
                published_on=day, in_force_on=day, document_url=f"{_DOCUMENTS}/lokalplan-T1.pdf", zone_code=1,
            )  # fmt: skip


def _without_one(shape: BaseGeometry, faces: Shapes) -> BaseGeometry:
    """A plan that leaves out one parcel in its middle, where there is one."""
    inner = faces[shapely.distance(faces, shapely.boundary(shape)) > 0.5]
    return shapely.difference(shape, inner[0]) if len(inner) else shape
