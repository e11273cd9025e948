"""OpenCV's trackers behind the contract: a real one, and a fake that fails on demand."""

import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.geometry.region_to_bbox import rect_iou
from src.tracking.opencv_tracker import KINDS, OpenCVTracker, whole_box
from src.video.images import read_image
from tests.support.helpers import make_clip

BOX = np.array([10.4, 20.6, 30.2, 15.7])
FRAME = np.zeros((60, 80, 3), np.uint8)


class FakeError(Exception):
    def __init__(self, message, code=-215):
        super().__init__(message)
        self.code = code


class FakeTracker:
    """Answers each update with the next of its answers; keeps what it was shown."""

    answers, shown, score = (), (), 0.25

    @classmethod
    def create(cls, parameters=None):
        FakeTracker.parameters = parameters
        return cls()

    def init(self, frame, box):
        FakeTracker.shown = [(frame, box)]
        self._answers = iter(FakeTracker.answers)
        if isinstance(FakeTracker.score, Exception):
            raise FakeTracker.score

    def update(self, frame):
        FakeTracker.shown.append((frame, None))
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def getTrackingScore(self):  # noqa: N802 - OpenCV's name
        return FakeTracker.score


@pytest.fixture
def fake(monkeypatch):
    """Makes the fake OpenCV, with KCF and NANO in it, and sets its answers."""
    module = SimpleNamespace(
        __version__="9.9",
        error=FakeError,
        Error=SimpleNamespace(StsAssert=-215),
        TrackerKCF=FakeTracker,
        TrackerNano=FakeTracker,
        TrackerNano_Params=SimpleNamespace,
    )
    monkeypatch.setitem(sys.modules, "cv2", module)

    def answer(*answers, score=0.25):
        monkeypatch.setattr(FakeTracker, "answers", answers)
        monkeypatch.setattr(FakeTracker, "score", score)

    return answer


def test_a_real_tracker_follows_a_clip_and_starts_again(tmp_path):
    # large and slow: MIL, which draws from the clock, keeps it every time
    clip = {"size": (240, 160), "box": (120, 40, 56, 40), "step": (2, 1)}
    truth = make_clip(tmp_path, 4, **clip)
    frames = [read_image(path) for path in sorted(tmp_path.glob("*.jpg"))]
    tracker = OpenCVTracker("MIL")
    for start in (0, 1):
        tracker.init(frames[start], truth[start].copy())
        results = [tracker.update(frame) for frame in frames[start + 1 :]]
        assert rect_iou(results[-1].box_ltwh, truth[-1]) > 0.2
        assert not results[-1].lost and math.isnan(results[-1].confidence)
        assert results[-1].box_ltwh.dtype == np.float64
    assert tracker.description.startswith("OpenCV 5") and "TrackerMIL" in tracker.description


def test_frames_are_bgr_and_boxes_whole_numbers(fake):
    fake((True, (1, 2, 3, 4)))
    tracker = OpenCVTracker("KCF")
    frame = FRAME.copy()
    frame[..., 0] = 200
    tracker.init(frame, BOX)
    result = tracker.update(frame)
    (first, box), (second, _) = FakeTracker.shown
    assert first[0, 0].tolist() == [0, 0, 200] == second[0, 0].tolist()
    assert first.flags["C_CONTIGUOUS"]
    # edges 10.4...40.6 and 20.6...36.3
    assert box == (10, 21, 31, 15) and all(type(value) is int for value in box)
    assert result.box_ltwh.tolist() == [1, 2, 3, 4]
    assert np.asarray(result.response).shape == (1, 1)


def test_lost_keeps_the_last_box(fake):
    fake((False, (0, 0, 0, 0)), (True, (5, 6, 7, 8)), (False, None), FakeError("assertion"))
    tracker = OpenCVTracker("KCF")
    tracker.init(FRAME, BOX)
    results = [tracker.update(FRAME) for _ in range(4)]
    assert [result.lost for result in results] == [True, False, True, True]
    boxes = [result.box_ltwh.tolist() for result in results]
    assert boxes == [BOX.tolist(), [5, 6, 7, 8], [5, 6, 7, 8], [5, 6, 7, 8]]
    assert all(math.isnan(result.confidence) for result in results)


