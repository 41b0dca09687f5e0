"""Where things are: parcels, boundaries, buildings and the registers they come from."""

from geodata.room import Room


class GeodataConfig(Room):
    default = True
    name = "geodata"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from geodata import layers, openapi
        from geodata.ledger.pages import uploads
        from geodata.readers import sources
        from geodata.registry import MenuEntry, menu
        from geodata.themes import register

        register()
        menu.register("imports", MenuEntry("imports:list", "ledger.read_imports", _("Imports")))
        layers.register()
        sources.register()
        openapi.register()
        uploads.register()
