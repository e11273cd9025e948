"""The folder that `python -m src export` writes, read and checked before anything is computed."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from src.base.errors import UserError

FORMAT = 4  # of `export.json`
DESCRIPTION = "export.json"
# files that a light tracker consists of, in their order in `Export`
FILES = ("network.tflite", "tracker.tflite")
SHIPPED = Path(__file__).resolve().parents[2] / "data" / "exports" / "siamfc_online_lite0"
_ADVICE = "write it anew with python -m src export"


class Export(NamedTuple):
    """A light tracker, whole.

    Attributes:
        folder: Where it was read.
        told: What `export.json` says.
        network: The bytes of `network.tflite`.
        tracker: The bytes of `tracker.tflite`.
    """

    folder: Path
    told: dict[str, Any]
    network: bytes
    tracker: bytes

    @property
    def weights(self) -> str:
        """One line that names the weights and the numbers that the network computes with."""
        return f"{self.told['weights']}, by LiteRT in {NUMBERS[self.told['quantise']]}"


# `--quantise` -> what the network computes with
NUMBERS = {"none": "float32", "float16": "float32 of float16 weights", "int8": "int8"}


def read_export(folder: str | os.PathLike | None) -> Export:
    """Reads a light tracker.

    Args:
        folder: As `python -m src export` writes it; None: the one that is shipped, of the
            recommended tracker.

    Raises:
        UserError: A file is missing or damaged, or of another version of this project.
    """
    folder = SHIPPED if folder is None else Path(folder)
    told = _description(folder)
    if told.get("format") != FORMAT:
        raise UserError(
            f"{folder / DESCRIPTION}: is of format {told.get('format')}, this version reads "
            f"{FORMAT}; {_ADVICE}"
        )
    if told != sealed(told):
        raise UserError(f"{folder / DESCRIPTION}: is damaged, or was changed; {_ADVICE}")
    return Export(folder, told, *(_checked(folder / name, told["sha256"]) for name in FILES))


def sealed(told: dict[str, Any]) -> dict[str, Any]:
    """What `export.json` says, with the SHA-256 of it all as `own_sha256`."""
    said = {key: value for key, value in told.items() if key != "own_sha256"}
    text = json.dumps(said, sort_keys=True)
    return said | {"own_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _description(folder: Path) -> dict[str, Any]:
    """`export.json` as an object."""
    path = folder / DESCRIPTION
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); the folder that python -m src export "
            "wrote is right"
        ) from error
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: is damaged, no JSON object; {_ADVICE}") from error


def _checked(path: Path, digests: dict[str, str]) -> bytes:
    """A file's bytes, which are those that were written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); {_ADVICE}") from error
    if hashlib.sha256(content).hexdigest() != digests.get(path.name):
        raise UserError(f"{path}: is damaged, or of another export than {DESCRIPTION}; {_ADVICE}")
    return content
