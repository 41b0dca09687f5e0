"""The project's own list of FKG themes (Fælleskommunalt Geodatasamarbejde, now GeoFA), groups 5000 to 7900.

``themes/<group>.toml`` says of each theme its Danish title, the name of its view, its kind of geometry and its
columns; ``codes/*.toml`` holds the published code lists. A column is written as
``type [length] [in a,b] [low..high] [of code_list] [required]``, with the types of :data:`SQL_TYPES`.

``state.toml`` lists in the same words what the state's registers hold of protection lines and zones; those themes
share tables, checks and views with FKG's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

Kind = Literal["polygon", "line", "multipoint"]

#: Type of a column → its type in SQL.
SQL_TYPES: Final[Mapping[str, str]] = {
    "text": "text",
    "fixed": "text",
    "integer": "integer",
    "number": "double precision",
    "day": "date",
    "moment": "timestamp with time zone",
    "time": "time without time zone",
    "flag": "boolean",
    "uuid": "uuid",
    "json": "jsonb",
}
#: Columns of the common envelope that some themes ask for: validity in the world, both days inclusive.
VALIDITY: Final = ("gyldig_fra", "gyldig_til")
_HERE: Final = Path(__file__).parent
_WRITTEN: Final = re.compile(
    r"(?P<type>[a-z]+)(?: (?P<length>\d+))?(?: in (?P<chosen>\S+))?(?: (?P<low>\S+?)\.\.(?P<high>\S+))?"
    r"(?: of (?P<codes>\w+))?(?P<required> required)?"
)


@dataclass(frozen=True)
class Column:
    """A column of a theme.

    Attributes
    ----------
    name : as FKG calls it.
    type : key of :data:`SQL_TYPES`.
    length : most letters of a text.
    low, high : bounds, both inclusive, as written (numbers, ISO days or moments).
    codes : code list; a list that is not published is named all the same and bounds nothing.
    chosen : the only values that are allowed.
    required : obligatory (O); else it is free.
    """

    name: str
    type: str
    length: int | None = None
    low: str | None = None
    high: str | None = None
    codes: str | None = None
    chosen: tuple[str, ...] = ()
    required: bool = False

    @property
    def allowed(self) -> frozenset[str] | None:
        """The values that may stand there, as text; None = any."""
        if self.chosen:
            return frozenset(self.chosen)
        listed = code_lists().get(self.codes or "")
        return frozenset(listed) if listed else None


@dataclass(frozen=True)
class FkgTheme:
    """A theme (tema): ``columns`` are its own, validity included where it asks for it.

    Of themes of the state alone: ``kind`` is the word by which rules ask for it (``strandbeskyttelse``); ``sigma_m``
    is how exact positions are where a record does not say, in metres; ``deliveries`` are sources that bring a share.
    """

    code: str
    group: str
    title: str
    view: str
    geometry: Kind
    geometry_required: bool
    columns: tuple[Column, ...]
    kind: str = ""
    sigma_m: float = 0.0
    deliveries: tuple[str, ...] = ()

    @property
    def of_state(self) -> bool:
        """Whether it is a theme of the state's registers and none of FKG's."""
        return not self.code.isdigit()

    @property
    def id(self) -> str:
        """Name of its views after ``t_`` and ``hist_t_``, and id in the registry of themes."""
        return f"{self.code}_{self.view}"

    @property
    def packed(self) -> dict[str, str]:
        """Columns that lie in ``attributes`` → type in SQL."""
        return {c.name: SQL_TYPES[c.type] for c in self.columns if c.name not in VALIDITY}


def _column(name: str, written: str) -> Column:
    match = _WRITTEN.fullmatch(written)
    if match is None or match["type"] not in SQL_TYPES:
        raise ValueError(f"column {name}: {written!r} is not understood")
    return Column(
        name,
        match["type"],
        int(match["length"]) if match["length"] else None,
        match["low"],
        match["high"],
        match["codes"],
        tuple((match["chosen"] or "").split(",")) if match["chosen"] else (),
        match["required"] is not None,
    )


@cache
def fkg_themes() -> Mapping[str, FkgTheme]:
    """All themes by their four digits."""
    found: dict[str, FkgTheme] = {}
    for path in sorted((_HERE / "themes").glob("*.toml")):
        listed: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        group = listed.pop("group")
        for code, said in listed.items():
            found[code] = FkgTheme(
                code,
                group,
                said["title"],
                said["view"],
                said["geometry"],
                said.get("geometry_required", True),
                tuple(_column(name, written) for name, written in said.get("columns", {}).items()),
            )
    return found


@cache
def fkg_themes_by_id() -> Mapping[str, FkgTheme]:
    """All themes of FKG by the ids under which they are stored: digits and view, ``5605_vejbyggel``."""
    return {theme.id: theme for theme in fkg_themes().values()}


@cache
def state_themes() -> Mapping[str, FkgTheme]:
    """Themes of the state's registers by their codes, a letter and two digits.

    Danish: beskyttelseslinjer, zoner og fredninger, matriklens øvrige temaer, terrænmodellens fliser.
    """
    listed: dict[str, Any] = tomllib.loads((_HERE / "state.toml").read_text("utf-8"))
    common = listed.pop("common")
    found: dict[str, FkgTheme] = {}
    for code, said in listed.items():
        kind = said.get("kind", "")
        columns = {**(common if kind else {}), **said.get("columns", {})}
        found[code] = FkgTheme(
            code,
            "Staten",
            said["title"],
            said.get("view", kind),
            said["geometry"],
            True,
            tuple(_column(name, written) for name, written in columns.items()),
            kind,
            float(said.get("sigma_m", 0.0)),
            tuple(said.get("deliveries", ())),
        )
    return found


def state_theme(view: str) -> FkgTheme:
    """The theme of the state whose view has this name (``fredning``)."""
    return next(theme for theme in state_themes().values() if theme.view == view)


def themes_of_kinds() -> Mapping[str, tuple[str, ...]]:
    """Register kind of rule cases → ids of the themes that hold its features."""
    found: dict[str, tuple[str, ...]] = {}
    for theme in state_themes().values():
        if theme.kind:
            found[theme.kind] = (*found.get(theme.kind, ()), theme.id)
    return found


@cache
def shared_themes() -> Mapping[str, FkgTheme]:
    """All themes that lie in the two shared tables, by their codes."""
    return {**fkg_themes(), **state_themes()}


@cache
def code_lists() -> Mapping[str, Mapping[str, str]]:
    """Published code lists: name → code (as text) → Danish text."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((_HERE / "codes").glob("*.toml")):
        for name, codes in tomllib.loads(path.read_text("utf-8")).items():
            found[name] = dict(codes)
    return found
