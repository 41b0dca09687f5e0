"""House numbers (DAR): tables, guards of history, views."""

import uuid

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from geodata.ledger.history import guarded, key_guards, object_guards
from geodata.ledger.views import history_views

_TABLES = [("HouseNumber", "HouseNumberVersion")]
_VIEWS = history_views(
    "house_number",
    "geodata_housenumber",
    "geodata_housenumberversion",
    ("status_code", "designation", "address_point_id"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("geodata", "0012_counting_leaves_the_space_index_alone"),
        ("ledger", "0009_statement_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("objekt_id", models.UUIDField(unique=True)),
                ("register", models.CharField(max_length=40)),
                ("register_id", models.CharField(max_length=120)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.change",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HouseNumberVersion",
            fields=[
                ("versions_id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("content_hash", models.UUIDField()),
                ("cvr_kode", models.IntegerField(null=True)),
                ("bruger_id", models.CharField(db_default="", default="", max_length=128)),
                (
                    "oprindkode",
                    models.SmallIntegerField(
                        choices=[
                            (0, "Ikke udfyldt"),
                            (1, "Ortofoto"),
                            (2, "Matrikelkort"),
                            (3, "Opmåling"),
                            (4, "FOT/tekniske kort"),
                            (5, "Modelberegning"),
                            (6, "Tegning"),
                            (7, "Felt-/markbesøg"),
                            (8, "Borgeranmeldelse"),
                            (9, "Luftfoto 1944-1993"),
                            (10, "Skråfoto"),
                            (11, "Andre foto"),
                            (12, "3D"),
                        ],
                        db_default=0,
                        default=0,
                    ),
                ),
                (
                    "statuskode",
                    models.SmallIntegerField(
                        choices=[
                            (0, "Ukendt"),
                            (1, "Kladde"),
                            (2, "Forslag"),
                            (3, "Gældende/Vedtaget"),
                            (4, "Ikke gældende/Aflyst"),
                        ],
                        db_default=3,
                        default=3,
                    ),
                ),
                (
                    "off_kode",
                    models.SmallIntegerField(
                        choices=[
                            (1, "Synlig for alle"),
                            (2, "Synlig for den ansvarlige myndighed"),
                            (3, "Synlig for alle myndigheder, men ikke for offentligheden"),
                        ],
                        db_default=1,
                        default=1,
                    ),
                ),
                ("noegle", models.CharField(db_default="", default="", max_length=128)),
                ("note", models.CharField(db_default="", default="", max_length=254)),
                ("gyldig_fra", models.DateField(null=True)),
                ("gyldig_til", models.DateField(null=True)),
                ("status_code", models.IntegerField(null=True)),
                ("designation", models.CharField(max_length=255, null=True)),
                ("address_point_id", models.CharField(max_length=120, null=True)),
                (
                    "geometry",
                    django.contrib.gis.db.models.fields.PointField(
                        null=True, spatial_index=False, srid=25832
                    ),
                ),
                (
                    "change_from",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.change",
                    ),
                ),
                (
                    "change_to",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.change",
                    ),
                ),
                (
                    "object",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.housenumber",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="housenumber",
            index=django.contrib.postgres.indexes.HashIndex(
                fields=["register_id"], name="housenumber_register"
            ),
        ),
        migrations.AddIndex(
            model_name="housenumber",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["municipality"], name="housenumber_municip"
            ),
        ),
        migrations.AddIndex(
            model_name="housenumberversion",
            index=models.Index(fields=["address_point_id"], name="house_number_point"),
        ),
        migrations.AddIndex(
            model_name="housenumberversion",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Lower(
                        django.db.models.functions.text.Replace(
                            "designation", models.Value(","), models.Value("")
                        )
                    ),
                    "text_pattern_ops",
                ),
                name="house_number_words",
            ),
        ),
        migrations.AddIndex(
            model_name="housenumberversion",
            index=django.contrib.postgres.indexes.SpGistIndex(
                models.F("geometry"),
                condition=models.Q(("geometry__isnull", False)),
                name="house_number_space",
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("change_to__isnull", True)),
                fields=("object",),
                name="house_number_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.UniqueConstraint(
                fields=("object", "change_from"), name="house_number_once_a_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("oprindkode__range", (0, 12))), name="house_number_oprindkode"
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("statuskode__range", (0, 4))), name="house_number_statuskode"
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("off_kode__range", (1, 3))), name="house_number_off_kode"
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gyldig_til__isnull", True),
                    ("gyldig_fra__isnull", True),
                    ("gyldig_til__gte", models.F("gyldig_fra")),
                    _connector="OR",
                ),
                name="house_number_gyldig",
            ),
        ),
        migrations.AddConstraint(
            model_name="housenumberversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("geometry__isempty", False), ("geometry__isvalid", True)),
                name="house_number_geometry",
            ),
        ),
        guarded("geodata", _TABLES),
        guarded("geodata", _TABLES, key_guards),
        guarded("geodata", _TABLES, object_guards),
        migrations.RunSQL(*_VIEWS),
    ]
