"""Bulk files of the register feed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gml", "0002_plu_features")]

    operations = [
        migrations.CreateModel(
            name="PublishedBulk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scope", models.CharField(max_length=4, unique=True)),
                ("epoch", models.PositiveIntegerField()),
                ("revision", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("plans", models.IntegerField()),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
    ]
