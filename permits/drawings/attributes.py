"""What is said about a building: read, checked, and brought into the columns of the World."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from permits.drawings.drawing import Fault, Shape
from permits.drawings.settings import Setting
from permits.drawings.vocabulary import ATTRIBUTES, KINDS, NESTED, SHAPES, Attribute, nearest, of_layer, plain

#: Higher than any building here in metres above ground: probably a level or another unit.
MAX_HEIGHT_M: Final = 200.0
#: Values whose lack leaves rules without an answer, by role.
_WANTED: Final = {
    "primary": ("height", "storeys", "floor_area"),
    "secondary": ("height", "floor_area"),
    "raised_area": ("height",),
    "wall": ("height",),
}


@dataclass
class Said:
    """Attributes of one building, checked; ``name`` is its id, its layer, or its number in the drawing."""

    name: str
    shape: Shape
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def absolute(self) -> bool:
        """Whether heights are levels (kote)."""
        return self.values.get("levels") == "kote"

    def where(self, **more: Any) -> dict[str, Any]:
        """The place in the file, with the building's name."""
        return {"id": self.name, **self.shape.where, **more}

    def row(self) -> dict[str, Any]:
        """One row of the World's ``buildings``, without keys and geometry; what is not said is left out."""
        row: dict[str, Any] = {"name": self.name, "proposed": True, "basis": "wall"}
        for key, value in self.values.items():
            column = ATTRIBUTES[key].column
            if key == "levels":
                row[column] = value == "kote"
            elif key == "wall_heights":
                row[column] = min(value)
            elif key == "openings_toward_boundary":
                row[column] = int(value)
            else:
                row[column] = value
        row["name"] = self.name
        return row


def say(shapes: Iterable[Shape], settings: list[Setting]) -> tuple[list[Said], list[Fault]]:
    """Attributes of every shape with the settings applied; faults about settings that meet nothing."""
    all_said = [_from_file(shape, name) for shape, name in _named(list(shapes))]
    used: set[str] = set()
    for said in all_said:
        # What a building is comes first: settings may be stated by kind or role.
        _apply(said, [s for s in settings if s.attribute in ("id", "role", "kind")], used)
        _settle_role(said)
        _apply(said, [s for s in settings if s.attribute not in ("id", "role", "kind")], used)
        _complete(said)
    faults = [
        Fault(
            "setting_unmatched",
            found=s.target,
            expected=", ".join(sorted({n for said in all_said for n in _targets(said) if n}))[:200],
            where={"key": s.key},
        )
        for s in settings
        if all_said and s.key not in used
    ]
    _once(all_said, "unknown_attribute")
    return all_said, faults + _same_ids(all_said)


def _once(all_said: list[Said], code: str) -> None:
    """Tell of an attribute that no building uses once, at the first building that has it."""
    told: set[Any] = set()
    for said in all_said:
        kept = [fault for fault in said.faults if fault.code != code or fault.found not in told]
        told |= {fault.found for fault in kept if fault.code == code}
        said.faults = kept


def _named(shapes: list[Shape]) -> Iterator[tuple[Shape, str]]:
    """Shapes with a name each: the id, else layer and number, else the number."""
    count: dict[str, int] = {}
    total: dict[str, int] = {}
    for shape in shapes:
        total[shape.layer or ""] = total.get(shape.layer or "", 0) + 1
    for shape in shapes:
        said = shape.attributes.get("id")
        base = shape.layer or ""
        count[base] = count.get(base, 0) + 1
        if isinstance(said, str | int) and not isinstance(said, bool) and str(said).strip():
            yield shape, str(said).strip()[:80]
        elif base:
            yield shape, base if total[base] == 1 else f"{base} {count[base]}"
        else:
            yield shape, f"b{count[base]}"


def _same_ids(all_said: list[Said]) -> list[Fault]:
    first: dict[str, Said] = {}
    faults = []
    for said in all_said:
        if said.name in first:
            faults.append(Fault("duplicate_id", found=said.name, where=said.where()))
        first.setdefault(said.name, said)
    return faults


def _from_file(shape: Shape, name: str) -> Said:
    said = Said(name, shape)
    if shape.layer is not None and (meaning := of_layer(shape.layer)):
        # The role follows from the kind at the end, so that another kind that is stated brings its own role.
        said.values |= {"kind": meaning[1]} if meaning[1] else {"role": meaning[0]}
    if shape.z is not None:
        said.values["height"] = shape.z
        said.faults.append(
            Fault("height_from_z", found=shape.z, where=said.where(key="height"), level="warning")
        )
    elif shape.tilted:
        said.faults.append(Fault("tilted", where=said.where(), level="warning"))
    for key, value in _flat(shape.attributes):
        if key == "id" or key in SHAPES or value is None:
            continue
        if key not in ATTRIBUTES:
            meant = nearest(key, tuple(ATTRIBUTES))
            said.faults.append(
                Fault(
                    "unknown_attribute",
                    found=key[:80],
                    where=said.where(key=key[:80]),
                    remedy=meant,
                    level="warning",
                )
            )
        else:
            _put(said, key, value)
    return said


