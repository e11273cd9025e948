import contextlib
import re

import numpy as np
import pytest

from src.api import MultiTracker, Result, Tracker
from src.base.errors import UserError
from src.datasets.sequences import load_video
from src.geometry.region_to_bbox import rect_iou
from src.video.images import read_image
from tests.support.api_trackers import DriftingTracker, released_tracker
from tests.support.parameter_files import TINY
from tests.support.places import GOLDEN, ROOT

FRAME = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
BOX = (10.0, 20.0, 30.0, 15.0)


def test_a_result_holds_what_the_tracker_found():
    tracker = Tracker(DriftingTracker(confidence=0.25, lost=True), "some weights")
    assert tracker.weights == "some weights"
    assert tracker.init(FRAME, BOX) is None
    tracker.update(FRAME)
    result = tracker.update(FRAME)
    assert isinstance(result, Result) and result.box.dtype == np.float64
    np.testing.assert_allclose(result.box, [14.74, 23.22, 30.86, 14.42])
    assert (result.score, result.confidence, result.lost) == (1.5, 0.25, True)
    assert type(result.score) is float and type(result.lost) is bool
    with pytest.raises(AttributeError):
        result.lost = False


def test_a_result_may_be_changed_without_changing_the_track():
    tracker = Tracker(DriftingTracker())
    tracker.init(FRAME, BOX)
    tracker.update(FRAME).box[:] = 0
    np.testing.assert_allclose(tracker.update(FRAME).box[0], 14.74)


def test_trackers_see_rgb_frames_and_float_boxes():
    fake = DriftingTracker()
    tracker = Tracker(fake)
    tracker.init(FRAME[..., 0], [10, 20, 30, 15])
    tracker.update(FRAME[..., ::-1])
    assert fake.started_on == [[10.0, 20.0, 30.0, 15.0]]
    np.testing.assert_array_equal(fake.frames[0], np.stack([FRAME[..., 0]] * 3, axis=2))
    np.testing.assert_array_equal(fake.frames[1], FRAME[..., ::-1])


def test_calls_out_of_turn_and_wrong_arguments_are_value_errors():
    fake = DriftingTracker()
    tracker = Tracker(fake)
    with pytest.raises(ValueError, match=r"before init: start the track with init\(frame, box\)"):
        tracker.update(FRAME)
    with pytest.raises(ValueError, match="outside the frame"):
        tracker.init(FRAME, (80, 0, 5, 5))
    with pytest.raises(UserError, match="before init"):
        tracker.update(FRAME)
    tracker.init(FRAME, BOX)
    with pytest.raises(ValueError, match="float64"):
        tracker.update(FRAME / 255)
    with pytest.raises(ValueError, match="4"):
        tracker.init(FRAME, BOX[:3])
    # what was refused has not touched the track
    np.testing.assert_allclose(tracker.update(FRAME).box[0], 12.37)
    assert fake.started_on == [list(BOX)]


def test_a_new_init_starts_a_new_track():
    tracker = Tracker(DriftingTracker())
    for _ in range(2):
        tracker.init(FRAME, BOX)
        np.testing.assert_allclose(tracker.update(FRAME).box[0], 12.37)


def test_a_missing_file_of_weights_is_told(tmp_path):
    with pytest.raises(UserError, match=r"a\.npz does not exist"):
        Tracker.load(tmp_path / "a.npz", design="design.json", hyperparams="hyperparams.json")


def test_the_best_checkpoint_of_a_training_is_loaded():
    smallest = {f"design.{key}": value for key, value in TINY.items()}
    tracker = Tracker.load(
        GOLDEN / "checkpoint",
        design="design.json",
        hyperparams="hyperparams.json",
        overrides=smallest | {"design.filter_num": [2, 2, 2, 2, 2]},
    )
    assert tracker.weights.startswith(f"checkpoint {GOLDEN / 'checkpoint' / 'saver-test-1'}, ")
    tracker.init(FRAME, BOX)
    assert np.isfinite(tracker.update(FRAME).box).all()


def test_the_released_tracker_follows_a_target_from_any_folder_with_any_strides():
    video = load_video(ROOT / "data" / "clips" / "test", "test_001_blur_zoom_dark")
    frames = [read_image(path) for path in video.frames[:12]]
    tracker = released_tracker()
    assert tracker.weights.startswith("released weights siamrpn_efficientnet_lite0.npz, ")
    bgr = [np.ascontiguousarray(frame[..., ::-1]) for frame in frames]
    tracks = []
    for shown in (frames, [frame[..., ::-1] for frame in bgr]):
        tracker.init(shown[0], video.boxes_ltwh[0])
        tracks.append(np.array([tracker.update(frame).box for frame in shown[1:]]))
    assert rect_iou(tracks[0], video.boxes_ltwh[1:12]).min() > 0.5
    np.testing.assert_array_equal(*tracks)


@pytest.mark.parametrize("page", ["README.md", "docs/programs.md"])
def test_the_example_of_a_page_runs(page, capsys, monkeypatch):
    # what `Tracker.load()` gives without arguments
    monkeypatch.setattr(Tracker, "load", released_tracker)
    text = (ROOT / page).read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL)[1]
    with contextlib.chdir(ROOT):
        exec(compile(example, page, "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    video = load_video(ROOT / "data" / "clips" / "test", "test_000_occlusion_distractor")
    assert [line.split()[0] for line in printed] == [path.name for path in video.frames[1:]]
    boxes = [re.search(r"\[(.*?)\]", line)[1].split() for line in printed]
    overlap = rect_iou(np.array(boxes, float), video.boxes_ltwh[1:])
    # the target is hidden and has a look-alike; that it is followed is enough here
    assert np.nanmean(overlap) > 0.4


@pytest.mark.parametrize("colour", [0, 255, (0, 0, 200)])
def test_a_frame_of_one_colour_starts_no_track(colour):
    frame = np.full((90, 120, 3), colour, np.uint8)
    with pytest.raises(ValueError, match="one colour all over, so it shows no target"):
        released_tracker().init(frame, (10, 20, 30, 40))


def test_several_targets_are_tracked_together():
    clip = load_video(ROOT / "data" / "clips" / "test", "test_000_occlusion_distractor")
    frames = [read_image(path) for path in clip.frames[:4]]
    boxes = clip.boxes_ltwh[0] + np.array([[0, 0, 0, 0], [15, 10, 5, 0]])
    together, alone = MultiTracker.load(), released_tracker()
    with pytest.raises(ValueError, match=r"before init: start with init\(frame, boxes\)"):
        together.update(frames[0])
    for none in (None, 5, (10, 20, 30, 40)):
        with pytest.raises(ValueError, match=r"boxes is .*: a list of boxes"):
            together.init(frames[0], none)
    with pytest.raises(ValueError, match="there is no box"):
        together.init(frames[0], [])
    with pytest.raises(ValueError, match="outside the frame"):
        together.init(frames[0], [boxes[0], (-50, 0, 10, 10)])
    together.init(frames[0], boxes)
    found = [together.update(frame) for frame in frames[1:]]
    for target, box in enumerate(boxes):
        alone.init(frames[0], box)
        for number, frame in enumerate(frames[1:]):
            np.testing.assert_allclose(
                found[number][target].box, alone.update(frame).box, atol=0.01
            )
