"""``check_geodata``: quality checks of what is stored, or of files that are not stored."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from django.core.management.base import BaseCommand, CommandError

from geodata.checks.collection import collection_of
from geodata.checks.engine import Found, as_checked, run_checks
from geodata.checks.fault import Frames
from geodata.checks.stored import check_stored, labels, stored_frames
from geodata.ledger.action import Refused
from geodata.ledger.files import MAPPED, read_one
from geodata.ledger.import_command import NOTHING_STORED, SOME_QUARANTINED, fetched, tell_rejected
from geodata.readers.delivery import Delivery
from geodata.readers.generic import look
from geodata.readers.mapping import LayerMapping, load
from geodata.readers.refusal import CannotRead

_SHOWN: Final = 3


class Command(BaseCommand):
    help = (
        "Looks for faults in parcels, buildings and BBR. Exit code 0: none; 3: faults, or records set aside; "
        "2: the data cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--municipality", metavar="NNNN", help="only what lies in this municipality")
        parser.add_argument("--check", action="append", default=[], metavar="ID", help="only this check")
        parser.add_argument("--geojson", metavar="FILE", help="write the faulty places to this file")
        parser.add_argument(
            "--mapping",
            nargs=2,
            action="append",
            default=[],
            metavar=("FILE", "PATH"),
            help="check this file by this mapping and store nothing; may be given for several files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["mapping"]:
                rejected, frames, found = self._looked(options)
            else:
                rejected = 0
                found = check_stored(
                    acting_user=None, municipality=options["municipality"], ids=options["check"]
                )
                themes = [theme for one in found for theme in one.check.themes]
                frames = stored_frames(themes, options["municipality"])
        except (CannotRead, Refused) as error:
            raise CommandError(str(error), returncode=NOTHING_STORED) from None
        if options["geojson"]:
            text = json.dumps(collection_of(found, frames), ensure_ascii=False)
            try:
                Path(options["geojson"]).write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(
                    f"{options['geojson']} could not be written: {error.strerror}", returncode=NOTHING_STORED
                ) from None
        total = self._tell(found, frames)
        if total or rejected:
            raise SystemExit(SOME_QUARANTINED)

    def _looked(self, options: dict[str, Any]) -> tuple[int, Frames, list[Found]]:
        """Frames of files by their mappings."""
        deliveries: list[Delivery] = []
        for mapping, path in options["mapping"]:
            said = load(mapping)

            def reader(
                paths: list[Path], *, municipality: str | None, by: LayerMapping = said
            ) -> list[Delivery]:
                return look(paths, by)

            [file] = fetched(f"{MAPPED}{mapping}", [path], self._say)
            deliveries += read_one(reader, file, file.name, None, lambda _text: None)
        rejected = [r for d in deliveries for r in d.rejected]
        for delivery in deliveries:
            for warning in delivery.warnings:
                self._say(f"warning: {warning}")
        tell_rejected(rejected, self._say)
        kept = sum(len(d.frame) for d in deliveries)
        self.stdout.write(f"{kept} read, {len(rejected)} set aside")
        if not kept:
            raise CannotRead("Every record was set aside")
        system = deliveries[0].frame.crs
        parts: dict[str, list[gpd.GeoDataFrame]] = {}
        for delivery in deliveries:
            frame = delivery.frame
            parts.setdefault(delivery.theme, []).append(
                frame if frame.crs == system else frame.to_crs(system)
            )
        frames = {
            theme: own[0] if len(own) == 1 else pd.concat(own, ignore_index=True)
            for theme, own in parts.items()
        }
        return len(rejected), frames, run_checks(frames, options["check"])

    def _tell(self, found: list[Found], frames: Frames) -> int:
        total = 0
        for one in found:
            if one.faults is None:
                self.stdout.write(f"{one.check.id}: not run, {one.not_run}")
                continue
            count = len(one.faults)
            total += count
            self.stdout.write(f"{one.check.id}: {count}")
            if count:
                self._say(f"{one.check.id}: {one.check.title}. {one.check.remedy}")
                frame = as_checked(one.check.themes[0], frames[one.check.themes[0]])
                named = labels(frame)
                for row, place, measured in list(
                    zip(one.faults.row, one.faults.place, one.faults.measured, strict=True)
                )[:_SHOWN]:
                    where = "" if place is None else f" at {place.centroid.x:.2f} {place.centroid.y:.2f}"
                    much = "" if measured != measured else f", {measured:.3f} {one.check.unit}"  # noqa: PLR0124
                    self._say(f"  {named[row]}{where}{much}")
        ran = sum(one.faults is not None for one in found)
        self.stdout.write(f"{total} faults in {ran} checks")
        return total

    def _say(self, text: str) -> None:
        self.stderr.write(text, style_func=lambda plain: plain)
