"""Plans into a file that is either whole and read back, or not there at all."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from django.conf import settings
from lxml import etree

from geodata.parallel import ForkDied
from gml.profiles import inspire_plu
from gml.profiles.plu_tables import NAMESPACES
from gml.writer import Output
from planning.records import PUBLIC_STATUSES, PlanGroup, plan_groups

_IDS: Final = etree.XPath("descendant::*/@gml:id", namespaces=NAMESPACES, smart_strings=False)
_TARGETS: Final = etree.XPath(
    "descendant::*/@xlink:href[starts-with(., '#')]", namespaces=NAMESPACES, smart_strings=False
)
_MEMBER: Final = f"{{{NAMESPACES['gml']}}}featureMember"


class ExportFailed(Exception):
    """Nothing was handed over; the message says why and what to do."""


@dataclass(frozen=True)
class Written:
    """What a finished export holds. ``features`` counts by type; ``sha256`` is of the bytes of the file."""

    plans: int
    features: dict[str, int]
    bytes: int
    sha256: str
    warnings: Sequence[str]
    more_warnings: int = 0


def write_plans(
    stream: BinaryIO,
    *,
    municipality: str | None = None,
    plan_ids: Iterable[str] | None = None,
    statuses: Sequence[str] = PUBLIC_STATUSES,
    known: int | None = None,
    crs: str = "EPSG:25832",
    groups: Iterable[PlanGroup] | None = None,
) -> Written:
    """Write plans as INSPIRE Planned Land Use to a binary stream.

    Danish: planer til registerudveksling.

    Parameters
    ----------
    stream : open for writing bytes.
    municipality, plan_ids, statuses, known : which plans, see :func:`planning.records.plan_records`.
    crs : ``EPSG:25832``, ``EPSG:4258`` or ``EPSG:3044``.
    groups : plans to write instead of those of the database.

    Returns
    -------
    Written. Nothing is read back here; :func:`export_plans` does that.

    Raises
    ------
    ValueError : the CRS is not written here, a draft state is asked for, the name space cannot be one.
    ExportFailed : a process that wrote a part was ended from outside; what the stream holds is not whole.
    """
    if groups is None:
        groups = plan_groups(municipality=municipality, plan_ids=plan_ids, statuses=statuses, known=known)
    out = Output(stream)
    try:
        summary = inspire_plu.write(
            groups, out, namespace=settings.REGISTER_NAMESPACE, crs=crs, statuses=statuses
        )
    except ForkDied as error:
        raise ExportFailed(f"The export was not finished: {error}. Is there enough memory?") from error
    return Written(
        summary.plans, dict(summary.features), out.bytes, out.sha256, summary.warnings, summary.more_warnings
    )


def read_back(path: Path) -> Counter[str]:
    """Count the features of a GML file by type, reading it as a stranger would: no network, no entities.

    Raises
    ------
    ExportFailed : the file is not well-formed, or refers to an id that it does not hold.
    """
    found: Counter[str] = Counter()
    ids: set[str] = set()
    wanted: set[str] = set()
    try:
        # A file of our own, since the parser leaves its own open when it is left early.
        with path.open("rb") as stream:
            events = etree.iterparse(
                stream,
                events=("end",),
                tag=_MEMBER,
                no_network=True,
                resolve_entities=False,
                load_dtd=False,
                huge_tree=True,
            )
            for _, member in events:
                found[etree.QName(member[0]).localname] += 1
                for name in cast(list[str], _IDS(member)):
                    if name in ids:
                        raise ExportFailed(
                            f"the file names two objects {name}: this is a fault of the export"
                        )
                    ids.add(name)
                wanted.update(target[1:] for target in cast(list[str], _TARGETS(member)))
                member.clear()
                while member.getprevious() is not None:
                    del member.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ExportFailed(f"the file that was written cannot be read back: {error}") from error
    if missing := wanted - ids:
        raise ExportFailed(
            f"the file refers to {min(missing)}, which is not in it: this is a fault of the export"
        )
    return found


def export_plans(
    target: Path | BinaryIO,
    *,
    municipality: str | None = None,
    plan_ids: Iterable[str] | None = None,
    statuses: Sequence[str] = PUBLIC_STATUSES,
    known: int | None = None,
    crs: str = "EPSG:25832",
) -> Written:
    """Write plans to a file, read it back, and only then let it stand under its name.

    Parameters
    ----------
    target : path of the file (replaced in one step), or a binary stream that gets the finished file.
    municipality, plan_ids, statuses, known, crs : as in :func:`write_plans`.

    Raises
    ------
    ExportFailed : no plan was found, or the file read back is not what was written.
    ValueError : as in :func:`write_plans`.
    OSError : the file cannot be written.
    """
    folder = target.parent if isinstance(target, Path) else None
    handle, name = tempfile.mkstemp(prefix=".export-", suffix=".gml.part", dir=folder)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            written = write_plans(
                stream, municipality=municipality, plan_ids=plan_ids, statuses=statuses, known=known, crs=crs
            )
            stream.flush()
            os.fsync(stream.fileno())
        if not written.plans:
            reasons = "".join(f" {warning}." for warning in written.warnings[:3])
            raise ExportFailed(f"No plan was found to export.{reasons}")
        if (seen := dict(read_back(draft))) != written.features:
            raise ExportFailed(f"Read back, the file holds {seen}, but {written.features} were written.")
        if isinstance(target, Path):
            # mkstemp makes files for the owner's eyes only; an export is for whoever may see the folder.
            draft.chmod(0o666 & ~_umask())
            draft.replace(target)
        else:
            with draft.open("rb") as finished:
                while chunk := finished.read(1 << 20):
                    target.write(chunk)
        return written
    finally:
        draft.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
