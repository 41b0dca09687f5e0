"""Files of unknown making: found out by their content, unpacked with suspicion, read in a confined child process.

The child has limits of time and memory and no network; what comes back is data. Faults of several files are told
in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from geodata import sandbox
from geodata.readers.files import sniff, unpacked
from geodata.readers.formats.table import Table, Wanted
from geodata.readers.refusal import CannotRead

#: Kinds that there is a reader for, by their content.
READABLE: Final = ("json", "xml", "Shapefile", "GeoPackage or SQLite", "FlatGeobuf", "Parquet", "text")
#: What a layer of 100,000 parcels may take, with room.
LIMITS: Final = sandbox.Limits(
    cpu_s=300, wall_s=900.0, memory_bytes=6 * 1024**3, output_bytes=2 * 1024**3, open_files=128
)
#: Files that come along with a dataset and are none.
_BESIDE: Final = (
    ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".gfs", ".xsd", ".qml", ".sld", ".lyr", ".pdf",
    ".md", ".html", ".htm", ".png", ".jpg",
)  # fmt: skip
_TABLES: Final = (".csv", ".tsv", ".txt")
_WORDS: Final = {
    "time": "takes too long to read",
    "memory": "needs too much memory",
    "output": "holds too much for one import; deliver it in parts",
    "crash": "made its reader break off; it is damaged, or made to harm",
}


def tables_of(path: Path, wanted: Wanted, limits: sandbox.Limits = LIMITS) -> list[Table]:
    """The tables of a file, or of the files inside an archive, at least one.

    Raises
    ------
    CannotRead : a dataset cannot be used; nothing of the others is taken either.
    """
    with unpacked(path) as files:
        datasets = _datasets(path, files, wanted)
        try:
            told = sandbox.run(
                "geodata.readers.formats.child:read",
                b"",
                {"datasets": [[str(p.resolve()), kind] for p, kind in datasets], "wanted": asdict(wanted)},
                limits,
            )
        except sandbox.StoppedError as stopped:
            why = _WORDS.get(stopped.why, f"could not be read ({stopped.detail})")
            raise CannotRead(f"{path.name} {why}", stopped.why) from None
    tables = [Table.from_plain(table) for table in told["tables"]]
    refused = told["refused"]
    if len(datasets) > 1:
        # An archive may hold other layers beside the one that is asked for.
        others = [fault for fault in refused if fault[1] == "layer"]
        if tables and others:
            refused = [fault for fault in refused if fault[1] != "layer"]
            names = ", ".join(name for name, _, _ in others[:5])
            tables[0].remarks.append(
                ("other_layers", f"{path.name}: files of other layers were left out: {names}")
            )
    if refused:
        raise CannotRead("; ".join(text for _, _, text in refused), refused[0][1])
    return tables


def _datasets(path: Path, files: Sequence[Path], wanted: Wanted) -> list[tuple[Path, str]]:
    kinds = [(file, sniff(file)) for file in files]
    if len(files) > 1:
        kinds = [
            (file, kind) for file, kind in kinds if file.suffix.lower() not in _BESIDE and kind != "empty"
        ]
        kinds = [(f, k) for f, k in kinds if k != "text" or f.suffix.lower() in _TABLES]
        real = [(f, k) for f, k in kinds if k in READABLE and f.suffix.lower() not in (".xml", ".txt")]
        kinds = real or kinds
        named = [(f, k) for f, k in kinds if _matches(f, k, wanted)]
        kinds = named or kinds
    bad = [(file, kind) for file, kind in kinds if kind not in READABLE]
    if bad or not kinds:
        what = (
            "; ".join(f"{file.name} is {_article(kind)}" for file, kind in bad)
            or f"{path.name} holds no layer"
        )
        word = "empty" if bad and bad[0][1] == "empty" else "not_what_it_says"
        raise CannotRead(
            f"{what}; expected GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GML, GeoParquet or a table of text",
            word,
        )
    return kinds


def _matches(file: Path, kind: str, wanted: Wanted) -> bool:
    """Whether a file of one layer carries the name of the layer that is asked for."""
    names = {name.rpartition(":")[2].casefold() for name in wanted.layers}
    return kind in ("GeoPackage or SQLite", "xml") or not names or file.stem.casefold() in names


def _article(kind: str) -> str:
    return {"empty": "empty", "text": "a text file", "binary": "of an unknown binary format"}.get(
        kind, f"a {kind} file"
    )
