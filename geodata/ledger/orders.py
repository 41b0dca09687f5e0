"""Asking for an import: what is to be read, by which reader, with which options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from geodata.accounts.models import User
from geodata.ledger.files import MAPPED, GivenFile, reading_stamp, run_digest
from geodata.ledger.models import FINISHED, ImportRun
from geodata.ledger.quarantine import known_municipality
from geodata.readers import generic
from geodata.readers.delivery import BY_PLACE
from geodata.readers.mapping import load
from geodata.readers.refusal import CannotRead
from geodata.registry import readers


def order(
    source: str,
    what: Sequence[GivenFile | Path],
    *,
    acting_user: User | None,
    municipality: str | None = None,
    complete: str | None = None,
    yes: bool = False,
    as_of: date | None = None,
    kept: bool = False,
) -> ImportRun:
    """Ask for an import; nothing is read yet. The same order that was left unfinished is taken up again.

    Parameters
    ----------
    source : name of the reader, or ``mapping:`` and a mapping file.
    what : the files to read; ``kept`` says that they belong to the site and are deleted when the run is finished.
    municipality : four digits, for objects that do not state one, and owner of what is set aside.
    complete : scope (four digits or ``*``) of which the files are everything.
    yes : go on although more than 5 % of the scope would end.
    as_of : day of the delivery, when the files do not say it.

    Raises
    ------
    CannotRead : an unknown source, a malformed code, a file that is not there.
    """
    mapping = load(source.removeprefix(MAPPED)) if source.startswith(MAPPED) else None
    if mapping is None and source not in readers:
        raise CannotRead(
            f"no source is called {source!r}; known are {', '.join(sorted(readers))}, and mapping:FILE"
        )
    for text, option in (
        (municipality, "--municipality"),
        (complete if complete != "*" else None, "--complete"),
    ):
        if text is not None and not re.fullmatch(r"\d{4}", text):
            raise CannotRead(f"{option} {text!r} is no municipality code; write four digits, such as 0167")
    if mapping and complete == "*" and mapping.scope != "country":
        raise CannotRead(
            f"the mapping {mapping.id} is of single municipalities (scope); write --complete and four digits"
        )
    if not what:
        raise CannotRead("no file was given")
    files = [GivenFile.at(given) if isinstance(given, Path) else given for given in what]
    options: dict[str, Any] = {
        "municipality": municipality,
        "as_of": as_of.isoformat() if as_of else None,
        "reading": reading_stamp(generic.read if mapping else readers[source]),
    }
    if source in BY_PLACE:
        options["places"] = [str(file.path) for file in files]
    if mapping:
        # The run keeps the mapping itself, so that it means the same when it is taken up again.
        source = f"{MAPPED}{mapping.id}"
        options["mapping"] = mapping.text
    asked = {
        "source": source,
        "file_sha256": run_digest(files),
        "scope": complete or "",
        "options": options,
    }
    if not kept:
        left = (
            ImportRun.objects.filter(**asked, kept=False).exclude(state__in=FINISHED).order_by("-pk").first()
        )
        if left is not None and not left.cancel_asked:
            left.yes = yes
            left.files = [file.as_json() for file in files]
            left.save(update_fields=["files", "yes"])
            return left
    return ImportRun.objects.create(
        **asked,
        yes=yes,
        file_name=", ".join(file.name for file in files)[:255],
        files=[file.as_json() for file in files],
        kept=kept,
        municipality_id=known_municipality(municipality),
        asked_by_id=acting_user.pk if acting_user else None,
        as_of=as_of,
    )
