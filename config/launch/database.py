"""What the private cluster holds: three roles, one database, the extensions, and who may touch what.

Everything that a database made later must have too (Django makes a fresh one for the tests) is put into
`template1`: extensions and default privileges are copied from there.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.cluster import Cluster
from config.launch.place import UNWANTED
from config.launch.progress import CommandFailed, Trouble

DATABASE = "planvaerk"

ROLES_SQL = """
CREATE ROLE owner LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION;
CREATE ROLE app LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION;
CREATE ROLE worker LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION;
"""

TEMPLATE_SQL = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app, worker;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO app, worker;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT EXECUTE ON FUNCTIONS TO app, worker;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SCHEMAS TO app, worker;
"""

DATABASE_SQL = f"CREATE DATABASE {DATABASE} OWNER owner TEMPLATE template1;"


@dataclass(frozen=True)
class Addresses:
    """The database's address for each of the three roles."""

    app: str
    owner: str
    worker: str
    private: bool

    def environment(self) -> dict[str, str]:
        """Return the variables that child processes read."""
        return {
            "DATABASE_URL": self.app,
            "DATABASE_OWNER_URL": self.owner,
            "DATABASE_WORKER_URL": self.worker,
        }


def set_up(cluster: Cluster) -> None:
    """Create roles, extensions and the database in a new cluster, as its superuser."""
    try:
        cluster.sql(ROLES_SQL)
        cluster.sql(TEMPLATE_SQL, "template1")
        cluster.sql(DATABASE_SQL)
    except CommandFailed as error:
        hint = f"Details are in {cluster.log.path}."
        if "postgis" in error.output:
            hint = "PostGIS for this PostgreSQL is missing (Debian: postgresql-15-postgis-3). " + hint
        raise error.trouble("The private database could not be set up:", hint) from error


def private_addresses(cluster: Cluster) -> Addresses:
    """Return the addresses in a private cluster."""
    return Addresses(
        app=cluster.url("app", DATABASE),
        owner=cluster.url("owner", DATABASE),
        worker=cluster.url("worker", DATABASE),
        private=True,
    )


def given_addresses(env: Mapping[str, str], own: Collection[str]) -> Addresses | None:
    """Return the addresses that the person has set, or None when the private cluster shall be used.

    An address of a private cluster itself (from a shell that has read `var/env.sh`) does not count as set.
    """
    url = env.get("DATABASE_URL", "")
    if not url or url in own:
        return None
    if "://" not in url:
        raise Trouble(
            f"DATABASE_URL is not an address: {url}",
            hint="It looks like postgresql://user:password@host:5432/planvaerk; without it the private "
            "database is used.",
        )
    return Addresses(
        app=url,
        owner=env.get("DATABASE_OWNER_URL") or url,
        worker=env.get("DATABASE_WORKER_URL") or url,
        private=False,
    )


def write_shell_file(path: Path, variables: Mapping[str, str]) -> None:
    """Write the addresses as shell lines, for people who call `manage.py`, pytest or psql themselves."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    lines.append(f"unset {' '.join(UNWANTED)}\n")
    text = "".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.unlink(missing_ok=True)
        # It holds the secret key.
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
