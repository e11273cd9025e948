import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from src.base.errors import UserError
from src.video.images import image_size, is_image_name, read_image
from tests.support.own_videos import cv2

RED_ROW = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[9, 8, 7], [0, 0, 0], [255, 255, 255]]]
)


def write(path, pixels, mode=None):
    Image.fromarray(np.asarray(pixels)).convert(mode).save(path)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff"])
def test_lossless_files_come_back_as_rgb(tmp_path, suffix):
    image = read_image(write(tmp_path / f"a{suffix}", RED_ROW.astype(np.uint8)))
    assert image.dtype == np.uint8 and image.flags.c_contiguous and image.flags.writeable
    np.testing.assert_array_equal(image, RED_ROW)


def test_a_red_square_in_a_jpeg_is_red(tmp_path):
    red = np.zeros((16, 24, 3), np.uint8)
    red[..., 0] = 200
    image = read_image(write(tmp_path / "a.jpg", red))
    assert image.shape == (16, 24, 3)
    assert np.abs(image.astype(int) - red).max() <= 2


def test_grey_becomes_three_equal_channels(tmp_path):
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    image = read_image(write(tmp_path / "a.png", grey))
    np.testing.assert_array_equal(image, np.repeat(grey[..., None], 3, axis=-1))


def test_palette_is_resolved(tmp_path):
    palette = Image.fromarray(RED_ROW.astype(np.uint8)).quantize(8)
    palette.save(tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").mode == "P"
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), RED_ROW)


def test_alpha_is_dropped_not_blended(tmp_path):
    rgba = np.concatenate([RED_ROW, np.full((2, 3, 1), 30)], axis=-1).astype(np.uint8)
    np.testing.assert_array_equal(read_image(write(tmp_path / "a.png", rgba)), RED_ROW)


def test_grey_with_alpha(tmp_path):
    image = read_image(write(tmp_path / "a.png", np.full((2, 2), 77, np.uint8), "LA"))
    np.testing.assert_array_equal(image, np.full((2, 2, 3), 77))


def test_colours_of_sixteen_bits_keep_the_upper_byte(tmp_path):
    deep = np.array([[[0, 255, 256], [32767, 32768, 65535]]], np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), deep[..., ::-1])
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), [[[0, 0, 1], [127, 128, 255]]])


def test_one_bit(tmp_path):
    image = read_image(write(tmp_path / "a.png", np.array([[0, 255]], np.uint8), "1"))
    np.testing.assert_array_equal(image[0, :, 0], [0, 255])


def test_jpeg_pixels_are_those_of_tensorflow(tmp_path):
    tf = pytest.importorskip("tensorflow")
    noise = np.random.default_rng(0).integers(0, 256, (41, 53, 3), dtype=np.uint8)
    path = write(tmp_path / "a.jpg", noise)
    decoded = tf.io.decode_jpeg(path.read_bytes(), dct_method="INTEGER_ACCURATE").numpy()
    np.testing.assert_array_equal(read_image(path), decoded)


def test_size_is_width_then_height(tmp_path):
    assert image_size(write(tmp_path / "a.png", RED_ROW.astype(np.uint8))) == (3, 2)


def test_size_needs_only_the_header(tmp_path):
    path = write(tmp_path / "a.png", np.zeros((300, 200, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:60])
    assert image_size(path) == (200, 300)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiffs_are_read(tmp_path, compression):
    path = tmp_path / "a.tif"
    Image.fromarray(RED_ROW.astype(np.uint8)).save(path, compression=compression)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), RED_ROW)
    assert image_size(tmp_path / "a.tif") == (3, 2)


def test_webp_is_read_with_and_without_loss(tmp_path):
    Image.fromarray(RED_ROW.astype(np.uint8)).save(tmp_path / "a.webp", lossless=True)
    np.testing.assert_array_equal(read_image(tmp_path / "a.webp"), RED_ROW)
    red = np.zeros((16, 24, 3), np.uint8)
    red[..., 0] = 200
    Image.fromarray(red).save(tmp_path / "b.webp")
    assert np.abs(read_image(tmp_path / "b.webp").astype(int) - red).max() <= 4
    assert image_size(tmp_path / "b.webp") == (24, 16)


@pytest.mark.parametrize("reader", [read_image, image_size])
@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "no such image"), (b"", "empty"), (b"not an image", "not a whole"), (b"GIF89a", "not")],
)
def test_what_is_no_image_is_named(tmp_path, reader, content, word):
    path = tmp_path / "frame 7.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=word) as caught:
        reader(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(UserError, match="no such image"):
        read_image(tmp_path)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif", ".webp"])
@settings(max_examples=40)
@given(share=st.floats(0.01, 0.9))
def test_truncated_files_are_refused(tmp_path_factory, suffix, share):
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    path = write(tmp_path_factory.mktemp("cut") / f"a{suffix}", noise)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(1, int(len(whole) * share))])
    with pytest.raises(UserError, match=r"a\."):
        read_image(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.JPG", True),
        ("a.jpeg", True),
        ("a.TIF", True),
        ("a.tiff", True),
        ("a.webp", True),
        ("._1.jpg", False),
        ("a.txt", False),
        ("jpg", False),
    ],
)
def test_image_names(name, expected):
    assert is_image_name(name) is expected


@pytest.mark.parametrize("name", ["a.TIF", "a.tiff", "a.webp"])
def test_names_of_rarer_kinds(name):
    assert is_image_name(name)
