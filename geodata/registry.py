"""Plain registries: lower rooms declare, upper rooms serve, ``config`` wires.

A registry is filled in an app's ``ready()``; an id that is taken is refused at once, so that two packages
cannot quietly stand in each other's way.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered mapping id → entry that refuses duplicates."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, T] = {}

    def register(self, key: str, entry: T) -> T:
        """Add an entry; ValueError when the id is taken by another one."""
        if self._entries.get(key, entry) is not entry:
            raise ValueError(f"two {self._what}s are called {key!r}")
        self._entries[key] = entry
        return entry

    def __getitem__(self, key: str) -> T:
        try:
            return self._entries[key]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise KeyError(f"no {self._what} is called {key!r} (known: {known})") from None

    def get(self, key: str) -> T | None:
        return self._entries.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def items(self) -> list[tuple[str, T]]:
        return list(self._entries.items())


def later(path: str) -> Callable[..., Any]:
    """The function ``module:name``, imported when it is first called.

    What is declared when the site starts must not load what only some commands use (pandas alone takes a
    second).
    """
    module, _, name = path.partition(":")

    def call(*args: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **options)

    # Who asks where the work is done must not be sent here.
    call.__module__ = module
    return call


@dataclass(frozen=True)
class Layer:
    """A map layer: what is drawn, from which zoom, and who may see it.

    ``sql`` selects ``id`` (bigint), ``geom`` (EPSG:25832) and the columns named in ``columns``; it may use no
    parameter. ``themes`` names the themes whose revision makes a tile of this layer stale. ``public`` layers
    are served and cached as tiles; others are ``no-store`` and ``tenant`` is checked on each request.
    """

    id: str
    title_da: str
    title_en: str
    sql: str
    columns: tuple[str, ...]
    themes: tuple[str, ...]
    min_zoom: int = 12
    max_zoom: int = 22
    geometry: str = "polygon"  # polygon | line | point
    public: bool = True
    feature_cap: int = 20_000
    #: Rough copies for small zooms: (up to this zoom, SQL that replaces ``sql``).
    generalised: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Export:
    """A way to hand an object out as a file."""

    id: str
    title_da: str
    title_en: str
    media_type: str
    write: Callable[..., Any]
    subject: str = "plan"


@dataclass(frozen=True)
class MenuEntry:
    """A page of the office that the header leads to; ``verb`` is what one must be allowed to do to see it."""

    url: str
    verb: str
    title: Any  # lazy text


@dataclass(frozen=True)
class Facet:
    """One thing that is asked of a parcel (jordstykke) on its property page.

    Attributes
    ----------
    id : name of the facet; keys of its answers begin with it.
    title : lazy text, the heading.
    answer : ``answer(place, asker)`` gives the answers, by a fixed number of queries whatever is found.
    contestable : whether people may say that a value of it is wrong.
    apart : takes longer than the others, so that it is asked by name alone; the page loads it when it stands.
    """

    id: str
    title: Any
    answer: Callable[..., Any]
    contestable: bool = True
    apart: bool = False


@dataclass(frozen=True)
class Finder:
    """A way from words to parcels: ``find(words, limit)`` gives hits, best first, in a fixed number of queries."""

    id: str
    find: Callable[..., Any]


@dataclass
class Guards:
    """Checks that may refuse an action, each with its paragraph."""

    _by_verb: dict[str, list[Callable[..., str | None]]] = field(default_factory=dict)
    _of_all: list[Callable[..., str | None]] = field(default_factory=list)

    def add_for_all(self, guard: Callable[..., str | None]) -> None:
        """``guard(verb=…, **arguments)`` is asked before every action; the same guard is added once."""
        if guard not in self._of_all:
            self._of_all.append(guard)

    def add(self, verb: str, guard: Callable[..., str | None]) -> None:
        """``guard(**arguments of the action)`` answers None, or why the action may not be done."""
        self._by_verb.setdefault(verb, []).append(guard)

    def refusals(self, verb: str, **arguments: Any) -> list[str]:
        """All reasons why the action may not be done; empty = go on."""
        answers = [guard(verb=verb, **arguments) for guard in self._of_all]
        answers += [guard(**arguments) for guard in self._by_verb.get(verb, [])]
        return [answer for answer in answers if answer]


layers: Registry[Layer] = Registry("layer")
exports: Registry[Export] = Registry("export")
menu: Registry[MenuEntry] = Registry("page of the menu")
facets: Registry[Facet] = Registry("facet of a property")
finders: Registry[Finder] = Registry("finder of properties")
readers: Registry[Callable[..., Any]] = Registry("reader")
#: Address for programs → its operations, as OpenAPI 3.1 writes them.
interfaces: Registry[dict[str, Any]] = Registry("interface")
guards = Guards()
