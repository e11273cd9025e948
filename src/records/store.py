"""A set of records on disk: its format, its shards and its manifest."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from src.base.errors import UserError
from src.base.files import file_crc32
from src.base.orientation import orientation_setting
from src.base.settings import differences, refuse_others
from src.parameters.design import RECORDS, Design, keys_of
from src.parameters.models import Environment

AGAIN = "remove the records and run prepare_training_dataset.py again"


class _Entry(BaseModel):
    """Base of the manifest's parts: no unknown keys, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Skipped(_Entry):
    """A pair that was left out: its row in the pair list (the header is row 1), and why."""

    row: int
    reason: str


class Shard(_Entry):
    """A finished shard: its file name, pairs, size in bytes, CRC-32, and what was left out."""

    file: str
    pairs: int
    size: int
    crc32: int
    skipped: tuple[Skipped, ...] = ()


class Manifest(_Entry):
    """What a set of records holds and what it was made from."""

    schema_version: int
    parameters: dict[str, bool | int | float]
    pair_list_sha256: str
    pairs: int
    shards: tuple[Shard, ...]

    @property
    def skipped(self) -> list[Skipped]:
        """The pairs of all shards that were left out, by row."""
        return sorted(
            (pair for shard in self.shards for pair in shard.skipped), key=lambda p: p.row
        )


@dataclass(frozen=True)
class RecordSet:
    """A set of records that was found whole.

    Attributes:
        paths: Its shards in order.
        pairs: Records in all of them.
        list_sha256: SHA-256 of the pair list that they were made from.
    """

    paths: tuple[Path, ...]
    pairs: int
    list_sha256: str


def record_stem(env: Environment, split: str) -> str:
    """First part of the file names of a split, "train" or "validation"."""
    return {"train": env.tfrecord_filename, "validation": env.tfrecord_validation}[split]


def manifest_path(env: Environment, split: str) -> Path:
    """The manifest of a split."""
    return Path(env.tfrecord_path) / f"{record_stem(env, split)}.json"


def shard_name(stem: str, index: int, count: int) -> str:
    """File name of a shard; `index` counts from 0."""
    return f"{stem}-{index:05d}-of-{count:05d}.tfrecord"


def open_records(design: Design, env: Environment, split: str) -> RecordSet:
    """Finds the records of a split and checks that they are whole and fit the design.

    Args:
        design: The design that they should have been made for.
        env: Where they lie.
        split: "train" or "validation".

    Returns:
        The shards and their pairs.

    Raises:
        UserError: The records are missing, made for another design or by another version, or a
            shard is missing, truncated or altered.
    """
    path = manifest_path(env, split)
    manifest = read_manifest(path)
    _check_parameters(manifest, design, path)
    paths = tuple(path.parent / shard.file for shard in manifest.shards)
    for shard, shard_path in zip(manifest.shards, paths, strict=True):
        check_shard(shard, shard_path)
    return RecordSet(paths, manifest.pairs, manifest.pair_list_sha256)


def open_all_records(design: Design, env: Environment) -> tuple[RecordSet, RecordSet | None]:
    """The training records and, if there are any, the validation records; see `open_records`."""
    train = open_records(design, env, "train")
    if not manifest_path(env, "validation").exists():
        return train, None
    return train, open_records(design, env, "validation")


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest.

    Raises:
        UserError: It is missing, damaged or of another version of the program.
    """
    try:
        content = json.loads(path.read_bytes())
        version = content["schema_version"]
        if version == SCHEMA_VERSION:
            return Manifest.model_validate(content)
    except FileNotFoundError as error:
        raise UserError(
            f"{path}: there are no records; run prepare_training_dataset.py first"
        ) from error
    except (ValueError, ValidationError, KeyError, TypeError) as error:
        raise UserError(f"{path}: is not a manifest of training records; {AGAIN}") from error
    raise UserError(
        f"{path}: the records have schema version {version!r}, this program reads "
        f"{SCHEMA_VERSION}; {AGAIN}"
    )


def check_shard(shard: Shard, path: Path) -> None:
    """Compares a shard's file with its entry in the manifest.

    Raises:
        UserError: It is missing, truncated or altered.
    """
    if not path.is_file():
        raise UserError(f"{path}: this shard is missing; {AGAIN}")
    size = path.stat().st_size
    if size != shard.size:
        raise UserError(f"{path}: this shard has {size} bytes instead of {shard.size}; {AGAIN}")
    if file_crc32(path) != shard.crc32:
        raise UserError(f"{path}: this shard was altered, its CRC-32 is wrong; {AGAIN}")


def _check_parameters(manifest: Manifest, design: Design, path: Path) -> None:
    made, wanted = {"design": manifest.parameters}, {"design": record_parameters(design)}
    refuse_others(path, differences(made, wanted), f"use that design, or {AGAIN}")


SCHEMA_VERSION = 1
JPEG_QUALITY = 95
SEARCH_ROOM = 64  # crop pixels around the search crop, on every side
EXEMPLAR_ROOM = 8  # crop pixels around an exemplar of the search crop's size


def record_parameters(design: Design) -> dict[str, bool | int | float]:
    """The parameters that records depend on; others may change without making records anew."""
    own = design.model_dump(include=keys_of(Design, RECORDS)) | {"quality": JPEG_QUALITY}
    return own | orientation_setting()


def patch_pixels_per_crop_pixel(design: Design) -> np.ndarray:
    """Resolution of the patches in x and y, float64 [2]."""
    patch_wh = np.array([design.resize_width, design.resize_height], np.float64)
    return patch_wh / (design.search_sz + 2 * SEARCH_ROOM)


def search_patch_sz(design: Design) -> tuple[int, int]:
    """(height, width) of the search patch, pixels."""
    return design.resize_height, design.resize_width


def exemplar_patch_sz(design: Design) -> tuple[int, int]:
    """(height, width) of the exemplar patch, pixels, rounded."""
    shown = design.search_sz + 2 * EXEMPLAR_ROOM
    width, height = np.rint(shown * patch_pixels_per_crop_pixel(design)).astype(int).tolist()
    return height, width
