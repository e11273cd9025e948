"""EXIF orientation: pictures come as browsers, labelling tools and OpenCV show them."""

import numpy as np
import pytest
from PIL import Image, ImageOps

import src.video.orientation
from src.base.orientation import apply_orientation, orientation_setting
from src.video.images import image_size, read_image
from src.video.orientation import TURNED_ADVICE
from tests.support.own_videos import cv2
from tests.support.turned_pictures import save_turned

# where the mark at the upper left of the stored picture is shown, and (height, width)
SHOWN = {
    1: ("upper left", (40, 60)),
    2: ("upper right", (40, 60)),
    3: ("lower right", (40, 60)),
    4: ("lower left", (40, 60)),
    5: ("upper left", (60, 40)),
    6: ("upper right", (60, 40)),
    7: ("lower right", (60, 40)),
    8: ("lower left", (60, 40)),
}


@pytest.fixture(autouse=True)
def usual_choice(monkeypatch):
    monkeypatch.setattr(src.video.orientation, "_told", [])
    yield
    apply_orientation(True)


def stored():
    """Grey that brightens to the right, with a white mark at the upper left."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:] = np.arange(60, dtype=np.uint8)[None, :, None]
    pixels[:8, :8] = 255
    return pixels


def mark_of(image):
    corners = {
        f"{row} {column}": image[y, x, 0]
        for row, y in (("upper", 3), ("lower", -4))
        for column, x in (("left", 3), ("right", -4))
    }
    return max(corners, key=corners.get)


@pytest.mark.parametrize("orientation", SHOWN)
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_pictures_are_turned_as_they_are_shown(tmp_path, suffix, orientation):
    path = save_turned(tmp_path / f"a{suffix}", stored(), orientation)
    image, (corner, shape) = read_image(path), SHOWN[orientation]
    assert (mark_of(image), image.shape[:2]) == (corner, shape)
    assert image_size(path) == shape[::-1] and image.flags.c_contiguous and image.flags.writeable
    np.testing.assert_array_equal(image, np.asarray(ImageOps.exif_transpose(Image.open(path))))
    np.testing.assert_array_equal(image, cv2.imread(str(path))[..., ::-1])


@pytest.mark.parametrize("orientation", SHOWN)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_ignored_they_come_as_they_are_stored(tmp_path, capfd, suffix, orientation):
    path = save_turned(tmp_path / f"a{suffix}", stored(), orientation)
    apply_orientation(False)
    assert (mark_of(read_image(path)), image_size(path)) == ("upper left", (60, 40))
    assert capfd.readouterr() == ("", "")


NO_EXIF, CUT_OFF = b"Exif\0\0no exif", b"Exif\0\0MM\0*\0\0\xff\xff\x12"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("orientation", [0, 9, 300, NO_EXIF, CUT_OFF])
def test_an_orientation_that_means_nothing_turns_nothing(tmp_path, capfd, orientation):
    path = save_turned(tmp_path / "a.jpg", stored(), orientation)
    assert (mark_of(read_image(path)), image_size(path)) == ("upper left", (60, 40))
    assert capfd.readouterr() == ("", "")


def test_a_word_in_xmp_alone_turns_nothing(tmp_path):
    xmp = b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    Image.fromarray(stored()).save(tmp_path / "a.jpg", xmp=xmp)
    assert image_size(tmp_path / "a.jpg") == (60, 40)
    assert read_image(tmp_path / "a.jpg").shape == (40, 60, 3)


@pytest.mark.parametrize("orientation", SHOWN)
@pytest.mark.parametrize("suffix", [".tif", ".webp"])
def test_tiff_and_webp_are_turned_once(tmp_path, suffix, orientation):
    # OpenCV 5.0.0 cannot read a TIFF with a quarter turn
    path = save_turned(tmp_path / f"a{suffix}", stored(), orientation)
    image, (corner, shape) = read_image(path), SHOWN[orientation]
    assert (mark_of(image), image.shape[:2], image_size(path)) == (corner, shape, shape[::-1])


def test_it_is_told_once_with_the_first_file(tmp_path, capfd):
    save_turned(tmp_path / "plain.jpg", stored(), 1)
    paths = [save_turned(tmp_path / f"{k}.jpg", stored(), 6) for k in range(3)]
    for path in (tmp_path / "plain.jpg", *paths):
        image_size(path)
        read_image(path)
    told = capfd.readouterr().err
    assert told.count("EXIF orientation") == 1 and str(paths[0]) in told


def test_results_and_records_note_the_unusual_choice_alone():
    assert orientation_setting() == {}
    apply_orientation(False)
    assert orientation_setting() == {"exif_orientation": False}


def test_the_advice_names_the_key_and_its_value():
    assert TURNED_ADVICE.endswith("environment.exif_orientation=ignored")
