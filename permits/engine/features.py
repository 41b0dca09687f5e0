"""Registered lines, zones and objects around sites, and what their registers have answered, out of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from geodata import shapes
from geodata.fkg.catalogue import FkgTheme, fkg_themes_by_id, state_themes
from geodata.frames import read_columns
from geodata.ledger.told import Told, all_told
from geodata.lookup import Columns, taken
from permits.engine.across import across
from permits.engine.nearby import Boxes, meeting
from permits.engine.rulesets import load
from permits.rulebook import discover, themes_asked

#: What is looked at beyond the reach of the rules, in metres: the uncertainty of what is drawn.
MORE_M: Final = 5.0
#: The largest uncertainty of a feature for which it is looked at beyond the reach, in metres.
UNSURE_M: Final = 25.0
#: A record holds by FKG's ``statuskode`` where it is in force, or where nobody says; drafts, proposals and what was
#: given up do not.
_HOLDS: Final = "coalesce(v.statuskode, 3) IN (0, 3)"
_NUMBERS: Final = ("depth", "lden", "save", "height_difference")
_FLAGS: Final = ("designated", "surrounded_by_town", "visible")
_SEPARATOR: Final = ","


class Around(NamedTuple):
    """Features and layers of sites, as columns of the World's frames."""

    features: Columns
    layers: Columns


def kinds() -> tuple[str, ...]:
    """Kinds of features that are looked at, in alphabetical order: register kinds, and ids of FKG themes.

    Of FKG's themes those that some rule asks for.
    """
    return tuple(sorted(themes_by_kind()))


def title(kind: str) -> str:
    """What a kind is called in Danish."""
    return themes_by_kind()[kind][0].title


def themes_by_kind() -> Mapping[str, tuple[FkgTheme, ...]]:
    """Kind of features → the themes that hold them."""
    return _with_themes(themes_asked(discover().values()))


@cache
def _with_themes(asked: tuple[str, ...]) -> Mapping[str, tuple[FkgTheme, ...]]:
    """Kinds with the themes that hold them; an FKG theme is a kind by itself, and its word is its id."""
    found: dict[str, tuple[FkgTheme, ...]] = {}
    for theme in state_themes().values():
        if theme.kind:
            found[theme.kind] = (*found.get(theme.kind, ()), theme)
    return {**found, **{name: (fkg_themes_by_id()[name],) for name in asked}}


def reaches() -> dict[str, float]:
    """Kind of features → how far from land and footprints some rule looks at it by some rule set, in metres."""
    sets = load()
    found = dict.fromkeys(themes_by_kind(), 0.0)
    for rule in discover().values():
        for need in rule.needs:
            if need.layer in found:
                key = need.reach
                asked = (
                    [float(key)]
                    if not isinstance(key, str)
                    else [s.number(key) for s in sets.values() if key in s.numbers]
                )
                found[need.layer] = max([found[need.layer], *asked])
    return found


def around(
    site: Columns, lies_in: Columns, where: shapes.Shapes, owner: shapes.Ints, boxes: Boxes, known: int | None
) -> Around:
    """Features near sites, and what the register of each kind has answered for them.

    Danish: beskyttelseslinjer, zoner og registrerede objekter.

    Parameters
    ----------
    site : ``site``, and ``as_of``, the day as of which its registers are read.
    lies_in : ``site`` and ``municipality`` of each, ``None`` = not known.
    where, owner : land, footprints and ground of the sites (EPSG:25832), and the site of each.
    boxes : of the shapes.
    known : revision of knowledge; None = the last one.

    Returns
    -------
    Columns of ``features``, ordered by site, and of ``layers``, one row per site and kind: ``found`` where a feature
    lies within reach, ``absent`` where the registers of all its themes have answered for all municipalities that the
    site lies in, and for those within reach of it (:func:`permits.engine.across.across`), else ``not_answered``.
    """
    features = _features(site, where, owner, boxes, known)
    beside = across(lies_in, where, owner, boxes, reaches().values(), known)
    return Around(features, _layers(site["site"], features, lies_in, beside))


def _features(
    site: Columns, where: shapes.Shapes, owner: shapes.Ints, boxes: Boxes, known: int | None
) -> Columns:
    reach = reaches()
    found = _near(boxes, reach, known)
    of_code = {
        theme.code: (kind, theme.sigma_m) for kind, themes in themes_by_kind().items() for theme in themes
    }
    sigma = np.where(
        np.isnan(found["sigma_m"]),
        np.array([of_code[code][1] for code in found["theme"]], dtype=np.float64),
        found["sigma_m"],
    )
    kind = np.array([of_code[code][0] for code in found["theme"]], dtype=object)
    far = np.array([reach[word] for word in kind], dtype=np.float64) + np.minimum(sigma, UNSURE_M) + MORE_M
    at, row = meeting(found["geometry"], where, owner, within_m=far)
    since, until = (found[name][row].astype("datetime64[D]") for name in ("since", "until"))
    today = site["as_of"][np.searchsorted(site["site"], at)].astype("datetime64[D]")
    holds = ~(since > today) & ~(until < today)
    at, row = at[holds], row[holds]
    return {
        "feature": found["feature"][row],
        "site": at,
        "kind": kind[row],
        "sigma_m": sigma[row],
        **taken({name: found[name] for name in (*_NUMBERS, *_FLAGS, "geometry")}, row),
    }


