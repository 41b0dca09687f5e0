"""What the store knows and what stands in its cases: ``python -m tests.crossing.week.night 2026-03-02 [REVISION …]``.

Prints one JSON object: what the registers are known to hold, now and as of each revision; whether the findings that
stand are those of a full run; and how many rows there are of what only grows.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

CODE = "0999"


def known(revision: int | None) -> dict[str, Any]:
    """The registers as the store knew them at a revision (None: knows them), in the order of ``Registers.told``."""
    from geodata.models.buildings import BuildingRecordVersion
    from geodata.models.fkg import ThemeVersion
    from planning.models.plans import Limit, PlanVersion

    def areas(theme: str, register: str) -> list[list[Any]]:
        rows = ThemeVersion.objects.as_of(known=revision).filter(
            object__theme_id=theme, object__register=register
        )
        found = []
        for row in rows.select_related("object"):
            west, south, east, _north = row.geometry.extent
            found.append([row.object.register_id, round(west, 2), round(south, 2), round(east - west, 2)])
        return sorted(found)

    buildings = (
        BuildingRecordVersion.objects.as_of(known=revision)
        .filter(object__register="bbr")
        .values_list("object__register_id", "use_code", "floor_m2")
    )
    plans = PlanVersion.objects.as_of(known=revision).filter(number__startswith="W")
    heights = Limit.objects.filter(version__in=plans, matter="max_height")
    return {
        "buildings": sorted([key, int(use), int(floor)] for key, use, floor in buildings),
        "beach": areas("s01", "matriklen"),
        "forest": areas("s04", "forest"),
        "plans": sorted(list(row) for row in heights.values_list("version__number", "value")),
    }


def main(day: str, *revisions: str) -> None:
    import django

    django.setup()
    import pandas as pd
    from django.db.models import Count

    from geodata.accounts.tenancy import tenant
    from geodata.ledger.models import AuditRow, Change
    from geodata.ledger.revisions import last_revision
    from geodata.models.fkg import ThemeVersion
    from permits.models.applications import Application
    from permits.models.rechecks import LookedAt
    from tests.permits.recheck.edits import afresh, stored

    with tenant(CODE):
        ids = list(Application.objects.order_by("id").values_list("id", flat=True))
        stand, full = stored(ids), afresh(ids, date.fromisoformat(day))
        apart = ""
        try:
            pd.testing.assert_frame_equal(stand, full, check_dtype=False)
        except AssertionError as error:
            both = stand.merge(full, how="outer", indicator=True)
            apart = f"{error}\n{both[both['_merge'] != 'both'].head(12).to_string()}"
        told = {
            "revision": last_revision(),
            "now": known(None),
            "then": {number: known(int(number)) for number in revisions},
            "apart": apart,
            "findings": len(stand),
            "heights": sorted(set(stand.loc[stand["rule"] == "plan.height", "limit"].dropna().tolist())),
            "applications": len(ids),
            "affected": LookedAt.objects.filter(affected=True).count(),
            "verbs": dict(AuditRow.objects.values_list("verb").annotate(n=Count("pk")).order_by("verb")),
            "grows": {
                "changes": Change.objects.filter(revision__isnull=False).count(),
                "versions": ThemeVersion.objects.count(),
                "audit": AuditRow.objects.count(),
            },
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
