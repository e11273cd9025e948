"""Frames to measure on: the videos of the parameters; the embedded clips at a usual size."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from src.benchmarking.timing import PROJECT
from src.datasets.segments import Segment, dataset_folder, plan_segments
from src.datasets.video_sequence import VideoSequence
from src.evaluating.following import NextFrame
from src.parameters.models import Environment, Evaluation
from src.video.images import read_image

SIZE_WH = (640, 480)
EMBEDDED = PROJECT / "data" / "clips"

_NOISE = 2.0  # grey levels; without any, enlarged pictures make files smaller than a camera's
_QUALITY = 90


@dataclass(frozen=True)
class Footage:
    """The first frames of a track, in memory and on disk.

    Attributes:
        paths: The image files.
        frames: uint8 [H, W, 3] RGB each.
        box_ltwh: float64 [4], the target in the first frame, frame pixels.
    """

    paths: tuple[Path, ...]
    frames: tuple[np.ndarray, ...]
    box_ltwh: np.ndarray

    def following(self) -> Iterator[tuple[Path, np.ndarray]]:
        """The frames behind the first, again and again; a single frame follows itself."""
        pairs = list(zip(self.paths, self.frames, strict=True))
        return itertools.cycle(pairs[1:] or pairs)


def load_footage(
    env: Environment, evaluation: Evaluation, videos: int, frames: int, folder: Path
) -> tuple[list[Footage], str]:
    """Reads what is tracked.

    Args:
        env: Holds the data set.
        evaluation: Names it and the videos.
        videos: How many tracks are wanted at most.
        frames: How many frames of each.
        folder: Where the enlarged frames of embedded clips go.

    Returns:
        At least one footage, and a sentence on what it is.

    Raises:
        UserError: A video, its start box or a frame is wrong.
    """
    segments = plan_segments(env, evaluation)[:videos]
    if dataset_folder(env, evaluation).resolve().is_relative_to(EMBEDDED):
        segments = [enlarge(segment, frames, folder) for segment in segments]
        source = "embedded clips"
    else:
        source = "videos of evaluation.dataset"
    footage = [_read(segment, frames) for segment in segments]
    height, width = footage[0].frames[0].shape[:2]
    return footage, f"frames: {source}, {width}x{height}, in memory but for reading"


def enlarge(segment: Segment, frames: int, folder: Path) -> Segment:
    """Writes the first frames of a track as JPEG files of `SIZE_WH` with a camera's noise.

    Args:
        segment: The track.
        frames: How many frames.
        folder: Where to.

    Returns:
        The same track in those files.
    """
    kept = range(segment.start, min(segment.start + frames, len(segment.sequence.frames)))
    paths, factor = [], np.ones(2)
    target = folder / segment.name
    target.mkdir(parents=True, exist_ok=True)
    for index in kept:
        image = Image.fromarray(read_image(segment.sequence.frames[index]))
        factor = np.array(SIZE_WH) / image.size
        paths.append(target / f"{index:08d}.jpg")
        Image.fromarray(_enlarged(image, index)).save(paths[-1], quality=_QUALITY)
    boxes = segment.sequence.boxes_ltwh
    scaled = None if boxes is None else boxes[kept.start : kept.stop] * np.tile(factor, 2)
    sequence = VideoSequence(segment.sequence.name, tuple(paths), scaled)
    return Segment(sequence, 0, segment.start_box_ltwh * np.tile(factor, 2), segment.name)


def _enlarged(image: Image.Image, seed: int) -> np.ndarray:
    """uint8 [H, W, 3] of `SIZE_WH`; the same for the same image and seed."""
    large = np.asarray(image.resize(SIZE_WH, Image.Resampling.BICUBIC), np.float32)
    noise = np.random.default_rng(seed).normal(0, _NOISE, large.shape)
    return np.clip(np.rint(large + noise), 0, 255).astype(np.uint8)


def _read(segment: Segment, frames: int) -> Footage:
    paths = segment.sequence.frames[segment.start : segment.start + frames]
    return Footage(paths, tuple(map(read_image, paths)), segment.start_box_ltwh)


def from_start(footage: Footage) -> Iterator[NextFrame]:
    """The frames without end, for `src.evaluating.following.follow`."""
    yield NextFrame(0, footage.frames[0], footage.box_ltwh)
    for index, (_, frame) in enumerate(footage.following(), 1):
        yield NextFrame(index, frame)
