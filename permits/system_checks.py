"""What ``manage.py check`` says of installed packages: a warning for each fault, since the site runs without them."""

from __future__ import annotations

from typing import Any

from django.core import checks

from permits.extensions import extensions, left_out

_HINT = "None of the rules and numbers of the package are there. `manage.py check_rules` tells what its cases lack."
_WORDS_HINT = "The rule stands; what it finds is said in words that all rules share."


def register() -> None:
    """Declare it; called once, when the app is ready."""
    checks.register(whole_extensions, "permits")


def whole_extensions(**_: Any) -> list[checks.CheckMessage]:
    """Faults of the packages that add rules, explanations, numbers and rule sets."""
    if not extensions():
        return []
    from permits.proofs.proof import unexplained

    told: list[checks.CheckMessage] = [
        checks.Warning(line, hint=_HINT, id="permits.W001") for line in left_out()
    ]
    return told + [checks.Warning(line, hint=_WORDS_HINT, id="permits.W002") for line in unexplained()]
