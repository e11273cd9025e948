"""What protocols judge: tracks of small videos, and trackers for worker processes."""

from pathlib import Path

import numpy as np
from PIL import Image

from src.datasets.segments import Segment
from src.datasets.video_sequence import VideoSequence
from src.evaluating.evaluation import score_one_pass
from src.evaluating.results import Track
from src.evaluating.score_lines import Outcome
from tests.support.trackers import IdentityTracker


def make_outcome(folder, name, boxes, truth, start=0, size=(120, 90), seconds=0.1, **about):
    """A whole track of N boxes; only the first frame's file exists, for its size."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(folder / "0.png")
    frames = (folder / "0.png", *(Path(f"{k}.png") for k in range(1, len(boxes))))
    track = Track.empty(len(boxes))
    track.boxes_ltwh[start:] = boxes[start:]
    track.seconds[start:] = seconds
    track.seconds[np.isnan(boxes).any(axis=1)] = np.nan
    track.read_seconds[start:] = seconds
    segment = Segment(
        VideoSequence(name, frames, truth, **about), start, track.boxes_ltwh[start], name
    )
    return Outcome(segment, track, score_one_pass(track, segment, 20))


def load_identity(job):
    """In place of `load_with_one_thread`."""
    return IdentityTracker(), "checkpoint 1"


def load_other_weights(job):
    """Weights that were replaced meanwhile."""
    return IdentityTracker(), "checkpoint 2"


def load_nothing(job):
    """Where nothing is left to do."""
    raise AssertionError("a tracker is loaded again")
