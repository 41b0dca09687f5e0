"""``manage.py publish_register``: bring the register feed up to the last revision."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gml.feed.bulk import gather
from gml.feed.publish import publish, state
from gml.ogc import plu


class Command(BaseCommand):
    """Write every plan that changed since the last time, and tell which are gone."""

    help = "Bring the register feed up to date. The pages do it themselves where little has changed."

    def handle(self, *args: Any, **options: Any) -> None:
        done = publish(progress=lambda at, of: self.stderr.write(f"{at} of {of} plans looked at"))
        if done is None:
            raise CommandError("somebody else publishes just now; ask again when it is done", returncode=2)
        if (now := state()) is not None and not plu.refresh(
            now, most=None, progress=lambda at, of: self.stderr.write(f"{at} of {of} plans as features")
        ):
            self.stderr.write("the features of /ogc/ are brought up to date by somebody else just now")
        self.stdout.write(
            f"revision {done.epoch}.{done.revision}: {done.changed} plans new or changed, {done.gone} gone"
        )
        gathered = gather()
        if gathered is not None:
            self.stdout.write(f"bulk files: {gathered.written} written, {gathered.kept} unchanged")
