"""Records of JSON documents as a stream: a file may have 2 GB."""

import io
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

import ijson

from src.base.errors import UserError

_BEGINNING = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Kind(NamedTuple):
    """What a value is to be.

    Attributes:
        words: For a message: "a whole number".
        is_one: Whether a value is one.
    """

    words: str
    is_one: Callable[[object], bool]


WHOLE = Kind("a whole number", lambda value: isinstance(value, int))
TEXT = Kind("a text", lambda value: isinstance(value, str))


def records(path: Path, prefix: str) -> Iterator[tuple[int, dict]]:
    """Reads the objects of one list, one at a time.

    Args:
        path: The document.
        prefix: Where they stand, as ijson writes it: `item` for a list that is the whole document,
            `images.item` for the list `images` of an object.

    Yields:
        (number, object): counted from 1; nothing if there is no such list.

    Raises:
        UserError: The file is missing, breaks off or is broken, or a record is no object; names
            the record, by its number and by its `id` if that is known.
    """
    with _opened(path) as file:
        numbered = enumerate(ijson.items(file, prefix, use_float=True), 1)
        try:
            for number, record in numbered:
                if not isinstance(record, dict):
                    raise UserError(f"{record_place(path, prefix, number)}: is no object in braces")
                yield number, record
        except ijson.JSONError as error:
            raise UserError(f"{_broken_place(path)}: is not {_trouble(error)}") from error


# what using a record that is not as it should be raises
UNUSABLE = (KeyError, TypeError, ValueError, OverflowError, AttributeError)


def wrong_record(
    path: Path,
    prefix: str,
    number: int,
    record: dict,
    required: Mapping[str, Kind],
    optional: Mapping[str, Kind] = MappingProxyType({}),
) -> UserError:
    """Says what is wrong with a record that could not be used.

    Args:
        path: The document.
        prefix: See `records`.
        number: Likewise.
        record: Likewise.
        required: Key to what its value is to be.
        optional: Likewise, of keys that may be missing or null.

    Returns:
        The error to raise; about the first key that is missing or has another value.
    """
    where = record_place(path, prefix, number, record.get("id"))
    for key, kind in required.items():
        if key not in record:
            return UserError(f"{where}: has no {key}; {kind.words} is right")
    for key, kind in {**required, **optional}.items():
        value = record.get(key)
        if not kind.is_one(value) and (key in required or value is not None):
            found = textwrap.shorten(repr(value), 80, placeholder=" ...")
            return UserError(f"{where}: its {key} is {found}; {kind.words} is right")
    return UserError(f"{where}: its numbers are too large")


def record_place(path: Path, prefix: str, number: int, own_id: object = None) -> str:
    """Names a record in a message: "FILE, record 3 of annotations (id 17)".

    Args:
        path: The document.
        prefix: See `records`.
        number: Likewise.
        own_id: The record's `id`, if it has one.
    """
    array = prefix.removesuffix("item").removesuffix(".")
    place = f"{path}, record {number}" + (f" of {array}" if array else "")
    return place if own_id is None else f"{place} (id {own_id})"


def keys_at_beginning(path: Path) -> dict[str, set[str]]:
    """Says which keys a document has, by its first MiB.

    Args:
        path: Any file.

    Returns:
        Keys by the place of their object: "" the document, "images.item" the records of `images`,
        "item" those of a document that is an array. Nothing of a file that is no JSON.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    try:
        with _opened(path) as file:
            for place, event, value in ijson.parse(io.BytesIO(file.read(_BEGINNING))):
                if event == "map_key":
                    keys[place].add(value)
    except (ijson.JSONError, UserError, OSError):
        # cut off, as it must be, or no JSON
        pass
    return keys


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, behind a byte-order mark if it has one."""
    try:
        with open(path, "rb") as file:
            if file.read(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
                file.seek(0)
            yield file
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file of labels") from error


def _broken_place(path: Path) -> str:
    """Where a document is broken: the file, and the record in which or behind which that is."""
    numbers: dict[str, int] = defaultdict(int)
    record, last, own_id = "", "", None
    with _opened(path) as file:
        try:
            for place, event, value in ijson.parse(file):
                if event == "start_map" and not record and _is_record(place):
                    record = last = place
                    numbers[place] += 1
                    own_id = None
                elif record and place == f"{record}.id":
                    own_id = value
                elif event == "end_map" and place == record:
                    record = ""
        except ijson.JSONError:
            pass
    where = record_place(path, last, numbers[last], own_id) if last else str(path)
    return where if record or not last else f"{where} or behind it"


def _is_record(place: str) -> bool:
    return place == "item" or (place.endswith(".item") and place.count(".") == 1)


def _trouble(error: ijson.JSONError) -> str:
    text = error.args[0]
    first = (text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split("\n")[0]
    if "premature EOF" in first:
        return "well-formed JSON, as the file ends in the middle of it; the whole file is right"
    return f"well-formed JSON ({first.strip().rstrip('.')})"
