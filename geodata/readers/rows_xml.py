"""XML that is a long list of flat records, streamed: one record after the other, no DTD, no entities, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from geodata.readers.files import sniff
from geodata.readers.gml import local, refuse_doctype
from geodata.readers.refusal import CannotRead


def root_of(path: Path) -> str:
    """Name of the root element, without its namespace; empty when the file is no XML."""
    try:
        with path.open("rb") as file:
            _, root = next(iter(_events(file)))
            return local(root.tag)
    except (etree.XMLSyntaxError, StopIteration):
        return ""


def records(path: Path, root: str) -> Iterator[tuple[int, Any]]:
    """The root's children with their number from 0, each forgotten when the next one is asked for.

    Raises
    ------
    CannotRead : no XML, another root, a DOCTYPE, cut off, or not in the encoding that it declares.
    """
    if sniff(path) != "xml":
        raise CannotRead(f"{path.name} is not XML ({sniff(path)} by its content); deliver the register's XML")
    refuse_doctype(path)
    with path.open("rb") as file:
        try:
            context = iter(_events(file))
            _, top = next(context)
            if local(top.tag) != root:
                raise CannotRead(f"{path.name}: the root element is {local(top.tag)}; expected {root}")
            yield from _records(context, top)
        except etree.XMLSyntaxError as error:
            raise CannotRead(
                f"{path.name} is cut off, broken or not in the encoding that it declares: {error}. Nothing of it was "
                f"taken; fetch it again"
            ) from None


def _events(file: Any) -> Any:
    return etree.iterparse(
        file,
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )


def _records(context: Iterator[tuple[str, Any]], top: Any) -> Iterator[tuple[int, Any]]:
    number = 0
    for event, element in context:
        if event != "end" or element.getparent() is not top:
            continue
        yield number, element
        number += 1
        element.clear()
        while element.getprevious() is not None:
            del top[0]
