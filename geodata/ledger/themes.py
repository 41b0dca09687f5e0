"""Themes: what is kept as objects and versions, and whom to believe when sources differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, models

from geodata.registry import Registry

#: Columns of the FKG envelope that a delivery may fill; the others are the ledger's own.
ENVELOPE: Final = (
    "cvr_kode",
    "bruger_id",
    "oprindkode",
    "statuskode",
    "off_kode",
    "noegle",
    "note",
    "gyldig_fra",
    "gyldig_til",
)


@dataclass(frozen=True)
class Theme:
    """One theme.

    Attributes
    ----------
    id : name of the theme, of its SQL views (``t_<id>``) and in ``Change.themes``.
    kind : word in the name of object ids (uuid5 of register, kind, register id).
    rank : source → rank, 1 is the best; a source not named is the last, and of several such who spoke last counts.
    after_open : called with (cursor, change id) when versions were opened, to fill what is derived by SQL.
    code : value of the column ``theme`` of tables that several themes share; None = the tables are its own.
    parts_of, part : columns that say which part of the theme a record belongs to, and the name of the part by their
        values; a delivery of one part says nothing of the others, and has answered for ``<id>:<part>`` as well.
    packed : columns whose values lie together in the jsonb column ``attributes``: name → type in SQL.
    title : lazy text, what people call it; one of FKG's or the state's list has its Danish title in every language.
    part_titles : the same of its parts.
    """

    id: str
    kind: str
    objects: type[models.Model]
    versions: type[models.Model]
    rank: Mapping[str, int] = field(default_factory=dict)
    after_open: tuple[Callable[[Any, int], None], ...] = ()
    code: str | None = None
    packed: Mapping[str, str] = field(default_factory=dict)
    parts_of: tuple[str, ...] = ()
    part: Callable[..., str | None] | None = None
    title: Any = ""
    part_titles: Mapping[str, Any] = field(default_factory=dict)

    @property
    def attributes(self) -> tuple[str, ...]:
        """What sources can speak of: own columns or packed ones, without envelope and geometry."""
        return self.columns if self.code is None else tuple(self.packed)

    def column_types(self, columns: Iterable[str]) -> list[tuple[str, str]]:
        """Columns that sources can speak of (envelope, own or packed) with their types in SQL."""
        fields = {f.column: f for f in self.versions._meta.concrete_fields}
        return [
            (name, self.packed.get(name) or fields[name].db_type(connection) or "text") for name in columns
        ]

    @property
    def columns(self) -> tuple[str, ...]:
        """Own columns of the version table, without envelope and geometry."""
        base = {f.name for f in _envelope()} | {"object", "theme", "geometry"}
        return tuple(f.attname for f in self.versions._meta.concrete_fields if f.name not in base)


def _envelope() -> list[models.Field[Any, Any]]:
    from geodata.models.base import VersionBase

    return list(VersionBase._meta.local_fields)


themes: Registry[Theme] = Registry("theme")


def title_of(name: str) -> str:
    """What people call a theme, or a part of one (``plan:local_plan``); what is not registered keeps its own name."""
    key, _, part = name.partition(":")
    theme = themes.get(key)
    said = theme and (theme.part_titles.get(part) if part else theme.title)
    return str(said or name)
