"""The clips: seeded, labelled tightly, in the VOT layout; the embedded ones are reproducible."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from src.base.errors import UserError
from src.datasets.sequences import list_videos, load_video
from tests.clips.__main__ import MIN_VISIBLE, clip_plan, main, make_clip, write_clip
from tests.clips.events import Event

CLIPS = Path(__file__).resolve().parents[2] / "data" / "clips"
SEED, N_FRAMES, SIZE = 1, 44, (240, 180)


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_equal_arguments_give_equal_arrays():
    events = (Event("flicker", 1, 4), Event("occlusion", 0, 5))
    first, again = (make_clip(9, 5, (80, 60), events) for _ in range(2))
    np.testing.assert_array_equal(first.frames, again.frames)
    np.testing.assert_array_equal(first.boxes_ltwh, again.boxes_ltwh)
    other = make_clip(10, 5, (80, 60), events)
    assert np.abs(first.frames.astype(int) - other.frames).mean() > 5


def test_shapes_types_and_moving_frames():
    clip = make_clip(2, 6, (80, 60))
    assert clip.frames.shape == (6, 60, 80, 3) and clip.frames.dtype == np.uint8
    assert clip.boxes_ltwh.shape == (6, 4) and clip.boxes_ltwh.dtype == np.float64
    changes = np.abs(np.diff(clip.frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert changes.min() > 1
    assert (np.abs(np.diff(clip.boxes_ltwh[:, :2], axis=0)).max(axis=1) > 0.05).all()


@pytest.mark.parametrize("kind", ["leave", "occlusion"])
def test_rows_are_absent_exactly_where_the_target_cannot_be_seen(kind):
    clip = make_clip(4, 40, (96, 72), (Event(kind, 8, 32, 1.4),))
    absent = np.isnan(clip.boxes_ltwh)
    np.testing.assert_array_equal(absent.any(axis=1), clip.visible_share < MIN_VISIBLE)
    np.testing.assert_array_equal(absent.any(axis=1), absent.all(axis=1))
    assert absent[20].all() and not absent[:9].any() and not absent[32:].any()


def test_the_target_shows_inside_its_box():
    # The same scene without motion of the target's own is not to be had: look for its colours.
    clip = make_clip(5, 2, (120, 90))
    left, top, width, height = np.round(clip.boxes_ltwh[0]).astype(int)
    inner = clip.frames[0, top + height // 3 : top + 2 * height // 3, left + width // 3 :]
    inside = inner[:, : width // 3].reshape(-1, 3).mean(axis=0)
    assert np.linalg.norm(inside - clip.frames[0].reshape(-1, 3).mean(axis=0)) > 15


def test_a_written_clip_is_a_video_with_the_same_boxes(tmp_path):
    clip = make_clip(4, 12, (96, 72), (Event("leave", 2, 10),))
    write_clip(clip, tmp_path / "a clip é")
    assert list_videos(tmp_path) == ["a clip é"]
    video = load_video(tmp_path, "a clip é")
    np.testing.assert_allclose(video.boxes_ltwh, clip.boxes_ltwh, atol=0.0051)
    assert np.isnan(video.boxes_ltwh).any()
    stored = np.asarray(Image.open(video.frames[3]).convert("RGB"), dtype=int)
    assert np.abs(stored - clip.frames[3]).mean() < 12


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(Image.Image, "save", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_clip(make_clip(4, 1, (48, 48)), tmp_path / "clip")
    assert not list(tmp_path.iterdir())


def test_the_command_is_reproducible_and_refuses_to_overwrite(tmp_path):
    words = ["--seed", "3", "--train", "1", "--test", "1", "--frames", "3", "--size", "64x48"]
    main(["--out", str(tmp_path / "a"), *words])
    main(["--out", str(tmp_path / "b"), *words])
    written = files(tmp_path / "a")
    assert len(written) == 2 * (3 + 1)
    assert written == files(tmp_path / "b")
    before = files(tmp_path)
    more = [word if word != "1" else "2" for word in words]
    with pytest.raises(UserError, match="exists already"):
        main(["--out", str(tmp_path / "a"), *more])
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("option", "value"),
    [("--size", "240"), ("--size", "10x10"), ("--frames", "0"), ("--seed", "-1")],
)
def test_bad_numbers_are_refused_in_a_sentence(tmp_path, option, value):
    words = ["--out", str(tmp_path), "--seed", "1", "--train", "1", "--test", "0"]
    with pytest.raises(UserError, match=f"{option} {value}: should be"):
        main([*words, option, value])


def test_training_and_test_clips_share_no_seed_and_no_name():
    plans = [
        clip_plan(split, number, seed, 44)
        for split in ("train", "test")
        for seed in range(3)
        for number in (0, 1, 499)
    ]
    assert len({seed for _, seed, _ in plans}) == len(plans)
    names = {split: set(list_videos(CLIPS / split)) for split in ("train", "test")}
    assert not names["train"] & names["test"]
    assert len(names["train"]) >= 8 and len(names["test"]) >= 3


def test_an_embedded_clip_is_exactly_what_the_documented_command_writes(tmp_path):
    name, seed, events = clip_plan("test", 2, SEED, N_FRAMES)
    write_clip(make_clip(seed, N_FRAMES, SIZE, events), tmp_path / name)
    assert files(tmp_path / name) == files(CLIPS / "test" / name)
    command = (CLIPS.parent / "README.md").read_text(encoding="utf-8")
    assert f"--out data/clips --seed {SEED} --train 10 --test 3" in command


def test_the_embedded_clips_are_small_and_whole():
    assert sum(path.stat().st_size for path in CLIPS.rglob("*.jpg")) < 4e6
    for split in ("train", "test"):
        for name in list_videos(CLIPS / split):
            video = load_video(CLIPS / split, name)
            assert len(video.frames) == N_FRAMES == len(video.boxes_ltwh)
            assert not np.isnan(video.boxes_ltwh[0]).any()
            assert np.isnan(video.boxes_ltwh).any(axis=1).sum() <= N_FRAMES // 2
