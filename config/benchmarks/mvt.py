"""A tiny decoder of vector tiles (Mapbox Vector Tile 2.1), to look at what was drawn."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final


@dataclass
class Feature:
    """One feature of a tile; points are those of all its parts, in units of the tile."""

    id: int
    kind: int  # 1 point, 2 line, 3 polygon
    properties: dict[str, Any]
    points: list[tuple[int, int]]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield field, value
        elif wire == 2:
            size, at = _varint(data, at)
            yield field, data[at : at + size]
            at += size
        else:
            size = {1: 8, 5: 4}[wire]
            yield field, data[at : at + size]
            at += size


def _packed(data: bytes) -> list[int]:
    at, values = 0, []
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


_VALUES: Final[dict[int, Callable[[Any], Any]]] = {
    1: bytes.decode,
    2: lambda value: struct.unpack("<f", value)[0],
    3: lambda value: struct.unpack("<d", value)[0],
    6: _zigzag,
    7: bool,
}


def _value(data: bytes) -> Any:
    for field, value in _fields(data):
        return _VALUES[field](value) if field in _VALUES else value
    return None


def _points(commands: list[int]) -> list[tuple[int, int]]:
    x = y = at = 0
    points = []
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            continue
        for _ in range(count):
            x += _zigzag(commands[at])
            y += _zigzag(commands[at + 1])
            at += 2
            points.append((x, y))
    return points


def decode(data: bytes) -> dict[str, list[Feature]]:
    """Features of each layer of a tile."""
    layers: dict[str, list[Feature]] = {}
    for _field, layer in _fields(data):
        parts = list(_fields(layer))
        name = next(v for f, v in parts if f == 1).decode()
        keys = [v.decode() for f, v in parts if f == 3]
        values = [_value(v) for f, v in parts if f == 4]
        features = []
        for body in (v for f, v in parts if f == 2):
            inner = dict(_fields(body))
            tags = _packed(inner.get(2, b""))
            properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
            features.append(Feature(inner.get(1, 0), inner[3], properties, _points(_packed(inner[4]))))
        layers[name] = features
    return layers
