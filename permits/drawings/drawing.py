"""What a drawing becomes, and what can be wrong with it.

Imported by the child process that parses uploads, so nothing heavy is imported here at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import geopandas as gpd

    from permits.drawings.fit import Fit

Level = Literal["error", "warning"]

#: Faults of one drawing that are listed one by one; the rest is counted.
MOST_FAULTS: Final = 200

Position = list[float]
Ring = list[Position]
Rings = list[Ring]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, as a stable code and numbers; :mod:`permits.drawings.messages` has the words.

    Parameters
    ----------
    code : stable word, the key of the message.
    found, expected : what stood there and what should have, as the message needs it (text or number).
    where : place in the file: ``feature`` (counted from 0), ``id``, ``layer``, ``handle``, ``line``,
        ``column``, ``byte``, ``at`` (position as the file writes it), ``key`` (attribute).
    remedy : what the words about mending need, such as a suggested word or a CRS.
    level : an ``error`` makes the drawing unusable, a ``warning`` goes with the answer.
    """

    code: str
    found: Any = None
    expected: Any = None
    where: Mapping[str, Any] = field(default_factory=dict)
    remedy: Any = None
    level: Level = "error"


class DrawingError(ValueError):
    """The drawing (or a setting) cannot be used; ``faults`` holds everything that was found, warnings too."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: list[Fault] = list(faults)
        super().__init__("; ".join(f"{f.code} {dict(f.where)}" for f in self.faults[:5]))


@dataclass
class Shape:
    """One outline as the file draws it: coordinates, order and closing untouched (for DXF scaled to metres).

    ``polygons`` holds polygons as lists of rings, shell first; with ``loose`` each ring stands by itself and
    the even-odd rule decides what is a hole. ``roof`` holds 3D polygons. ``z`` is the one height of all
    positions, ``None`` where there is none or it varies (then ``tilted``).
    """

    where: dict[str, Any]
    polygons: list[Rings]
    attributes: dict[str, Any] = field(default_factory=dict)
    roof: list[Rings] = field(default_factory=list)
    layer: str | None = None
    loose: bool = False
    z: float | None = None
    tilted: bool = False


@dataclass
class Parsed:
    """Answer of a format's parser: plain data only, since it crosses a process boundary as JSON.

    ``crs`` is what the file declares (``None``: nothing); ``facts`` is what else the file says about itself.
    """

    shapes: list[Shape] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    crs: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def fault(self, code: str, level: Level = "error", **parts: Any) -> None:
        """Note a fault; ``parts`` are the fields of :class:`Fault`."""
        self.faults.append(Fault(code, level=level, **parts))

    def plain(self) -> dict[str, Any]:
        """The same as dictionaries and lists."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Parsed:
        """Back from :meth:`plain`; TypeError or KeyError when it is something else."""
        return cls(
            shapes=[Shape(**shape) for shape in data["shapes"]],
            faults=[Fault(**fault) for fault in data["faults"]],
            crs=data["crs"],
            facts=dict(data["facts"]),
        )


@dataclass(frozen=True)
class Drawing:
    """A drawing that can be used.

    Parameters
    ----------
    buildings : one row per building, footprint in EPSG:25832; columns of the World's ``buildings`` without
        those that are known only on a site (``site``, ``replaces``, ``plot``, ``parcel``, ``zone``). The key
        ``building`` counts from 0 within the drawing.
    facets : roof planes z = a·x + b·y + c in grid metres; ``building`` refers to ``buildings``. ``reference``
        is ``absolute`` for levels stated as kote, else ``terrain`` (whoever knows that the site has a fixed
        level plane makes it ``datum``).
    crs : the system that the coordinates of the file were read in.
    sha256 : of the bytes that were read.
    notes : warnings that go with every answer made from this drawing.
    placed : how it was brought to its place by points, with the residuals; None = it lay there.
    """

    buildings: gpd.GeoDataFrame
    facets: gpd.GeoDataFrame
    crs: str
    sha256: str
    notes: tuple[Fault, ...] = ()
    placed: Fit | None = None


def errors(faults: Sequence[Fault]) -> list[Fault]:
    """Those of the faults that make a drawing unusable."""
    return [fault for fault in faults if fault.level == "error"]


def capped(faults: Sequence[Fault]) -> list[Fault]:
    """At most :data:`MOST_FAULTS` faults, errors first, each once; the rest is one with their number."""
    unique: list[Fault] = []
    seen: set[str] = set()
    for fault in sorted(faults, key=lambda f: f.level != "error"):
        key = repr(fault)
        if key not in seen:
            seen.add(key)
            unique.append(fault)
    if len(unique) <= MOST_FAULTS:
        return unique
    rest = unique[MOST_FAULTS:]
    level: Level = "error" if errors(rest) else "warning"
    return [*unique[:MOST_FAULTS], Fault("more_faults", found=len(rest), level=level)]
