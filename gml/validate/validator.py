"""Validate files: every stage looks at every feature while it passes by, then at what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

import shapely

from gml.validate import code_lists, structure
from gml.validate.data_set import DataSet
from gml.validate.document import MOST_BYTES, MOST_FEATURE_BYTES, Document, Feature
from gml.validate.fault import MAX_FAULTS, FileReport, Report, Stage
from gml.validate.geometry import Geometries
from gml.validate.identity import Identities
from gml.validate.plan_checks import PlanChecks
from gml.validate.profiles import DEFAULT, OWN, PROFILES, Profile
from gml.validate.references import Ids, References
from gml.validate.rules import N_, STAGES
from gml.validate.schema import NoSchemas, Schemas
from gml.validate.tables import COLLECTIONS, FEATURES, MEMBERS

#: Stages that see one feature at a time.
_SIMPLE: Final[dict[str, Callable[[Feature, Report], None]]] = {
    "structure": structure.check,
    "code-lists": code_lists.check,
}
#: So many features, or characters of positions, wait together: to ask GEOS of each would cost far more.
_PORTION: Final = 1_000
_CHARACTERS: Final = 2_000_000
#: So much of a file is searched for our name space.
_LOOKED_AT: Final = 1 << 16


@dataclass(frozen=True)
class Given:
    """A file to validate: what it is called, and how its bytes are got at."""

    name: str
    open: Callable[[], BinaryIO]

    @classmethod
    def at(cls, path: Path) -> Given:
        """The file at a path."""
        return cls(str(path), lambda: path.open("rb"))


@dataclass(frozen=True)
class Bounds:
    """What is refused as too large, in bytes, and how many faults are listed."""

    document: int = MOST_BYTES
    feature: int = MOST_FEATURE_BYTES
    faults: int = MAX_FAULTS


def validate(
    files: Sequence[Given],
    *,
    profile: str = DEFAULT,
    schemas: Path | None = None,
    today: date | None = None,
    bounds: Bounds | None = None,
) -> Report:
    """Validate GML documents of Planned Land Use; references may lead from one of them to another.

    Danish: kontrol af GML (INSPIRE planlagt arealanvendelse).

    Parameters
    ----------
    files : the documents; each is read once, as a stream.
    profile : id of :data:`gml.validate.profiles.PROFILES`.
    schemas : folder of schema files, see :mod:`gml.validate.schema`; None = the stage is not run.
    today : day against which the plan checks hold dates.
    bounds : what is refused as too large.

    Returns
    -------
    Report. Faults stand in the order of the files and lines; ``report.valid`` is None when nothing was found but
    a stage did not run.

    Raises
    ------
    KeyError : an unknown profile.
    OSError : a file cannot be read.
    """
    return _Validation(PROFILES[profile], schemas, today, bounds or Bounds()).run(files)


def profile_of(files: Sequence[Given], namespace: str) -> str:
    """Id of the profile that files ask for: our own checks for what is in our name space of ids.

    Notes
    -----
    The beginning of a file tells, since all ids of a document share their name space.
    """
    for given in files:
        with given.open() as stream:
            if namespace.encode() not in stream.read(_LOOKED_AT):
                return DEFAULT
    return OWN


class _Validation:
    def __init__(self, profile: Profile, schemas: Path | None, today: date | None, bounds: Bounds) -> None:
        self._report = Report(profile, bounds.faults)
        self._profile = profile
        self._bounds = bounds
        self._today = today
        self._schemas: Schemas | None = None
        self._why = N_("there is no folder of schemas (PLANVAERK_SCHEMAS)")
        if schemas is not None:
            try:
                self._schemas = Schemas(schemas)
            except NoSchemas as error:
                self._why = str(error)

    def run(self, files: Sequence[Given]) -> Report:
        report = self._report
        identities = Identities(report)
        references: list[References] = []
        for given in files:
            report.files.append(self._opened(given.name))
            references.append(References(report))
            self._file(given, identities, references[-1])
        by_name: dict[str, Ids] = {}
        for file, one in zip(report.files, references, strict=True):
            by_name |= {file.name: one.ids, Path(file.name).name: one.ids}
        for one, file in zip(references, report.files, strict=True):
            # What is missing from a file that broke off may stand in the part that was not read.
            if not file.refused:
                one.settle(by_name)
        report.faults.sort(key=lambda fault: (fault.file, fault.line))
        return report

    def _opened(self, name: str) -> FileReport:
        file = FileReport(name)
        for stage in STAGES:
            if stage in self._profile.stages:
                file.stages[stage] = Stage(stage)
        if self._schemas is None:
            file.stages["schema"] = Stage("schema", "not_run", self._why)
        return file

    def _file(self, given: Given, identities: Identities, references: References) -> None:
        report, file = self._report, self._report.files[-1]
        with ExitStack() as stack:
            stream = stack.enter_context(given.open())
            data_set = stack.enter_context(DataSet(report))
            document = Document(
                stream, most_bytes=self._bounds.document, most_feature_bytes=self._bounds.feature
            )
            self._features(document, identities, references, data_set)
            file.bytes = document.bytes
            for finding in document.findings:
                report.add(finding.rule, finding.line, **finding.values)
            if document.refused:
                file.refused = next(f.rule for f in document.findings if f.fatal)
                for stage in file.stages.values():
                    if stage.ran == "run":
                        stage.ran, stage.why = "stopped", N_("the file could not be read to its end")
                return
            if document.skeleton is not None:
                self._against_schema(_thinned(document.skeleton), 1, "")
            if not any(kind in FEATURES for kind in file.features):
                report.add("no-feature", 1)
            data_set.finish()

    def _features(
        self, document: Document, identities: Identities, references: References, data_set: DataSet
    ) -> None:
        """Look at each feature while it is there, and at the places of a portion of them."""
        report = self._report
        plans = PlanChecks(report, self._today) if "plans" in self._profile.stages else None
        geometries = Geometries(report)
        waiting: list[Feature] = []
        for feature in document.features():
            if document.own_id is not None:
                references.begin(*document.own_id)
            report.files[-1].features[feature.kind] += 1
            report.about = feature
            self._against_schema(feature.element, feature.line, feature.gid)
            for check in _SIMPLE.values():
                check(feature, report)
            geometries.check(feature)
            own = identities.check(feature)
            if own is not None:
                references.ids.addresses[f"{own.namespace}/{own.local}"] = feature.kind
            references.check(feature)
            if feature.ours:
                data_set.check(feature)
            if plans is not None:
                plans.check(feature)
            feature.release()
            waiting.append(feature)
            if len(waiting) >= _PORTION or geometries.characters >= _CHARACTERS:
                _settle(report, waiting, geometries, data_set, plans)
        _settle(report, waiting, geometries, data_set, plans)

    def _against_schema(self, element: Any, line: int, gid: str) -> None:
        if self._schemas is None:
            return
        for at, message in self._schemas.faults(element):
            self._report.add("xsd", at or line, gid, detail=message)


def _settle(
    report: Report,
    waiting: list[Feature],
    geometries: Geometries,
    data_set: DataSet,
    plans: PlanChecks | None,
) -> None:
    """Look at the places of a portion of features, and let go of it."""
    geometries.settle()
    report.about = None
    data_set.settle()
    if plans is not None:
        plans.settle(waiting)
    _placed(report)
    waiting.clear()


def _placed(report: Report) -> None:
    """Faults of a feature that have no place of their own get a point of the feature."""
    points: dict[Feature, tuple[Any, int]] = {}
    for at, feature in report.unplaced:
        if feature.shapes and feature not in points:
            shape, crs = next(iter(feature.shapes.values()))
            points[feature] = (shapely.point_on_surface(shape), crs)
        point, crs = points.get(feature, (None, 0))
        if point is not None and not shapely.is_empty(point):
            report.faults[at] = replace(report.faults[at], place=point, crs=crs)
    report.unplaced.clear()


def _thinned(root: Any) -> Any:
    """The root with its members empty, which every collection may hold."""
    if root.tag in COLLECTIONS:
        for member in root:
            if member.tag in MEMBERS:
                for child in list(member):
                    if child.tag not in COLLECTIONS:
                        member.remove(child)
    return root