def _near(boxes: Boxes, reach: Mapping[str, float], known: int | None) -> Columns:
    """Versions of all kinds whose boxes come near, each once."""
    # Kinds of one reach are asked together.
    classes: dict[float, list[str]] = {}
    for kind, themes in themes_by_kind().items():
        classes.setdefault(reach[kind], []).extend(theme.code for theme in themes)
    far = np.array(sorted(classes), dtype=np.float64)
    asked = _SEPARATOR.join(code for r in far for code in classes[float(r)])
    # Which of the reaches each theme has.
    of = np.array([r for r in far for _ in classes[float(r)]], dtype=np.float64)
    open_ = (
        "n.change_to_id IS NULL"
        if known is None
        else (
            f"EXISTS (SELECT FROM ledger_change c WHERE c.id = n.change_from_id AND c.revision <= {int(known)}) AND "
            f"NOT EXISTS (SELECT FROM ledger_change c WHERE c.id = n.change_to_id AND c.revision <= {int(known)})"
        )
    )
    return read_columns(
        "WITH asked AS (SELECT reach, array_agg(theme) AS themes FROM "
        "unnest(%s, string_to_array(%s, ',')) AS t(reach, theme) GROUP BY reach), "
        "near AS MATERIALIZED (SELECT DISTINCT n.versions_id FROM asked r CROSS JOIN "
        "unnest(%s, %s, %s, %s) AS b(x0, y0, x1, y1) JOIN geodata_themeversion n ON n.geometry && "
        "ST_MakeEnvelope(b.x0 - r.reach, b.y0 - r.reach, b.x1 + r.reach, b.y1 + r.reach, 25832) "
        f"AND n.theme_id = ANY(r.themes) WHERE {open_}) "
        "SELECT v.object_id AS feature, v.theme_id AS theme, "
        + "".join(f"(v.attributes->>'{name}')::float8 AS {name}, " for name in (*_NUMBERS, "sigma_m"))
        + "".join(
            f"coalesce((v.attributes->>'{name}')::boolean, {name == 'visible'}) AS {name}, "
            for name in _FLAGS
        )
        + "v.gyldig_fra::date AS since, v.gyldig_til::date AS until, ST_AsBinary(v.geometry) AS geometry "
        f"FROM near JOIN geodata_themeversion v USING (versions_id) WHERE {_HOLDS} ORDER BY v.object_id",
        [of + UNSURE_M + MORE_M, asked, *np.ascontiguousarray(boxes.T)],
    )


def _layers(site: shapes.Ints, features: Columns, lies_in: Columns, beside: Columns) -> Columns:
    names = kinds()
    themes = themes_by_kind()
    told = all_told([theme.id for of_kind in themes.values() for theme in of_kind])
    everywhere = [*lies_in["municipality"].tolist(), *beside["municipality"].tolist()]
    codes, place = np.unique(np.array([code or "" for code in everywhere], dtype=object), return_inverse=True)
    place, place_beside = np.split(place, [len(lies_in["site"])])
    answers = [[_answer(themes[kind], told, code) for kind in names] for code in codes.tolist()]
    given = np.array([[one is not None for one in row] for row in answers], dtype=bool)
    days = np.array([[one or "NaT" for one in row] for row in answers], dtype="datetime64[s]")
    # Sites by kinds; a site that lies in no municipality that is known has no answer.
    row = np.searchsorted(site, lies_in["site"])
    answered = np.zeros((len(site), len(names)), dtype=bool)
    answered[row] = True
    oldest = np.full(answered.shape, np.datetime64("NaT", "s"))
    if len(row):
        np.logical_and.at(answered, row, given.reshape(-1, len(names))[place])
        np.fmin.at(oldest, row, days.reshape(-1, len(names))[place])
    if len(place_beside):
        reach = reaches()
        far = np.array([reach[kind] for kind in names])
        asked = beside["reach_m"][:, None] == far
        at = np.searchsorted(site, beside["site"])
        np.logical_and.at(answered, at, given[place_beside] | ~asked)
        np.fmin.at(oldest, at, np.where(asked, days[place_beside], np.datetime64("NaT", "s")))
    there = np.zeros_like(answered)
    number = {kind: n for n, kind in enumerate(names)}
    there[
        np.searchsorted(site, features["site"]),
        np.array([number[kind] for kind in features["kind"].tolist()], dtype=np.int64),
    ] = True
    words = np.array(["not_answered", "absent", "found"], dtype=object)
    return {
        "site": np.repeat(site, len(names)),
        "kind": np.tile(np.array(names, dtype=object), len(site)),
        "state": words[answered.astype(np.int8) + (answered & there)].ravel(),
        "as_of": np.where(answered, oldest, np.datetime64("NaT", "s")).ravel(),
    }


def _answer(themes: Sequence[FkgTheme], told: Mapping[str, Sequence[Told]], municipality: str) -> str | None:
    """Day of the oldest answer that a kind rests on, ``NaT`` where nobody says; None = something did not answer."""
    days = []
    for theme in themes:
        mine = [one for one in told.get(theme.id, ()) if one.municipality in (None, municipality)]
        whole = [one for one in mine if one.source not in theme.deliveries]
        if whole:
            days.append(max(one.as_of.isoformat() if one.as_of else "" for one in whole))
        elif theme.deliveries and {one.source for one in mine} >= set(theme.deliveries):
            days.append(min(one.as_of.isoformat() if one.as_of else "" for one in mine))
        else:
            return None
    return min(days) or "NaT"
