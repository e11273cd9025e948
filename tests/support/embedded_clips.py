"""Frames of the clips in `data/clips`."""

import numpy as np

from src.datasets.sequences import load_video
from src.video.images import read_image
from tests.support.places import ROOT

TEST_CLIPS = ROOT / "data" / "clips" / "test"


def clip_of(name: str, n_frames: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The first frames of a test clip, and the box of the first of them."""
    video = load_video(TEST_CLIPS, name)
    return [read_image(path) for path in video.frames[:n_frames]], video.boxes_ltwh[0]
