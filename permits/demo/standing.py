"""The buildings that stand, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Standing:
    """Buildings, one row each.

    Attributes
    ----------
    face : parcel it stands on.
    shape : outline at the roof.
    use_code : byg021, whether recorded or not.
    year : byg026. ``storeys`` : byg054.
    floor_m2, built_m2 : byg038 and byg041.
    recorded : False where BBR knows nothing of the building.
    roof_z_m : (n, 2) lowest and highest point of the roof above the ground.
    """

    face: Ints
    shape: Shapes
    use_code: Ints
    year: Ints
    storeys: Ints
    floor_m2: Floats
    built_m2: Floats
    recorded: Mask
    roof_z_m: Floats

    def __len__(self) -> int:
        return len(self.face)

    def rows_of(self, face: int) -> Ints:
        """Buildings on a parcel."""
        return np.flatnonzero(self.face == face)

    def __add__(self, other: Standing) -> Standing:
        return Standing(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__dataclass_fields__
            )
        )

    def sorted(self) -> Standing:
        """In the order of their parcels, larger ones first."""
        order = np.lexsort((-shapely.area(self.shape), self.face))
        return Standing(*(getattr(self, name)[order] for name in self.__dataclass_fields__))


@dataclass
class Site:
    """What a builder adds: buildings of one kind at a time."""

    parts: list[tuple[Ints, Shapes, Ints]] = field(default_factory=list)

    def add(self, face: Ints, shape: Shapes, use_code: int | Ints) -> None:
        """Buildings on parcels; None for none."""
        code = np.broadcast_to(np.asarray(use_code, dtype=np.int64), face.shape)
        there = np.array([s is not None for s in shape], dtype=bool)
        self.parts.append((face[there], shape[there], code[there]))

    def whole(self) -> tuple[Ints, Shapes, Ints]:
        """All of them: parcels, outlines, codes."""
        face, shape, code = zip(*self.parts, strict=True)
        return np.concatenate(face), np.concatenate(shape), np.concatenate(code)


def pick(shares: Sequence[float], rng: np.random.Generator, size: int) -> Ints:
    """Numbers 0, 1, … in given shares, as nearly as whole numbers allow, in any order."""
    edge = np.cumsum(shares) / np.sum(shares)
    even = rng.permutation((np.arange(size) + rng.random(size)) / max(size, 1))
    return np.asarray(np.searchsorted(edge, even, side="right").clip(0, len(shares) - 1), dtype=np.int64)
