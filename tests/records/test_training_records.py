import io
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from src.base.errors import UserError
from src.pairs.pair_list import Pair
from src.records.encoding import (
    FEATURES,
    PairEncoder,
    decode_exemplar,
    decode_record,
    read_videos,
    write_records,
)
from src.video.crops import crop, mean_colour
from tests.support.full_disk import files_up_to
from tests.support.parameter_files import load_design
from tests.support.read_records import save_frame

SIDE = 383  # crop pixels that the search patch shows


def pair_of(name, box, x_name=None):
    return Pair("train", "a video", name, 3, box, x_name or name, 7, box)


def encode(folder, pair, **design):
    return decode_record(PairEncoder(load_design(**design)).encode(pair, folder))


def expected_box(box, patch_wh, design):
    """The box in a patch, straight from the definition."""
    _, _, w, h = box
    side = np.sqrt((w + design.context * (w + h)) * (h + design.context * (w + h)))
    scale = np.array([design.resize_width, design.resize_height]) / SIDE * 127 / side
    size = np.array([w, h]) * scale
    return [*(np.array(patch_wh) / 2 - size / 2), *size]


@settings(max_examples=15)
@given(
    left=st.floats(-20, 150),
    top=st.floats(-20, 80),
    width=st.floats(4, 300),
    height=st.floats(4, 300),
    patch=st.sampled_from([(400, 400), (300, 500)]),
)
def test_boxes_survive_the_round_trip(tmp_path_factory, left, top, width, height, patch):
    # C11: boxes were cut to whole pixels
    folder = tmp_path_factory.mktemp("round_trip")
    design = load_design(resize_width=patch[0], resize_height=patch[1])
    box = (left, top, width, height)
    record = decode_record(PairEncoder(design).encode(pair_of(save_frame(folder), box), folder))
    z_wh = record["z_image"].shape[1::-1]
    assert record["x_image"].shape == (patch[1], patch[0], 3)
    assert record["x_box_ltwh"].numpy() == pytest.approx(expected_box(box, patch, design), abs=1e-5)
    assert record["z_box_ltwh"].numpy() == pytest.approx(expected_box(box, z_wh, design), abs=1e-5)


def test_the_rest_of_a_pair_survives_the_round_trip(tmp_path):
    record = encode(tmp_path, pair_of(save_frame(tmp_path), (40, 30, 20, 20)))
    assert record["video"].numpy() == b"a video"
    assert (int(record["z_frame"]), int(record["x_frame"])) == (3, 7)
    assert set(record) == set(FEATURES)


def test_parts_of_records_are_read_alone(tmp_path):
    pair = pair_of(save_frame(tmp_path), (40, 30, 20, 20))
    encoder = PairEncoder(load_design())
    records = [encoder.encode(replace(pair, video=name), tmp_path) for name in ("größe", "b")]
    assert [name.decode() for name in read_videos(tf.constant(records)).numpy()] == ["größe", "b"]
    exemplar, record = decode_exemplar(records[0]), decode_record(records[0])
    assert set(exemplar) == {"z_image", "z_box_ltwh"}
    for key, value in exemplar.items():
        np.testing.assert_array_equal(value, record[key])


@pytest.mark.parametrize(("width", "height"), [(400, 400), (300, 500)])
def test_a_circle_stays_a_circle(tmp_path, width, height):
    # C10: frames were squeezed to a square
    name = save_frame(tmp_path, size=(320, 120), disc=(150, 60, 20))
    record = encode(
        tmp_path, pair_of(name, (130, 40, 41, 41)), resize_width=width, resize_height=height
    )
    white = record["x_image"].numpy().min(axis=2) > 200
    across, down = white.any(axis=0).sum(), white.any(axis=1).sum()
    assert across > 40
    assert across / width == pytest.approx(down / height, abs=2 / min(width, height))


def test_a_red_square_is_red(tmp_path):
    name = save_frame(tmp_path, square=(60, 30, 24))
    record = encode(tmp_path, pair_of(name, (60, 30, 24, 24)))
    for key in ("z_image", "x_image"):
        image = record[key].numpy()
        middle = image[image.shape[0] // 2, image.shape[1] // 2]
        np.testing.assert_allclose(middle, (255, 0, 0), atol=4)


@pytest.mark.parametrize("pad", [True, False])
def test_outside_the_frame_is_its_mean_colour_or_black(tmp_path, pad):
    name = save_frame(tmp_path, disc=(20, 20, 15))
    record = encode(tmp_path, pair_of(name, (10, 10, 20, 20)), pad_with_image_mean=pad)
    mean = mean_colour(np.asarray(Image.open(tmp_path / name)))
    corner = record["x_image"][:20, :20].numpy()
    np.testing.assert_allclose(corner, np.broadcast_to(mean if pad else 0, corner.shape), atol=2)


def test_a_patch_is_the_crop_around_the_target(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    frame = np.asarray(Image.fromarray(noise).resize((160, 120), Image.Resampling.BICUBIC))
    Image.fromarray(frame).save(tmp_path / "frame.png")
    box = (61.3, 50.2, 23.5, 17.75)
    record = encode(tmp_path, pair_of("frame.png", box), resize_width=SIDE, resize_height=SIDE)
    side = np.sqrt((23.5 + 41.25 / 2) * (17.75 + 41.25 / 2)) * SIDE / 127
    centre = [61.3 + 23.5 / 2, 50.2 + 17.75 / 2]
    direct = crop(
        frame,
        tf.constant([centre], tf.float32),
        tf.constant([[side, side]], tf.float32),
        (SIDE, SIDE),
        mean_colour(frame),
    )[0]
    assert np.abs(record["x_image"].numpy() - direct.numpy()).mean() < 2


def test_images_are_stored_with_full_colour(tmp_path):
    serialized = PairEncoder(load_design()).encode(
        pair_of(save_frame(tmp_path), (40, 30, 20, 20)), tmp_path
    )
    features = tf.train.Example.FromString(serialized).features.feature
    for key in ("z_image", "x_image"):
        with Image.open(io.BytesIO(features[key].bytes_list.value[0])) as image:
            assert image.format == "JPEG"
            assert {tuple(component[1:3]) for component in image.layer} == {(1, 1)}


def test_the_same_pair_gives_the_same_bytes(tmp_path):
    pair = pair_of(save_frame(tmp_path, disc=(50, 40, 12)), (38, 28, 24, 24))
    first, second = (PairEncoder(load_design()).encode(pair, tmp_path) for _ in range(2))
    assert first == second


def test_a_frame_that_pairs_with_itself_is_read_once(tmp_path, monkeypatch):
    from src.records import encoding as training_records

    name, read = save_frame(tmp_path), []
    original = training_records.read_image
    monkeypatch.setattr(
        training_records, "read_image", lambda path: read.append(path) or original(path)
    )
    encode(tmp_path, pair_of(name, (40, 30, 20, 20)))
    assert read == [tmp_path / name]


def test_a_missing_frame_is_named(tmp_path):
    name = save_frame(tmp_path)
    with pytest.raises(UserError, match=r"gone\.png"):
        encode(tmp_path, pair_of(name, (40, 30, 20, 20), x_name="gone.png"))


def test_a_full_disk_is_an_os_error(tmp_path):
    with files_up_to(10_000), pytest.raises(OSError, match="too large"):
        write_records(tmp_path / "a.tfrecord", (bytes(4000) for _ in range(9)))


def test_written_records_can_be_read(tmp_path):
    path = tmp_path / "a.tfrecord"
    assert write_records(path, [b"one", b"two"]) == 2
    assert list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator()) == [b"one", b"two"]
