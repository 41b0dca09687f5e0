"""``import_plans PATH…``: plans out of the national plan register into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError

from geodata.ledger.import_command import NOTHING_STORED, ImportCommand
from geodata.readers.files import sniff
from geodata.readers.refusal import CannotRead

#: Sources by what a file is: the register's own export, and INSPIRE Planned Land Use.
_REGISTER: Final = "plandata"
_EXCHANGE: Final = "plu"


class Command(ImportCommand):
    help = (
        "Reads plans (kommuneplan, ramme, lokalplan, delområde, byggefelt) from GeoJSON of Plandata.dk, or from GML "
        "of INSPIRE Planned Land Use."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sources = {_source(Path(path)) for path in options["paths"]}
        if len(sources) > 1:
            raise CommandError(
                "GeoJSON and GML are imported one after the other. Nothing was stored.",
                returncode=NOTHING_STORED,
            )
        self.run(sources.pop(), options)


def _source(path: Path) -> str:
    try:
        exchange = sniff(path) == "xml" or ".gml" in path.suffixes
    except CannotRead:
        exchange = False  # the import itself says what is wrong with the file
    return _EXCHANGE if exchange else _REGISTER
