"""BBR's status of a building: the extract of the register also tells of what is planned and what is gone."""

from django.db import migrations, models

from geodata.ledger.history import guarded, written_once
from geodata.ledger.views import history_views

_BEFORE = (
    "use_code", "year", "floor_m2", "dwelling_m2", "business_m2", "built_m2", "garage_m2", "carport_m2", "storeys",
    "listed_code", "parcel_register_id",
)  # fmt: skip
_TABLES = ("building_record", "geodata_buildingrecord", "geodata_buildingrecordversion")
_PAIR = [("BuildingRecord", "BuildingRecordVersion")]
_OLD, _NEW = history_views(*_TABLES, _BEFORE), history_views(*_TABLES, ("status_code", *_BEFORE))


class Migration(migrations.Migration):
    dependencies = [("geodata", "0009_state_themes")]

    operations = [
        migrations.RunSQL(_OLD[1], _OLD[0]),
        guarded("geodata", _PAIR, written_once),
        migrations.AddField("buildingrecordversion", "status_code", models.IntegerField(null=True)),
        guarded("geodata", _PAIR, written_once),
        migrations.RunSQL(*_NEW),
    ]
