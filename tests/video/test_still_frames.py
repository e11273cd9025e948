import numpy as np
from PIL import Image

from src.video.images import IMAGE_SUFFIXES
from src.video.sources import USUAL_FPS, VIDEO_SUFFIXES, open_folder
from tests.support.own_videos import picture


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


def test_no_picture_is_taken_for_a_film():
    assert set(VIDEO_SUFFIXES) & set(IMAGE_SUFFIXES) == set()
    assert ".gif" in VIDEO_SUFFIXES
