"""A database of one's own, made by the owner, migrated, and dropped when the work is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from config.benchmarks.bars import CannotMeasure


@contextmanager
def scratch_database(tell: Callable[[str], object]) -> Iterator[str]:
    """Point the default connection at a fresh database; gives its libpq connection string.

    Raises
    ------
    CannotMeasure : the role may not create databases.
    """
    if not str(settings.DATABASES["default"]["USER"]).startswith("owner"):
        raise CannotMeasure("a scratch database is made by the owner: set PLANVAERK_DB_ROLE=owner")
    name = f"planvaerk_benchmark_{os.getpid()}"
    before = settings.DATABASES["default"]["NAME"]
    with connection._nodb_cursor() as cursor:  # Django's own way for test databases
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    try:
        tell(f"scratch database {name}: migrating …")
        call_command("migrate", verbosity=0, interactive=False)
        yield _dsn(name)
    finally:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = before
        with connection._nodb_cursor() as cursor:
            try:
                # Sends the server's own vacuum away, which FORCE may not: it is not a process of ours.
                cursor.execute(f'DROP DATABASE "{name}"')
            except OperationalError:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def scratch_environment() -> dict[str, str]:
    """Variables that lead another process to the database that the default connection points at."""
    name = str(settings.DATABASES["default"]["NAME"])
    return {
        variable: urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL")
        if variable in os.environ
    }


def _dsn(name: str) -> str:
    given = settings.DATABASES["default"]
    parts = {"dbname": name, "user": given["USER"], "password": given["PASSWORD"], "host": given["HOST"],
             "port": given["PORT"]}  # fmt: skip
    return " ".join(f"{key}='{value}'" for key, value in parts.items() if value)
