"""The worst answer about an application, for lists and maps.

It is kept beside each check (:class:`permits.models.rechecks.LookedAt`): a list of a hundred thousand cases has no
time to look through their findings. What people see differs from the stored outcomes in one point: ``needs_manual``
because of ``overall_assessment`` is an answer of its own, since the building then exceeds the building right
(byggeretten) and the municipality weighs it as a whole (helhedsvurdering), whereas other ``needs_manual`` only say
that somebody has to look.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Answers as they are shown, worst first.
ANSWERS: Final = (
    "fail",
    "needs_dispensation",
    "overall_assessment",
    "needs_other_consent",
    "needs_manual",
    "pass",
    "not_applicable",
)
#: Answers that stand against the building as it is drawn.
BREACHES: Final = ("fail", "needs_dispensation", "overall_assessment")


def answer_of(outcome: str, reason: str) -> str:
    """The shown answer of one finding."""
    return reason if reason == "overall_assessment" else outcome


def worst_of(
    application: npt.NDArray[np.int64],
    of: npt.NDArray[np.int64],
    outcome: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
) -> tuple[list[str], list[int]]:
    """The worst answer about each application, and how many findings stand against what is drawn.

    Parameters
    ----------
    application : (n,) ids, each once.
    of : (m,) id of the application of each finding, all among ``application``.
    outcome, reason : (m,) of the findings, as stored.

    Returns
    -------
    (n,) answers, ``not_applicable`` where nothing was found, and (n,) numbers of breaches.
    """
    weighed = reason == "overall_assessment"
    code = pd.Categorical(np.where(weighed, reason, outcome), categories=ANSWERS).codes.astype(np.int64)
    order = np.argsort(application)
    row = order[np.searchsorted(application, of, sorter=order)]
    worst = np.full(len(application), len(ANSWERS) - 1)
    np.minimum.at(worst, row, code)
    breaches = np.bincount(row[code < len(BREACHES)], minlength=len(application))
    return [ANSWERS[at] for at in worst], breaches.tolist()


def worst_sql(application: str) -> str:
    """SQL of the worst answer about an application (a column such as ``a.id``); NULL = not checked yet."""
    return f"(SELECT l.answer FROM permits_lookedat l WHERE l.application_id = {application})"
