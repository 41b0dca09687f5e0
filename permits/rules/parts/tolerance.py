"""When a number is too close to a limit for its positions: the flag ``within_tolerance``."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, FLAGS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Closer than this to the place where a verdict turns, float noise of the coordinates decides (metres): a micrometre
#: on either side, around 0.0005 as around the micrometre more that is let pass.
BAND: Final = 2e-6


def turning(margin: Floats) -> Ints:
    """Bits of ``within_tolerance`` where the verdict would turn within a micrometre or two.

    Danish: inden for måleusikkerheden. A margin down to ``-EQUAL`` is met, so that is where verdicts turn.

    Parameters
    ----------
    margin : spare room, metres or the rule's own unit; NaN = no number, no flag.

    Examples
    --------
    Margin 0: no flag. Margin of -0.0005 m to less than a micrometre: flag, whatever the verdict.
    """
    return np.where(np.abs(margin + EQUAL) <= BAND, FLAGS["within_tolerance"], 0)


def any_of(bits: Ints, owner: Ints, size: int) -> Ints:
    """Bits that any of the rows of each owner has, owners numbered from 0 to ``size``."""
    found = np.zeros(size, dtype=np.int64)
    np.bitwise_or.at(found, owner, bits)
    return found


def within_tolerance(margin: Floats, sigma_m: Floats) -> Ints:
    """Bits of ``within_tolerance`` where the margin is smaller than the positions are exact, or it turns.

    Parameters
    ----------
    margin : spare room, metres; NaN = no number, no flag.
    sigma_m : uncertainty of the margin, 0 = exact.
    """
    return np.where(np.abs(margin) < sigma_m, FLAGS["within_tolerance"], turning(margin))
