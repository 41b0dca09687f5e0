"""The site: the only room that knows all the others."""

from geodata.room import Room


class ConfigConfig(Room):
    default = True
    name = "config"
