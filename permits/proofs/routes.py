"""Where a dispensation or a consent is asked for: authority, act, notice to neighbours, form and complaint.

Danish: myndighed og sagsgang. A finding that somebody else has to decide on leads to its way through the authorities;
``road.building_line`` and others whose time to complain is not known here say nothing of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.proofs.trace import Trace
from permits.proofs.words import say

#: Outcomes that send the applicant on to somebody who decides.
SENDING_ON: Final = ("needs_dispensation", "needs_other_consent")


@dataclass(frozen=True)
class Route:
    """The way of one decision; words are message ids.

    Attributes
    ----------
    authority : who decides (myndighed).
    act : by which paragraph.
    form : how it is asked for.
    notice_weeks, notice_act : how long neighbours who are told have to answer (naboorientering, partshøring); None =
        the act does not ask for it.
    board, complaint_weeks : who hears complaints (klageinstans), and how long after the decision.
    suspends : the decision may not be used before the time to complain is over.
    lapses_years : after so long unused it is void (bortfald).
    """

    authority: str
    act: str
    form: str
    notice_weeks: int | None = None
    notice_act: str = ""
    board: str = ""
    complaint_weeks: int | None = None
    suspends: bool = False
    lapses_years: int | None = None


_MUNICIPALITY: Final = N_("the municipality")
_COAST: Final = N_("the Danish Coastal Authority (Kystdirektoratet)")
#: Byggeloven § 16, stk. 3: application, request for dispensation and notice go through the digital solution.
_WITH_THE_CASE: Final = N_(
    "with the building application, through the municipality's digital solution (Byg og Miljø)"
)
_BY_ITSELF: Final = N_("an application of its own, with site plan, sections and reasons")
_PLANNING_BOARD: Final = N_("the Planning Appeals Board (Planklagenævnet)")
_NATURE_BOARD: Final = N_("the Environment and Food Board of Appeal (Miljø- og Fødevareklagenævnet)")


def _plan() -> Route:
    return Route(
        _MUNICIPALITY,
        "planloven § 19",
        _WITH_THE_CASE,
        notice_weeks=2,
        notice_act="planloven § 20",
        board=_PLANNING_BOARD,
        complaint_weeks=4,
        lapses_years=3,
    )


def _nature(act: str, authority: str = _MUNICIPALITY, form: str = _WITH_THE_CASE) -> Route:
    return Route(
        authority,
        act,
        form,
        board=_NATURE_BOARD,
        complaint_weeks=4,
        suspends=True,
        lapses_years=3,
    )


ROUTES: Final[dict[str, Route]] = {
    **dict.fromkeys(("plan.building_field", "plan.height", "plan.plot_ratio", "plan.storeys"), _plan()),
    "planning_act.rural_zone": Route(
        _MUNICIPALITY,
        "planloven § 35, stk. 1",
        _WITH_THE_CASE,
        notice_weeks=2,
        notice_act="planloven § 35, stk. 4-5",
        board=_PLANNING_BOARD,
        complaint_weeks=4,
        suspends=True,
        lapses_years=5,
    ),
    "nature.protected_type": _nature("naturbeskyttelsesloven §§ 3 og 65"),
    "nature.dune": _nature("naturbeskyttelsesloven §§ 8 og 65 b", _COAST, _BY_ITSELF),
    "nature.beach_line": _nature("naturbeskyttelsesloven §§ 15 og 65 b", _COAST, _BY_ITSELF),
    "nature.lake_stream_line": _nature("naturbeskyttelsesloven §§ 16 og 65"),
    "nature.forest_line": _nature("naturbeskyttelsesloven §§ 17 og 65"),
    "nature.church_line": _nature("naturbeskyttelsesloven §§ 19 og 65"),
    "heritage.monument_line": _nature("naturbeskyttelsesloven §§ 18 og 65"),
    "heritage.dike": Route(
        _MUNICIPALITY,
        "museumsloven §§ 29 a og 29 j",
        _WITH_THE_CASE,
        board=_NATURE_BOARD,
        complaint_weeks=4,
    ),
    "heritage.listed_building": Route(
        N_("the Agency for Culture and Palaces (Slots- og Kulturstyrelsen)"),
        "bygningsfredningsloven § 10",
        _BY_ITSELF,
    ),
    "road.building_line": Route(
        N_("the road authority (the state or the municipality)"), "vejloven §§ 40-41", _BY_ITSELF
    ),
    "soil.contamination": Route(
        N_("the municipality, after asking the region"), "jordforureningsloven § 8", _WITH_THE_CASE
    ),
    "consultation.zone": Route(
        N_("the Environmental Protection Agency (Miljøstyrelsen)"), "skovloven §§ 11 og 38", _BY_ITSELF
    ),
}

_WHO: Final = N_("Who decides: %(route_authority)s, %(route_act)s.")
_HOW: Final = N_("How it is asked for: %(route_form)s.")
_NOTICE: Final = N_("Neighbours are told first and have %(route_notice)s to answer (%(route_notice_act)s).")
_COMPLAINT: Final = N_("Complaints go to %(route_board)s within %(route_complaint)s.")
_SUSPENDS: Final = N_("It may not be used before the time to complain is over.")
_LAPSES: Final = N_("Unused it lapses after %(route_lapses)s.")


def route_of(rule: str, outcome: str) -> Route | None:
    """The way of a finding; None where nobody else has to decide."""
    return ROUTES.get(rule) if outcome in SENDING_ON else None


def put_route(trace: Trace) -> tuple[str, ...]:
    """Say who decides, by which paragraph, how it is asked for, and how long all of it takes."""
    route = route_of(trace.rule, trace.outcome)
    if route is None:
        return ()
    trace.add("route_authority", route.authority)
    trace.add("route_act", route.act)
    trace.add("route_form", route.form)
    lines = [_WHO, _HOW]
    if route.notice_weeks is not None:
        trace.add("route_notice", route.notice_weeks, "weeks", clause=route.notice_act)
        trace.add("route_notice_act", route.notice_act)
        lines.append(_NOTICE)
    if route.complaint_weeks is not None:
        trace.add("route_complaint", route.complaint_weeks, "weeks")
        trace.add("route_board", route.board)
        lines.append(_COMPLAINT)
    if route.suspends:
        lines.append(_SUSPENDS)
    if route.lapses_years is not None:
        trace.add("route_lapses", route.lapses_years, "years")
        lines.append(_LAPSES)
    return tuple(say(trace, gettext(line)) for line in lines)


def as_json(route: Route | None) -> dict[str, Any] | None:
    """The way as plain data, words in the active language; members that are not known are left out."""
    if route is None:
        return None
    words = {"authority", "form", "board"}
    return {
        name: gettext(value) if name in words else value
        for name, value in asdict(route).items()
        if value not in (None, "")
    }
