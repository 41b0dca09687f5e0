"""One way to settle one finding, by more or less of it; and how the smallest amount that holds is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from permits.proofs.remedies.change import Change
from permits.proofs.remedies.compare import Key, Verdict

#: Amounts around the reckoned one that are tried at once, in steps; and multiples of it, where it was too little.
_AROUND: Final = (-2, -1, 0, 1, 2, 3)
_TIMES: Final = (1.1, 1.3, 1.7, 2.5)
#: Parts that what lies between too little and enough is divided into, round after round.
_PARTS: Final = 8
_ROUNDS: Final = 8


@dataclass(frozen=True, eq=False)
class Family:
    """One way to settle one finding.

    Attributes
    ----------
    kind : ``move``, ``cut``, ``lower``, ``reduce`` or ``fewer_storeys``.
    key : the finding.
    at : the change at so many steps; ``None`` where it cannot be built.
    step : size of a step, in ``unit``.
    unit : ``m``, ``m²`` or ``storeys``.
    guess : steps that should be enough, reckoned in closed form.
    least, most : fewest and most steps; fewer than ``least`` are known not to be enough.
    spare : tried only where no other family of its kind settles the finding.
    """

    kind: str
    key: Key
    at: Callable[[int], Change | None]
    step: float
    unit: str
    guess: int
    least: int = 1
    most: int = 10**9
    spare: bool = False


@dataclass
class _State:
    family: Family
    low: int
    high: int | None = None
    change: Change | None = None
    verdict: Verdict | None = None
    tried: bool = False

    def wanted(self) -> list[int]:
        """Amounts to try next; none when the smallest is found, or nothing holds."""
        first, family = not self.tried, self.family
        self.tried = True
        if first:
            amounts = {family.guess + more for more in _AROUND} | {round(family.guess * t) for t in _TIMES}
            if family.most < 10**9:
                amounts.add(family.most)
            return sorted(n for n in amounts if family.least <= n <= family.most)
        if self.high is None or self.high - self.low <= 1:
            return []
        gap = self.high - self.low
        return sorted(
            {self.low + max(gap * k // _PARTS, 1) for k in range(1, _PARTS)} - {self.low, self.high}
        )

    def learn(self, tried: dict[int, tuple[Change, Verdict] | None]) -> None:
        """Take in what came of some amounts."""
        for amount, answer in sorted(tried.items()):
            if answer is not None and self.family.key in answer[1].settles and not answer[1].worse:
                self.high, (self.change, self.verdict) = amount, answer
                break
        if self.high is not None:
            self.low = max([self.low, *(n for n in tried if n < self.high)])


@dataclass(frozen=True, eq=False)
class Proved:
    """A change that was carried out, and held: the finding passes and nothing is worse."""

    family: Family
    steps: int
    change: Change = field(repr=False)
    verdict: Verdict

    @property
    def amount(self) -> float:
        """The smallest amount that holds, in the unit of the family."""
        return self.steps * self.family.step


def smallest(families: Sequence[Family], judged: Callable[[Sequence[Change]], list[Verdict]]) -> list[Proved]:
    """The smallest amount of each family that settles its finding and makes nothing worse.

    Parameters
    ----------
    families : ways to try; all of them go through the engine together, round by round.
    judged : carries out changes and runs the engine on what comes of them.

    Returns
    -------
    One answer for each family that holds at all, in their order. One step less was tried and does not hold, unless
    there is no less.
    """
    states = [_State(family, family.least - 1) for family in families]
    for _ in range(_ROUNDS):
        asked: list[tuple[_State, int, Change]] = []
        tried: dict[int, dict[int, tuple[Change, Verdict] | None]] = {}
        for state in states:
            for amount in state.wanted():
                change = state.family.at(amount)
                if change is None:
                    tried.setdefault(id(state), {})[amount] = None
                else:
                    asked.append((state, amount, change))
        if not asked:
            break
        verdicts = judged([change for _, _, change in asked])
        for (state, amount, change), verdict in zip(asked, verdicts, strict=True):
            tried.setdefault(id(state), {})[amount] = (change, verdict)
        for state in states:
            state.learn(tried.get(id(state), {}))
    return [
        Proved(state.family, state.high, state.change, state.verdict)
        for state in states
        if state.high is not None and state.change is not None and state.verdict is not None
    ]
