"""Hand it on: register exchange in GML."""

from django.apps import AppConfig

from geodata.room import Room


class GmlConfig(Room):
    default = True
    name = "gml"

    def ready(self) -> None:
        from geodata.registry import Export, exports, later, readers
        from gml import openapi
        from gml.validate import uploads

        readers.register("plu", later("gml.reader:read"))
        exports.register(
            "inspire-plu",
            Export(
                id="inspire-plu",
                title_da="INSPIRE planlagt arealanvendelse (GML)",
                title_en="INSPIRE Planned Land Use (GML)",
                media_type="application/gml+xml",
                write=later("gml.export:write_plans"),
            ),
        )
        openapi.register()
        uploads.register()


class GmlFilesConfig(AppConfig):
    """The same room for commands that look at files alone: its words and pages, without models or other rooms."""

    name = "gml"

    def import_models(self) -> None:
        self.models = {}
