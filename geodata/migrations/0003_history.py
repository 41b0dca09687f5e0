"""History is written once: guards on changes, objects and versions."""

import django.db.models.deletion
from django.db import migrations, models

from geodata.ledger.history import change_guards, guarded

FORWARD, REVERSE = change_guards()


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_statistics"),
        ("geodata", "0002_views"),
    ]

    operations = [
        migrations.AlterField(
            model_name="boundarylineversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="geodata.boundaryline",
            ),
        ),
        migrations.AlterField(
            model_name="buildingrecordversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="geodata.buildingrecord",
            ),
        ),
        migrations.AlterField(
            model_name="buildingversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="geodata.building",
            ),
        ),
        migrations.AlterField(
            model_name="municipalityoutlineversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="geodata.municipalityoutline",
            ),
        ),
        migrations.AlterField(
            model_name="parcelversion",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="geodata.parcel",
            ),
        ),
        migrations.AddConstraint(
            model_name="boundarylineversion",
            constraint=models.UniqueConstraint(
                fields=("object", "change_from"), name="boundary_line_once_a_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="buildingrecordversion",
            constraint=models.UniqueConstraint(
                fields=("object", "change_from"), name="building_record_once_a_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="buildingversion",
            constraint=models.UniqueConstraint(
                fields=("object", "change_from"), name="building_once_a_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="municipalityoutlineversion",
            constraint=models.UniqueConstraint(
                fields=("object", "change_from"), name="municipality_outline_once_a_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="parcelversion",
            constraint=models.UniqueConstraint(fields=("object", "change_from"), name="parcel_once_a_change"),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
        guarded(
            "geodata",
            [
                ("Parcel", "ParcelVersion"),
                ("BoundaryLine", "BoundaryLineVersion"),
                ("Building", "BuildingVersion"),
                ("BuildingRecord", "BuildingRecordVersion"),
                ("MunicipalityOutline", "MunicipalityOutlineVersion"),
            ],
        ),
    ]
