"""The site: the only room that knows all the others."""

from geodata.room import Room


class ConfigConfig(Room):
    default = True
    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - registers itself
