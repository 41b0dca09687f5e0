"""``import_plans PATH…``: plans out of the national plan register into the store."""

from __future__ import annotations

from typing import Any

from geodata.ledger.import_command import ImportCommand


class Command(ImportCommand):
    help = "Reads plans (kommuneplan, ramme, lokalplan, delområde, byggefelt) from GeoJSON of Plandata.dk."

    def handle(self, *args: Any, **options: Any) -> None:
        self.run("plandata", options)
