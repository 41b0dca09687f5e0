"""``check_settings``: what is missing or weak in the settings of the environment."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.environment import main


class Command(BaseCommand):
    help = "Says of each setting of the environment what is missing or weak."

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand over as manage.py does, where it catches this word before settings that may not load."""
        sys.exit(main(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        if code := main([]):
            raise CommandError("something is wrong with the settings, as told above", returncode=code)
