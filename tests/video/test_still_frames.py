import numpy as np
import pytest
from PIL import Image

from src.base.errors import UserError
from src.video.images import IMAGE_SUFFIXES
from src.video.sources import USUAL_FPS, VIDEO_SUFFIXES, open_folder, open_gif
from tests.support.own_videos import picture, write_gif


def test_images_are_frames_of_any_size_and_broken_ones_are_none(tmp_path):
    files = [tmp_path / f"{k}.png" for k in range(5)]
    for k, size in enumerate([(64, 48), (64, 48), (32, 60), (64, 48), (64, 48)]):
        Image.fromarray(picture(20 * k, size)).save(files[k])
    files[1].write_bytes(files[1].read_bytes()[:60])
    files[3].write_bytes(b"")
    source = open_folder("ball", files, tmp_path)
    frames = list(source.frames)
    assert (source.name, source.place, source.n_frames) == ("ball", str(tmp_path), 5)
    assert [index for index, _, _ in frames] == list(range(5))
    np.testing.assert_allclose([s for _, s, _ in frames], np.arange(5) / USUAL_FPS)
    assert [f is None for _, _, f in frames] == [False, True, False, True, False]
    np.testing.assert_array_equal(frames[2][2], picture(40, (32, 60)))


def test_pages_of_a_gif_come_at_their_times_in_rgb(tmp_path):
    source = open_gif(write_gif(tmp_path / "film.gif", (100, 50, 200, 100)))
    frames = list(source.frames)
    assert (source.name, source.fps, source.n_frames) == ("film", 10.0, None)
    np.testing.assert_allclose([s for _, s, _ in frames], [0, 0.1, 0.15, 0.35])
    for k, (index, _, frame) in enumerate(frames):
        assert index == k
        np.testing.assert_array_equal(frame, picture(20 * k))


def test_pages_without_time_are_shown_as_browsers_do(tmp_path):
    source = open_gif(write_gif(tmp_path / "film.gif", (0, 10, 30)))
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
    frames = [frame for _, _, frame in open_gif(tmp_path / "film.gif").frames]
    assert 2 <= len(frames) <= 3 and frames[0] is not None and frames[1] is not None


@pytest.mark.parametrize(
    ("data", "told"),
    [(None, "no such video file"), (b"", "empty"), (b"no video" * 99, "not a video")],
)
def test_what_is_no_gif_is_told(tmp_path, data, told):
    if data is not None:
        (tmp_path / "film.gif").write_bytes(data)
    with pytest.raises(UserError, match=told):
        open_gif(tmp_path / "film.gif")


def test_no_picture_is_taken_for_a_film():
    assert set(VIDEO_SUFFIXES) & set(IMAGE_SUFFIXES) == set()
    assert ".gif" in VIDEO_SUFFIXES
