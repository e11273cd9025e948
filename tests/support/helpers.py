"""Small clips and sequence folders for the tests, written as the benchmarks lay them out."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

# what `src.base.progress` says of work that takes more than ten seconds
_PROGRESS = re.compile(r".+: (\d+% \(\d+ of )?\d+ \w+\)?, [\d.]+ (\w+/s|s/\w+)(, .+)?")
LAYOUTS = ("vot4", "vot8", "otb", "got10k", "plain")


def complaints(stderr: str) -> list[str]:
    """The lines of stderr without those that tell of progress, which slow machines print."""
    return [line for line in stderr.splitlines() if not _PROGRESS.fullmatch(line)]


def texture(size: tuple[int, int], rng: np.random.Generator, cell: int = 4) -> np.ndarray:
    """Random colours in smooth blotches: uint8 [height, width, 3] for size (width, height)."""
    coarse = rng.integers(0, 256, (size[1] // cell + 2, size[0] // cell + 2, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))


def moving_boxes(n_frames: int, box: Sequence[float], step: Sequence[float]) -> np.ndarray:
    """float64 [N, 4]: the box (left, top, width, height) moved by `step` (x, y) every frame."""
    shifts = np.arange(n_frames)[:, None] * np.array([*step, 0.0, 0.0])
    return np.asarray(box, dtype=np.float64) + shifts


def make_clip(
    folder: Path,
    n_frames: int = 8,
    size: tuple[int, int] = (160, 120),
    box: Sequence[int] = (50, 40, 32, 24),
    layout: str = "vot4",
    step: Sequence[int] = (3, 2),
    suffix: str = ".jpg",
    seed: int = 0,
) -> np.ndarray:
    """Writes a textured rectangle that moves over a textured ground, and its ground truth.

    Returns the true boxes, float64 [N, 4] ltwh counted from 0, whatever the layout writes.
    """
    rng = np.random.default_rng(seed)
    ground, target = texture(size, rng, cell=12), texture((int(box[2]), int(box[3])), rng)
    boxes = moving_boxes(n_frames, box, step)
    frames = folder / "img" if layout == "otb" else folder
    frames.mkdir(parents=True, exist_ok=True)
    for number, box_ltwh in enumerate(boxes, 1):
        image = Image.fromarray(ground.copy())
        image.paste(Image.fromarray(target), (int(box_ltwh[0]), int(box_ltwh[1])))
        options = {"quality": 95, "subsampling": 0} if suffix == ".jpg" else {}
        image.save(frames / f"{number:08d}{suffix}", **options)
    write_ground_truth(folder, boxes, layout)
    return boxes


def write_ground_truth(folder: Path, boxes_ltwh: np.ndarray, layout: str) -> None:
    """Writes boxes counted from 0 as `layout` keeps them; "plain" has no ground truth."""
    assert layout in LAYOUTS, layout
    if layout == "otb":
        one_based = boxes_ltwh + np.array([1.0, 1.0, 0.0, 0.0])
        write_rows(folder / "groundtruth_rect.txt", one_based, separator="\t")
    elif layout == "vot8":
        left, top, width, height = boxes_ltwh.T
        right, bottom = left + width, top + height
        corners = [left, top, right, top, right, bottom, left, bottom]
        write_rows(folder / "groundtruth.txt", np.stack(corners, axis=1))
    elif layout != "plain":
        write_rows(folder / "groundtruth.txt", boxes_ltwh)
    if layout == "got10k":
        (folder / "absence.label").write_text("0\n" * len(boxes_ltwh))
        (folder / "cover.label").write_text("8\n" * len(boxes_ltwh))


def write_rows(path: Path, rows: Iterable[Sequence[float]], separator: str = ",") -> None:
    """Writes numbers without loss, a line for each row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [separator.join(repr(float(value)) for value in row) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def touch_frames(folder: Path, numbers: Iterable[int], digits: int = 4) -> None:
    """Makes frame files that hold no image, for tests of what never opens one."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"{number:0{digits}d}.jpg").write_bytes(b"-")
