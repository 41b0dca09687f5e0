"""Advisory locks of the database that this room takes, told in one place so that no two are the same.

One holder at a time, whoever it is: of the feed's publication, of its bulk files, of the features of ``/ogc/``.
"""

from __future__ import annotations

from typing import Final

PUBLISH: Final = 7_061_942
FEATURES: Final = 7_061_943
BULK_FILES: Final = 7_061_944
