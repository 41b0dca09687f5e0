"""Where things are: parcels, boundaries, buildings and the registers they come from."""

from geodata.room import Room


class GeodataConfig(Room):
    default = True
    name = "geodata"

    def ready(self) -> None:
        from geodata import layers
        from geodata.readers import sources
        from geodata.themes import register

        register()
        layers.register()
        sources.register()
