"""What somebody wants: applications, drawings, rules and findings."""

from geodata.room import Room


class PermitsConfig(Room):
    default = True
    name = "permits"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from geodata.registry import MenuEntry, menu
        from permits import layers, openapi, system_checks
        from permits.facets import sources as facets
        from permits.portal import uploads

        layers.register()
        system_checks.register()
        facets.register()
        openapi.register()
        uploads.register()
        menu.register("rulesets", MenuEntry("review:rulesets", "permits.read_rulesets", _("Rule sets")))
