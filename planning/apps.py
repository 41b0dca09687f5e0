"""What is allowed: plans, their limits and their life cycle."""

from geodata.room import Room


class PlanningConfig(Room):
    default = True
    name = "planning"

    def ready(self) -> None:
        from planning import layers
        from planning.facets import sources as facets
        from planning.readers import sources
        from planning.themes import register

        register()
        layers.register()
        sources.register()
        facets.register()
