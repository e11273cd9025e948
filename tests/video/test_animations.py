import sys

import numpy as np
import pytest
from PIL import Image

from src.base.errors import UserError
from src.video.animations import is_animation, open_animation
from src.video.opening import open_file
from src.video.sources import USUAL_FPS
from tests.support.own_videos import picture, write_gif


def test_pages_of_a_gif_come_at_their_times_in_rgb(tmp_path):
    source = open_animation(write_gif(tmp_path / "film.gif", (100, 50, 200, 100)))
    frames = list(source.frames)
    assert (source.name, source.fps, source.n_frames) == ("film", 10.0, None)
    np.testing.assert_allclose([s for _, s, _ in frames], [0, 0.1, 0.15, 0.35])
    for k, (index, _, frame) in enumerate(frames):
        assert index == k
        np.testing.assert_array_equal(frame, picture(20 * k))


def test_pages_without_time_are_shown_as_browsers_do(tmp_path):
    source = open_animation(write_gif(tmp_path / "film.gif", (0, 10, 30)))
    assert source.fps == 10.0
    np.testing.assert_allclose([s for _, s, _ in source.frames], [0, 0.1, 0.2])


def noisy_gif(path):
    rng = np.random.default_rng(0)
    pages = [Image.fromarray(rng.integers(0, 256, (48, 64), dtype=np.uint8)) for _ in range(5)]
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=100)


def test_a_gif_that_is_cut_off_keeps_the_whole_pages(tmp_path):
    noisy_gif(tmp_path / "film.gif")
    data = (tmp_path / "film.gif").read_bytes()
    (tmp_path / "film.gif").write_bytes(data[: len(data) // 2])
    frames = [frame for _, _, frame in open_animation(tmp_path / "film.gif").frames]
    assert 2 <= len(frames) <= 3 and frames[0] is not None and frames[1] is not None


@pytest.mark.parametrize(
    ("data", "told"),
    [(None, "no such video file"), (b"", "empty"), (b"no video" * 99, "not a video")],
)
def test_what_is_no_gif_is_told(tmp_path, data, told):
    if data is not None:
        (tmp_path / "film.gif").write_bytes(data)
    with pytest.raises(UserError, match=told):
        open_animation(tmp_path / "film.gif")


def pages(count):
    return [Image.fromarray(picture(20 * k)) for k in range(count)]


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("webp", {"lossless": True}), ("avif", {"quality": 100, "subsampling": "4:4:4"}), ("png", {})],
)
def test_animated_pictures_have_all_their_pages_at_their_times(tmp_path, suffix, options):
    path, (first, *rest) = tmp_path / f"film.{suffix}", pages(4)
    times = [100, 50, 200, 100]
    first.save(path, save_all=True, append_images=rest, duration=times, **options)
    source = open_animation(path)
    frames = list(source.frames)
    assert (source.fps, source.n_frames) == (10.0, 4)
    np.testing.assert_allclose([s for _, s, _ in frames], [0, 0.1, 0.15, 0.35])
    for k, (_, _, frame) in enumerate(frames):
        assert np.abs(frame.astype(int) - picture(20 * k)).max() <= 4


def test_a_stack_of_pages_in_a_tiff_is_a_film_of_the_usual_rate(tmp_path):
    path, (first, *rest) = tmp_path / "stack.tif", pages(3)
    first.save(path, save_all=True, append_images=rest)
    source = open_animation(path)
    assert (source.fps, source.n_frames) == (USUAL_FPS, 3)
    for k, (_, seconds, frame) in enumerate(source.frames):
        assert seconds == pytest.approx(k / USUAL_FPS)
        np.testing.assert_array_equal(frame, picture(20 * k))


def test_animations_need_neither_pyav_nor_opencv(tmp_path, monkeypatch):
    for module in ("av", "cv2"):
        monkeypatch.setitem(sys.modules, module, None)
    path, (first, *rest) = tmp_path / "film.webp", pages(2)
    first.save(path, save_all=True, append_images=rest, duration=100)
    assert len(list(open_file(path).frames)) == 2


@pytest.mark.parametrize("name", ["one.webp", "one.png", "one.tif", "one.jpg", "one.avif"])
def test_one_picture_is_no_animation(tmp_path, name):
    pages(1)[0].save(tmp_path / name)
    assert not is_animation(tmp_path / name)
