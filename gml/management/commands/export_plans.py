"""``export_plans``: plans as register data in a file."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geodata.accounts.models import Municipality
from gml.export import ExportFailed, Written, export_plans
from gml.feed.cursor import read_cursor
from gml.feed.publish import touched_since
from gml.package import write_package
from planning.records import PUBLIC_STATUSES, plan_groups, plan_records

_SHOWN = 50
#: Plans that are named for one and the same warning.
_NAMED = 5


class Command(BaseCommand):
    help = (
        "Write adopted and proposed plans as register data. The file appears under its name only when it is "
        "whole and was read back. Exit 0: written; 2: nothing was written, and the message says why."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--profile", required=True, choices=("inspire-plu", "plandata"))
        parser.add_argument(
            "--out", required=True, metavar="FILE", help="file to write, - for standard output"
        )
        parser.add_argument(
            "--plan", action="append", metavar="ID", help="planid or objekt_id; may be given several times"
        )
        parser.add_argument("--municipality", metavar="NNNN", help="four-digit code, such as 0167")
        parser.add_argument(
            "--crs", default="EPSG:25832", help="EPSG:25832 (default), EPSG:4258 or EPSG:3044"
        )
        parser.add_argument(
            "--repealed", action="store_true", help="also plans that were repealed (status A)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="plandata: only say which plans the register would refuse"
        )
        parser.add_argument("--since", metavar="CURSOR", help="only what changed since a harvest")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"] and options["profile"] != "plandata":
            raise _refused("--dry-run is for the profile plandata; try a GML file with validate_plans.")
        code = _municipality(options["municipality"])
        if options["since"] is not None:
            self._since(options)
        out = options["out"]
        if options["profile"] == "plandata":
            self._package(out, code, options)
            return
        target: Path | BinaryIO = sys.stdout.buffer if out == "-" else Path(out)
        if isinstance(target, Path) and target.is_dir():
            raise _refused(f"{out} is a folder; --out wants the name of a file.")
        try:
            written = export_plans(
                target,
                municipality=code,
                plan_ids=options["plan"],
                statuses=(*PUBLIC_STATUSES, "A") if options["repealed"] else PUBLIC_STATUSES,
                crs=options["crs"],
            )
        except ExportFailed as error:
            raise _refused(f"{error}{_asked(options)}") from error
        except ValueError as error:
            raise _refused(f"{error}.") from error
        except OSError as error:
            raise _refused(_cannot_write(out, error)) from error
        self._tell(out, written)

    def _since(self, options: dict[str, Any]) -> None:
        """Narrow the export to plans that changed; which of them are gone is told, since a file cannot."""
        try:
            cursor = read_cursor(options["since"])
            changed = [str(name) for name in touched_since(cursor.epoch, cursor.revision)]
        except (ValueError, LookupError) as error:
            raise _refused(f"--since: {error}.") from error
        statuses = (*PUBLIC_STATUSES, "A") if options["repealed"] else PUBLIC_STATUSES
        there: dict[str, str] = {}
        for record in plan_records(plan_ids=changed, statuses=statuses):
            if record.root == record.objekt_id:
                there[str(record.objekt_id)] = record.register_id
        for name in changed:
            if name not in there:
                self.stderr.write(f"gone: {name}")
        wanted = set(options["plan"] or ())
        options["plan"] = [n for n, own in there.items() if not wanted or wanted & {n, own}]
        if not options["plan"]:
            raise _refused(f"No plan that is handed on changed since {options['since']}.")

    def _package(self, out: str, code: str | None, options: dict[str, Any]) -> None:
        """The upload package of the register: written under another name first, then put in place."""
        if out == "-":
            raise _refused("A package is not written to standard output; give --out the name of a file.")
        if options["crs"] not in ("EPSG:25832", "25832"):
            raise _refused("Plandata.dk takes EPSG:25832 only; leave --crs out.")
        statuses = (*PUBLIC_STATUSES, "A") if options["repealed"] else PUBLIC_STATUSES
        groups = plan_groups(municipality=code, plan_ids=options["plan"], statuses=statuses)
        try:
            packed = write_package(groups, None if options["dry_run"] else Path(out))
        except OSError as error:
            raise _refused(_cannot_write(out, error)) from error
        for name, rules in packed.kept_back[:_SHOWN]:
            for rule in rules:
                self.stderr.write(f"kept back: {name}: {rule.rule}: {rule.said}")
        if len(packed.kept_back) > _SHOWN:
            self.stderr.write(f"kept back: {len(packed.kept_back) - _SHOWN} more of these")
        if not packed.layers:
            raise _refused(f"No plan was found that the register would take.{_asked(options)}")
        for name, number in packed.layers.items():
            self.stdout.write(f"{name}: {number}")
        if options["dry_run"]:
            self.stdout.write("Nothing was written (--dry-run).")

    def _tell(self, out: str, written: Written) -> None:
        for warning in _together(written.warnings):
            self.stderr.write(f"warning: {warning}")
        if written.more_warnings:
            self.stderr.write(f"warning: {written.more_warnings} more of these")
        features = ", ".join(f"{number} {kind}" for kind, number in sorted(written.features.items()))
        # Standard output may be the file itself.
        say = self.stderr if out == "-" else self.stdout
        say.write(f"{out}: {written.plans} plans, {sum(written.features.values())} features ({features})")
        say.write(f"{written.bytes} bytes, sha256 {written.sha256}")


def _together(warnings: Sequence[str]) -> Iterator[str]:
    """Each thing that was noticed once, with the names that it was noticed of: "144, 205 and 30 more: what"."""
    names: dict[str, list[str]] = {}
    for warning in warnings:
        name, _, said = warning.partition(": ")
        names.setdefault(said, []).append(name)
    for said, noticed in names.items():
        more = f" and {len(noticed) - _NAMED} more" if len(noticed) > _NAMED else ""
        yield f"{', '.join(noticed[:_NAMED])}{more}: {said}"


def _refused(message: str) -> CommandError:
    return CommandError(message, returncode=2)


def _municipality(asked: str | None) -> str | None:
    if asked is None:
        return None
    code = asked.strip().zfill(4)
    if not Municipality.objects.filter(code=code).exists():
        raise _refused(
            f"Municipality {asked} is not known here; give the four-digit code of one that plans were read for, "
            "such as 0167."
        )
    return code


def _asked(options: dict[str, Any]) -> str:
    named = []
    if options["plan"]:
        named.append(
            f"--plan {', '.join(options['plan'])} (drafts and parts of plans are not exported on their own)"
        )
    if options["municipality"]:
        named.append(f"--municipality {options['municipality']}")
    return f" Asked for: {'; '.join(named)}." if named else ""


def _cannot_write(out: str, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk is full; nothing was written to {out}."
    if error.errno == errno.ENOENT:
        return f"The folder of {out} does not exist; make it first."
    return f"{out} cannot be written: {error.strerror or error}. Nothing was written."
