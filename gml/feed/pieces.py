"""How the file of a plan and a bulk file are made of the same pieces: a head, plans, a tail.

Needs nothing but Python, since the harvester is run by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

#: The head of a collection ends with the line that names it.
HEAD_END: Final = b' gml:id="PlannedLandUse">\n'
TAIL: Final = b"</gml:FeatureCollection>\n"
#: No text holds this: ``<`` is never written as itself.
_PLAN: Final = re.compile(rb'<gml:featureMember><plu:SpatialPlan gml:id="SpatialPlan\.([0-9a-f-]{36})">')
_CHUNK: Final = 1 << 20
_MOST_HEAD: Final = 1 << 16


def plans(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Each plan of a bulk file: its id, and the bytes of its own file.

    Raises
    ------
    ValueError : it is no bulk file.
    """
    data = stream.read(_CHUNK)
    end = data.find(HEAD_END, 0, _MOST_HEAD)
    if end < 0:
        raise ValueError("this is no bulk file of plans")
    end += len(HEAD_END)
    head, data = data[:end], data[end:]
    ended = False
    while data and data != TAIL:
        first = _PLAN.match(data)
        if first is None:
            raise ValueError("something that is no plan stands where one should")
        following = _PLAN.search(data, first.end())
        while following is None and not ended:
            more = stream.read(_CHUNK)
            ended = not more
            # The mark may lie across the seam.
            begin = max(first.end(), len(data) - 200)
            data += more
            following = _PLAN.search(data, begin)
        if following is not None:
            yield first[1].decode(), head + data[: following.start()] + TAIL
            data = data[following.start() :]
        elif data.endswith(TAIL):
            yield first[1].decode(), head + data
            return
        else:
            raise ValueError("the bulk file breaks off")
