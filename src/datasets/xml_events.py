"""XML as a stream of elements, with entities refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from src.base.errors import UserError

_PIECE = 1 << 16


class Element(NamedTuple):
    """The beginning or the end of an element.

    Attributes:
        line: Of the file, from 1.
        starts: Whether it begins here.
        tag: Its name.
        attributes: Where it begins; empty at its end.
        text: What stood between the last tag and its end; empty at its beginning.
    """

    line: int
    starts: bool
    tag: str
    attributes: dict[str, str]
    text: str


def read_elements(path: Path) -> Iterator[Element]:
    """Reads an XML file element by element, in memory that does not grow with the file.

    Args:
        path: The file.

    Yields:
        Beginnings and ends in the order of the file.

    Raises:
        UserError: The file is missing, is not well-formed (with the line), or declares an entity:
            those may refer to other files or grow without bound, and no labels need them.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    seen: list[Element] = []
    texts: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        texts.clear()
        seen.append(Element(parser.CurrentLineNumber, True, tag, attributes, ""))

    def end(tag: str) -> None:
        seen.append(Element(parser.CurrentLineNumber, False, tag, {}, "".join(texts).strip()))
        texts.clear()

    def refuse(name: str, *_: object) -> None:
        raise UserError(
            f"{path}, line {parser.CurrentLineNumber}: declares the XML entity {name!r}; labels "
            "without entities are right"
        )

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = texts.append
    parser.EntityDeclHandler = refuse
    for piece in _pieces(path):
        try:
            parser.Parse(piece, not piece)
        except expat.ExpatError as error:
            raise UserError(f"{path}, line {error.lineno}: is not well-formed XML") from error
        yield from seen
        seen.clear()


def _pieces(path: Path) -> Iterator[bytes]:
    """The file in pieces, an empty one at its end."""
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file of labels") from error
    yield b""
