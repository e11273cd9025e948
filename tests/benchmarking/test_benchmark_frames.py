"""What is tracked: embedded clips at a usual size, other videos as they are."""

import itertools

import numpy as np

from src.benchmarking.frames import EMBEDDED, SIZE_WH, Footage, load_footage
from src.datasets.sequences import load_video
from src.video.images import read_image
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_environment, load_evaluation

DATA = str(EMBEDDED.parent)


def test_embedded_clips_are_enlarged(tmp_path):
    env = load_environment(root_dataset=DATA)
    footage, note = load_footage(env, load_evaluation(), 2, 3, tmp_path)
    assert len(footage) == 2 and "embedded clips, 640x480" in note
    clip = load_video(EMBEDDED / "test", "test_000_occlusion_distractor")
    small = read_image(clip.frames[0])
    factor = SIZE_WH[0] / small.shape[1]
    assert np.allclose(footage[0].box_ltwh, clip.boxes_ltwh[0] * factor)
    for path, frame in zip(footage[0].paths, footage[0].frames, strict=True):
        assert frame.shape == (480, 640, 3) and path.is_relative_to(tmp_path)
        assert np.array_equal(read_image(path), frame)
    x, y, w, h = (footage[0].box_ltwh / factor).astype(int)
    inside = footage[0].frames[0][
        int(y * factor) : int((y + h) * factor), int(x * factor) : int((x + w) * factor)
    ]
    expected = small[y : y + h, x : x + w].mean((0, 1))
    assert np.abs(inside.mean((0, 1)) - expected).max() < 4


def test_other_videos_stay_as_they_are(tmp_path):
    boxes = make_clip(tmp_path / "own" / "a", 5)
    env = load_environment(root_dataset=str(tmp_path))
    footage, note = load_footage(env, load_evaluation(dataset="own"), 4, 3, tmp_path / "new")
    assert "160x120" in note and not (tmp_path / "new").exists()
    assert len(footage) == 1 and len(footage[0].frames) == 3
    assert np.allclose(footage[0].box_ltwh, boxes[0])


def test_frames_begin_again_behind_the_first():
    frames = tuple(np.full((1, 1, 3), value, np.uint8) for value in range(3))
    footage = Footage(("a", "b", "c"), frames, np.zeros(4))
    following = itertools.islice(footage.following(), 5)
    assert [(path, frame[0, 0, 0]) for path, frame in following] == [
        *(("b", 1), ("c", 2)) * 2,
        ("b", 1),
    ]
    alone = Footage(("a",), frames[:1], np.zeros(4))
    assert [path for path, _ in itertools.islice(alone.following(), 2)] == ["a", "a"]
