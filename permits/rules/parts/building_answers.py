"""Writing findings: one row per proposed building, filled by rows of the buildings' frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from permits.rulebook import blank, tabled

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Answers:
    """Findings of one rule about every proposed building, ``not_applicable`` until something else is said."""

    def __init__(self, rule: str, world: World) -> None:
        self._rows = np.flatnonzero(world.column("buildings", "proposed"))
        self._place = np.full(len(world.buildings), -1, dtype=np.int64)
        self._place[self._rows] = np.arange(len(self._rows))
        self._columns = blank(
            rule,
            site=world.column("buildings", "site")[self._rows],
            building=world.column("buildings", "building")[self._rows],
            outcome="not_applicable",
        )

    def say(self, rows: Ints | Bools, **columns: Any) -> None:
        """Write columns for buildings.

        Parameters
        ----------
        rows : rows in ``world.buildings`` (or a mask over them), all of them proposed.
        columns : values, one per row or one for all.
        """
        at = self._place[rows]
        if not len(at):
            return
        for name, value in columns.items():
            self._columns[name][at] = value

    def table(self) -> pd.DataFrame:
        """The findings."""
        return tabled(self._columns)
