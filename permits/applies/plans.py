"""Rules about plans: which plans lie on the land, and what they limit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from geodata import shapes
from geodata.property_lookup.answers import Answer, State
from permits.applies.figures import REGISTERED
from permits.applies.land import Land
from permits.applies.rules import told
from permits.proofs.words import number
from permits.rulebook import discover
from permits.rules.parts.outside import outside
from planning.uses import GENERAL_USES

#: Rule → what it limits, and the unit.
MATTERS: Final = {
    "plan.height": ("max_height", "m"),
    "plan.storeys": ("max_storeys", "storeys"),
    "plan.plot_ratio": ("plot_ratio", "%"),
    "plan.use": ("use", ""),
    "plan.building_field": ("building_field", ""),
}
_BINDING: Final = ("local_plan", "sub_area")
_FIELDS: Final = ("building_field", "building_line")
_PER: Final = {
    "area": N_("of the area as a whole"),
    "property": N_("of each property"),
    "plot": N_("of each plot"),
    "parcel": N_("of each parcel"),
}


def answers(land: Land) -> list[Answer]:
    """One answer for each rule about plans."""
    limits = [_limit(land, rule) for rule in MATTERS]
    return [*limits, _standstill(land), _framework(land), _duty(land)]


def in_force(land: Land, *levels: str) -> pd.DataFrame:
    """Plan areas in force on the land, of some levels."""
    areas = land.world.areas
    found: pd.DataFrame = areas[(areas["today"] == "in_force") & areas["level"].isin(levels)]
    # A field may lie on other land of its plan, where it lets nobody build here: it is the plan that has to lie here.
    there = found["level"].isin(_FIELDS) & found["parent"].isin(
        _on(land, areas[areas["level"] == "local_plan"])
    )
    return found[there | found["area"].isin(_on(land, found[~found["level"].isin(_FIELDS)]))]


def _on(land: Land, areas: pd.DataFrame) -> set[int]:
    """Keys of the areas that overlap the land by as much as counts; one that only touches its boundary is none."""
    shape = shapes.mended(areas["geometry"].to_numpy(dtype=object))
    shared = shapes.overlap(shape, np.full(len(shape), land.outline, dtype=object)).area_m2
    return set(areas["area"].to_numpy()[shared > 0.0].tolist())


def limits_of(land: Land, matter: str) -> pd.DataFrame:
    """What plans in force on the land say of a matter, one row a plan and value; as they are held against buildings.

    Columns of ``limits``, and ``number``, ``document`` and ``use`` of the plan. A matter without a row is not
    recorded, nor is any of a plan too complex for fields; a sub-area without a value leaves it to its local plan.
    """
    columns = ["area", "level", "parent", "number", "document", "complex", "use"]
    plans = pd.DataFrame(in_force(land, *_BINDING)[columns])
    limits = land.world.limits
    said = plans.merge(limits[limits["matter"] == matter], on="area", how="left")
    said[["state", "per", "clause"]] = said[["state", "per", "clause"]].fillna("")
    regulated = (said["state"] == "value") & np.isfinite(said["value"])
    if matter == "use":
        regulated |= (said["use"] >= 0) | said["area"].isin(land.world.uses["area"])
    if matter == "building_field":
        regulated |= said["area"].isin(land.world.placements["plan"])
    said["state"] = np.select(
        [said["complex"], regulated, said["state"] == "not_regulated"],
        ["not_recorded", "value", "not_regulated"],
        "not_recorded",
    )
    left = (said["level"] == "sub_area") & (said["state"] != "value") & said["parent"].isin(said["area"])
    return said[~left]


def silent(land: Land) -> bool:
    """Whether the register of plans has not answered for the land."""
    layers = land.world.layers
    return bool((layers[layers["kind"] == "plans"]["state"] == "not_answered").any())


def _answer(rule: str, state: State, said: str = "", **more: Any) -> Answer:
    return told(discover()[rule], state, said, **more)


def _not_delivered(rule: str) -> Answer:
    words = _("No plans have been read in for this municipality.")
    return _answer(rule, State.NOT_ANSWERED, words, code="not_delivered")


def _names(areas: pd.DataFrame) -> str:
    rows = areas.to_dict("records")
    return ", ".join(dict.fromkeys(f"{row['number']} {row['title']}".strip() for row in rows))


def _limit(land: Land, rule: str) -> Answer:
    if silent(land):
        return _not_delivered(rule)
    matter, unit = MATTERS[rule]
    said = limits_of(land, matter)
    values = said[said["state"] == "value"]
    open_ = said[said["state"] == "not_recorded"]
    if rule == "plan.building_field":
        lines = [_("Building fields or lines lie on the plan.")] if len(values) else []
    elif rule == "plan.use":
        lines = _uses(land, values)
    else:
        lines = [_value(row, unit) for row in values.to_dict("records")]
    lines += [
        _("%(plan)s: not recorded, read the plan") % {"plan": number_} for number_ in open_["number"].tolist()
    ]
    text = "; ".join(dict.fromkeys(lines))
    more = _document([*open_["document"].tolist(), *values["document"].tolist()])
    if len(values) and unit:
        return _answer(rule, State.YES, text, value=float(values["value"].min()), unit=unit, **more)
    if len(values):
        return _answer(rule, State.YES, text, **more)
    if len(open_):
        return _answer(rule, State.NOT_ANSWERED, text, code="not_recorded", **more)
    return _answer(rule, State.NO)


def _document(addresses: list[Any]) -> dict[str, str]:
    """The first address of a plan's document, which prevails over the fields."""
    link = next((str(one) for one in addresses if str(one or "").startswith("https://")), "")
    return {"link": link, "link_title": _("Read the plan")} if link else {}


