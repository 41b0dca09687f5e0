"""All FKG themes: the list as reference data, two tables for all of them, their guards, checks and views."""

import uuid

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.db import migrations, models

from geodata.fkg.catalogue import fkg_themes
from geodata.fkg.database import CHECK, DROP_CHECK, load, views
from geodata.ledger.history import guarded, key_guards

_TABLES = [("ThemeObject", "ThemeVersion")]


class Migration(migrations.Migration):
    dependencies = [
        ("geodata", "0004_change_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="FkgThemeRow",
            fields=[
                ("code", models.CharField(max_length=4, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                ("geometry_type", models.CharField(max_length=20)),
                ("geometry_required", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="FkgCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("list", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=40)),
                ("text", models.TextField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("list", "code"), name="fkg_code_once")],
            },
        ),
        migrations.CreateModel(
            name="ThemeObject",
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
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.municipality",
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="geodata.fkgthemerow",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ThemeVersion",
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
                ("attributes", models.JSONField(default=dict)),
                ("geometry", django.contrib.gis.db.models.fields.GeometryField(null=True, srid=25832)),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="geodata.themeobject",
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="geodata.fkgthemerow",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FkgColumnRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("type", models.CharField(max_length=10)),
                ("length", models.IntegerField(null=True)),
                ("low", models.CharField(max_length=40, null=True)),
                ("high", models.CharField(max_length=40, null=True)),
                ("allowed", models.JSONField(null=True)),
                ("required", models.BooleanField()),
                (
                    "theme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="columns",
                        to="geodata.fkgthemerow",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("theme", "name"), name="fkg_column_once")],
            },
        ),
        migrations.AddIndex(
            model_name="themeobject",
            index=models.Index(fields=["register", "register_id"], name="geodata_the_registe_90e964_idx"),
        ),
        migrations.AddIndex(
            model_name="themeobject",
            index=models.Index(fields=["municipality"], name="geodata_the_municip_86cc81_idx"),
        ),
        migrations.AddIndex(
            model_name="themeversion",
            index=models.Index(condition=models.Q(("change_to", None)), fields=["theme"], name="theme_open"),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("change_to__isnull", True)), fields=("object",), name="theme_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(fields=("object", "change_from"), name="theme_once_a_change"),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("oprindkode__range", (0, 12))), name="theme_oprindkode"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("statuskode__range", (0, 4))), name="theme_statuskode"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("off_kode__range", (1, 3))), name="theme_off_kode"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gyldig_til__isnull", True),
                    ("gyldig_fra__isnull", True),
                    ("gyldig_til__gte", models.F("gyldig_fra")),
                    _connector="OR",
                ),
                name="theme_gyldig",
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("geometry__isempty", False), ("geometry__isvalid", True)),
                name="theme_geometry",
            ),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunSQL(CHECK, DROP_CHECK),
        guarded("geodata", _TABLES),
        guarded("geodata", _TABLES, key_guards),
        *(migrations.RunSQL(forward, reverse) for forward, reverse in views(fkg_themes().values())),
    ]
