"""What the register feed hands on, and up to where."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PublishedPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("plan", models.UUIDField()),
                ("epoch", models.PositiveIntegerField()),
                ("revision", models.BigIntegerField()),
                ("municipality", models.CharField(blank=True, max_length=4)),
                ("number", models.CharField(blank=True, max_length=60)),
                ("title", models.TextField(blank=True)),
                ("gone", models.BooleanField(default=False)),
                ("latest", models.BooleanField(default=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.BigIntegerField(default=0)),
                ("features", models.IntegerField(default=0)),
                ("content", models.BinaryField(null=True)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["epoch", "revision", "plan"], name="published_in_order")],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "epoch", "revision"), name="published_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("latest", True)), fields=("plan",), name="published_latest_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublishedState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("epoch", models.PositiveIntegerField()),
                ("revision", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="published_state_once")
                ],
            },
        ),
    ]
