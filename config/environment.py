"""The settings of the environment, and what is missing or weak in them, in words: ``manage.py check_settings``.

Needs neither Django nor settings that work, since it is asked when they do not. No value is told: some are secrets.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

Environment = Mapping[str, str]
ERROR, WEAK, NOTE = "error", "weak", "note"
_ROOT: Final = Path(__file__).resolve().parent.parent
_CODE: Final = re.compile(r"\d{4}")
_RATE: Final = re.compile(r"\d+/\d*[smhd]/(?:key|ip)")


@dataclass(frozen=True)
class Remark:
    """What is to be said of a setting: ``error`` (something will not work), ``weak``, or ``note``."""

    level: str
    variable: str
    words: str


Check = Callable[[Environment, str], Iterator[tuple[str, str]]]


def _nothing(_env: Environment, _value: str) -> Iterator[tuple[str, str]]:
    return iter(())


def _on_the_net(env: Environment) -> bool:
    return bool(env.get("PLANVAERK_ORIGINS"))


def _var(env: Environment) -> Path:
    return Path(env.get("PLANVAERK_VAR") or _ROOT / "var")


def _database(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if not value:
        yield (
            ERROR,
            "is not set: there is no database. ./run brings one of its own; a server names its own here",
        )
        return
    parts = urlsplit(value)
    query = dict(parse_qsl(parts.query))
    if parts.scheme not in ("postgresql", "postgres"):
        yield ERROR, "must begin with postgresql://"
    if not parts.path.strip("/"):
        yield ERROR, "names no database; write postgresql://role@host/database"
    if parts.username in (None, "postgres"):
        yield (
            WEAK,
            "should connect as an ordinary role of its own; a superuser is not held by row-level security",
        )
    host = query.get("host") or parts.hostname or ""
    near = host.startswith("/") or host in ("", "127.0.0.1", "::1", "localhost")
    if not near and query.get("sslmode") not in ("require", "verify-ca", "verify-full"):
        yield WEAK, "leads to another machine without demanding encryption; add ?sslmode=verify-full"


def _site_database(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    yield from _database(env, value)
    owner = urlsplit(env.get("DATABASE_OWNER_URL", "")).username
    if value and owner and urlsplit(value).username == owner:
        yield WEAK, "is the owner's role: the site could change its own tables and audit trail"


def _other_database(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value:
        yield from _database(env, value)
    elif env.get("DATABASE_URL"):
        yield WEAK, "is not set, so the site's own role does this work too"


def _admin(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value and _on_the_net(env):
        yield (
            WEAK,
            "is a superuser and belongs into the shell that makes a backup, not into the site's environment",
        )


def _secret(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    kept = _var(env) / "secret"
    if not value and kept.is_file():
        if kept.stat().st_mode & 0o077:
            yield (
                WEAK,
                f"is kept in {kept.name} of the state folder, which others on the machine may read: chmod 600",
            )
        return
    if not value:
        yield ERROR, "is not set: sessions and forms cannot be signed. Set it to 50 random letters"
    elif len(value) < 50 or len(set(value)) < 5 or value.startswith("django-insecure"):
        yield WEAK, "is too short or too plain to withstand guessing; set it to 50 random letters"


def _hosts(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if "*" in names:
        yield (
            WEAK,
            "answers to every name: links in mails could be made to lead elsewhere. Name the site's own",
        )
    hosts = {
        urlsplit(origin).hostname or "" for origin in env.get("PLANVAERK_ORIGINS", "").split(",") if origin
    }
    for host in sorted(hosts - {""}):
        if not any(name in ("*", host) or (name.startswith(".") and host.endswith(name)) for name in names):
            yield ERROR, f"does not name {host}, so every page there would be refused (400)"


def _origins(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if not value:
        yield NOTE, "is not set: right on a machine of one's own. On the net, cookies would go unprotected"
    for origin in filter(None, value.split(",")):
        parts = urlsplit(origin)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.path:
            yield ERROR, "holds something else than https://name: no path, no blank, comma between"
        elif parts.scheme == "http":
            yield WEAK, "names an address without encryption"


def _number(least: float, whole: bool = True) -> Check:
    def check(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
        if value:
            try:
                right = (int(value) if whole else float(value)) >= least
            except ValueError:
                right = False
            if not right:
                yield ERROR, f"must be a {'whole ' if whole else ''}number, {least:g} or more"

    return check


def _proxies(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    yield from _number(0)(env, value)
    if value in ("", "0") and _on_the_net(env):
        yield (
            WEAK,
            "is 0 on a site on the net: to the limits on attempts all visitors are the proxy. Set it to 1",
        )


def _token(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value and len(value) < 32:
        yield WEAK, "is short enough to be guessed; take 32 random letters or more"
    if not value and _on_the_net(env):
        yield NOTE, "is not set, so nobody may read /metrics"


def _mail_from(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if env.get("PLANVAERK_MAIL_HOST") and not value:
        yield WEAK, "is not set: mails would come from planvaerk@localhost and be thrown away as forged"


def _flag(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value not in ("", "0", "1"):
        yield ERROR, "must be 1 or 0"


def _debug(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    yield from _flag(env, value)
    if value == "1":
        yield (ERROR if _on_the_net(env) else NOTE), "shows the site's insides to whoever meets an error"


def _one_of(*words: str) -> Check:
    def check(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
        if value and value not in words:
            yield ERROR, f"must be one of {', '.join(words)}"

    return check


def _codes(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if any(not _CODE.fullmatch(code) for code in filter(None, value.split(","))):
        yield ERROR, "must be codes of municipalities (four digits), comma between, no blanks"


def _visitors(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value and not _CODE.fullmatch(value):
        yield ERROR, "must be the code of a municipality (four digits), or empty for none"
    elif value not in ("", "0999"):
        yield WEAK, "opens a real municipality's cases to visitors; it is meant for the demonstration (0999)"
    if "PLANVAERK_PUBLIC_TENANT" not in env and _on_the_net(env):
        yield (
            NOTE,
            "is not set: visitors are shown the demonstration (0999) if it is there. Empty shows them nothing",
        )


def _folder(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value and not Path(value).is_dir():
        yield ERROR, "is no folder that can be read"


def _paths(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if missing := sum(not Path(part).exists() for part in filter(None, value.split(os.pathsep))):
        yield ERROR, f"names {missing} file(s) or folder(s) that are not there"


def _state(env: Environment, _value: str) -> Iterator[tuple[str, str]]:
    folder = _var(env)
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        yield ERROR, "is no folder that can be written"


def _own(what: str) -> Check:
    def check(env: Environment, value: str) -> Iterator[tuple[str, str]]:
        if not value and _on_the_net(env):
            yield WEAK, f"is not set: {what}"

    return check


def _rates(_env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if any(not _RATE.fullmatch(rate) for rate in filter(None, value.split(","))):
        yield ERROR, "must be like 10/h/key,60/h/ip: number, s, m, h or d, key or ip"


def _address(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    if value and not re.match(r"https?://[^/]", value):
        yield ERROR, "must be an address that begins with https://"
    if not value and _on_the_net(env):
        yield NOTE, "is not set: the site's page says that nobody has told where the statement stands"


def _backgrounds(env: Environment, value: str) -> Iterator[tuple[str, str]]:
    for name in filter(None, value.split(",")):
        if not env.get(f"PLANVAERK_BACKGROUND_{name.upper()}_URL"):
            yield ERROR, f"names {name}, and PLANVAERK_BACKGROUND_{name.upper()}_URL is not set"


#: Every setting: its name, what it is, and what can be wrong with it. docs/operations.md says more of each.
SETTINGS: Final[dict[str, tuple[str, Check]]] = {
    "DATABASE_URL": ("the site's connection (role app)", _site_database),
    "DATABASE_WORKER_URL": ("connection of commands and background work (role worker)", _other_database),
    "DATABASE_OWNER_URL": ("connection of migrations (role owner)", _other_database),
    "DATABASE_ADMIN_URL": ("superuser for backup and restore", _admin),
    "PLANVAERK_SECRET_KEY": ("secret of sessions and forms", _secret),
    "PLANVAERK_HOSTS": ("names that the site answers to", _hosts),
    "PLANVAERK_ORIGINS": ("https addresses of the site", _origins),
    "PLANVAERK_PROXIES": ("proxies in front of the site", _proxies),
    "PLANVAERK_HSTS_S": ("seconds for which browsers keep to https", _number(0)),
    "PLANVAERK_METRICS_TOKEN": ("who may read /metrics", _token),
    "PLANVAERK_LOG": ("level of the log", _one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    "PLANVAERK_LOG_FORMAT": ("form of the log", _one_of("json", "text")),
    "PLANVAERK_DEBUG": ("pages for developers", _debug),
    "PLANVAERK_DB_ROLE": ("whose connection this process takes", _one_of("app", "worker", "owner")),
    "PLANVAERK_VAR": ("folder of the site's state", _state),
    "PLANVAERK_MAIL_HOST": ("mail server", _nothing),
    "PLANVAERK_MAIL_FROM": ("sender of mails", _mail_from),
    "PLANVAERK_SIGNUP": ("whether applicants make accounts themselves", _flag),
    "PLANVAERK_PUBLIC_TENANT": ("municipality whose cases visitors may read", _visitors),
    "PLANVAERK_PLAN_TIME_RULES": (
        "municipalities that count floor area as when the plan was adopted",
        _codes,
    ),
    "PLANVAERK_TERRAIN": ("terrain models", _paths),
    "PLANVAERK_SCHEMAS": ("XML schemas", _folder),
    "PLANVAERK_RULESETS": ("municipalities' own rule sets", _folder),
    "PLANVAERK_REGISTER_NAMESPACE": (
        "name space of exported ids",
        _own("exported plans would carry the ids of an example, for good"),
    ),
    "PLANVAERK_REGISTER_PUBLISHER": (
        "who publishes the register feed",
        _own("the feed would name the program"),
    ),
    "PLANVAERK_REGISTER_CONTACT": ("whom to write to about the feed", _own("the feed would name an example")),
    "PLANVAERK_REGISTER_KEY": (
        "key that signs the feed's manifest",
        _own("nobody can tell the feed from a forged one"),
    ),
    "PLANVAERK_DRAFT_DAYS": ("days that a draft is kept", _number(1)),
    "PLANVAERK_DRAFTS_BEGUN": ("how often a draft may be begun", _rates),
    "PLANVAERK_ACCESSIBILITY": ("the municipality's statement of accessibility", _address),
    "PLANVAERK_BACKGROUNDS": ("names of background maps", _backgrounds),
    "PLANVAERK_BACKGROUND_DAYS": ("days that their tiles are kept", _number(0, whole=False)),
    "PLANVAERK_IMPORT_BATCH": ("records that an import commits at a time", _number(1)),
    "PLANVAERK_SERVICE_WAIT_S": ("first pause before a service is asked again", _number(0, whole=False)),
    "PLANVAERK_SAMPLES": ("real data for the tests", _nothing),
    "WEB_CONCURRENCY": ("processes of the site", _number(1)),
    "PROMETHEUS_MULTIPROC_DIR": ("folder in which they count", _nothing),
}
#: For tests, load, pictures of the documentation and ./run on another system; a server has no use for them.
OF_DEVELOPERS: Final = {
    "PLANVAERK_ANY_SYSTEM",
    "PLANVAERK_LOAD_AREA",
    "PLANVAERK_NO_SKIP",
    "PLANVAERK_SCREENSHOT",
    "PLANVAERK_SCREENSHOTS",
}
_MISLEADING: Final = ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA")


def _of_backgrounds(env: Environment) -> Iterator[str]:
    """What may be said of each background map that is named."""
    for name in filter(None, env.get("PLANVAERK_BACKGROUNDS", "").split(",")):
        for said in ("URL", "TOKEN", "ATTRIBUTION", "TITLE", "TITLE_EN", "MAX_ZOOM"):
            yield f"PLANVAERK_BACKGROUND_{name.upper()}_{said}"


def remarks(env: Environment) -> list[Remark]:
    """Everything that is to be said of an environment, in the order of :data:`SETTINGS`."""
    told = [
        Remark(level, variable, words)
        for variable, (_meaning, check) in SETTINGS.items()
        for level, words in check(env, env.get(variable, ""))
    ]
    known = {*SETTINGS, *OF_DEVELOPERS, *_of_backgrounds(env)}
    for variable in sorted(env):
        if variable in _MISLEADING and env[variable]:
            told.append(Remark(ERROR, variable, "leads GDAL or PROJ to data of another version; unset it"))
        if variable.startswith("PLANVAERK_") and variable not in known:
            near = difflib.get_close_matches(variable, SETTINGS, 1)
            told.append(Remark(WEAK, variable, "is no setting" + (f"; is {near[0]} meant?" if near else "")))
    return told


def connected(env: Environment) -> Iterator[Remark]:
    """What the databases themselves say of the three roles."""
    import psycopg

    for variable in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"):
        if not (url := env.get(variable, "")):
            continue
        try:
            with psycopg.connect(url, connect_timeout=5) as opened:
                found = opened.execute(
                    "SELECT rolsuper, rolbypassrls, current_setting('server_version_num')::int, "
                    "array(SELECT extname::text FROM pg_extension) FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error as error:
            yield Remark(ERROR, variable, f"cannot be reached ({type(error).__name__})")
            continue
        assert found is not None
        superuser, bypass, version, extensions = found
        if superuser or bypass:
            yield Remark(ERROR, variable, "is a role past row-level security; take an ordinary one")
        if version < 150000:
            yield Remark(ERROR, variable, f"is PostgreSQL {version // 10000}; 15 or newer is needed")
        if missing := sorted({"postgis", "btree_gist", "pgcrypto"} - set(extensions)):
            yield Remark(ERROR, variable, f"leads to a database without {', '.join(missing)}")


def main(arguments: Sequence[str], env: Environment | None = None) -> int:
    """Tell of every setting whether it is right; 1 when something is an error (``--strict``: or weak)."""
    parser = argparse.ArgumentParser(prog="manage.py check_settings", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="exit 1 when something is weak, too")
    parser.add_argument("--offline", action="store_true", help="do not ask the databases")
    options = parser.parse_args(arguments)
    env = os.environ if env is None else env
    told = remarks(env)
    if not options.offline:
        told += connected(env)
    for variable in dict.fromkeys([*SETTINGS, *(remark.variable for remark in told)]):
        own = [remark for remark in told if remark.variable == variable]
        meaning = SETTINGS.get(variable, ("", _nothing))[0]
        if not own:
            print(f"{'ok' if env.get(variable) else '-':<6} {variable}  {meaning}")
        for remark in own:
            print(f"{remark.level:<6} {variable}  {remark.words}")
    found = {level: sum(remark.level == level for remark in told) for level in (ERROR, WEAK, NOTE)}
    print(f"{found[ERROR]} errors, {found[WEAK]} weak, {found[NOTE]} notes")
    return 1 if found[ERROR] or (options.strict and found[WEAK]) else 0
