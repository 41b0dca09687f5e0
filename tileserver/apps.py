"""See it: vector tiles, map styles and the map component."""

from geodata.room import Room


class TileserverConfig(Room):
    default = True
    name = "tileserver"
