"""Counting cases is done on an index: under a policy each row of the table would be asked for its municipality."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_limits"),
        ("permits", "0009_handling"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state", "draft"), _negated=True),
                fields=["municipality", "id"],
                name="application_sent_in",
            ),
        ),
    ]
