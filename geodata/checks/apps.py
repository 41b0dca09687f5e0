"""Quality checks of register data, and the faults that they have found."""

from geodata.room import Room


class ChecksConfig(Room):
    default = True
    name = "geodata.checks"
    label = "checks"
