"""Makes short labelled clips of moving textured targets.

    python -m tests.clips --out data/clips --seed 1 --train 10 --test 3

A clip is a folder in the VOT layout: 00000001.jpg ... and groundtruth.txt with `x,y,w,h` a frame,
frame pixels counted from 0: the tight box of the whole target, also when a part of it is hidden
or outside. Where less than `MIN_VISIBLE` of it can be seen, the row is `NaN,NaN,NaN,NaN`.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from src.base.errors import UserError, run_script
from tests.clips.events import TEST_SCRIPTS, TRAIN_SCRIPTS, Event, events_of_script
from tests.clips.scene import Scene, make_scene

MIN_VISIBLE = 0.03
MIN_SIDE = 48
MAX_CLIPS = 500
JPEG_QUALITY = 75

_SCRIPTS = {"train": TRAIN_SCRIPTS, "test": TEST_SCRIPTS}
_FIRST_SEED = {"train": 0, "test": MAX_CLIPS}


@dataclass(frozen=True)
class Clip:
    """A clip in memory.

    Attributes:
        frames: uint8 [N, H, W, 3], RGB.
        boxes_ltwh: float64 [N, 4], frame pixels; rows of NaN where the target is absent.
        visible_share: float64 [N], share of the target's area that can be seen, 0...1.
        events: What happens and when.
    """

    frames: np.ndarray
    boxes_ltwh: np.ndarray
    visible_share: np.ndarray
    events: tuple[Event, ...]


def make_clip(
    seed: int, n_frames: int, size: tuple[int, int], events: Sequence[Event] = ()
) -> Clip:
    """Renders a clip.

    Args:
        seed: Decides shapes, textures, paths, light and noise; >= 0.
        n_frames: >= 1.
        size: (width, height), pixels, each >= `MIN_SIDE`.
        events: The script; without any the target only moves, turns, scales and deforms gently.

    Returns:
        The clip; equal arguments give equal arrays.
    """
    rng = np.random.default_rng([seed, 0])
    scene = make_scene(rng, n_frames, size, tuple(events))
    cast, noise = rng.uniform(0.92, 1.08, 3), rng.uniform(1.0, 2.5)
    frames, boxes, shares = [], [], []
    for index in range(n_frames):
        sensor = np.random.default_rng([seed, 1, index])
        image, share = scene.render(index)
        frames.append(_through_sensor(sensor, image * cast, noise, events, index))
        shares.append(share)
        boxes.append(_box_or_absent(scene, index, share))
    return Clip(np.stack(frames), np.stack(boxes), np.array(shares), tuple(events))


def write_clip(clip: Clip, folder: Path) -> None:
    """Writes a clip as a folder of JPEG files with their ground truth, whole or not at all.

    Args:
        clip: The clip.
        folder: Must not exist; its parents are made.

    Raises:
        UserError: The folder exists.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists already; name another --out or remove the folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        for number, frame in enumerate(clip.frames, start=1):
            Image.fromarray(frame).save(
                part / f"{number:08d}.jpg", quality=JPEG_QUALITY, subsampling=2, optimize=True
            )
        rows = [",".join(_number(value) for value in box) for box in clip.boxes_ltwh]
        (part / "groundtruth.txt").write_text("\n".join(rows) + "\n", encoding="ascii")
        part.chmod(0o755)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def clip_plan(split: str, number: int, seed: int, n_frames: int) -> tuple[str, int, tuple]:
    """What clip `number` of a split is.

    Args:
        split: "train" or "test"; they share no seed.
        number: From 0, below `MAX_CLIPS`.
        seed: The data set's.
        n_frames: Length of the clip.

    Returns:
        (folder name, seed of `make_clip`, events).
    """
    scripts = _SCRIPTS[split]
    name = list(scripts)[number % len(scripts)]
    clip_seed = seed * 2 * MAX_CLIPS + _FIRST_SEED[split] + number
    return f"{split}_{number:03d}_{name}", clip_seed, events_of_script(scripts[name], n_frames)


def main(argv: Sequence[str]) -> None:
    """Writes the clips that the command line asks for; see the module's docstring.

    Raises:
        UserError: A number or the size is out of range, or a clip's folder exists; then nothing
            is written.
    """
    options = _parse(argv)
    size = _parse_size(options.size)
    plans = []
    for split in ("train", "test"):
        for number in range(getattr(options, split)):
            name, seed, events = clip_plan(split, number, options.seed, options.frames)
            plans.append((Path(options.out) / split / name, seed, events))
    existing = [folder for folder, _, _ in plans if folder.exists()]
    if existing:
        raise UserError(f"{existing[0]}: exists already; name another --out or remove the folder")
    for folder, seed, events in plans:
        write_clip(make_clip(seed, options.frames, size, events), folder)
        print(folder)


def _through_sensor(
    rng: np.random.Generator,
    image: np.ndarray,
    noise: float,
    events: Sequence[Event],
    index: int,
) -> np.ndarray:
    """Flicker, the lens's softness, noise and 8 bits: float64 [H, W, 3] to uint8."""
    for event in events:
        if event.kind == "flicker" and event.start <= index < event.stop:
            image = image * (1 + 0.15 * event.strength * rng.uniform(-1, 1))
    image = ndimage.gaussian_filter(image, (0.55, 0.55, 0))
    image = image + noise * rng.standard_normal(image.shape)
    return np.clip(np.round(image), 0, 255).astype(np.uint8)


def _box_or_absent(scene: Scene, time: float, visible_share: float) -> np.ndarray:
    if visible_share < MIN_VISIBLE:
        return np.full(4, np.nan)
    return scene.target.box_ltwh(time)


def _number(value: float) -> str:
    return "NaN" if np.isnan(value) else f"{value:.2f}"


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.clips", description="Makes short labelled clips."
    )
    parser.add_argument("--out", required=True, help="folder that gets train/ and test/")
    parser.add_argument("--seed", type=int, required=True, help="same seed, same files; >= 0")
    parser.add_argument("--train", type=int, required=True, help="how many training clips")
    parser.add_argument("--test", type=int, required=True, help="how many test clips")
    parser.add_argument("--frames", type=int, default=44, help="frames a clip")
    parser.add_argument("--size", default="240x180", help="WIDTHxHEIGHT of the frames, pixels")
    options = parser.parse_args(argv)
    limits = {"seed": (0, 10**9), "train": (0, MAX_CLIPS), "test": (0, MAX_CLIPS)}
    for name, (low, high) in {**limits, "frames": (1, 10**5)}.items():
        if not low <= getattr(options, name) <= high:
            raise UserError(f"--{name} {getattr(options, name)}: should be {low} to {high}")
    return options


def _parse_size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if width.isdecimal() and height.isdecimal() and min(int(width), int(height)) >= MIN_SIDE:
        return int(width), int(height)
    raise UserError(f"--size {text}: should be WIDTHxHEIGHT, each at least {MIN_SIDE} pixels")


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
