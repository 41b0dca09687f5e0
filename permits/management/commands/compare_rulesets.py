"""``compare_rulesets A B``: which standing cases would get another answer by B than by A."""

from __future__ import annotations

import json
import math
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.timezone import localdate

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from permits.engine.assess import CHUNK
from permits.engine.compare import SAID, differences
from permits.engine.from_database import world_of
from permits.engine.ruleset_files import every
from permits.models.applications import Application, ApplicationState


class Command(BaseCommand):
    """Runs all standing cases by two rule sets; exits 0, or 2 when there is no such rule set or municipality."""

    help = (
        "List the standing cases whose outcome would change from one rule set to another. Nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Two names, and whose cases."""
        parser.add_argument("before", metavar="A", help="rule set to start from; a draft may be named")
        parser.add_argument("after", metavar="B", help="rule set to compare it with")
        parser.add_argument("--municipality", metavar="CODE", help="cases of this municipality only")
        parser.add_argument("--json", action="store_true", dest="as_json", help="answer for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and tell."""
        before, after = options["before"], options["after"]
        _refuse_unknown(before, after)
        codes = list(Municipality.objects.values_list("code", flat=True))
        if (code := options["municipality"]) is not None:
            if code not in codes:
                raise CommandError(f"there is no municipality {code}", returncode=2)
            codes = [code]
        changes: list[dict[str, Any]] = []
        looked_at = 0
        for name in codes:
            for size, found in self._parts(name, before, after):
                looked_at += size
                changes += found
        if options["as_json"]:
            self.stdout.write(
                json.dumps(_plain(before, after, looked_at, changes), ensure_ascii=False, indent=2)
            )
        else:
            self._tell(before, after, looked_at, changes)

    def _parts(self, code: str, before: str, after: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Cases of one municipality, a part at a time: how many, and what would change among them."""
        with tenant(code):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")  # whatever the code below does
            numbers = dict(
                Application.objects.filter(state=ApplicationState.SUBMITTED).values_list("id", "number")
            )
            ids = sorted(numbers)
            for start in range(0, len(ids), CHUNK):
                part = ids[start : start + CHUNK]
                table = differences(world_of(part, as_of=localdate()), before, after)
                self.stderr.write(f"{code}: compared {start + len(part)} of {len(ids)} cases")
                yield len(part), [_change(code, numbers, row) for row in table.to_dict("records")]

    def _tell(self, before: str, after: str, looked_at: int, changes: list[dict[str, Any]]) -> None:
        for one in changes:
            self.stdout.write(
                f"{one['municipality']} {one['case']}: {one['rule']}: {_said(one['before'])} -> {_said(one['after'])}"
            )
        for rule, count in _per_rule(changes).items():
            self.stdout.write(f"{rule}: {count}")
        cases = {(one["municipality"], one["case"]) for one in changes}
        self.stdout.write(f"{len(cases)} of {looked_at} cases would change from {before} to {after}")


def _refuse_unknown(*names: str) -> None:
    files = every()
    usable = {one.name for one in files if one.usable}
    for name in names:
        if name in usable:
            continue
        faults = [f"{one.file}: {fault}" for one in files if one.name == name for fault in one.faults]
        why = f"the rule set {name} cannot be used" if faults else f"there is no rule set {name}"
        known = f"known: {', '.join(sorted(usable))}"
        raise CommandError("\n".join([why, *faults, known]), returncode=2)


def _change(code: str, numbers: dict[int, str], row: dict[Any, Any]) -> dict[str, Any]:
    def side(suffix: str) -> dict[str, Any]:
        return {name: _value(row[f"{name}{suffix}"]) for name in SAID}

    return {
        "municipality": code,
        "application": int(row["site"]),
        "case": numbers[int(row["site"])],
        "rule": row["rule"],
        "before": side("_before"),
        "after": side("_after"),
    }


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return None if pd.isna(value) or not math.isfinite(value) else round(float(value), 6)


def _said(side: dict[str, Any]) -> str:
    words = [side["outcome"], side["reason"]]
    words += [f"{name} {side[name]:g}" for name in ("measured", "limit") if side[name] is not None]
    return " ".join(word for word in words if word)


def _per_rule(changes: list[dict[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(one["rule"] for one in changes).items()))


def _plain(before: str, after: str, looked_at: int, changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "before": before,
        "after": after,
        "cases": looked_at,
        "changed": len({(one["municipality"], one["case"]) for one in changes}),
        "rules": _per_rule(changes),
        "changes": changes,
    }
