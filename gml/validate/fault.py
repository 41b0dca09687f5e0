"""What a validation finds: a fault names its rule, its object, its line, its place, and how to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gml.validate.profiles import Profile

Severity = Literal["error", "warning"]
#: What a stage did: looked at everything, could not look, or stopped where the file could not be read on.
Ran = Literal["run", "not_run", "stopped"]
#: Faults kept of one validation; the others are counted. Far above what anybody mends in one go.
MAX_FAULTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    rule : id of the rule in :data:`gml.validate.rules.RULES`; sentence and remedy stand there.
    severity : an ``error`` makes the file invalid, a ``warning`` does not.
    file : index of the file in the report.
    line : line in the file, from 1; that on which the start tag ends.
    object : ``gml:id`` of the feature, empty for the document.
    values : what the sentence of the rule says of this case.
    place : shapely geometry, x east and y north, in the CRS ``crs`` (EPSG code); None = nowhere.
    """

    rule: str
    severity: Severity
    file: int
    line: int
    object: str
    values: Mapping[str, Any]
    place: Any = None
    crs: int = 0


@dataclass(slots=True)
class Stage:
    """What a stage of the validation did with a file; ``why`` says why it did not run."""

    name: str
    ran: Ran = "run"
    why: str = ""


@dataclass(slots=True)
class FileReport:
    """One file of a validation: its features by type, and what each stage did."""

    name: str
    bytes: int = 0
    features: Counter[str] = field(default_factory=Counter)
    stages: dict[str, Stage] = field(default_factory=dict)
    errors: int = 0
    warnings: int = 0
    #: References that lead to other servers; nothing is fetched.
    not_followed: int = 0
    #: Stage whose refusal ended the reading, empty when the whole file was read.
    refused: str = ""

    @property
    def valid(self) -> bool | None:
        """Whether the file is valid; None when no fault was found but a stage did not run."""
        if self.errors:
            return False
        return True if all(stage.ran == "run" for stage in self.stages.values()) else None


class Report:
    """Everything that a validation found, over all its files."""

    def __init__(self, profile: Profile, most: int = MAX_FAULTS) -> None:
        self.profile = profile
        self.files: list[FileReport] = []
        self.faults: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.not_listed = 0
        self._most = most
        #: What is being looked at: faults without a place of their own get one of it, once its shape is known.
        self.about: Any = None
        self.unplaced: list[tuple[int, Any]] = []

    @property
    def errors(self) -> int:
        return sum(file.errors for file in self.files)

    @property
    def warnings(self) -> int:
        return sum(file.warnings for file in self.files)

    @property
    def valid(self) -> bool | None:
        """Whether all files are valid; None when none has a fault but some stage did not run."""
        found = [file.valid for file in self.files]
        return False if False in found else None if None in found else True

    def add(
        self,
        rule: str,
        line: int,
        obj: str = "",
        *,
        file: int | None = None,
        place: Any = None,
        crs: int = 0,
        **values: Any,
    ) -> None:
        """Note a fault of the file that is being read (or of ``file``); the profile says how grave it is."""
        severity = self.profile.severity(rule)
        if severity is None:
            return
        at = len(self.files) - 1 if file is None else file
        if severity == "error":
            self.files[at].errors += 1
        else:
            self.files[at].warnings += 1
        self.counts[rule] += 1
        if len(self.faults) >= self._most:
            self.not_listed += 1
            return
        if place is None and self.about is not None:
            self.unplaced.append((len(self.faults), self.about))
        self.faults.append(Fault(rule, severity, at, max(line, 1), obj, values, place, crs))
