"""The records of a JSON file one at a time, however large the file is."""

from collections.abc import Iterator
from pathlib import Path

import ijson

from src.base.errors import UserError


def records(path: Path, prefix: str) -> Iterator[tuple[int, dict]]:
    """Reads the objects of one list.

    Args:
        path: The file.
        prefix: Where they stand, as ijson writes it: `item` for a list that is the whole file,
            `images.item` for the list `images` of an object.

    Yields:
        (number, object): counted from 1; one of them is in memory at a time.

    Raises:
        UserError: The file is missing or breaks off, naming the record behind the last whole one;
            or a record is no object.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for record in ijson.items(file, prefix, use_float=True):
                number += 1
                if not isinstance(record, dict):
                    raise UserError(f"{path}, record {number}: is no object in braces")
                yield number, record
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file of labels") from error
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise UserError(f"{path}, record {number + 1}: is not well-formed JSON") from error
