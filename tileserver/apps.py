"""See it: vector tiles, map styles and the map component."""

from geodata.room import Room


class TileserverConfig(Room):
    default = True
    name = "tileserver"

    def ready(self) -> None:
        # A background map that could not work is told when the site starts, not by a grey map.
        from tileserver.proxy import backgrounds

        backgrounds()
