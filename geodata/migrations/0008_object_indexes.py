"""Lighter indexes of objects: ids are asked for whole, municipalities lie together."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("geodata", "0007_one_look_a_statement"),
        ("ledger", "0009_statement_key"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="boundaryline",
            name="geodata_bou_registe_4e2eb2_idx",
        ),
        migrations.RemoveIndex(
            model_name="boundaryline",
            name="geodata_bou_municip_e276d1_idx",
        ),
        migrations.RemoveIndex(
            model_name="building",
            name="geodata_bui_registe_5e5d25_idx",
        ),
        migrations.RemoveIndex(
            model_name="building",
            name="geodata_bui_municip_ed6d8d_idx",
        ),
        migrations.RemoveIndex(
            model_name="buildingrecord",
            name="geodata_bui_registe_620e86_idx",
        ),
        migrations.RemoveIndex(
            model_name="buildingrecord",
            name="geodata_bui_municip_1ae197_idx",
        ),
        migrations.RemoveIndex(
            model_name="municipalityoutline",
            name="geodata_mun_registe_618795_idx",
        ),
        migrations.RemoveIndex(
            model_name="municipalityoutline",
            name="geodata_mun_municip_e3641b_idx",
        ),
        migrations.RemoveIndex(
            model_name="parcel",
            name="geodata_par_registe_24bef6_idx",
        ),
        migrations.RemoveIndex(
            model_name="parcel",
            name="geodata_par_municip_10c6b9_idx",
        ),
        migrations.RemoveIndex(
            model_name="themeobject",
            name="geodata_the_registe_90e964_idx",
        ),
        migrations.RemoveIndex(
            model_name="themeobject",
            name="geodata_the_municip_86cc81_idx",
        ),
        migrations.AddIndex(
            model_name="boundaryline",
            index=django.contrib.postgres.indexes.HashIndex(
                fields=["register_id"], name="boundaryline_register"
            ),
        ),
        migrations.AddIndex(
            model_name="boundaryline",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["municipality"], name="boundaryline_municip"
            ),
        ),
        migrations.AddIndex(
            model_name="building",
            index=django.contrib.postgres.indexes.HashIndex(fields=["register_id"], name="building_register"),
        ),
        migrations.AddIndex(
            model_name="building",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["municipality"], name="building_municip"),
        ),
        migrations.AddIndex(
            model_name="buildingrecord",
            index=django.contrib.postgres.indexes.HashIndex(
                fields=["register_id"], name="buildingrecord_register"
            ),
        ),
        migrations.AddIndex(
            model_name="buildingrecord",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["municipality"], name="buildingrecord_municip"
            ),
        ),
        migrations.AddIndex(
            model_name="municipalityoutline",
            index=django.contrib.postgres.indexes.HashIndex(
                fields=["register_id"], name="municipalityoutline_register"
            ),
        ),
        migrations.AddIndex(
            model_name="municipalityoutline",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["municipality"], name="municipalityoutline_municip"
            ),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=django.contrib.postgres.indexes.HashIndex(fields=["register_id"], name="parcel_register"),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["municipality"], name="parcel_municip"),
        ),
        migrations.AddIndex(
            model_name="themeobject",
            index=django.contrib.postgres.indexes.HashIndex(
                fields=["register_id"], name="themeobject_register"
            ),
        ),
        migrations.AddIndex(
            model_name="themeobject",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["municipality"], name="themeobject_municip"
            ),
        ),
    ]
