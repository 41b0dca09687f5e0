"""What a property look-up answers: yes, no, or not answered, with value, source, date and link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.accounts.permissions import Person
from geodata.ledger.told import Told


class State(StrEnum):
    """The three answers; silence is never "no"."""

    YES = "yes"
    NO = "no"
    NOT_ANSWERED = "not_answered"


STATES = {
    State.YES: gettext_lazy("Yes"),
    State.NO: gettext_lazy("No"),
    State.NOT_ANSWERED: gettext_lazy("Not answered"),
}


class Words(dict[str, str]):
    """Texts in the active language, each looked up once; for as long as one page is put together.

    A look-up says the same few texts a hundred times, and to find out the active language takes longer than the rest.
    """

    def __missing__(self, text: str) -> str:
        self[text] = found = _(text)
        return found


@dataclass(frozen=True)
class Answer:
    """One answer about a parcel.

    Attributes
    ----------
    key : names the question, the same as long as the thing asked about is the same.
    title : the question, in the active language.
    state : yes, no, or not answered.
    said : the value in words, in the active language.
    value : the value for programs, in ``unit``; None = there is none, or none is known.
    code : what the state alone does not say: ``not_delivered``, ``not_recorded``, ``not_regulated`` …
    group : heading of the thing that the value belongs to (a building, a plan); empty = the parcel itself.
    source : register that says so; empty when nobody has said anything.
    as_of : day of what the register says.
    link : address of a document, or of a page of the site.
    link_title : words of the link.
    """

    key: str
    title: str
    state: State
    said: str = ""
    value: str | float | int | bool | None = None
    unit: str = ""
    code: str = ""
    group: str = ""
    source: str = ""
    as_of: date | None = None
    link: str = ""
    link_title: str = ""

    @property
    def label(self) -> str:
        """The state in words."""
        return str(STATES[self.state])


@dataclass(frozen=True)
class Asker:
    """Who asks: what they may do, and for which municipality their pages speak.

    Attributes
    ----------
    user : who has signed in; None or anonymous = a visitor.
    tenant : municipality whose personal data the transaction may read; None = nobody's.
    may : whether the person may do a verb in a municipality.
    purpose : what the person says personal data are looked at for; empty = not said yet.
    seen : filled by facets: facet → what personal data were shown, for the log.
    """

    user: Person | None = None
    tenant: str | None = None
    may: Callable[[str, str | None], bool] = lambda _verb, _municipality: False
    purpose: str = ""
    seen: dict[str, list[str]] = field(default_factory=dict)

    @property
    def signed_in(self) -> bool:
        """Whether somebody has signed in."""
        return self.user is not None and self.user.is_authenticated


def silent(key: str, title: str, told: Told | None, *, none: str = "", group: str = "") -> Answer:
    """The answer where no row was found: *no* when the layer was delivered for the municipality, else not answered.

    Parameters
    ----------
    told : what a source has said of the theme for this municipality; None = nobody has.
    none : words for "no".
    """
    if told is None:
        words = _("The register has not been delivered for this municipality.")
        return Answer(key, title, State.NOT_ANSWERED, words, code="not_delivered", group=group)
    return Answer(key, title, State.NO, none, group=group, source=told.source, as_of=told.as_of)


def measured(
    key: str, title: str, value: float | None, unit: str, *, source: str, as_of: date | None, group: str = "",
    decimals: int = 0,
) -> Answer:  # fmt: skip
    """A number out of a register; an empty field is not answered, and zero is a number."""
    if value is None:
        words = _("The register holds no value.")
        return Answer(
            key,
            title,
            State.NOT_ANSWERED,
            words,
            code="not_recorded",
            group=group,
            source=source,
            as_of=as_of,
        )
    said = f"{localized(value, decimals)} {unit}".strip()
    return Answer(
        key, title, State.YES, said, round(float(value), 6), unit, group=group, source=source, as_of=as_of
    )


def flagged(
    key: str, title: str, value: bool | None, *, source: str, as_of: date | None, group: str = ""
) -> Answer:
    """A yes-or-no field of a register; empty is not answered."""
    if value is None:
        words = _("The register holds no value.")
        return Answer(
            key,
            title,
            State.NOT_ANSWERED,
            words,
            code="not_recorded",
            group=group,
            source=source,
            as_of=as_of,
        )
    state = State.YES if value else State.NO
    return Answer(key, title, state, value=value, group=group, source=source, as_of=as_of)


def localized(value: float, decimals: int = 0) -> str:
    """A number as people read it, with as many decimals as say it, at most ``decimals``."""
    rounded = round(float(value), decimals)
    return str(localize(int(rounded) if rounded == int(rounded) else rounded))
