"""ImageNet's annotation files: PASCAL VOC's XML, a small file for each of a million images.

Machines wrote them, in one form: no declaration, no attribute, no comment, plain ASCII. What has
exactly that form is read by regular expressions, in a third of the time of `xml.etree`; whatever
deviates goes through the parser, which refuses entities. Every way gives the same.
"""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.xml_events import Element, read_elements

CORNERS = ("xmin", "ymin", "xmax", "ymax")

Size = tuple[bytes, bytes]
Values = tuple[bytes, ...]

_CORNERS = tuple(tag.encode() for tag in CORNERS)
_LARGE = 1 << 14
_SPACE = rb"[ \t\r\n]*+"
_TEXT = rb"[\w./ -]*+"
_NUMBER = re.compile(rb"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")


def _element(tag: bytes, inner: bytes) -> bytes:
    return rb"<%s>%s</%s>%s" % (tag, inner, tag, _SPACE)


def _values(group: bytes) -> bytes:
    """Any number of elements that hold text only; no object is one."""
    tag = rb"(?P<%s>(?!object>)[A-Za-z_]\w*+)" % group
    return rb"(?:<%s>%s</(?P=%s)>%s)*+" % (tag, _TEXT, group, _SPACE)


_SIDES = [_element(side, rb"(?P<%s>[0-9]{1,9}+)" % side) for side in (b"width", b"height")]
_SIZE = _element(b"size", _SPACE + b"".join(_SIDES) + _values(b"more"))
_SOURCE = _element(b"source", _SPACE + _values(b"source"))
_BOX = _element(b"bndbox", _SPACE + _values(b"corner"))
_OBJECT = _element(b"object", _SPACE + _values(b"before") + _BOX + _values(b"after"))
_INSIDE = [_values(b"first"), _SOURCE, _SIZE, _values(b"last"), rb"(?P<all>(?:%s)*+)" % _OBJECT]
_FORM = re.compile(_SPACE + _element(b"annotation", _SPACE + b"".join(_INSIDE)))
_VALUE = re.compile(rb"<(\w++)>(%s)</" % _TEXT)
_FILENAME = re.compile(rb"<filename>([0-9]++)</filename>")


class Annotations(NamedTuple):
    """What the files of a folder say, N objects in all.

    Attributes:
        sizes: Of each file: width and height of the image in pixels, digits; None: not told.
        counts: Of each file: how many objects it has.
        columns: By element, of those that were asked for: its values in all objects, [N], file by
            file, as they are written; corners are numbers.
    """

    sizes: list[Size | None]
    counts: list[int]
    columns: dict[str, Values]

    def boxes_ltwh(self) -> np.ndarray:
        """Boxes from inclusive corners, float64 [N, 4]; their numbers count as in the files."""
        corners = chain.from_iterable(map(self.columns.__getitem__, CORNERS))
        n_objects = sum(self.counts)
        numbers = np.fromiter(map(float, corners), np.float64, 4 * n_objects)
        boxes = np.array(numbers.reshape(4, n_objects).T, order="C")
        boxes[:, 2:] += 1 - boxes[:, :2]
        return boxes

    def flags(self, bits: dict[str, int]) -> np.ndarray:
        """Adds up bits by element: uint8 [N], those of the elements whose value is 1."""
        flags = np.zeros(sum(self.counts), dtype=np.uint8)
        for tag, bit in bits.items():
            flags += np.array([bit * (value == b"1") for value in self.columns[tag]], np.uint8)
        return flags


class _Model(NamedTuple):
    """A file whose neighbours differ from it in their number and in their objects only.

    Attributes:
        before: What stands before its number.
        start: Where the number begins.
        stop: Where it ends.
        between: What stands between it and the objects.
        objects: Where these begin.
        after: What stands after them.
        size: See `Annotations`.
    """

    before: bytes
    start: int
    stop: int
    between: bytes
    objects: int
    after: bytes
    size: Size