def _value(row: Mapping[Hashable, Any], unit: str) -> str:
    per = _(_PER[str(row["per"])]) if str(row["per"]) in _PER else ""
    said = number(float(row["value"]), unit)
    return " ".join(filter(None, (f"{row['number']}:", said, per, str(row["clause"]))))


def _uses(land: Land, values: pd.DataFrame) -> list[str]:
    """Use (anvendelse) of each plan that says one: the general one in words where it has any, else codes."""
    specific = land.world.uses.groupby("area")["code"].apply(lambda codes: sorted(set(codes))).to_dict()
    lines = []
    for row in values.to_dict("records"):
        codes = ", ".join(map(str, [row["use"]] if row["use"] >= 0 else specific.get(row["area"], [])))
        words = _(GENERAL_USES[row["use"]]) if row["use"] in GENERAL_USES else codes
        lines.append(f"{row['number']}: {words}")
    return lines


def _standstill(land: Land) -> Answer:
    areas = land.world.areas
    # A proposal for the municipal plan holds nobody back.
    proposed = areas[(areas["today"] == "published") & (areas["level"] != "framework")]
    proposed = proposed[proposed["area"].isin(_on(land, proposed[~proposed["level"].isin(_FIELDS)]))]
    if len(proposed):
        names = _names(proposed)
        return _answer("plan.standstill", State.YES, names)
    return _not_delivered("plan.standstill") if silent(land) else _answer("plan.standstill", State.NO)


def _framework(land: Land) -> Answer:
    rule = "planning_act.framework"
    frames = in_force(land, "framework")
    # In landzone nothing is held against it.
    if len(frames) and land.zones() != {"rural"}:
        names = _names(frames)
        return _answer(rule, State.YES, names)
    return _not_delivered(rule) if silent(land) else _answer(rule, State.NO)


def _duty(land: Land) -> Answer:
    rule = "planning_act.local_plan_duty"
    if silent(land):
        return _not_delivered(rule)
    plans = shapes.mended(in_force(land, *_BINDING)["geometry"].to_numpy(dtype=object))
    open_ = outside(np.full(1, land.outline, dtype=object), np.zeros(len(plans), dtype=np.int64), plans)
    if open_.area_m2[0] == 0.0:
        return _answer(rule, State.NO, _("A local plan lies here already."))
    figure = REGISTERED[rule]
    value, unit = figure.first(land.ruleset)
    said = figure.said(land.ruleset)
    if len(plans):
        said = _("A local plan covers a part of the land. Where there is none: %(said)s") % {"said": said}
    return _answer(rule, State.YES, said, value=value, unit=unit)
