"""Protection lines, zones and every other theme of the shared tables: which lie on the parcel. Two queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import shapely
from django.db import connection
from django.utils.translation import gettext as _

from geodata import shapes
from geodata.fkg.catalogue import state_themes
from geodata.ledger.themes import themes
from geodata.ledger.told import Told, all_told
from geodata.models.fkg import ThemeVersion
from geodata.property_lookup.answers import Answer, Asker, State, localized, silent
from geodata.property_lookup.place import Place

#: Every theme comes back, those that hold nothing here with nulls. What is proposed or was given up holds nothing:
#: FKG's ``statuskode`` 0 is unknown, 3 in force.
_THEMES: Final = """
SELECT t.code, t.title, f.* FROM geodata_fkgthemerow t LEFT JOIN (
    SELECT v.theme_id, o.register, o.register_id, v.attributes, c.recorded_at::date AS day,
        ST_AsBinary(v.geometry) AS wkb
    FROM geodata_themeversion v JOIN geodata_themeobject o ON o.id = v.object_id
    JOIN ledger_change c ON c.id = v.change_from_id
    WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.statuskode IN (0, 3)
        AND ST_Intersects(v.geometry, ST_GeomFromWKB(%s, 25832)) AND v.theme_id <> ALL(%s)
) f ON f.theme_id = t.code WHERE t.code <> ALL(%s) ORDER BY t.code, f.register_id
"""
#: Points of the cadastre (skelpunkter) and tiles of the terrain model: material, and no question about a property.
_NO_QUESTION: Final = ["s53", "s60"]
_NAMES: Final = ("navn", "name", "designation", "temanavn", "titel")


def answers(place: Place, _asker: Asker) -> list[Answer]:
    """One answer per theme with nothing on the parcel, else one per thing that lies on it.

    Areas have to overlap by as much as counts for rules (0.05 m deep); one that only touches the boundary is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_THEMES, [place.wkb, _NO_QUESTION, _NO_QUESTION])
        rows = cursor.fetchall()
    named = {theme.code: key for key, theme in themes.items() if theme.versions is ThemeVersion}
    met = [row for row in rows if row[2] is not None]
    lies, share = _on(place, met)
    found: dict[str, list[Answer]] = {}
    for row, there, part in zip(met, lies, share, strict=True):
        if there:
            found.setdefault(row[0], []).append(_thing(place, named.get(row[0], row[0]), row, part))
    answered: list[Answer] = []
    told_of = _whole(place)
    nobody = silent("", "", None)  # the same words for a hundred themes
    for code, title in dict.fromkeys((row[0], row[1]) for row in rows):
        key = named.get(code, code)
        told = told_of.get(key)
        if code in found:
            answered += found[code]
        elif told is None:
            answered.append(Answer(f"themes.{key}", title, nobody.state, nobody.said, code=nobody.code))
        else:
            answered.append(silent(f"themes.{key}", title, told))
    order = list(State)
    return sorted(answered, key=lambda answer: order.index(answer.state))


def _whole(place: Place) -> Mapping[str, Told]:
    """What sources have delivered; a theme that comes in shares has answered with all of them, as of the oldest."""
    shared = {theme.id: set(theme.deliveries) for theme in state_themes().values() if theme.deliveries}
    found = dict(place.told)
    for theme, told in all_told(shared).items():
        mine = [one for one in told if one.municipality in (None, place.municipality)]
        sources = {one.source for one in mine}
        if sources < shared[theme]:
            found.pop(theme, None)
        elif sources == shared[theme]:  # any other source speaks for the whole
            found[theme] = min(mine, key=lambda one: one.as_of or date.min)
    return found


def _on(place: Place, met: list[Any]) -> tuple[Any, Any]:
    """Which things lie on the parcel, and how much of it areas cover (NaN for lines and points)."""
    drawn = np.array([shapely.from_wkb(bytes(row[7])) for row in met], dtype=object)
    if not len(drawn):
        return [], []
    area = shapely.get_dimensions(drawn) == 2
    ground = np.full(len(drawn), place.geometry, dtype=object)
    covered = np.where(area, shapes.overlap(drawn, ground).area_m2 / place.geometry.area, np.nan)
    return ~area | (covered > 0.0), covered


def _thing(place: Place, key: str, row: Any, share: float) -> Answer:
    _code, title, _theme, register, register_id, attributes, day, _wkb = row
    said = _attributes(attributes)
    name = next((str(said[n]) for n in _NAMES if said.get(n)), "")
    part = "" if np.isnan(share) else _("%(share)s %% of the parcel") % {"share": localized(share * 100, 1)}
    told = place.told.get(key)
    link = str(said.get("link") or "")
    if not link.startswith(("https://", "http://")):
        link = ""  # registers hold other words there too
    return Answer(
        f"themes.{key}.{register}:{register_id}",
        title,
        State.YES,
        "; ".join(filter(None, (name, part))),
        None if np.isnan(share) else round(float(share) * 100, 3),
        "" if np.isnan(share) else "%",
        source=register,
        as_of=(told.as_of if told else None) or day,
        link=link,
        link_title=_("More about it") if link else "",
    )


def _attributes(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value or {}
