"""``import_geodata SOURCE PATH…``: deliveries of public registers into the store."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from geodata.ledger.import_command import ImportCommand
from geodata.registry import readers


class Command(ImportCommand):
    help = "Reads parcels, buildings, protected areas and the like out of files of the public registers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source",
            metavar="SOURCE",
            help=", ".join(name for name in readers if name != "plandata")
            + "; or mapping:FILE, any layer by a mapping file",
        )
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.run(options["source"], options)
