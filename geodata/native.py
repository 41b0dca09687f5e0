"""Find the GDAL and GEOS libraries inside the Python wheels, so that GeoDjango needs nothing from the system.

The pyogrio wheel carries one self-contained ``libgdal`` and the shapely wheel one ``libgeos_c``. Where those
folders are absent (conda, a distribution's own build) the answer is ``None`` and Django searches by itself.
The environment (``GDAL_LIBRARY_PATH``, ``GEOS_LIBRARY_PATH``) overrides both.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def _beside(package: str, pattern: str) -> str | None:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    # auditwheel writes "<package>.libs" on Linux, delocate ".dylibs" inside the package on macOS.
    for folder in (home.parent / f"{package}.libs", home / ".dylibs"):
        found = sorted(folder.glob(pattern))
        if len(found) == 1:
            return str(found[0])
    return None


def gdal_library() -> str | None:
    """Path of libgdal, or None to let Django search."""
    return os.environ.get("GDAL_LIBRARY_PATH") or _beside("pyogrio", "libgdal*")


def geos_library() -> str | None:
    """Path of libgeos_c, or None to let Django search."""
    return os.environ.get("GEOS_LIBRARY_PATH") or _beside("shapely", "libgeos_c*")
