"""Rules about registered lines, zones and objects: whether any lies on the land, or near enough to matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from geodata import shapes
from geodata.property_lookup.answers import Answer, State, localized
from permits.applies.figures import REGISTERED, Figure
from permits.applies.land import Land
from permits.applies.rules import about_rules, told
from permits.engine.features import kinds, reaches, title
from permits.proofs.words import number
from permits.rulebook import Rule

_AREA: Final = 2
#: Numbers of features, with their units and the words before them.
_NUMBERS: Final = {
    "depth": (N_("depth"), "m"),
    "lden": (N_("noise"), "dB"),
    "save": (N_("preservation value"), ""),
    "height_difference": (N_("difference of heights"), "m"),
}


def answers(land: Land) -> list[Answer]:
    """One answer for each rule that looks at registers."""
    reach = reaches()
    return [_answer(land, rule, reach) for rule in about_rules() if asked(rule)]


def asked(rule: Rule) -> tuple[str, ...]:
    """Register kinds and FKG themes that a rule looks at."""
    stored = set(kinds())
    return tuple(sorted({need.layer for need in rule.needs} & stored))


def _answer(land: Land, rule: Rule, reach: Mapping[str, float]) -> Answer:
    world, mine = land.world, asked(rule)
    layers = world.layers[np.isin(world.layers["kind"], mine)]
    silent = layers[layers["state"] == "not_answered"]["kind"].tolist()
    days = layers["as_of"].dropna()
    day = days.min().date() if len(days) else None
    features = world.features[np.isin(world.features["kind"], mine)]
    met = [text for row in range(len(features)) if (text := _met(land, features.iloc[row], reach))]
    figure = REGISTERED.get(rule.id) or _reach(rule)
    unread = _("Not read in here: %(kinds)s.") % {"kinds": ", ".join(map(title, sorted(silent)))}
    if met:
        value, unit = figure.first(land.ruleset) if figure else (None, "")
        said = [*dict.fromkeys(met), *([figure.said(land.ruleset)] if figure else [])]
        # What one register has says nothing of what another one would have.
        said += [unread] if silent else []
        return told(rule, State.YES, "; ".join(said), value=value, unit=unit, as_of=day)
    if silent:
        return told(rule, State.NOT_ANSWERED, unread, code="not_delivered")
    return told(rule, State.NO, as_of=day)


def _reach(rule: Rule) -> Figure | None:
    """What matters about a rule that says nothing of it here, as those of installed packages: how far it looks."""
    named = [need.reach for need in rule.needs if isinstance(need.reach, str)]
    return Figure(N_("It looks as far as %(n)s."), (("n", named[0], "m"),)) if named else None


def _met(land: Land, feature: Any, reach: Mapping[str, float]) -> str:
    """What of a feature lies on the land, or how far from it; empty = too far, or too little to count."""
    shape = feature["geometry"]
    if shape is None or shape.is_empty:
        return ""
    extra = ", ".join(
        f"{_(words)} {number(float(feature[name]), unit)}"
        for name, (words, unit) in _NUMBERS.items()
        if np.isfinite(float(feature[name]))
    )
    kind = title(feature["kind"])
    share = _share(land, shape)
    if share > 0.0:
        where = _("%(kind)s: %(share)s %% of the land") % {"kind": kind, "share": localized(share * 100, 1)}
        return f"{where} ({extra})" if extra else where
    away = float(shapely.distance(shape, land.outline))
    if away > reach[feature["kind"]] or (shapely.get_dimensions(shape) == _AREA and away == 0.0):
        return ""
    where = (
        _("%(kind)s: across the land") % {"kind": kind}
        if away == 0.0
        else _("%(kind)s: %(away)s away") % {"kind": kind, "away": number(away, "m")}
    )
    return f"{where} ({extra})" if extra else where


def _share(land: Land, shape: Any) -> float:
    """Share of the land that an area takes, pieces that count; 0 for lines and points."""
    if shapely.get_dimensions(shape) != _AREA:
        return 0.0
    zone = shapes.mended(np.array([shape], dtype=object))
    ground = np.array([land.outline], dtype=object)
    return float(shapes.overlap(zone, ground).area_m2[0] / land.outline.area)
