"""What somebody wants: applications, drawings, rules and findings."""

from geodata.room import Room


class PermitsConfig(Room):
    default = True
    name = "permits"

    def ready(self) -> None:
        from permits import layers

        layers.register()
