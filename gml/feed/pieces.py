"""How the file of a plan and a bulk file are made of the same pieces: a head, plans, a tail.

Needs nothing but Python, since the harvester is run by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from mmap import mmap
from typing import Final

#: The head of a collection ends with the line that names it.
HEAD_END: Final = b' gml:id="PlannedLandUse">\n'
TAIL: Final = b"</gml:FeatureCollection>\n"
#: No text holds this: ``<`` is never written as itself.
_PLAN: Final = re.compile(rb'<gml:featureMember><plu:SpatialPlan gml:id="SpatialPlan\.([0-9a-f-]{36})">')
_MOST_HEAD: Final = 1 << 16


def plans(data: bytes | mmap) -> Iterator[tuple[str, bytes]]:
    """Each plan of a bulk file: its id, and the bytes of its own file.

    Parameters
    ----------
    data : the whole file; one that is mapped is read only as far as somebody asks.

    Raises
    ------
    ValueError : it is no bulk file.
    """
    begin = data.find(HEAD_END, 0, _MOST_HEAD) + len(HEAD_END)
    end = len(data) - len(TAIL)
    if begin < len(HEAD_END):
        raise ValueError("this is no bulk file of plans")
    if end < begin or data[end:] != TAIL:
        raise ValueError("the bulk file breaks off")
    head = data[:begin]
    found = [(mark[1].decode(), mark.start()) for mark in _PLAN.finditer(data, begin, end)]
    if begin < end and (not found or found[0][1] != begin):
        raise ValueError("something that is no plan stands where one should")
    for (name, start), (_, stop) in pairwise([*found, ("", end)]):
        yield name, head + data[start:stop] + TAIL
