"""Changes, revisions, the base action, audit and import runs."""

from geodata.room import Room


class LedgerConfig(Room):
    default = True
    name = "geodata.ledger"
    label = "ledger"
