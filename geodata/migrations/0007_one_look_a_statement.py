"""Keys of versions and objects are looked at once a statement; shapes get an index that takes rows faster."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from geodata.ledger.history import KEEP_MUNICIPALITIES, guarded, object_guards


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("geodata", "0006_one_open"),
        ("ledger", "0007_statements"),
    ]

    operations = [
        migrations.RunSQL(*KEEP_MUNICIPALITIES),
        # Altered by hand: Django's own way takes the index of open versions along with the key.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="boundaryline",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="boundarylineversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.boundaryline",
                    ),
                ),
                migrations.AlterField(
                    model_name="building",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="buildingrecord",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="buildingrecordversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
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
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.building",
                    ),
                ),
                migrations.AlterField(
                    model_name="municipalityoutline",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="municipalityoutlineversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.municipalityoutline",
                    ),
                ),
                migrations.AlterField(
                    model_name="parcel",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="parcelversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.parcel",
                    ),
                ),
                migrations.AlterField(
                    model_name="themeobject",
                    name="municipality",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="themeversion",
                    name="object",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.themeobject",
                    ),
                ),
            ]
        ),
        guarded(
            "geodata",
            [
                ("Parcel", "ParcelVersion"),
                ("BoundaryLine", "BoundaryLineVersion"),
                ("Building", "BuildingVersion"),
                ("BuildingRecord", "BuildingRecordVersion"),
                ("MunicipalityOutline", "MunicipalityOutlineVersion"),
                ("ThemeObject", "ThemeVersion"),
            ],
            object_guards,
        ),
        migrations.AlterField(
            model_name="boundarylineversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.MultiLineStringField(spatial_index=False, srid=25832),
        ),
        migrations.AlterField(
            model_name="buildingrecordversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.PointField(null=True, spatial_index=False, srid=25832),
        ),
        migrations.AlterField(
            model_name="buildingversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(spatial_index=False, srid=25832),
        ),
        migrations.AlterField(
            model_name="municipalityoutlineversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(spatial_index=False, srid=25832),
        ),
        migrations.AlterField(
            model_name="parcelversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(spatial_index=False, srid=25832),
        ),
        migrations.AlterField(
            model_name="themeversion",
            name="geometry",
            field=django.contrib.gis.db.models.fields.GeometryField(
                null=True, spatial_index=False, srid=25832
            ),
        ),
        migrations.AddIndex(
            model_name="boundarylineversion",
            index=django.contrib.postgres.indexes.SpGistIndex(
                models.F("geometry"), name="boundary_line_space"
            ),
        ),
        migrations.AddIndex(
            model_name="buildingrecordversion",
            index=django.contrib.postgres.indexes.SpGistIndex(
                models.F("geometry"), name="building_record_space"
            ),
        ),
        migrations.AddIndex(
            model_name="buildingversion",
            index=django.contrib.postgres.indexes.SpGistIndex(models.F("geometry"), name="building_space"),
        ),
        migrations.AddIndex(
            model_name="municipalityoutlineversion",
            index=django.contrib.postgres.indexes.SpGistIndex(
                models.F("geometry"), name="municipality_outline_space"
            ),
        ),
        migrations.AddIndex(
            model_name="parcelversion",
            index=django.contrib.postgres.indexes.SpGistIndex(models.F("geometry"), name="parcel_space"),
        ),
        migrations.AddIndex(
            model_name="themeversion",
            index=django.contrib.postgres.indexes.SpGistIndex(models.F("geometry"), name="theme_space"),
        ),
    ]
