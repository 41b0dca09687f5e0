#!/usr/bin/env python3
"""Command line of Django. ``./run manage COMMAND`` prepares the environment first."""

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


def main() -> None:
    """Choose the database role by the command, then hand over to Django."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("PLANVAERK_DB_ROLE", ROLES.get(command, "worker"))
    if command == "check_settings":  # asked most where the settings do not load
        from config.environment import main as check_settings

        sys.exit(check_settings(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
