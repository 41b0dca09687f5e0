"""A database server as somebody whom row-level security does not bind: what a backup and a restore need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from config.launch.cluster import ENVIRONMENT, SUPERUSER, Cluster, find_binaries
from config.launch.database import DATABASE
from config.launch.progress import USAGE, Log, Trouble

ADMIN = "DATABASE_ADMIN_URL"
OWN_SERVER = (
    f"Set {ADMIN} to the address of a role that row-level security does not bind and that may create databases\n"
    "(a superuser); it is used by these two commands and by nothing else."
)


@dataclass
class Server:
    """A database server as somebody whom row-level security does not bind.

    Parameters
    ----------
    address
        Address with the database's name as its path; a password goes to the programs by the environment.
    """

    address: str
    log: Log
    binaries: Path = field(default_factory=find_binaries)

    @classmethod
    def private(cls, cluster: Cluster) -> Server:
        """Return the private cluster's, as its superuser."""
        return cls(cluster.url(SUPERUSER, DATABASE), cluster.log, cluster.binaries)

    @classmethod
    def given(cls, env: Mapping[str, str], log: Log) -> Server:
        """Return the person's own, by DATABASE_ADMIN_URL."""
        if not env.get(ADMIN):
            raise Trouble("The database is your own server's.", hint=OWN_SERVER, exit_code=USAGE)
        return cls(env[ADMIN], log)

    @property
    def name(self) -> str:
        """The database's name."""
        return unquote(urlsplit(self.address).path.lstrip("/"))

    def at(self, database: str) -> str:
        """Return the address of another database on the same server, without the password."""
        return with_database(self.address, database, keep_password=False)

    def environment(self) -> dict[str, str]:
        """Return the programs' environment."""
        password = urlsplit(self.address).password
        return ENVIRONMENT | ({"PGPASSWORD": unquote(password)} if password else {})

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        return str(self.binaries / name)

    def sql(self, statements: str, database: str) -> str:
        """Run statements and return what they print, one line a row."""
        argv = [
            self.program("psql"),
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            "-",
            "-d",
            self.at(database),
        ]
        return self.log.run(argv, env=self.environment(), cwd=Path("/"), stdin=statements).strip()

    def exists(self, database: str) -> bool:
        """Tell whether there is such a database."""
        return self.sql(f"SELECT 1 FROM pg_database WHERE datname = {literal(database)}", "postgres") == "1"


def literal(text: str) -> str:
    """Return a text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def with_database(address: str, database: str, *, keep_password: bool = True) -> str:
    """Return the same address with another database's name."""
    parts = urlsplit(address)
    where = parts.netloc if keep_password else re.sub(r":[^@]*@", "@", parts.netloc)
    path = "/" + quote(database, safe="")
    if not parts.netloc:  # urlunsplit would leave out the two slashes
        return f"{parts.scheme}://{path}" + (f"?{parts.query}" if parts.query else "")
    return urlunsplit((parts.scheme, where, path, parts.query, ""))
