"""``manage.py verify_audit``: is the audit trail as it was written?"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from geodata.ledger.audit.chain import verify


class Command(BaseCommand):
    help = "Check the audit trail of every municipality; exit 1 when a row was changed, removed or put in."

    def handle(self, *_args: Any, **_options: Any) -> None:
        faults, heads = verify()
        for fault in faults:
            self.stderr.write(fault.line())
        for head in heads:
            self.stdout.write(f"chain {head.chain or '-'}: {head.sequence} rows, head {head.hash}")
        if faults:
            self.stderr.write(f"The audit trail is not as it was written: {len(faults)} faults.")
            sys.exit(1)
        self.stdout.write("The audit trail is whole.")
