"""What ``manage.py check --deploy`` says of the environment, beside Django's own remarks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's word

from config import environment


@register(Tags.security, deploy=True)
def environment_is_right(**_given: Any) -> Sequence[CheckMessage]:
    """Errors and weaknesses of the settings (``manage.py check_settings`` tells the rest)."""
    kinds = {environment.ERROR: (Error, "planvaerk.E001"), environment.WEAK: (Warning, "planvaerk.W001")}
    return [
        kinds[remark.level][0](f"{remark.variable} {remark.words}", id=kinds[remark.level][1])
        for remark in environment.remarks(os.environ)
        if remark.level in kinds
    ]
