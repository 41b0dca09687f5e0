"""All quality checks, found by walking their folder: a new file with a ``CHECK`` is a new check."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from geodata.checks import quality
from geodata.checks.fault import Check


@cache
def checks() -> Mapping[str, Check]:
    """Checks by their ids, in alphabetical order.

    Raises
    ------
    ValueError : a check's id is not the name of its file.
    """
    found: dict[str, Check] = {}
    for module in sorted(pkgutil.iter_modules(quality.__path__), key=lambda m: m.name):
        check: Check = importlib.import_module(f"{quality.__name__}.{module.name}").CHECK
        if check.id != module.name:
            raise ValueError(f"the check in {module.name}.py is called {check.id!r}")
        found[check.id] = check
    return found
