"""What a plan may regulate, and what the register's fields say about it.

The vocabulary of matters and states, and the mapping from Plandata's fields into it, as pure functions over
frames. An empty field is ``not_recorded``: neither zero nor unlimited. A field that contradicts its own
"does not regulate" flag is ``not_recorded`` too, since somebody has to read the plan.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Matter = Literal["max_height", "max_storeys", "plot_ratio", "use", "building_field"]
State = Literal["value", "not_regulated", "not_recorded"]

#: What a plan may regulate, in the order in which it is listed for people.
MATTERS: Final[tuple[Matter, ...]] = ("max_height", "max_storeys", "plot_ratio", "use", "building_field")
#: The three states of a matter in a plan.
STATES: Final[tuple[State, ...]] = ("value", "not_regulated", "not_recorded")
#: Denominators of a percentage by code of ``bebygpctaf``: the area as a whole, the property, the plot, the parcel.
DENOMINATORS: Final = {1: "area", 2: "property", 3: "plot", 4: "parcel"}
#: Field of the register that holds the number of a matter.
FIELDS: Final[dict[Matter, str]] = {
    "max_height": "maxbygnhjd",
    "max_storeys": "maxetager",
    "plot_ratio": "bebygpct",
    "use": "anvgen",
}
#: Field of the same number for one specific use, by its place 1…10.
SLOTS: Final[dict[Matter, str]] = {
    "max_height": "maxbhjd{}",
    "max_storeys": "maxetage{}",
    "plot_ratio": "bygpct{}",
}
#: Flag by which the plan says that it does not regulate the matter (``i…reg`` = ikke regulerende).
SILENCE: Final[dict[Matter, str]] = {
    "max_height": "iomfangreg",
    "max_storeys": "iomfangreg",
    "plot_ratio": "iomfangreg",
    "use": "ianvreg",
}
_PLACES: Final = range(1, 11)
_TRUE: Final = frozenset({"true", "t", "1", "1.0", "ja", "j", "yes", "y"})


def _numbers(rows: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """A column as numbers; absent, empty, unreadable and infinite are all NaN."""
    if column not in rows.columns:
        return np.full(len(rows), np.nan)
    values = rows[column]
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        values = values.astype("string").str.strip().str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _flags(rows: pd.DataFrame, column: str) -> npt.NDArray[np.bool_]:
    """A yes-or-no column; absent and empty are no."""
    if column not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    return (
        rows[column].astype("string").str.strip().str.lower().isin(_TRUE).to_numpy(dtype=bool, na_value=False)
    )


def limits_of(rows: pd.DataFrame) -> pd.DataFrame:
    """What plan areas say on each matter, from the fields of the register.

    Danish: bestemmelser; planloven § 15. Fields: ``bebygpct`` with ``bebygpctaf``, ``maxbygnhjd``, ``maxetager``,
    ``anvgen``, the flags ``iomfangreg``, ``ianvreg``, ``kompleks``, and the ten slots for specific uses.

    Parameters
    ----------
    rows : plan areas (lokalplan, delområde, ramme, byggefelt) with the register's field names; fields that a
        delivery does not have count as empty. Numbers may be text, with point or comma.

    Returns
    -------
    One row per plan area and matter: ``row`` (place in ``rows``), ``matter``, ``use_code`` (-1 = every use),
    ``state``, ``value`` (m, storeys, per cent, code of use; NaN unless the state is ``value``), ``per``
    (denominator of a percentage, empty = not stated); then a row for every number that a slot holds for one
    specific use.

    Notes
    -----
    ``building_field`` has no field: whether a plan regulates it follows from its byggefelter and byggelinjer.
    ``kompleks`` makes every matter not recorded, slots included. A matter that only slots speak of is not
    recorded for the plan as a whole. A number below zero is none.

    Examples
    --------
    Complies with the register: ``maxbygnhjd`` 8.5 is ``value``. Says nothing: ``iomfangreg`` true and no number
    is ``not_regulated``. Unknown: an empty field is ``not_recorded``.
    """
    complicated = _flags(rows, "kompleks")
    codes = _numbers(rows, "bebygpctaf")
    per = pd.Series(codes).map(DENOMINATORS).fillna("").to_numpy(dtype=object)
    parts = []
    for matter in MATTERS:
        field = FIELDS.get(matter)
        values = np.full(len(rows), np.nan) if field is None else _numbers(rows, field)
        silent = _flags(rows, SILENCE[matter]) if matter in SILENCE else np.zeros(len(rows), dtype=bool)
        written, told = np.isfinite(values), values >= 0.0  # nothing is limited to less than nothing
        state = np.select(
            [complicated | (written & silent), told, silent],
            ["not_recorded", "value", "not_regulated"],
            "not_recorded",
        ).astype(object)
        parts.append(_rows(np.arange(len(rows)), matter, state, values, per))
    for matter, slot in SLOTS.items():
        for place in _PLACES:
            values, use = _numbers(rows, slot.format(place)), _numbers(rows, f"anvspec{place}")
            at = np.flatnonzero((values >= 0.0) & np.isfinite(use) & ~complicated)
            if len(at):
                known = np.full(len(at), "value", dtype=object)
                part = _rows(at, matter, known, values[at], per[at])
                parts.append(part.assign(use_code=use[at].astype("int64")))
    return pd.concat(parts, ignore_index=True)


def _rows(
    row: npt.NDArray[np.int64],
    matter: str,
    state: npt.NDArray[np.object_],
    values: npt.NDArray[np.float64],
    per: npt.NDArray[np.object_],
) -> pd.DataFrame:
    known = state == "value"
    return pd.DataFrame(
        {
            "row": row,
            "matter": matter,
            "use_code": np.full(len(row), -1, dtype="int64"),
            "state": state,
            "value": np.where(known, values, np.nan),
            "per": np.where(known & (matter == "plot_ratio"), per, ""),
        }
    )


def uses_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Specific uses (anvendelse specifik) of plan areas: ``row``, ``code``, each code once per row.

    Danish: specifik anvendelse, fields ``anvspec1`` … ``anvspec10``.

    Parameters
    ----------
    rows : as for :func:`limits_of`.

    Returns
    -------
    One row per code; a plan area without specific uses has none.

    Examples
    --------
    ``anvspec1`` 1110 and ``anvspec2`` 1120 give two rows; empty fields give none.
    """
    parts = []
    for place in _PLACES:
        codes = _numbers(rows, f"anvspec{place}")
        at = np.flatnonzero(np.isfinite(codes))
        parts.append(pd.DataFrame({"row": at, "code": codes[at].astype("int64")}))
    return (
        pd.concat(parts, ignore_index=True).drop_duplicates().sort_values(["row", "code"], ignore_index=True)
    )


def field_states(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Whether a byggefelt binds, from the register's two booleans.

    Danish: byggefelt; fields ``bygkunifelt`` (build only inside) and ``bygvejledende`` (indicative).

    Parameters
    ----------
    rows : byggefelter with the register's field names.

    Returns
    -------
    ``yes`` (binding), ``no`` (indicative), ``undeclared`` (neither, or empty) or ``contradictory`` (both).

    Examples
    --------
    Binding: true, false. Indicative: false, true. Unknown: both empty is ``undeclared``.
    """
    only, indicative = _flags(rows, "bygkunifelt"), _flags(rows, "bygvejledende")
    return np.select(
        [only & indicative, only, indicative], ["contradictory", "yes", "no"], "undeclared"
    ).astype(object)
