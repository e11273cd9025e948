"""Frames of more than 8 bits: one stretching a video, by its first frame."""

import av
import numpy as np
import pytest
from PIL import Image

import src.video.counts
from src.video.counts import UPPER_BYTE, CountRange, count_range
from src.video.images import read_image
from src.video.opening import open_file
from tests.support.own_videos import cv2
from tests.support.turned_pictures import save_turned


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    monkeypatch.setattr(src.video.counts, "_told", [])


def thermal(shift=0, dtype=np.uint16):
    """Counts 7100 ... 7900 that rise evenly from left to right, and two dead pixels."""
    counts = np.repeat(np.linspace(7100, 7900, 101)[None], 100, axis=0) + shift
    counts[0, 0], counts[1, 0] = 0, 60000
    return counts.astype(dtype)


# a tenth of 800 is kept free at both ends: 255 * 80 / 960 and 255 * 880 / 960
FIRST, LAST = 21, 234


def test_the_range_leaves_out_dead_pixels_and_leaves_room():
    chosen = count_range(thermal())
    assert (chosen.low, chosen.high) == pytest.approx((7020, 7980))
    grey = chosen.to_grey(np.array([[0, 7020, 7100], [7500, 7900, 9000]]))
    np.testing.assert_array_equal(grey[..., 0], [[0, 0, FIRST], [128, LAST, 255]])
    assert grey.shape == (2, 3, 3) and grey.dtype == np.uint8 and grey.flags.c_contiguous


@pytest.mark.parametrize("counts", [np.full((4, 4), 7000), np.full((4, 4), np.nan)])
def test_a_closed_shutter_tells_no_range(counts):
    assert count_range(counts) == UPPER_BYTE == CountRange(0, 65535)
    grey = UPPER_BYTE.to_grey(np.array([[257 * 9, 65535]]))
    np.testing.assert_array_equal(grey[0, :, 0], [9, 255])


def test_what_is_no_number_is_black():
    grey = CountRange(10, 20).to_grey(np.array([[np.nan, np.inf, -np.inf, 20]]))
    np.testing.assert_array_equal(grey[0, :, 0], [0, 255, 0, 255])


TYPES = [(".png", np.uint16), (".tif", np.uint16), (".tif", ">u2"), (".tif", np.int32)]


@pytest.mark.parametrize(("suffix", "dtype"), [*TYPES, (".tif", np.float32)])
def test_frames_of_a_folder_are_stretched_as_its_first_whatever_comes_first(
    tmp_path, capfd, suffix, dtype
):
    for number, shift in ((1, 0), (2, 60), (10, -60)):
        Image.fromarray(thermal(shift, dtype)).save(tmp_path / f"{number:04d}{suffix}")
    last, first, second = (read_image(tmp_path / f"{k:04d}{suffix}") for k in (10, 1, 2))
    assert first[50, [0, -1], 1].tolist() == [FIRST, LAST]
    # 60 of 960 counts are 16 of 255
    assert second[50, [0, -1], 1].tolist() == [FIRST + 16, LAST + 16]
    assert last[50, [0, -1], 1].tolist() == [FIRST - 16, LAST - 16]
    told = capfd.readouterr().err
    assert told.count("stretched") == 1 and f"0001{suffix} the counts 7020 to 7980" in told


def test_signed_counts_below_zero_are_stretched_too(tmp_path):
    cv2.imwrite(str(tmp_path / "a.tif"), np.clip(thermal(), 0, 9000).astype(np.int16) - 7500)
    assert read_image(tmp_path / "a.tif")[50, [0, -1], 0].tolist() == [FIRST, LAST]


def test_eight_bits_and_broken_files_set_no_range(tmp_path):
    Image.fromarray(np.full((4, 4), 9, np.uint8)).save(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(b"broken")
    Image.fromarray(thermal()).save(tmp_path / "3.png")
    assert read_image(tmp_path / "3.png")[50, [0, -1], 0].tolist() == [FIRST, LAST]
    assert read_image(tmp_path / "1.png")[0, 0].tolist() == [9, 9, 9]


def test_pictures_of_a_closed_shutter_set_no_range(tmp_path):
    closed = np.full((100, 101), 6000, np.uint16)
    for number, counts in enumerate((closed, closed, thermal())):
        Image.fromarray(counts).save(tmp_path / f"{number}.png")
    assert read_image(tmp_path / "2.png")[50, [0, -1], 0].tolist() == [FIRST, LAST]
    assert read_image(tmp_path / "0.png").max() == 0
    pages = [Image.fromarray(counts) for counts in (closed, thermal())]
    pages[0].save(tmp_path / "film.tif", save_all=True, append_images=pages[1:])
    _, two = [frame for _, _, frame in open_file(tmp_path / "film.tif").frames]
    assert two[50, [0, -1], 0].tolist() == [FIRST, LAST]


def test_counts_are_turned_by_exif(tmp_path):
    path = save_turned(tmp_path / "a.png", thermal(), 6)
    image = read_image(path)
    assert image.shape == (101, 100, 3) and image[[0, -1], 50, 0].tolist() == [FIRST, LAST]


def test_the_pages_of_a_tiff_are_one_video(tmp_path):
    first, *rest = [Image.fromarray(thermal(shift)) for shift in (0, 60)]
    first.save(tmp_path / "film.tif", save_all=True, append_images=rest)
    one, two = [frame for _, _, frame in open_file(tmp_path / "film.tif").frames]
    assert one[50, [0, -1], 0].tolist() == [FIRST, LAST]
    assert two[50, [0, -1], 0].tolist() == [FIRST + 16, LAST + 16]


def test_a_video_file_of_counts_is_stretched_too(tmp_path):
    with av.open(str(tmp_path / "film.mkv"), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 101, 100, "gray16le"
        for shift in (0, 60):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(thermal(shift), format="gray16le")))
        film.mux(stream.encode())
    one, two = [frame for _, _, frame in open_file(tmp_path / "film.mkv").frames]
    assert one[50, [0, -1], 0].tolist() == [FIRST, LAST]
    assert two[50, [0, -1], 0].tolist() == [FIRST + 16, LAST + 16]
