"""Released weights follow targets of a few pixels, and long ones, as they follow others."""

import numpy as np
import pytest

from src.api import Tracker
from src.datasets.sequences import load_video
from src.geometry.region_to_bbox import rect_iou
from src.video.images import read_image
from tests.support.embedded_clips import TEST_CLIPS
from tests.support.small_targets import drawn_target, shrunk


@pytest.fixture(scope="module", params=["siamrpn_lite0", "siamfc_online_lite0"])
def tracker(request):
    return Tracker.load(design=f"design_{request.param}.json")


def mean_iou(tracker, frames, boxes_ltwh):
    tracker.init(frames[0], boxes_ltwh[0])
    found = np.array([tracker.update(frame).box for frame in frames[1:]])
    return rect_iou(found, boxes_ltwh[1:]).mean()


# a box of ten pixels around three would have 0.09
@pytest.mark.parametrize(
    ("width", "height", "least"),
    [(3, 3, 0.7), (5, 5, 0.8), (4, 16, 0.75), (16, 4, 0.75), (3, 12, 0.7)],
)
def test_drawn_targets(tracker, width, height, least):
    assert mean_iou(tracker, *drawn_target(width, height)) > least


@pytest.mark.parametrize(("factor", "least"), [(8, 0.6), (4, 0.6)])
def test_clips_that_are_shrunk(tracker, factor, least):
    video = load_video(TEST_CLIPS, "test_001_blur_zoom_dark")
    frames = [read_image(path) for path in video.frames]
    assert mean_iou(tracker, *shrunk(frames, video.boxes_ltwh, factor)) > least
