"""``make_demo``: the demonstration municipality, from nothing to checked applications and a register file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import translation
from django.utils.timezone import localdate

from geodata.accounts.tenancy import tenant
from permits.actions.check_applications import check_applications
from permits.demo import names
from permits.demo.accounts import make_accounts
from permits.demo.deliver import deliver
from permits.demo.demo import DEFAULT_PARCELS, DEFAULT_SEED, generate
from permits.demo.load import AnotherDemoError, build, present
from permits.demo.trial import trial
from permits.models.applications import Application
from permits.models.findings import NEWEST
from permits.rulebook import discover

#: An application passes a limit where a rule refuses it, asks for a dispensation, or hands it to an assessment.
_BREACHES: Final = f"""
SELECT f.rule, count(DISTINCT f.application_id) FROM {NEWEST} WHERE k.application_id = ANY(%s)
  AND (f.outcome IN ('fail', 'needs_dispensation') OR f.reason = 'overall_assessment')
GROUP BY f.rule ORDER BY f.rule
"""
_BREACHING: Final = f"""
SELECT count(DISTINCT f.application_id) FROM {NEWEST} WHERE k.application_id = ANY(%s)
  AND (f.outcome IN ('fail', 'needs_dispensation') OR f.reason = 'overall_assessment')
"""
_CHECKED: Final = """
SELECT count(*) FROM permits_lookedat WHERE application_id = ANY(%s)
"""
_COUNT: Final = """
SELECT (SELECT count(*) FROM t_parcel WHERE municipality_id = %s),
       (SELECT count(*) FROM t_building WHERE municipality_id = %s),
       (SELECT count(*) FROM t_plan WHERE municipality_id = %s AND level = 'local_plan'),
       (SELECT count(*) FROM t_plan WHERE municipality_id = %s)
"""


class Command(BaseCommand):
    help = (
        "Build the demonstration municipality (code 0999): parcels, houses, plans and applications, check every "
        "application, write the plans as register data. A second time it changes nothing. With --into: as files, "
        "with the drawings as GeoJSON, GeoPackage and DXF, the rule cases, the plans' texts and the terrain."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--parcels", type=int, default=DEFAULT_PARCELS, help=f"about how many (default {DEFAULT_PARCELS})"
        )
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another number, another town")
        parser.add_argument("--into", metavar="DIR", help="write files into this folder, not to the database")
        parser.add_argument("--site-url", default="", help="address named at the end")
        parser.add_argument(
            "--no-passwords", action="store_true", help="accounts that nobody can sign in with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        parcels, seed = options["parcels"], options["seed"]
        if not 300 <= parcels <= 200_000:
            raise CommandError("--parcels wants a number from 300 to 200000", returncode=2)
        if seed < 0:
            raise CommandError("--seed wants a number from 0 on", returncode=2)
        if options["into"]:
            self._deliver(parcels, seed, Path(options["into"]))
            return
        try:
            there = present(parcels, seed)
        except AnotherDemoError as error:
            raise CommandError(
                "The database holds a demonstration of another size, seed or edition. Start afresh with  "
                "./run reset --yes  and build this one then.",
                returncode=2,
            ) from error
        out = Path(settings.VAR) / "export" / "demo-plans.gml"
        drawing = Path(settings.VAR) / "demo" / "hus.dxf"
        if there:
            self.stdout.write("The demonstration municipality is already there.")
        else:
            # What an earlier demonstration left is none of this one, also where this one leaves nothing.
            for left in (out, drawing, drawing.with_suffix(".txt")):
                left.unlink(missing_ok=True)
            with self._step("stored"):
                terrain = Path(settings.VAR) / "terrain" / f"demo-{parcels}-{seed}"
                build(parcels, seed, terrain=terrain, say=lambda line: self.stdout.write(f"  {line}"))
        ids = self._applications()
        if self._one(_CHECKED, ids) < len(ids):
            with self._step("applications checked"):
                check_applications(ids, acting_user=None, municipality=names.CODE, as_of=localdate())
        if not out.exists():
            with self._step("register file written"):
                self._export(out)
        accounts = Path(settings.VAR) / "demo-accounts.txt"
        made = make_accounts(None if options["no_passwords"] else accounts)
        if made:
            where = "without passwords" if options["no_passwords"] else f"passwords in {accounts}"
            self.stdout.write(f"  {made} accounts, {where}")
        if not drawing.exists():
            with self._step("drawing to try"):
                self._draw(ids, drawing)
        self._summary(ids, out, options["site_url"], drawing)

    def _deliver(self, parcels: int, seed: int, folder: Path) -> None:
        """Files instead of the database."""
        with self._step("generated"):
            demo = generate(parcels, seed)
        with self._step("written"):
            files = deliver(demo, folder)
        self.stdout.write(f"{len(files)} files in {folder}")

    @contextmanager
    def _step(self, done: str) -> Iterator[None]:
        begin = time.monotonic()
        yield
        self.stdout.write(f"{done} ({time.monotonic() - begin:.1f} s)")

    def _applications(self) -> list[int]:
        with tenant(names.CODE):
            return list(Application.objects.order_by("id").values_list("id", flat=True))

    def _one(self, sql: str, ids: list[int]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, [ids])
            return int(cursor.fetchone()[0])

    def _export(self, out: Path) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        call_command(
            "export_plans", profile="inspire-plu", out=str(out), municipality=names.CODE,
            stdout=StringIO(), stderr=self.stderr,
        )  # fmt: skip

    def _draw(self, ids: list[int], path: Path) -> None:
        """A house to apply for, with three breaches; a small town may have no room for one."""
        with tenant(names.CODE):
            made = trial(ids)
        if made is not None:
            made.write(path)

    def _summary(self, ids: list[int], out: Path, site_url: str, drawing: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [names.CODE] * 4)
            parcels, buildings, local_plans, areas = cursor.fetchone()
            cursor.execute(_BREACHES, [ids])
            breaches = cursor.fetchall()
        rules = discover()
        say = self.stdout.write
        say("")
        say(f"{names.NAME}, {names.CODE}")
        say(f"  {parcels} parcels, {buildings} buildings")
        say(f"  {local_plans} local plans, {areas} plan areas in all")
        say(
            f"  {self._one(_CHECKED, ids)} applications checked, {self._one(_BREACHING, ids)} of them in breach:"
        )
        with translation.override("da"):
            for rule, number in breaches:
                say(f"    {number:4}  {rules[rule].name_da if rule in rules else rule} ({rule})")
        if out.exists():
            say(f"  {out} ({out.stat().st_size} bytes)")
        if drawing.exists():
            say(f"  a house to apply for, with three breaches: {drawing}")
            say(f"    {drawing.with_suffix('.txt').read_text(encoding='utf-8').strip()}")
        if site_url:
            say(f"  {site_url}")