def two_files(folder):
    models = [folder / "back.onnx", folder / "head.onnx"]
    for path in models:
        path.write_bytes(path.name.encode())
    return models


def test_an_error_of_a_network_is_no_loss(fake, tmp_path):
    message = "OpenCV(9.9) reshape: (-215:Assertion failed) total(srcShape) == total(dst)\n in f"
    fake((True, (1, 2, 3, 4)), FakeError(message))
    models = two_files(tmp_path)
    tracker = OpenCVTracker("NANO", models)
    tracker.init(FRAME, BOX)
    tracker.update(FRAME)
    with pytest.raises(UserError) as told:
        tracker.update(FRAME)
    assert str(told.value) == (
        "TrackerNano: OpenCV cannot go on: OpenCV(9.9) reshape: (-215:Assertion failed) "
        f"total(srcShape) == total(dst); {models[0]}, {models[1]} may be of another version of "
        "this tracker"
    )


@pytest.mark.parametrize("code", [-4, -2, -217])
def test_other_errors_than_assertions_are_no_loss(fake, code):
    fake(FakeError("(-4:Insufficient memory) Failed to allocate", code))
    tracker = OpenCVTracker("KCF")
    tracker.init(FRAME, BOX)
    with pytest.raises(UserError, match=r"^TrackerKCF: .* cannot go on: .*Failed to allocate$"):
        tracker.update(FRAME)


def test_networks_have_models_and_a_confidence(fake, tmp_path):
    fake((True, (1, 2, 3, 4)), (False, None), score=0.75)
    models = two_files(tmp_path)
    tracker = OpenCVTracker("NANO", models)
    assert vars(FakeTracker.parameters) == {"backbone": str(models[0]), "neckhead": str(models[1])}
    assert "back.onnx " in tracker.description and "head.onnx " in tracker.description
    tracker.init(FRAME, BOX)
    assert tracker.update(FRAME).confidence == 0.75
    assert math.isnan(tracker.update(FRAME).confidence)


def refused(*arguments):
    with pytest.raises(UserError) as caught:
        OpenCVTracker(*arguments)
    return str(caught.value)


def test_missing_trackers_and_models_are_told(fake, tmp_path):
    assert "TrackerCSRT is missing in OpenCV 9.9" in refused("CSRT")
    assert "pip install opencv-contrib-python-headless" in refused("CSRT")
    assert "--tracker GOTURN: KCF, CSRT, MIL, NANO are right" in refused("GOTURN")
    assert "0 times --network; backbone, then neckhead is right" in refused("NANO")
    assert "1 times --network; no --network is right" in refused("KCF", [tmp_path])
    assert "there is no such file" in refused("NANO", [tmp_path / "a", tmp_path / "b"])


def test_real_models_that_are_none_are_told(tmp_path):
    models = [tmp_path / "back.onnx", tmp_path / "head.onnx"]
    for path in models:
        path.write_bytes(b"no network")
    told = refused("NANO", models)
    assert "back.onnx" in told and "OpenCV cannot read these" in told


def test_a_box_that_opencv_refuses_is_told(fake):
    fake(score=FakeError("(-215:Assertion failed) roi\n in function"))
    with pytest.raises(UserError, match="cannot start on the box"):
        OpenCVTracker("KCF").init(FRAME, BOX)


def test_without_opencv_the_package_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert "pip install opencv-contrib-python-headless" in refused("MIL")
    assert set(KINDS) == {"KCF", "CSRT", "MIL", "NANO"}


@given(
    st.tuples(*(st.floats(-50, 100),) * 2, *(st.floats(0.1, 90),) * 2),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_whole_boxes_lie_inside(box, size):
    left, top, width, height = whole_box(np.array(box), size)
    assert 0 <= left < left + width <= size[0]
    assert 0 <= top < top + height <= size[1]
    if box[0] >= 0 and box[0] + box[2] <= size[0] and box[2] >= 1:
        assert abs(left - box[0]) <= 0.5 and abs(left + width - box[0] - box[2]) <= 0.5 + 1e-9
