#!/usr/bin/env python3
"""Command line of Django. ``./run manage COMMAND`` prepares the environment first."""

import gc
import os
import sys

#: Who a command is to the database; all others are the worker.
ROLES = {
    "migrate": "owner",
    "makemigrations": "owner",
    "sqlmigrate": "owner",
    "verify_audit": "owner",
    "runserver": "app",
}
#: Commands that look at files alone, and whose they are: they start without the rooms and addresses of the site,
#: which take longer to load than such a file to look through.
FILES_ONLY = {"validate_plans": "gml"}


def main() -> None:
    """Choose the database role by the command, then hand over to Django."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Set to nothing is not set: migrations would be the site's.
    os.environ["PLANVAERK_DB_ROLE"] = os.environ.get("PLANVAERK_DB_ROLE") or ROLES.get(command, "worker")
    if command == "check_settings":  # asked most where the settings do not load
        from config.environment import main as check_settings

        sys.exit(check_settings(sys.argv[2:]))
    if command in FILES_ONLY:
        gc.set_threshold(
            100_000, 50, 100
        )  # much is read and let go of, with hardly any rings of garbage in it
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_files"
        from django.apps import apps
        from django.conf import settings
        from django.core.management import load_command_class

        apps.populate(settings.INSTALLED_APPS)  # django.setup() would load addresses and models as well
        load_command_class(FILES_ONLY[command], command).run_from_argv(sys.argv)
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:  # who read along has enough (head, less)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
