"""Log lines: one JSON object a line, with the request's number and without anything about people.

What people send stands in addresses, queries, forms and in the words of many exceptions ("Key (address)=(…)"). So a
line has the name of the view and not the address, and of an exception its kind and the places that it passed, not its
words. ``PLANVAERK_LOG_FORMAT=text`` writes plain lines with the words, for a developer's own terminal.

Needs nothing but Python: the server's own process logs by it before Django is there.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

#: Number of the request that this thread answers, or "".
request_id: ContextVar[str] = ContextVar("request_id", default="")

_ROOT: Final = Path(__file__).resolve().parent.parent
#: Ten digits, with or without the hyphen of a civil registration number (CPR). Longer numbers, and those with a
#: point before or behind which the digits go on, are something else.
_CPR: Final = re.compile(r"(?<![\w-])(?<!\d\.)\d{6}[- ]?\d{4}(?!\w|\.\d)")
#: Places of an exception that are told; the innermost are the ones that matter.
_PLACES: Final = 12


def redacted(text: str) -> str:
    """The text without what looks like a civil registration number (CPR-nummer)."""
    return _CPR.sub("[number]", text)


class WithRequest(logging.Filter):
    """Gives each record the number of the request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonLines(logging.Formatter):
    """A record as one JSON object; ``extra={"fields": {…}}`` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _words(record),
        }
        if number := getattr(record, "request_id", ""):
            line["request_id"] = number
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            line["error"] = f"{kind.__module__}.{kind.__qualname__}"
            line["places"] = _places(trace)
            cause = error and (error.__cause__ or error.__context__)
            if cause is not None:
                line["cause"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
        return json.dumps(line, ensure_ascii=False, default=str)


def _words(record: logging.LogRecord) -> str:
    # Django tells the address of the request, whose number and view stand in the line of the request.
    if hasattr(record, "request"):
        return f"request was answered with {getattr(record, 'status_code', 'an error')}"
    return redacted(record.getMessage())


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = Path(code.co_filename)
        name = file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else Path(*file.parts[-2:])
        places.append(f"{name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-_PLACES:]


def configuration(level: str, style: str) -> dict[str, Any]:
    """The logging configuration (``dictConfig``): everything goes to standard error.

    Parameters
    ----------
    level : of everything but the lines of requests, which are always written.
    style : ``json`` or ``text``; empty = text on a terminal, else JSON.
    """
    style = style or ("text" if sys.stderr is not None and sys.stderr.isatty() else "json")
    text = {"format": "{asctime} {levelname} {name} {request_id}: {message}", "style": "{"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": WithRequest}},
        "formatters": {"line": text if style == "text" else {"()": JsonLines}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}
        },
        "loggers": {
            "planvaerk.requests": {"level": "INFO"},
            # 4xx is no fault of the site; the line of the request tells it.
            "django.request": {"level": "ERROR"},
        },
        "root": {"handlers": ["console"], "level": level},
    }
