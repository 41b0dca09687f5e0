"""``manage.py harvest URL --into DIR``: the reference harvester."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gml.feed.client import HarvestFailed
from gml.feed.harvester import Outdated, harvest
from gml.feed.signing import BadKey


class Command(BaseCommand):
    """Exit 0: complete and proved; 2: not harvested; 3: the register has gone on meanwhile; 4: it was restored."""

    help = (
        "Follow a register feed into a folder. Killed or cut off, the same command goes on from where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "address", metavar="URL", help="address of the feed, such as http://localhost:8000/register/"
        )
        parser.add_argument(
            "--into", required=True, type=Path, metavar="DIR", help="folder to keep the plans in"
        )
        parser.add_argument(
            "--anew", action="store_true", help="begin from zero, as after a restore of the register"
        )

        parser.add_argument(
            "--key",
            metavar="BASE64",
            help="public key of the register; manifests it has not signed are refused",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = harvest(
                options["address"],
                options["into"],
                anew=options["anew"],
                key=options["key"],
                tell=self.stderr.write,
            )
        except Outdated as error:
            raise CommandError(str(error), returncode=4) from error
        except (HarvestFailed, BadKey) as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            told = f"{options['into']} cannot be written: {error.strerror or error}"
            raise CommandError(told, returncode=2) from error
        self.stdout.write(
            f"{done.cursor}: {done.changed} plans fetched, {done.gone} taken away, {done.held} held"
            + (", proved complete" if done.complete else ", the register has gone on meanwhile")
        )
        if not done.complete:
            raise SystemExit(3)
