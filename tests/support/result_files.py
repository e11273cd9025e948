"""Result files as an evaluation and an own video write them, and tracks drawn at random."""

import json
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from src.evaluating.results import ResultFolder, Track
from src.own_video.results import FrameRows, write_own_track

SIZE = (64, 48)


def write_result(
    folder: Path, name: str, boxes, confidence=None, bounds=None, dataset: Path | None = None
) -> Path:
    """The files of one track of an evaluation, and its settings."""
    boxes = np.asarray(boxes, dtype=np.float64)
    folder.mkdir(parents=True, exist_ok=True)
    seconds = np.full(len(boxes), 0.01)
    sure = np.full(len(boxes), np.nan) if confidence is None else np.asarray(confidence)
    ResultFolder(folder).write(name, Track(boxes, seconds, seconds, sure))
    settings = {"dataset": str(dataset or folder / "nowhere"), "hyperparams": {}}
    if bounds:
        settings["hyperparams"] = dict(zip(("lost_below", "found_above"), bounds, strict=True))
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder / f"{name}.txt"


def write_own_result(folder: Path, name: str, source: Path, boxes, lost=(), start=0) -> Path:
    """The files of one track of an own video; a row of NaN is a broken frame."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = FrameRows()
    for frame, box in enumerate(np.asarray(boxes, dtype=np.float64), start):
        if np.isnan(box).any():
            rows.add(frame, frame / 20)
        else:
            rows.add(frame, frame / 20, box, 1.0, 0.5, float(frame in lost), 0.01, 0.01)
    about = {"source": str(source), "bytes": 1, "start_frame": start, "region": [1, 2, 3, 4]}
    about |= {"ended": "end", "fps": 20.0, "size": list(SIZE)}
    write_own_track(ResultFolder(folder), name, about, rows)
    return folder / f"{name}.txt"


@st.composite
def random_tracks(draw, n_frames: int):
    """float64 [n_frames, 4] with the four decimals of result files, inside or partly outside.

    Still, steady or trembling; absent in some frames, but not in all.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    there = np.array(draw(st.lists(st.booleans(), min_size=n_frames, max_size=n_frames)))
    there[draw(st.integers(0, n_frames - 1))] = True
    trembling = draw(st.sampled_from([0.0, 0.3, 3.0]))
    steps = rng.normal(0, trembling, (n_frames, 4)) + rng.uniform(-1, 1, 4)
    boxes = rng.uniform((10, 10, 5, 5), (40, 30, 20, 15)) + np.cumsum(steps, axis=0)
    boxes[:, 2:] = np.clip(boxes[:, 2:], 2, 40)
    # of every box at least a pixel is inside the frame
    boxes[:, :2] = np.clip(boxes[:, :2], 1 - boxes[:, 2:], np.array(SIZE) - 1)
    boxes = boxes.round(4)
    boxes[~there] = np.nan
    return boxes