def _flat(attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in attributes.items():
        if key in NESTED and isinstance(value, dict):
            yield from ((f"{key}.{part}", inner) for part, inner in value.items())
        else:
            yield key, value


def _targets(said: Said) -> tuple[str, ...]:
    """What settings may call this building, nearest first."""
    kind = str(said.values.get("kind", ""))
    role = str(said.values.get("role", KINDS.get(kind, "")))
    return (said.name, said.shape.layer or "", kind, role)


def _apply(said: Said, settings: list[Setting], used: set[str]) -> None:
    """Put the settings that mean this building, farthest first, so that the nearest one stays."""
    names = [plain(name) for name in _targets(said)]
    met = []
    for setting in settings:
        if not setting.target:
            met.append((len(names), setting))
        elif (target := plain(setting.target)) in names:
            met.append((names.index(target), setting))
    used |= {setting.key for _, setting in met}
    before = dict(said.values)
    for _, setting in sorted(met, key=lambda pair: -pair[0]):
        _put(said, setting.attribute, setting.value, setting.key)
    for key in {setting.attribute for _, setting in met}:
        if key in before and before[key] != said.values.get(key):
            found, now = before[key], said.values.get(key)
            said.faults.append(
                Fault("replaced", found=found, expected=now, where=said.where(key=key), level="warning")
            )


def _put(said: Said, key: str, value: Any, written: str | None = None) -> None:
    fault = _wrong(ATTRIBUTES[key], value)
    if fault:
        code, expected, remedy = fault
        where = said.where(key=written or key)
        said.faults.append(Fault(code, found=_short(value), expected=expected, where=where, remedy=remedy))
    elif key == "id":
        said.name = str(value)
    else:
        said.values[key] = value


def _short(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)[:80]


def _wrong(attribute: Attribute, value: Any) -> tuple[str, Any, Any] | None:  # noqa: PLR0911
    """Code, expected and remedy of what is wrong with a value; ``None`` when nothing is."""
    form = attribute.form
    if form == "word":
        if not isinstance(value, str) and not attribute.words:
            return None if isinstance(value, int) else ("not_a_word", None, None)
        if attribute.words and value not in attribute.words:
            return "unknown_word", ", ".join(attribute.words), nearest(str(value), attribute.words)
        return None
    if form == "flag":
        return None if isinstance(value, bool) else ("not_a_flag", None, None)
    if form == "numbers":
        if not isinstance(value, list) or not value:
            return "not_numbers", attribute.unit, None
        return next((w for v in value if (w := _wrong_number(attribute, v))), None)
    return _wrong_number(attribute, value)


def _wrong_number(attribute: Attribute, value: Any) -> tuple[str, Any, Any] | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        bare = str(value).strip().replace(",", ".").removesuffix("m").strip()
        return "not_a_number", attribute.unit, bare if bare.replace(".", "", 1).isdigit() else None
    if isinstance(value, float) and not math.isfinite(value):
        return "not_a_number", attribute.unit, None
    if attribute.form == "count" and value != int(value):
        return "not_whole", attribute.unit, None
    if value < 0 and not attribute.may_be_negative:
        return "negative", attribute.unit, None
    return ("too_large", attribute.unit, None) if abs(value) > 1e7 else None


def _settle_role(said: Said) -> None:
    values = said.values
    if "role" not in values and "kind" in values:
        values["role"] = KINDS[values["kind"]]
    if "role" not in values:
        if not any(f.where.get("key") in ("role", "kind") for f in said.faults):
            said.faults.append(Fault("role_missing", where=said.where()))
        return
    kind, role = values.get("kind"), values["role"]
    if kind is None:
        said.faults.append(Fault("kind_missing", found=role, where=said.where(key="kind"), level="warning"))
    elif KINDS[kind] in ("secondary", "raised_area") and KINDS[kind] != role:
        where = said.where(key="role")
        said.faults.append(
            Fault("role_and_kind", found=role, expected=KINDS[kind], where=where, level="warning")
        )


def _complete(said: Said) -> None:
    """Heights that cannot be, values that are missing."""
    height = said.values.get("height")
    if height is not None and not said.absolute:
        where = said.where(key="height")
        if height < 0:
            said.faults.append(Fault("negative", found=height, expected="m", where=where))
        elif height > MAX_HEIGHT_M:
            said.faults.append(Fault("height_unlikely", found=height, expected=MAX_HEIGHT_M, where=where))
    highest = _highest(said.shape)
    if highest is not None and height is None:
        said.values["height"] = highest
        where = said.where(key="height")
        said.faults.append(Fault("height_from_roof", found=highest, where=where, level="warning"))
    elif highest is not None and height is not None and abs(highest - height) > 0.05:
        where = said.where(key="height")
        said.faults.append(
            Fault("height_and_roof", found=height, expected=highest, where=where, level="warning")
        )
    wrong = {str(f.where.get("key")).rpartition(".")[2] for f in said.faults if f.level == "error"}
    for key in _WANTED.get(said.values.get("role", ""), ()):
        if key not in said.values and key not in wrong:
            said.faults.append(
                Fault("missing", expected=ATTRIBUTES[key].unit, where=said.where(key=key), level="warning")
            )


def _highest(shape: Shape) -> float | None:
    tall = [position[2] for facet in shape.roof for ring in facet for position in ring if len(position) > 2]
    return max(tall) if tall else None
