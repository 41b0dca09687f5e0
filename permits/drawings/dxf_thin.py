"""A large DXF made small before a library reads it: what cannot be an outline of a building is counted, not loaded.

Site plans have tens of thousands of lines, texts and symbols on layers that mean nothing here, and a library makes
an object of each. This looks at the tags alone: it keeps outlines on layers with a meaning and the blocks that can
hold some, and answers with the numbers of everything else, as walking through it would have counted.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ezdxf.lldxf.encoding import decode_dxf_unicode, has_dxf_unicode
from ezdxf.tools.codepage import toencoding

OUTLINES: Final = ("LWPOLYLINE", "POLYLINE", "CIRCLE", "ELLIPSE", "SPLINE")
AREAS: Final = ("HATCH", "MPOLYGON")
#: Parts of the entity before them.
_FOLLOWERS: Final = ("VERTEX", "SEQEND", "ATTRIB")
#: Objects that a library needs to find its way about, and the georeference.
_OBJECTS: Final = (
    "DICTIONARY", "LAYOUT", "GEODATA", "ACDBDICTIONARYWDFLT", "ACDBPLACEHOLDER", "PLOTSETTINGS", "MLINESTYLE",
    "TABLESTYLE", "MLEADERSTYLE", "MATERIAL", "VISUALSTYLE",
)  # fmt: skip
_DROPPED: Final = ("CLASSES", "THUMBNAILIMAGE", "ACDSDATA")
#: Tags at the beginning of an entity among which its layer and its visibility stand.
_HEAD: Final = 24
_DEEPEST: Final = 8


class CannotThinError(Exception):
    """The tags are not as they should be; the library has to read the whole file."""


@dataclass
class Counted:
    """What was not loaded: entities walked through, and by layer those hidden, left out (by kind) and unnamed.

    ``paper``: something is drawn in paper space.
    """

    seen: int = 0
    paper: bool = False
    hidden: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unnamed: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counted, times: int = 1) -> None:
        """Count another one in, several times."""
        self.seen += other.seen * times
        for mine, theirs in ((self.hidden, other.hidden), (self.unnamed, other.unnamed)):
            for layer, number in theirs.items():
                mine[layer] += number * times
        for layer, kinds in other.left_out.items():
            for kind, number in kinds.items():
                self.left_out[layer][kind] += number * times


@dataclass
class _Block:
    """A block: whether it lies in another file, and the records it is made of."""

    external: bool
    records: list[_Record]


@dataclass(frozen=True, slots=True)
class _Record:
    """One entity with its followers: kind and the range of its tags; ``own`` ends before the followers."""

    kind: str
    start: int
    own: int
    end: int


def thin(data: bytes, known: Callable[[str], bool]) -> tuple[bytes, Counted]:
    """A smaller DXF with the same outlines on known layers, and what was left out of it.

    Parameters
    ----------
    data : ASCII DXF that is whole.
    known : whether outlines on a layer of that name are wanted.

    Raises
    ------
    CannotThinError : the tags are in no order that can be relied on.
    """
    return _Thinner(data, known).thin()


class _Thinner:
    def __init__(self, data: bytes, known: Callable[[str], bool]) -> None:
        lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        self.lines = lines
        codes, self.values = lines[0::2], lines[1::2]
        numbers = {code: _code(code) for code in set(codes)}
        self.codes = [numbers[code] for code in codes]
        self.starts = [i for i, code in enumerate(self.codes) if code == 0 and i < len(self.values)]
        self.is_known = known
        self.layers: dict[bytes, tuple[str, bool, bool]] = {}  # as written → name, known, hidden
        self.states: dict[str, bool] = {}
        self.blocks: dict[str, _Block] = {}
        self.counts: dict[tuple[str, str], Counted | None] = {}
        self.encoding = "utf-8"

    def thin(self) -> tuple[bytes, Counted]:
        counted = Counted()
        pieces: list[tuple[int, int]] = []
        sections = list(self._sections())
        for name, first, last in sections:
            if name == "HEADER":
                self._header(first, last)
            elif name == "TABLES":
                self._tables(first, last)
            elif name == "BLOCKS":
                self._blocks(first, last)
        wanted: set[str] = set()
        for name, first, last in sections:
            if name == "ENTITIES":
                kept = self._entities(first, last, counted, wanted)
                self._inside(wanted)
        for name, first, last in sections:
            if name == "ENTITIES":
                pieces += [(self.starts[first], self.starts[first] + 2), *kept, self._tag(last)]
            elif name == "BLOCKS":
                pieces += self._kept_blocks(first, last, wanted)
            elif name == "OBJECTS":
                pieces += self._kept_objects(first, last)
            elif name not in _DROPPED:
                pieces.append((self.starts[first], self.starts[last] + 1))
        sheets = (block for name, block in self.blocks.items() if name.startswith("*paper_space"))
        counted.paper |= any(record.kind != "VIEWPORT" for block in sheets for record in block.records)
        text = b"\n".join(b"\n".join(self.lines[2 * a : 2 * b]) for a, b in pieces)
        return text + b"\n  0\nEOF\n", counted

    # -- the frame ------------------------------------------------------------------------------------------

    def _name(self, k: int) -> str:
        return self.values[self.starts[k]].strip().decode("ascii", "replace")

    def _tag(self, k: int) -> tuple[int, int]:
        return self.starts[k], self.starts[k] + 1

    def _end(self, k: int) -> int:
        return self.starts[k + 1] if k + 1 < len(self.starts) else len(self.values)

    def _sections(self) -> Iterator[tuple[str, int, int]]:
        """Name of each section, and the numbers of the tags that open and close it."""
        opened: int | None = None
        there: set[str] = set()
        for k in range(len(self.starts)):
            word = self.values[self.starts[k]].strip()
            if word == b"SECTION":
                if opened is not None:
                    raise CannotThinError
                opened = k
            elif word == b"ENDSEC":
                if opened is None:
                    raise CannotThinError
                at = self.starts[opened] + 1
                name = self.values[at].strip().decode("ascii", "replace")
                if self.codes[at] != 2 or name in there:
                    raise CannotThinError
                there.add(name)
                yield name, opened, k
                opened = None
            elif word == b"EOF":
                break
        if opened is not None or not {"HEADER", "TABLES", "ENTITIES"} <= there:
            raise CannotThinError

    def _records(self, first: int, last: int) -> Iterator[_Record]:
        """Entities between two tags, each with its followers."""
        k = first
        while k < last:
            kind, start, own = self._name(k), self.starts[k], self._end(k)
            k += 1
            while k < last and self._name(k) in _FOLLOWERS:
                k += 1
            yield _Record(kind, start, own, self.starts[k])

    def _value(self, record_start: int, end: int, code: int) -> bytes | None:
        try:
            return self.values[self.codes.index(code, record_start + 1, end)].strip()
        except ValueError:
            return None

    def _all(self, record: _Record, code: int) -> list[bytes]:
        return [self.values[i].strip() for i in range(record.start + 1, record.own) if self.codes[i] == code]

    # -- what the tables say --------------------------------------------------------------------------------

    def _header(self, first: int, last: int) -> None:
        version, page = b"AC1009", b"ANSI_1252"
        for i in range(self.starts[first], self.starts[last] - 1):
            word = self.values[i].strip()
            if word == b"$ACADVER":
                version = self.values[i + 1].strip()
            elif word == b"$DWGCODEPAGE":
                page = self.values[i + 1].strip()
        self.encoding = "utf-8" if version >= b"AC1021" else toencoding(page.decode("ascii", "replace"))

    def _text(self, raw: bytes) -> str:
        text = raw.strip().decode(self.encoding, "surrogateescape")
        return decode_dxf_unicode(text) if has_dxf_unicode(text) else text

    def _tables(self, first: int, last: int) -> None:
        for k in range(first, last):
            if self._name(k) != "LAYER":
                continue
            start, end = self.starts[k], self._end(k)
            name = self._value(start, end, 2)
            if name is not None:
                off = (self._value(start, end, 62) or b"7").startswith(b"-")
                frozen = _number(self._value(start, end, 70)) & 1
                self.states[self._text(name).casefold()] = off or bool(frozen)

    def _blocks(self, first: int, last: int) -> None:
        k = first + 1
        while k < last:
            if self._name(k) != "BLOCK":
                raise CannotThinError
            start, end = self.starts[k], self._end(k)
            name = self._text(self._value(start, end, 2) or b"")
            external = bool(_number(self._value(start, end, 70)) & 12)
            inside = k + 1
            while k < last and self._name(k) != "ENDBLK":
                k += 1
            self.blocks[name.casefold()] = _Block(
                external, list(self._records(inside, k)) if k > inside else []
            )
            k += 1

    def _layer(self, raw: bytes) -> tuple[str, bool, bool]:
        """Name of a layer, whether it is known, and whether it is hidden."""
        if raw not in self.layers:
            name = self._text(raw)
            self.layers[raw] = (name, self.is_known(name), self.states.get(name.casefold(), False))
        return self.layers[raw]

    def _head(self, record: _Record) -> tuple[bytes, bool, bool]:
        """Layer as written, whether the entity is invisible, and whether it belongs to paper space."""
        first = record.start + 1
        codes = self.codes[first : min(record.own, first + _HEAD)]
        layer = self.values[first + codes.index(8)].strip() if 8 in codes else b"0"
        invisible = 60 in codes and self.values[first + codes.index(60)].strip() not in (b"0", b"")
        paper = 67 in codes and self.values[first + codes.index(67)].strip() == b"1"
        return layer, invisible, paper

    # -- what is kept ---------------------------------------------------------------------------------------

    def _entities(self, first: int, last: int, counted: Counted, wanted: set[str]) -> list[tuple[int, int]]:
        kept: list[tuple[int, int]] = []
        for record in self._records(first + 1, last):
            raw, invisible, paper = self._head(record)
            if paper:
                counted.paper |= record.kind != "VIEWPORT"
                continue
            if not self._count(record, raw, invisible, counted, 0):
                kept.append((record.start, record.end))
                if record.kind == "INSERT":
                    wanted.add(self._text(self._value(record.start, record.own, 2) or b"").casefold())
        return kept

    def _count(self, record: _Record, raw: bytes, invisible: bool, counted: Counted, depth: int) -> bool:
        """Count an entity in, if it can be counted without loading it; False when it has to be loaded."""
        layer, known, hidden = self._layer(raw)
        kind = record.kind
        if hidden or invisible:
            counted.hidden[layer] += 1
        elif kind == "INSERT":
            inner = self._inserted(record, layer, depth)
            if inner is None:
                return False
            counted.add(inner, self._times(record))
        elif kind not in (*OUTLINES, *AREAS):
            counted.left_out[layer][kind] += 1
        elif known:
            return False
        else:
            what = self._closes(record)
            if what is None:
                return False
            if what:
                counted.left_out[layer][what] += 1
            else:
                counted.unnamed[layer] += 1
        counted.seen += 1
        return True

    def _inserted(self, record: _Record, layer: str, depth: int) -> Counted | None:
        """What one insertion of a block holds, if nothing of it has to be loaded."""
        name = self._text(self._value(record.start, record.own, 2) or b"").casefold()
        key = (name, layer)
        if key not in self.counts:
            self.counts[key] = None  # also what a block that holds itself finds
            self.counts[key] = self._block_counted(name, layer, depth)
        return self.counts[key]

    def _block_counted(self, name: str, layer: str, depth: int) -> Counted | None:
        block = self.blocks.get(name)
        if block is None or block.external or depth + 1 >= _DEEPEST:
            return None
        inner = Counted()
        for record in block.records:
            raw, invisible, _ = self._head(record)
            # Layer 0 in a block means the layer of the insertion.
            effective = layer.encode(self.encoding, "surrogateescape") if raw == b"0" else raw
            if not self._count(record, effective, invisible, inner, depth + 1):
                return None
        return inner

    def _times(self, record: _Record) -> int:
        """How often an insertion stands; rows and columns without a spacing are one."""
        times = 1
        for count, spacing in ((71, 45), (70, 44)):
            if _float(self._value(record.start, record.own, spacing)):
                times *= max(1, _number(self._value(record.start, record.own, count)))
        return times

    def _inside(self, wanted: set[str]) -> None:
        """Blocks that wanted blocks hold."""
        todo = list(wanted)
        while todo:
            block = self.blocks.get(todo.pop())
            for record in block.records if block else ():
                if record.kind == "INSERT":
                    name = self._text(self._value(record.start, record.own, 2) or b"").casefold()
                    if name not in wanted:
                        wanted.add(name)
                        todo.append(name)

    def _kept_blocks(self, first: int, last: int, wanted: set[str]) -> list[tuple[int, int]]:
        pieces = [(self.starts[first], self.starts[first] + 2)]
        whole = False
        for k in range(first + 1, last):
            name = self._name(k)
            if name == "BLOCK":
                whole = self._text(self._value(self.starts[k], self._end(k), 2) or b"").casefold() in wanted
            if whole or name in ("BLOCK", "ENDBLK"):
                pieces.append((self.starts[k], self._end(k)))
        return [*pieces, self._tag(last)]

    def _kept_objects(self, first: int, last: int) -> list[tuple[int, int]]:
        pieces = [(self.starts[first], self.starts[first] + 2)]
        pieces += [
            (self.starts[k], self._end(k)) for k in range(first + 1, last) if self._name(k) in _OBJECTS
        ]
        return [*pieces, self._tag(last)]

    # -- whether an outline closes --------------------------------------------------------------------------

    def _closes(self, record: _Record) -> str | None:
        """Empty for an outline that closes, else what it is left out as; None when only a library can tell."""
        kind = record.kind
        if kind == "LWPOLYLINE":
            points = list(zip(self._all(record, 10), self._all(record, 20), strict=False))
            curved = any(_float(v) for v in self._all(record, 42))
            return _line(kind, _number(self._value(record.start, record.own, 70)) & 1, points, curved)
        if kind == "POLYLINE":
            return self._old_line(record)
        if kind == "CIRCLE":
            radius = _float(self._value(record.start, record.own, 40))
            return "" if radius > 0 else None
        if kind in AREAS:
            return "" if _number(self._value(record.start, record.own, 91)) > 0 else None
        return None

    def _old_line(self, record: _Record) -> str | None:
        flags = _number(self._value(record.start, record.own, 70))
        if flags & (16 | 64):
            return "POLYLINE"
        if flags & (2 | 4):
            return None  # smoothed: its frame of control points does not count
        points: list[tuple[bytes, bytes]] = []
        curved = False
        at = record.own
        while at < record.end:
            after = next((i for i in range(at + 1, record.end) if self.codes[i] == 0), record.end)
            if self.values[at].strip() == b"VERTEX":
                x, y = self._value(at, after, 10), self._value(at, after, 20)
                points.append((x or b"0", y or b"0"))
                curved |= bool(_float(self._value(at, after, 42)))
                if flags & 8:
                    points[-1] = (
                        points[-1][0],
                        points[-1][1] + b" " + (self._value(at, after, 30) or b"0"),
                    )
            at = after
        return _line("POLYLINE", flags & 1, points, curved)


def _line(kind: str, closed: int, points: list[tuple[bytes, bytes]], curved: bool) -> str | None:
    """Empty for a line of points that closes, else what it is left out as; None when it is in doubt."""
    if len(points) < 2:
        return None
    if closed:
        return "" if len({*points}) > 1 else None
    if points[0] == points[-1]:
        return "" if len(points) > 3 else None
    if _near(points[0], points[-1]):
        return None
    if len(points) == 2 or len({*points}) < 3:
        return None if curved or len(points) > 2 else kind
    return f"{kind} (open)"


def _near(one: tuple[bytes, bytes], two: tuple[bytes, bytes]) -> bool:
    """Whether two points are so near that rounding may have parted them."""
    pairs = (
        (a.split()[0] if a else b"0", b.split()[0] if b else b"0") for a, b in zip(one, two, strict=True)
    )
    return all(math.isclose(_float(a), _float(b), rel_tol=1e-8, abs_tol=1e-8) for a, b in pairs)


def _code(raw: bytes) -> int:
    """A group code; -1 for what is none."""
    try:
        return int(raw)
    except ValueError:
        return -1


def _number(raw: bytes | None) -> int:
    try:
        return int(raw or 0)
    except ValueError:
        return 0


def _float(raw: bytes | None) -> float:
    try:
        return float(raw or 0)
    except ValueError:
        return 0.0
