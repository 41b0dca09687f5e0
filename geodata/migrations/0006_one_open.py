"""One open version an object: altering the key had taken the partial unique index along with the key's own."""

from django.db import migrations

from geodata.ledger.history import one_open

_VERSIONS = [
    "ParcelVersion",
    "BoundaryLineVersion",
    "BuildingVersion",
    "BuildingRecordVersion",
    "MunicipalityOutlineVersion",
    "ThemeVersion",
]


class Migration(migrations.Migration):
    dependencies = [("geodata", "0005_fkg")]

    operations = [one_open("geodata", _VERSIONS)]
