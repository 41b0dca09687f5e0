"""The property look-up (ejendomsopslag): one place per parcel, contested values, and the log of look-ups."""

from geodata.room import Room


class LookupConfig(Room):
    default = True
    name = "geodata.property_lookup"
    label = "lookup"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from geodata.property_lookup.facets import sources
        from geodata.registry import MenuEntry, menu

        sources.register()
        menu.register(
            "contests", MenuEntry("lookup:contests", "lookup.answer_contest", _("Contested values"))
        )
        menu.register("looks", MenuEntry("lookup:looks", "lookup.read_log", _("Log of look-ups")))
