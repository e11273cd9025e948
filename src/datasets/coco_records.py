"""What COCO's photographs and COCO-VID's videos have in common."""

from pathlib import Path

from src.datasets.json_records import TEXT, WHOLE, Kind, records, wrong_record


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


BOX = Kind(
    "a list of 4 numbers",
    lambda value: isinstance(value, list) and len(value) == 4 and all(map(_is_number, value)),
)


def is_tiny(width: float, height: float) -> bool:
    """Whether a box is less than a pixel wide or high: some have no area at all."""
    return not (width >= 1 and height >= 1)


def left_out_sentences(document: Path, n_crowds: int, n_tiny: int) -> list[str]:
    """Tells what is left out of a whole document.

    Args:
        document: The document.
        n_crowds: How many boxes, as they are crowds.
        n_tiny: How many, as `is_tiny`.

    Returns:
        One sentence, or none.
    """
    parts = [f"boxes of crowds ({n_crowds})"] if n_crowds else []
    parts += [f"boxes less than a pixel wide or high ({n_tiny})"] if n_tiny else []
    return [f"{document}: left out are {' and '.join(parts)}"] if parts else []


def category_names(path: Path) -> dict[int, str]:
    """Reads COCO's `categories`: from id to name.

    Args:
        path: The document.

    Raises:
        UserError: See `records`; or a category has no id or name.
    """
    names = {}
    for number, record in records(path, "categories.item"):
        if not (WHOLE.is_one(record.get("id")) and TEXT.is_one(record.get("name"))):
            wanted = {"id": WHOLE, "name": TEXT}
            raise wrong_record(path, "categories.item", number, record, wanted)
        names[record["id"]] = record["name"]
    return names
