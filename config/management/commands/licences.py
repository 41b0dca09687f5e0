"""``licences``: every Python and npm package of the lock files with its licence; exit 1 where one may not be."""

from __future__ import annotations

import json
import re
import tomllib
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

#: A licence name in an SPDX expression; AND, OR, WITH and brackets join them.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


@dataclass(frozen=True)
class Package:
    """A dependency; ``licence`` is an SPDX expression, or what the package says in its own words, or "".

    ``here`` : it is installed, so that it could say something; those of optional groups need not be.
    """

    kind: str
    name: str
    version: str
    licence: str
    here: bool = True


def permitted(expression: str, allowed: Mapping[str, str]) -> bool:
    """Whether an SPDX expression may stand: of ``OR`` one side, of ``AND`` every one. Brackets go one deep."""
    whole = expression.strip()
    if whole.startswith("(") and whole.endswith(")") and "(" not in whole[1:]:
        whole = whole[1:-1]
    if "(" in whole:
        return False
    sides = re.split(r"\s+OR\s+", whole)
    return any(
        all(_NAME.fullmatch(name) and name in allowed for name in re.split(r"\s+AND\s+", side))
        for side in sides
    )


def _said(name: str, table: Mapping[str, Any]) -> tuple[str, str]:
    """Version and licence as the installed package tells them."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "", table["read"].get(name, "")
    # What some put here is the whole text of the licence.
    free = "".join(told.get_all("License") or []).strip()
    classified = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License")
    ]
    expression = "".join(told.get_all("License-Expression") or [])
    short = free if "\n" not in free and len(free) < 60 else ""
    words: Mapping[str, str] = table["words"]
    for said in (expression, short, *classified):
        if said and permitted(words.get(said, said), table["allowed"]):
            return told["Version"], words.get(said, said)
    return told["Version"], table["read"].get(name) or expression or short or ", ".join(classified)


def packages(root: Path, table: Mapping[str, Any]) -> Iterator[Package]:
    """Every package of ``uv.lock`` and ``package-lock.json`` below a folder, less the site itself."""
    for entry in tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))["package"]:
        if "virtual" not in entry.get("source", {}):
            version, licence = _said(entry["name"], table)
            yield Package("python", entry["name"], entry["version"], licence, bool(version))
    locked = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, entry in locked.items():
        if path:
            yield Package(
                "npm", path.rpartition("node_modules/")[2], entry["version"], entry.get("license", "")
            )


class Command(BaseCommand):
    help = "Every Python and npm package with version and licence; exit 1 where a licence is not on the list."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--root", type=Path, default=settings.BASE_DIR, help="folder of the lock files")
        parser.add_argument(
            "--strict", action="store_true", help="exit 1 also for packages that are not installed here"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        table = tomllib.loads((settings.BASE_DIR / "config" / "licences.toml").read_text(encoding="utf-8"))
        faults = unseen = 0
        for package in packages(options["root"], table):
            right = permitted(package.licence, table["allowed"])
            line = f"{package.kind:<6} {package.name} {package.version}  "
            if not (right or package.here or package.licence or options["strict"]):
                unseen += 1
                self.stdout.write(f"{line}not installed here")
                continue
            faults += not right
            self.stdout.write(
                f"{line}{package.licence or 'says nothing'}{'' if right else '  NOT ON THE LIST'}"
            )
        if unseen:
            self.stderr.write(f"{unseen} packages of groups that are not installed here were not looked at")
        if faults:
            raise CommandError(
                f"{faults} packages have a licence that is not on the list (config/licences.toml)"
            )
