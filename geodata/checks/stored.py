"""Quality checks of what is stored: frames out of the database, faults back into it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.accounts.models import User
from geodata.checks.engine import Found, as_checked, chosen, run_checks
from geodata.checks.fault import Frames
from geodata.checks.models import Fault
from geodata.frames import copy_text, copy_texts, shape_texts, theme_frame
from geodata.ledger.action import recorded
from geodata.ledger.quarantine import known_municipality
from geodata.readers.refusal import CannotRead

#: Word in the ledger's changes by which the map knows that its tiles of faults are stale.
THEME: Final = "fault"
_COLUMNS: Final = {
    "parcel": ("registered_m2", "property_number", "district_name", "parcel_number"),
    "building": ("bbr_id",),
    "building_record": ("use_code", "statuskode"),
}
_ALWAYS: Final = ("o.register_id", "o.municipality_id", "v.off_kode")
_TARGET: Final = (
    "kind", "theme", "object_id", "other_id", "municipality_id", "label", "measured", "public", "geometry",
)  # fmt: skip


def stored_frames(themes: Iterable[str], municipality: str | None = None) -> Frames:
    """What is known now of these themes, all of it or of one municipality (four digits)."""
    where = "o.municipality_id = %(code)s" if municipality else ""
    return {
        theme: theme_frame(
            theme, columns=(*_COLUMNS.get(theme, ()), *_ALWAYS), where=where, params={"code": municipality}
        )
        for theme in dict.fromkeys(themes)
    }


def check_stored(
    *, acting_user: User | None, municipality: str | None = None, ids: Iterable[str] = ()
) -> list[Found]:
    """Run the checks on what is stored and keep their faults in place of those of the last time.

    Parameters
    ----------
    municipality : four digits; None = everything.
    ids : checks to run; empty = all. What was found by the others stays.

    Raises
    ------
    CannotRead : an unknown check or municipality.
    """
    wanted = chosen(list(ids))
    if municipality and known_municipality(municipality) is None:
        raise CannotRead(f"there is no municipality {municipality!r} in the store; import its data first")
    with recorded(
        "geodata.check_geodata",
        acting_user=acting_user,
        municipality=municipality,
        subject=municipality or "everything",
    ) as recorder:
        frames = stored_frames((theme for check in wanted for theme in check.themes), municipality)
        found = run_checks(frames, [check.id for check in wanted])
        ran = [f for f in found if f.faults is not None]
        recorder.begin_change([THEME])
        old = Fault.objects.filter(kind__in=[f.check.id for f in ran])
        (old.filter(municipality=municipality) if municipality else old).delete()
        for one in ran:
            _keep(one, frames)
        recorder.detail = {f.check.id: len(f.faults) for f in ran if f.faults is not None}
    return found


def labels(frame: gpd.GeoDataFrame) -> Any:
    """What people call the records: district and number of a parcel, else the register's id."""
    ids = frame["register_id"].astype("string").fillna("")
    if "parcel_number" not in frame:
        return ids.to_numpy(dtype=object)
    district = frame["district_name"] if "district_name" in frame else pd.Series("", frame.index)
    named = (district.astype("string").fillna("") + " " + frame["parcel_number"].astype("string")).str.strip()
    return named.where(frame["parcel_number"].notna().to_numpy(), ids).str[:200].to_numpy(dtype=object)


def _keep(found: Found, frames: Frames) -> None:
    """Write the faults of a check by COPY."""
    faults = found.faults
    if faults is None or not len(faults):
        return
    theme = found.check.themes[0]
    first = as_checked(theme, frames[theme])
    second = as_checked(found.check.themes[-1], frames[found.check.themes[-1]])
    said = first.iloc[faults.row]
    has = faults.other >= 0
    beside = second.iloc[np.where(has, faults.other, 0)]
    public = (said["off_kode"].to_numpy() == 1) & (~has | (beside["off_kode"].to_numpy() == 1))
    count = len(faults)
    copy_texts(
        Fault._meta.db_table,
        _TARGET,
        [
            [found.check.id] * count,
            [theme] * count,
            copy_text(said["object_id"].tolist()),
            copy_text(k if h else None for k, h in zip(beside["object_id"].tolist(), has, strict=True)),
            copy_text(said["municipality_id"].tolist()),
            copy_text(labels(said).tolist()),
            copy_text(None if m != m else m for m in faults.measured.tolist()),  # noqa: PLR0124
            copy_text("t" if p else "f" for p in public),
            shape_texts(faults.place),
        ],
    )