class AnnotationReader:
    """Reads files, for some values of each object."""

    def __init__(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Makes the expression for objects.

        Args:
            required: Names of elements that every object has, with all `CORNERS` in a row. Where
                the files hold them in this order, followed by the optional ones and nothing else,
                reading is quickest.
            optional: Names of others; the value of one that is missing is empty.
        """
        self._required, self._optional = tuple(required), tuple(optional)
        self._tags = [tag.encode() for tag in (*required, *optional)]
        self._usual_objects = re.compile(rb"(%s)" % _usual_object(self._tags)).findall

    def read(self, folder: Path, files: Sequence[str]) -> Annotations:
        """Reads files of one folder.

        Args:
            folder: Where they lie.
            files: Their names.

        Returns:
            What they say.

        Raises:
            UserError: One is missing, is no such XML, declares an entity, or an object lacks a
                required value; with its path and the line.
        """
        sizes: list[Size | None] = []
        counts: list[int] = []
        objects: list[Values] = []
        model = None
        for file, data in zip(files, _contents(folder, files), strict=True):
            found = None if model is None else self._like_model(model, data)
            if found is None:
                model, size, found = self._unlike(folder / file, data)
                sizes.append(size)
            else:
                sizes.append(model.size)
            counts.append(len(found))
            objects += found
        # the first column is the objects' own text
        columns = list(zip(*objects, strict=True))[1:] or [() for _ in self._tags]
        tags = (*self._required, *self._optional)
        return Annotations(sizes, counts, dict(zip(tags, columns, strict=True)))

    def _like_model(self, model: _Model, data: bytes) -> list[Values] | None:
        """Objects, each with its text before its values; None if the file is not like the model."""
        before, start, stop, between, begin, after, _ = model
        if not (
            data.startswith(before)
            and data.startswith(between, stop)
            and data.endswith(after)
            and data[start:stop].isdigit()
        ):
            return None
        found = self._usual_objects(data, begin)
        end = begin
        for values in found:
            end += len(values[0])
        # so long are they only if nothing stands between them
        return found if end + len(after) == len(data) else None

    def _unlike(self, path: Path, data: bytes) -> tuple[_Model | None, Size | None, list[Values]]:
        """A file to be a model for the next ones, its size, and its objects."""
        form = _FORM.fullmatch(data)
        found = None if form is None else self._objects(form["all"])
        if found is None:
            return None, *self.parse(path)
        return _model(form), form.group("width", "height"), found

    def _objects(self, text: bytes) -> list[Values] | None:
        """Objects with any elements in any order; None if one of them is wrong."""
        objects = []
        for part in text.split(b"<object>")[1:]:
            # reversed, as the first of two counts
            values = dict(reversed(_VALUE.findall(part)))
            found = [values.get(tag, b"").strip() for tag in self._tags]
            corners = [values.get(tag, b"").strip() for tag in _CORNERS]
            if not all(found[: len(self._required)]) or not all(map(_NUMBER.fullmatch, corners)):
                return None
            objects.append((part, *found))
        return objects

    def parse(self, path: Path) -> tuple[Size | None, list[Values]]:
        """Reads a file by the parser.

        Args:
            path: The file.

        Returns:
            Its size as in `Annotations`, and of each object an empty text and the values.

        Raises:
            UserError: See `read`.
        """
        size: dict[str, str] = {}
        objects: list[dict[str, str]] = []
        place: list[str] = []
        for element in read_elements(path):
            if element.starts:
                place.append(element.tag)
                if place == ["annotation", "object"]:
                    objects.append({})
                elif place[0] != "annotation":
                    raise _wrong(path, element, f"<{place[0]}> is no <annotation> of an image")
                continue
            match place:
                case ["annotation", "size", "width" | "height" as side]:
                    size.setdefault(side, _whole(path, element))
                case ["annotation", "object"]:
                    self._check(path, element, objects[-1])
                case ["annotation", "object", tag] | ["annotation", "object", "bndbox", tag]:
                    objects[-1].setdefault(tag, element.text)
            place.pop()
        tags = (*self._required, *self._optional)
        found = [(b"", *(values.get(tag, "").encode() for tag in tags)) for values in objects]
        sides = (size["width"].encode(), size["height"].encode()) if len(size) == 2 else None
        return sides, found

    def _check(self, path: Path, element: Element, values: dict[str, str]) -> None:
        missing = [tag for tag in self._required if not values.get(tag)]
        if missing:
            raise _wrong(path, element, f"the object that ends here has no <{missing[0]}>")
        for tag in CORNERS:
            if not _NUMBER.fullmatch(values[tag].encode()):
                trouble = f"<{tag}> of the object that ends here is {values[tag]!r}"
                raise _wrong(path, element, f"{trouble}; a number is right")


def size_wh(size: Size | None) -> tuple[int, int] | None:
    """Width and height of an image in pixels; None if they are not told, or 0."""
    width, height = map(int, size or (0, 0))
    return (width, height) if width and height else None


def _usual_object(tags: Sequence[bytes]) -> bytes:
    """Matches an object of exactly these elements and captures their values."""
    values = [rb"([0-9]{1,9}+)" if tag in _CORNERS else rb"(\w++)" for tag in tags]
    found = [_element(tag, value) for tag, value in zip(tags, values, strict=True)]
    first = min(map(tags.index, _CORNERS))
    box = _element(b"bndbox", _SPACE + b"".join(found[first : first + 4]))
    return _element(b"object", _SPACE + b"".join([*found[:first], box, *found[first + 4 :]]))


def _model(form: re.Match) -> _Model | None:
    """What is common to a file and its neighbours; None if it is not named by a number."""
    data, (begin, end) = form.string, form.span("all")
    name = _FILENAME.search(data, 0, begin)
    if name is None:
        return None
    start, stop = name.span(1)
    between, after = data[stop:begin], data[end:]
    return _Model(data[:start], start, stop, between, begin, after, form.group("width", "height"))


def _contents(folder: Path, files: Sequence[str]) -> Iterator[bytes]:
    """What is in files; nothing of one that is large or cannot be read: it goes to the parser."""
    open_file, read, close = os.open, os.read, os.close
    opened = open_file(folder, os.O_RDONLY)
    try:
        for file in files:
            try:
                descriptor = open_file(file, os.O_RDONLY, dir_fd=opened)
                try:
                    data = read(descriptor, _LARGE)
                finally:
                    close(descriptor)
            except OSError:
                data = b""
            yield data if len(data) < _LARGE else b""
    finally:
        close(opened)


def _whole(path: Path, element: Element) -> str:
    if not re.fullmatch("[0-9]{1,9}", element.text):
        trouble = f"<{element.tag}> of the size is {element.text!r}; a number of pixels is right"
        raise _wrong(path, element, trouble)
    return element.text


def _wrong(path: Path, element: Element, trouble: str) -> UserError:
    return UserError(f"{path}, line {element.line}: {trouble}")
