"""The files of a Shapefile that lie beside each other, as the one file that is read and kept."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final

from permits.drawings import sniff

#: Side files that are read; others beside it are nobody's business.
_SIDES: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
#: The same files make the same bytes, whenever they are packed.
_DAY: Final = (1980, 1, 1, 0, 0, 0)


def packed(path: Path) -> tuple[bytes, str]:
    """A zip (bytes and name) of a ``.shp`` and its side files, uncompressed; one byte too many stays too many.

    Raises
    ------
    OSError : one of them cannot be read.
    """
    sides = {f.suffix.lower(): f for f in path.parent.iterdir() if f.stem == path.stem}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for suffix in _SIDES:
            if suffix in sides:
                with sides[suffix].open("rb") as file:
                    archive.writestr(
                        zipfile.ZipInfo(path.stem + suffix, _DAY), file.read(sniff.MAX_BYTES + 1)
                    )
    return stream.getvalue(), f"{path.stem}.zip"
